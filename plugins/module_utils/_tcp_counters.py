# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters of TCP, IP and what lies under them: totals, and how far they moved in a window."""

from __future__ import annotations

import typing as t

from . import _counter_names as names
from . import _counter_signs as signs
from ._bounds import size_bytes
from ._increase import Counters, CountersRestarted, increases
from ._per_cpu import parse_softnet_stat, parse_stat_table, total
from ._proc_net import parse_snmp, parse_snmp6, parse_sockstat
from ._ratio import percent
from ._window import Sample, read_sample, samples

TABLES: dict[str, tuple[str, t.Callable[[str], Counters]]] = {
    "snmp": ("/proc/net/snmp", parse_snmp),
    "netstat": ("/proc/net/netstat", parse_snmp),
    "snmp6": ("/proc/net/snmp6", parse_snmp6),
    "sockstat": ("/proc/net/sockstat", parse_sockstat),
    "sockstat6": ("/proc/net/sockstat6", parse_sockstat),
    "softnet": ("/proc/net/softnet_stat", parse_softnet_stat),
    "conntrack": ("/proc/net/stat/nf_conntrack", parse_stat_table),
    "arp_cache": ("/proc/net/stat/arp_cache", parse_stat_table),
    "ndisc_cache": ("/proc/net/stat/ndisc_cache", parse_stat_table),
}
DELTAS_BYTES = 9 * 1024
"""Above this only the counters whose totals are kept show how far they moved."""

PER_CPU = ("softnet", "conntrack", "arp_cache", "ndisc_cache")

LIMITS = (
    "net.ipv4.tcp_abort_on_overflow",
    "net.ipv4.tcp_max_orphans",
    "net.ipv4.tcp_max_tw_buckets",
    "net.ipv4.tcp_mem",
    "net.ipv4.ip_local_port_range",
)
CONNTRACK = ("nf_conntrack_count", "nf_conntrack_max")


def sysctl_path(name: str) -> str:
    """Return the file of a sysctl whose name has no dot inside a part."""
    return "/proc/sys/" + name.replace(".", "/")


def sample() -> Sample:
    """Return the texts of all counters now; `collect` takes it as its first sample."""
    settings = [sysctl_path(name) for name in LIMITS]
    settings += [sysctl_path("net.netfilter." + name) for name in CONNTRACK]
    return read_sample([path for path, dummy in TABLES.values()] + settings)


def collect(window_s: float = 0.0, first: Sample | None = None) -> dict[str, t.Any]:
    """Return `peer_tcp_counters`: totals since the network namespace was made, and what moved in `window_s` seconds.

    The window begins at `first` when that is given. Without a window `deltas` is empty and all that depends on it
    is None.
    """
    begin, end, measured_s = samples(sample, window_s, first)
    sources: list[dict[str, str]] = []
    after = parse(end, sources)
    moved = deltas(parse(begin), after, sources) if begin else {}
    summed = {name: total(table) if name in PER_CPU else table for name, table in after.items()}
    if "softnet" in summed:
        summed["softnet"]["cpus"] = len(after["softnet"])
    limits = {name: numbers(end.text(sysctl_path(name))) for name in LIMITS}
    totals = summary(summed)
    totals.update({name: numbers(end.text(sysctl_path("net.netfilter." + name))) for name in CONNTRACK})
    truncated = size_bytes(moved) > DELTAS_BYTES
    shown = summary(moved) if truncated else moved
    return {
        "sources": sources,
        "window_s": measured_s,
        "totals": {name: value for name, value in totals.items() if value is not None},
        "deltas": {name: value for name, value in shown.items() if value},
        "truncated": truncated,
        "derived": derived(summed, moved, limits, totals, measured_s),
        "limits": {name: value for name, value in limits.items() if value is not None},
    }


