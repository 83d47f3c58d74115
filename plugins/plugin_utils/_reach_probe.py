# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection of the controller's own to peers that SSH could not reach: how far it comes, and what that says."""

from __future__ import annotations

import collections
import typing as t

from ..module_utils._connect import Wishes
from ..module_utils._reachability import Probe, examine_all
from ._ssh_endpoints import Endpoint

Row = dict[str, t.Any]

WAIT_S = 4.0
"""Longer than the 3 seconds after which Linux gives up a neighbour that does not answer (arp(7))."""
PING_S = 0.5
PINGS = 2
WORKERS = 256
MOST = 500
"""So many hosts are looked at in one play."""

NOT_TRIED = "not_tried"
AFTER_BANNER = ("authentication", "host_key")
"""Classes that SSH reaches only after the phases that are tried here."""

MEANINGS = {
    "refused": "the host answers, but nothing listens there or a firewall refuses",
    "host_unreachable": "no host answers at this address, or a router or firewall says that there is no way to it",
    "net_unreachable": "the controller has no route to it",
    "name_error": "the controller cannot resolve the name",
    "closed": "a server accepted and ended it before its banner",
    "reset": "a server accepted and reset it before its banner",
}
"""What a class says of the place that was tried."""


def tried(places: t.Mapping[str, Endpoint | str], limit_s: float) -> dict[str, Row]:
    """Return {host, port, jump, class, phase, error, banner, ping, lost_here} for each name in `places`.

    All are tried side by side, in `limit_s` seconds at most. `ping` is whether the host answers echo, and null when
    that is not known; `lost_here` says how many of the names log in at this place. A name that has a reason
    in place of an endpoint, and one that had no turn, is of class `not_tried` with the reason as `error`.
    """
    names = collections.Counter(place for place in places.values() if isinstance(place, Endpoint))
    probe = Probe(Wishes(connect_s=WAIT_S, banner_s=WAIT_S, hold_s=0, hold_send=b""), PINGS, PING_S, False)
    found = examine_all([place[:2] for place in names], probe, WORKERS, limit_s)
    rows = {place: _row(place, result, names[place]) for place, result in zip(names, found, strict=True)}
    return {name: rows[place] if isinstance(place, Endpoint) else _not_tried(place) for name, place in places.items()}


def _row(place: Endpoint, found: Row, count: int) -> Row:
    if found["phase"] == "queued":
        return _not_tried(str(found["error"]))
    best: Row = next((address for address in found["addresses"] if address["class"] == found["class"]), {})
    echo = best.get("ping") or {}
    return {
        **place._asdict(),
        **{key: found[key] for key in ("class", "phase", "error")},
        "banner": best.get("banner"),
        "ping": bool(echo["received_packets"]) if echo.get("sent_packets") else None,
        "lost_here": count,
    }


def _not_tried(why: str) -> Row:
    nothing: Row = dict.fromkeys(("host", "port", "phase", "banner", "ping"))
    return {**nothing, "jump": False, "class": NOT_TRIED, "error": why, "lost_here": 1}


def concluded(said: str, row: t.Mapping[str, t.Any] | None) -> str:
    """Return why a peer is unreachable from the class that SSH's message gives and the connection that was tried.

    The connection counts, as it shows one phase at a time, unless SSH came further. `banner` means that something
    accepts but does not speak SSH, `login` that SSH answers and logging in failed, `proxy` that the jump host is lost.
    """
    if not row or said in AFTER_BANNER or row["class"] in ("other", NOT_TRIED):
        return said
    if row["jump"]:
        return said if row["class"] == "ok" else "proxy"
    if row["class"] == "timed_out" and said != "other":
        return said  # our patience is short: an answer that SSH had waited for says more
    if row["class"] != "ok":
        return "reset" if row["class"] == "closed" else str(row["class"])
    if not speaks_ssh(row):
        return said if said == "reset" else "banner"
    return "login" if said == "other" else said


def speaks_ssh(row: t.Mapping[str, t.Any]) -> bool:
    """Return whether the banner is that of an SSH server (RFC 4253 section 4.2)."""
    return str(row.get("banner") or "").startswith("SSH-")


def told(row: t.Mapping[str, t.Any] | None) -> str:
    """Return one sentence on the connection that was tried and what it says, or "" when none was wanted."""
    if not row:
        return ""
    if row["class"] == NOT_TRIED:
        return "no connection was tried from the controller: %s" % row["error"]
    what = "jump host %s" % row["host"] if row["jump"] else row["host"]
    sharing = " (%d of the lost hosts log in there)" % row["lost_here"] if row["lost_here"] > 1 else ""
    return "from the controller to %s port %s%s: %s" % (what, row["port"], sharing, _ending(row))


def _ending(row: t.Mapping[str, t.Any]) -> str:
    if row["class"] == "ok":
        return _open(row)
    if row["class"] == "timed_out":
        return "timed_out, %s" % _silence(row["ping"])
    meaning = MEANINGS.get(row["class"])
    return "%s in phase %s, %s" % (row["class"], row["phase"], meaning or row["error"])


def _open(row: t.Mapping[str, t.Any]) -> str:
    if not row["banner"]:
        return "open, but silent for %g s: the server is overloaded or stopped, or no SSH server" % WAIT_S
    if not speaks_ssh(row):
        return "open, but it says %s" % row["banner"]
    return "open, it says %s, so the network and sshd work and what comes after is the trouble" % row["banner"]


def _silence(ping: bool | None) -> str:
    if ping is None:
        return "nothing came back"
    return "it answers ping, so only this port is dropped" if ping else "it does not answer ping either"
