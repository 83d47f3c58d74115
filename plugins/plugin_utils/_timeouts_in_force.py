# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Idle timeouts, heartbeats and keepalive of all peers side by side, in seconds."""

from __future__ import annotations

import typing as t

from ._keepalive import Hop
from ._readings import Row, number, rows, text
from ._shown import Hosts, short, shown
from ._timers_of import CLOSES, CONNTRACK, FOR_OTHERS, FORGETS, SPEAKS, conntrack

Entry = t.Mapping[str, t.Any]
Key = tuple[t.Any, ...]

MAX_ROWS = 200
MOST_KINDS = 2000
"""Distinct settings that are told apart; a fleet has a few dozen."""

FIELDS = ("software", "name", "section", "kind", "effect", "layer", "seconds")
EFFECTS = {"heartbeat": SPEAKS, "keepalive": SPEAKS, "idle_timeout": CLOSES}


class TimeoutsInForce:
    """Takes peers one by one; equal settings of several peers are one row."""

    def __init__(self) -> None:
        self._hosts: dict[Key, Hosts] = {}
        self._places: dict[Key, str | None] = {}

    def add(self, name: str, facts: Entry) -> None:
        """Take one peer."""
        for key, place in _settings(name, facts):
            if key in self._hosts or len(self._hosts) < MOST_KINDS:
                self._places.setdefault(key, place)
                self._hosts.setdefault(key, Hosts()).add(name)

    def table(self, hops: t.Sequence[Hop]) -> dict[str, t.Any]:
        """Return {rows, total, truncated}, in the order in which the timers fire; those that are off come last.

        `effect` is what happens on an idle connection: `speaks`, `forgets` (layer 4), `closes` (layer 7), or
        `other` for a timeout that an idle connection does not meet. `seconds` is null for one that is off.
        """
        found = [_row(key, self._places[key], hosts.row()) for key, hosts in self._hosts.items()]
        found += [_box(hop) for hop in hops]
        return shown(sorted(found, key=_order), MAX_ROWS)


def _settings(name: str, facts: Entry) -> t.Iterator[tuple[Key, str | None]]:
    """Yield (values of `FIELDS`, place) for the timers of one peer."""
    first_s = number(facts, "peer_sysctls", "keepalive", "time_s")
    if first_s is not None:
        yield ("kernel", "first keepalive probe", None, "keepalive", SPEAKS, 4, first_s), "net.ipv4.tcp_keepalive_time"
    tracking = conntrack(name, facts)
    if tracking:
        yield ("kernel", "connection tracking", None, "idle_timeout", FORGETS, 4, tracking.after_s), CONNTRACK
    for row in rows(facts, "peer_application_timeouts", "timeouts"):
        if text(row, "kind") in EFFECTS and (row.get("seconds") or row.get("off") is True):
            yield _application(row)


def _application(row: Row) -> tuple[Key, str | None]:
    name, kind = short(row.get("name"), 80) or "", text(row, "kind")
    other = name in FOR_OTHERS or row.get("conditional") is True
    file, line = short(row.get("file")), row.get("line")
    place = "%s:%s" % (file, line) if file and line else file or short(row.get("source"))
    known = (short(row.get("software"), 40), name, short(row.get("section"), 80), kind)
    layer = 4 if row.get("layer") == 4 else 7
    return (*known, "other" if other else EFFECTS[kind], layer, number(row, "seconds")), place


def _row(key: Key, place: str | None, hosts: Row) -> Row:
    return {**dict(zip(FIELDS, key, strict=True)), "place": place, **hosts}


def _box(hop: Hop) -> Row:
    known = ("box", hop.kind or hop.name, None, "idle_timeout", CLOSES if hop.layer == 7 else FORGETS)
    return _row((*known, hop.layer, hop.idle_timeout_s), "diagnose_path", {"hosts": [hop.name], "count": 1})


def _order(row: Row) -> tuple[t.Any, ...]:
    names = [str(row[key] or "") for key in ("software", "name", "section")]
    return row["seconds"] is None, row["seconds"] or 0, row["effect"] != SPEAKS, *names, row["hosts"]