def parse(taken: Sample, sources: list[dict[str, str]] | None = None) -> Counters:
    """Return the counters of each of `TABLES` that could be read; appends to `sources` how reading went."""
    tables = {name: taken.parsed(path, parser, sources) for name, (path, parser) in TABLES.items()}
    return {name: table for name, table in tables.items() if table is not None}


def deltas(before: Counters, after: Counters, sources: list[dict[str, str]]) -> Counters:
    """Return what moved in each table; a table whose counters restarted is left out and `sources` says so."""
    moved = {}
    for name in before.keys() & after.keys():
        try:
            grown = increases(before[name], after[name])
        except CountersRestarted as error:
            said = next(entry for entry in sources if entry["name"] == TABLES[name][0])
            said["detail"] = "no deltas: %s" % error
            continue
        moved[name] = total(grown) if name in PER_CPU else grown
    return {name: _without_udp(moved[name]) for name in TABLES if name in moved}


def _without_udp(moved: Counters) -> Counters:
    return {name: value for name, value in moved.items() if name not in ("Udp", "UdpLite", "IcmpMsg", "UDP", "UDPLITE")}


def summary(tables: Counters) -> Counters:
    """Return the totals that are kept; a table that could not be read is absent."""
    totals: Counters = {}
    for name, table in tables.items():
        chosen = names.TOTALS.get(name)
        if isinstance(chosen, dict):
            totals[name] = names.selected(table, chosen)
        else:
            totals[name] = names.picked(table, chosen or "")
    return totals


def numbers(text: str) -> int | list[int] | None:
    """Return the number of a sysctl, a list when it has several, None when it could not be read."""
    words = text.split()
    if not words or not all(word.lstrip("-").isdigit() for word in words):
        return None
    return int(words[0]) if len(words) == 1 else [int(word) for word in words]


def derived(
    tables: Counters, moved: Counters, limits: t.Mapping[str, t.Any], totals: Counters, window_s: float
) -> dict[str, t.Any]:
    """Return what rules compare: signs of the window, and how full the tables are."""
    probes = totals.get("netstat", {}).get("TcpExt", {}).get("TCPKeepAlive")
    there = _groups({name: tables[name] for name in moved})
    changed = _groups(moved)

    def grown(counter: str) -> int | None:
        group, dummy, name = counter.partition(".")
        return changed.get(group, {}).get(name, 0) if name in there.get(group, {}) else None

    return {
        **signs.sums(grown),
        **signs.resets(grown, limits["net.ipv4.tcp_abort_on_overflow"], probes),
        **signs.rates(grown, window_s),
        "paws_rejected": signs.paws_rejected(grown),
        **fullness(totals, limits),
    }


def _groups(tables: Counters) -> Counters:
    """Return the groups of snmp and netstat (`Tcp`, `TcpExt`) beside the other tables."""
    flat = {name: table for name, table in tables.items() if name not in ("snmp", "netstat")}
    return {**flat, **tables.get("snmp", {}), **tables.get("netstat", {})}


def fullness(totals: Counters, limits: t.Mapping[str, t.Any]) -> dict[str, float | None]:
    """Return how full the tables are now in percent of their limit, and retransmissions since boot."""
    tcp = totals.get("sockstat", {}).get("TCP", {})
    sent = totals.get("snmp", {}).get("Tcp", {})
    memory, ports = limits["net.ipv4.tcp_mem"], limits["net.ipv4.ip_local_port_range"]
    return {
        "orphans_percent": percent(tcp.get("orphan"), limits["net.ipv4.tcp_max_orphans"]),
        "tcp_memory_percent": percent(tcp.get("mem"), memory[1] if memory else None),
        "time_wait_percent": percent(tcp.get("tw"), ports[1] - ports[0] + 1 if ports else None),
        "conntrack_percent": percent(totals.get("nf_conntrack_count"), totals.get("nf_conntrack_max")),
        "retransmit_percent_since_boot": percent(sent.get("RetransSegs"), sent.get("OutSegs")),
    }
