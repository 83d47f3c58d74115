# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keepalive of a peer against the idle timeouts between it and its partners."""

from __future__ import annotations

import typing as t

from ._fact_paths import walk
from ._operators import is_number
from ._order import closest

Entry = t.Mapping[str, t.Any]
Number = int | float

FIELDS = ("name", "kind", "idle_timeout", "layer")
READ = ("time_s", "intvl_s", "probes", "detection_s")
RECOMMENDED_S = 60
FORWARDING = ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")
OWN = "connection tracking of the peer itself"
CONNTRACK = "net.netfilter.nf_conntrack_tcp_timeout_established"


class Hop(t.NamedTuple):
    """A box that forgets a connection after `idle_timeout_s` without a packet (layer 4) or without data (layer 7)."""

    name: str
    kind: str | None
    idle_timeout_s: Number | None
    layer: int
    cause: str | None


def declared_path(path: t.Sequence[Entry], kinds: t.Mapping[str, Entry]) -> list[Hop]:
    """Return the boxes of `diagnose_path`, with what they leave out taken from their kind.

    Raises ValueError with one line for each mistake, naming the box and the field.
    """
    problems = [text for number, box in enumerate(path, 1) for text in _mistakes(number, box, kinds)]
    if problems:
        raise ValueError("\n".join(problems))
    return [_hop(box, kinds.get(box.get("kind") or "", {})) for box in path]


def _hop(box: Entry, kind: Entry) -> Hop:
    idle_timeout_s = box.get("idle_timeout") or kind.get("idle_timeout_s")
    layer = box.get("layer") or kind.get("layer") or 4
    return Hop(box["name"], box.get("kind"), idle_timeout_s, layer, kind.get("cause"))


def _mistakes(number: int, box: Entry, kinds: t.Mapping[str, Entry]) -> list[str]:
    if not isinstance(box, dict) or not isinstance(box.get("name"), str):
        return ["diagnose_path, box %d: a name is needed" % number]
    name, kind, timeout = "diagnose_path, box %s" % box["name"], box.get("kind"), box.get("idle_timeout")
    found = ["%s: there is no field %s%s" % (name, key, closest(key, FIELDS)) for key in box if key not in FIELDS]
    if kind is not None and kind not in kinds:
        found.append("%s, kind: there is no kind %s%s" % (name, kind, closest(str(kind), kinds)))
    if timeout is not None and not (is_number(timeout) and timeout > 0):
        found.append("%s, idle_timeout: %r is no number of seconds above 0" % (name, timeout))
    if box.get("layer") not in (None, 4, 7):
        found.append("%s, layer: %r is neither 4 nor 7" % (name, box["layer"]))
    if kind is None and timeout is None:
        found.append("%s: a kind or an idle_timeout is needed" % name)
    return found


def keepalive(facts: Entry, hops: t.Sequence[Hop]) -> dict[str, t.Any] | None:
    """Return what the kernel's keepalive does on the path, or None when its sysctls were not read.

    `{time_s, intvl_s, probes, detection_s}` are those of `peer_sysctls.keepalive`. `{smallest_idle_timeout_s,
    smallest_idle_timeout_of, half_s, margin_s, refreshes, recommended_s}` hold them against the layer 4 hop that
    forgets first and are None without one: `refreshes` says that a probe comes before it forgets, `margin_s` is what
    is left to half its timeout, so that one probe may be lost, `recommended_s` is the time that would do. `layer7`
    are the hops that count data only, which no probe refreshes. `hops` shows each. Source: ip-sysctl.rst, tcp(7).
    """
    read = {key: walk(("peer_sysctls", "keepalive", key), facts) for key in READ}
    if not all(is_number(value) for value in read.values()):
        return None
    time_s, known = read["time_s"], [*hops, *own_conntrack(facts)]
    counted = [hop for hop in known if hop.layer == 4 and hop.idle_timeout_s]
    return {
        **read,
        **_against(time_s, min(counted, key=lambda hop: hop.idle_timeout_s or 0, default=None)),
        "layer7": [hop.name for hop in known if hop.layer == 7],
        "hops": [_row(hop, time_s) for hop in known],
    }


def _against(time_s: Number, first: Hop | None) -> dict[str, t.Any]:
    timeout = first.idle_timeout_s if first else None
    half = timeout / 2 if timeout else None
    return {
        "smallest_idle_timeout_s": timeout,
        "smallest_idle_timeout_of": first.name if first else None,
        "half_s": half,
        "margin_s": half - time_s if half else None,
        "refreshes": time_s < timeout if timeout else None,
        "recommended_s": min(RECOMMENDED_S, max(int(half), 1)) if half else None,
    }


def _row(hop: Hop, time_s: Number) -> dict[str, t.Any]:
    refreshed = hop.layer == 4 and bool(hop.idle_timeout_s) and time_s < t.cast(Number, hop.idle_timeout_s)
    return {
        "box": hop.name,
        "kind": hop.kind,
        "idle_timeout_s": hop.idle_timeout_s,
        "layer": hop.layer,
        "first_probe_s": time_s,
        "cause": hop.cause,
        "refreshed": refreshed,
    }


def own_conntrack(facts: Entry) -> list[Hop]:
    """Return the peer's own connection tracking as a hop when the peer forwards for others, else nothing."""
    timeout = running(facts, CONNTRACK)
    forwards = any(running(facts, name) == 1 for name in FORWARDING)
    if not forwards or not is_number(timeout) or timeout <= 0:
        return []
    return [Hop(OWN, "linux-conntrack", timeout, 4, "nat-or-firewall-idle-expiry")]


def running(facts: Entry, sysctl: str) -> t.Any:
    """Return the running value of a sysctl from `peer_sysctls`, or None."""
    return walk(("peer_sysctls", "values", sysctl, "running"), facts)
