# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How full and how well the neighbour tables (ARP, ND) are, for each address family."""

from __future__ import annotations

import typing as t

from ._neighbour_tables import KEPT, parse_statistics, read_table
from ._neighbours import Summary, by_state, read_neighbours
from ._read import read_text, source, status_of
from ._text import clean

FAMILIES = {"ipv4": (2, "arp_cache"), "ipv6": (10, "ndisc_cache")}
THRESHOLDS = ("gc_thresh1", "gc_thresh2", "gc_thresh3")
Sources = t.List[t.Dict[str, str]]


def neighbour_health(own_macs: t.Container[bytes], names: dict[int, bytes], sources: Sources) -> dict[str, t.Any]:
    """Return {ipv4: health, ipv6: health}; `sources` gets a line on what could not be read and on netlink."""
    health = {}
    for name, (family, cache) in FAMILIES.items():
        table = {**_statistics(cache, sources), **_limits(name, family)}
        summary = _entries(name, family, own_macs, sources)
        health[name] = {**_named(summary, names), **table, **_occupancy(table, summary)}
    return health


def times_full(health: dict[str, t.Any]) -> int | None:
    """Return how often an entry found no room in either table since the boot, None when neither says."""
    known = [table["table_fulls"] for table in health.values() if table.get("table_fulls") is not None]
    return sum(known) if known else None


def _entries(name: str, family: int, own_macs: t.Container[bytes], sources: Sources) -> Summary | None:
    """Return the summary of this namespace's entries, or None when netlink does not give them."""
    remarks: list[str] = []
    try:
        summary = read_neighbours(family, own_macs, remarks)
    except (OSError, ValueError) as error:
        status = status_of(error) if isinstance(error, OSError) else "failed"
        sources.append(source("RTM_GETNEIGH %s" % name, status, str(error)))
        return None
    sources.append(source("RTM_GETNEIGH %s" % name, "ok", "; ".join(remarks)))
    return summary


def _named(summary: Summary | None, names: dict[int, bytes]) -> dict[str, t.Any]:
    """Return the summary with the names of links in place of their indexes."""
    if summary is None:
        return {"entries": None, "by_state": None, "unresolved": [], "own_mac": []}
    rows = {
        key: [{**row, "interface": clean(names.get(row["index"], b""), 64)} for row in summary[key]]
        for key in ("unresolved", "own_mac")
    }
    for row in rows["unresolved"] + rows["own_mac"]:
        del row["index"]
    return {"entries": sum(summary["states"].values()), "by_state": by_state(summary), **rows}


def _statistics(cache: str, sources: Sources) -> dict[str, t.Any]:
    """Return counters since boot of /proc/net/stat, which only the first network namespace has."""
    found = read_text("/proc/net/stat/%s" % cache)
    try:
        counters = parse_statistics(found.text or "")
        sources.append(source("/proc/net/stat/%s" % cache, found.status, found.detail))
    except ValueError as error:
        counters = {}
        sources.append(source("/proc/net/stat/%s" % cache, "failed", str(error)))
    return {"table_entries": counters.get("entries"), **{name: counters.get(name) for name in KEPT}}


def _limits(name: str, family: int) -> dict[str, t.Any]:
    """Return the thresholds and the table's own counters from netlink, else the thresholds from /proc/sys."""
    try:
        table = read_table(family)
    except OSError:
        table = None
    if table is not None:
        return {key: value for key, value in table.items() if value is not None}
    limits: dict[str, t.Any] = dict.fromkeys(THRESHOLDS)
    for key in THRESHOLDS:
        text = (read_text("/proc/sys/net/%s/neigh/default/%s" % (name, key)).text or "").strip()
        limits[key] = int(text) if text.isdigit() else None
    return limits


def _occupancy(table: dict[str, t.Any], summary: Summary | None) -> dict[str, t.Any]:
    """Return how full the table is, in percent of gc_thresh3, with what the limit does not count taken off."""
    entries, limit = table["table_entries"], table.get("gc_thresh3")
    if entries is None or not limit:
        return {"occupancy_percent": None}
    counted = max(entries - (summary["not_collected"] if summary else 0), 0)
    return {"occupancy_percent": round(100.0 * counted / limit, 2)}
