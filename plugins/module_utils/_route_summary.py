# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All routes of one address family, streamed into counts and the few routes that are shown."""

from __future__ import annotations

import collections
import struct
import typing as t

from ._netlink import HEADER, ROUTE, dump, messages, request, tally
from ._route_names import Names
from ._route_rows import REJECTING, RTM_NEWROUTE, RTMSG, TYPES, Row, parse_route

RTM_GETROUTE = 26
FORM = "10xxB2xBBxBIHHI"
"""What routes are counted by: prefix length, table, protocol, type, flags, then the first attribute: RTA_TABLE."""

ONE = struct.Struct("=IH" + FORM)
TABLE_FIRST = (8, 15)
CLONED = 0x200
UNICAST = 1
LOCAL_TABLE = 255
MOST_DEFAULTS = 16
MOST_REJECTING = 12
LISTED_NAMES = 16
NOTHING = {"total": 0, "defaults": 0, "ordinary": 0}

Key = t.Tuple[int, ...]


class Summary(t.NamedTuple):
    """`counts` by the key of `tally`, and the first routes of three kinds in the order of the kernel."""

    counts: collections.Counter[Key]
    defaults: list[Row]
    rejecting: list[Row]
    routes: list[Row]


def new_summary() -> Summary:
    """Return the summary of no routes."""
    return Summary(collections.Counter(), [], [], [])


def read_routes(family: int, most: int, remarks: list[str]) -> Summary:
    """Return the summary of all routes of a family, with at most `most` of the ordinary ones; raises OSError."""
    summary = new_summary()
    for buffer in dump(ROUTE, request(RTM_GETROUTE, RTMSG.pack(family, 0, 0, 0, 0, 0, 0, 0, 0)), remarks=remarks):
        summarise(buffer, most, summary)
    return summary


def summarise(buffer: memoryview, most: int, summary: Summary) -> None:
    """Add the routes in a buffer of RTM_NEWROUTE to `summary`; raises ValueError for a broken one that is shown.

    A full table is thousands of buffers alike; once the lists are full, they are counted without a step per route.
    """
    counts = tally(buffer, FORM)
    if counts is not None and all(_place_for(key, most, summary) is None for key in counts):
        summary.counts.update(counts)
        return
    for kind, start, end in messages(buffer):
        if kind != RTM_NEWROUTE or end - start + HEADER.size < ONE.size:
            continue
        key = ONE.unpack_from(buffer, start - HEADER.size)
        summary.counts[key] += 1
        shown = _place_for(key, most, summary)
        if shown is not None:
            shown.append(parse_route(buffer[start:end]))


def _place_for(key: Key, most: int, summary: Summary) -> list[Row] | None:
    """Return the list that a route with this key belongs to, or None when it is only counted."""
    prefix, kind, table = key[2], key[5], table_of(key)
    if key[1] != RTM_NEWROUTE or key[6] & CLONED:
        return None
    if prefix == 0 and (kind == UNICAST or kind in REJECTING):
        return summary.defaults if len(summary.defaults) < MOST_DEFAULTS else None
    if kind in REJECTING:
        return summary.rejecting if len(summary.rejecting) < MOST_REJECTING else None
    if kind == UNICAST and table != LOCAL_TABLE:
        return summary.routes if len(summary.routes) < most else None
    return None


def table_of(key: Key) -> int:
    """Return the table of a route; its header has room for the numbers below 256 only."""
    return key[9] if key[7:9] == TABLE_FIRST else key[3]


def counts_of(summary: Summary, names: Names) -> dict[str, t.Any]:
    """Return {total, defaults, ordinary, by_table, by_protocol, by_type}; routes the kernel cloned are not counted.

    Ordinary are those that lead somewhere, without default routes and what the kernel keeps in the local table.
    """
    found: dict[str, t.Any] = {**NOTHING, "by_table": {}, "by_protocol": {}, "by_type": {}}
    for key, count in summary.counts.items():
        if key[1] != RTM_NEWROUTE or key[6] & CLONED:
            continue
        found["total"] += count
        if key[5] == UNICAST:
            found["defaults"] += count if key[2] == 0 else 0
            found["ordinary"] += count if key[2] and table_of(key) != LOCAL_TABLE else 0
        kind = TYPES[key[5]] if key[5] < len(TYPES) else str(key[5])
        _add(found["by_table"], names.table(table_of(key)), count)
        _add(found["by_protocol"], names.protocol(key[4]), count)
        _add(found["by_type"], kind, count)
    return {**found, "by_table": _largest(found["by_table"]), "by_protocol": _largest(found["by_protocol"])}


def _add(counts: dict[str, int], name: str, count: int) -> None:
    counts[name] = counts.get(name, 0) + count


def _largest(counts: dict[str, int]) -> dict[str, int]:
    """Return the largest counts, and the sum of the others under `other`."""
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    rest = sum(count for dummy, count in ordered[LISTED_NAMES:])
    return {**dict(ordered[:LISTED_NAMES]), **({"other": rest} if rest else {})}
