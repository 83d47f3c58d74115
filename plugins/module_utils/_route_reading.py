# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the routes of both families: rtnetlink in one pass each, or /proc where a sandbox refuses netlink."""

from __future__ import annotations

import typing as t

from ._link_names import link_name
from ._nexthops import read_nexthops
from ._read import read_text, source, status_of
from ._route_names import Names
from ._route_rows import FAMILIES, Row
from ._route_summary import MOST_DEFAULTS, MOST_REJECTING, NOTHING, counts_of, read_routes

ENCAPSULATIONS = ("none", "mpls", "ip", "ila", "ip6", "seg6", "bpf", "seg6local", "rpl", "ioam6", "xfrm")
"""LWTUNNEL_ENCAP_* of include/uapi/linux/lwtunnel.h."""

REJECTING = frozenset(("blackhole", "unreachable", "prohibit", "throw"))
Sources = t.List[t.Dict[str, str]]


class Routes(t.NamedTuple):
    """Counts by address family, and the routes that are shown, of both families."""

    counts: dict[str, dict[str, t.Any]]
    defaults: list[Row]
    rejecting: list[Row]
    routes: list[Row]


def read_all(most: int, names: Names, sources: Sources) -> Routes:
    """Return the routes of both families with at most `most` ordinary ones of each; `sources` says from where."""
    found = Routes({}, [], [], [])
    for family, name in FAMILIES.items():
        if not _from_netlink(family, name, most, names, found, sources):
            _from_file(name, most, found, sources)
    return found


def _from_netlink(family: int, name: str, most: int, names: Names, found: Routes, sources: Sources) -> bool:
    remarks: list[str] = []
    title = "RTM_GETROUTE %s" % name
    try:
        summary = read_routes(family, most, remarks)
    except (OSError, ValueError) as error:
        sources.append(source(title, status_of(error) if isinstance(error, OSError) else "failed", str(error)))
        return False
    sources.append(source(title, "ok", "; ".join(remarks)))
    found.counts[name] = counts_of(summary, names)
    for rows, more in zip(found[1:], (summary.defaults, summary.rejecting, summary.routes)):
        rows.extend(named(row, names) for row in more)
    return True


def named(row: Row, names: Names) -> Row:
    """Return a route with names for its numbers, and with the next hops that only a next hop object knows."""
    row = {**row, "table": names.table(row["table"]), "protocol": names.protocol(row["protocol"])}
    if row["interface"] is None and "nexthop_id" in row and "nexthops" not in row:
        row["nexthops"] = read_nexthops(row["nexthop_id"])
    row["interface"] = link_name(row["interface"])
    if row.get("nexthops"):
        row["nexthops"] = [{**hop, "interface": link_name(hop["interface"])} for hop in row["nexthops"]]
    if "encapsulation" in row:
        number = row["encapsulation"]
        row["encapsulation"] = ENCAPSULATIONS[number] if number < len(ENCAPSULATIONS) else str(number)
    return row


def _from_file(name: str, most: int, found: Routes, sources: Sources) -> None:
    from ._route_files import BYTES, parse_ipv6_route, parse_route

    path = "/proc/net/route" if name == "ipv4" else "/proc/net/ipv6_route"
    text = read_text(path, BYTES)
    counts: dict[str, t.Any] = {**dict.fromkeys(NOTHING), "by_table": {}, "by_protocol": {}, "by_type": {}}
    found.counts[name] = counts
    if text.text is None:
        sources.append(source(path, text.status, text.detail))
        return
    try:
        rows = list((parse_route if name == "ipv4" else parse_ipv6_route)(text.text))
    except ValueError as error:
        sources.append(source(path, "failed", str(error)))
        return
    cut = len(text.text) >= BYTES
    sources.append(source(path, "ok", "only the first %d routes" % len(rows) if cut else ""))
    _sort(rows, most, counts, found)


def _sort(rows: list[Row], most: int, counts: dict[str, t.Any], found: Routes) -> None:
    """Put the rows of a file where those of netlink go."""
    counts.update(NOTHING, total=len(rows))
    for row in rows:
        kind, is_default = row["type"], row["destination"].endswith("/0")
        counts["by_type"][kind] = counts["by_type"].get(kind, 0) + 1
        if kind == "unicast":
            counts["defaults" if is_default else "ordinary"] += 1
        if is_default and len(found.defaults) < 2 * MOST_DEFAULTS:
            found.defaults.append(row)
        elif kind in REJECTING and len(found.rejecting) < 2 * MOST_REJECTING:
            found.rejecting.append(row)
        elif kind == "unicast" and counts["ordinary"] <= most:
            found.routes.append(row)
