# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queueing disciplines of the links from rtnetlink (include/uapi/linux/rtnetlink.h, gen_stats.h)."""

from __future__ import annotations

import struct
import typing as t

from ._netlink import ROUTE, attributes, dump, messages, nested, request, tally

RTM_NEWQDISC = 36
RTM_GETQDISC = 38
TCMSG = struct.Struct("=B3xiIII")
"""Family, index of the link, handle, parent, info."""

STATS2 = 7
STATS_BASIC, STATS_QUEUE = 1, 3
BASIC = struct.Struct("=QI")
"""struct gnet_stats_basic: bytes, packets."""

QUEUE = struct.Struct("=5I")
"""struct gnet_stats_queue: packets waiting, bytes waiting, drops, requeues, overlimits."""

KIND_OF_QUEUE = "10x20xHH8s"
NO_QUEUE = (RTM_NEWQDISC, 12, 1, b"noqueue\0")
"""How the message of a link that does not queue begins (TCA_KIND comes first); most virtual links have no more."""

ROOT = 0xFFFFFFFF
INGRESS = 0xFFFFFFF1


def qdisc_request() -> bytes:
    """Return the request for the queueing disciplines of all links."""
    return request(RTM_GETQDISC, bytes(TCMSG.size))


def read_qdiscs(remarks: list[str]) -> dict[int, dict[str, int]]:
    """Return the counters of `parse_qdiscs` for all links by index; raises OSError as `dump` does."""
    found: dict[int, dict[str, int]] = {}
    for buffer in dump(ROUTE, qdisc_request(), remarks=remarks):
        parse_qdiscs(buffer, found)
    return found


def parse_qdiscs(buffer: memoryview, found: dict[int, dict[str, int]]) -> None:
    """Add the counters of each link's root and ingress discipline to `found`, by index of the link.

    A root counts what its children drop too, so children are left out; so are links on which nothing ever queued.
    Keys: qdisc_packets, qdisc_drops, qdisc_requeues, qdisc_overlimits, qdisc_backlog_bytes, ingress_drops.
    """
    counts = tally(buffer, KIND_OF_QUEUE)
    if counts is not None and all(key[1:] == NO_QUEUE for key in counts):
        return
    for kind, start, end in messages(buffer):
        if kind != RTM_NEWQDISC or end - start < TCMSG.size:
            continue
        dummy, index, dummy, parent, dummy = TCMSG.unpack_from(buffer, start)
        if parent not in (ROOT, INGRESS):
            continue
        stats = nested(attributes(buffer, start + TCMSG.size, end, (STATS2,)).get(STATS2))
        if len(stats.get(STATS_QUEUE, b"")) < QUEUE.size or len(stats.get(STATS_BASIC, b"")) < BASIC.size:
            continue
        row = _ingress(stats) if parent == INGRESS else _root(stats)
        if any(row.values()):
            found.setdefault(index, {}).update(row)


def _ingress(stats: dict[int, t.Any]) -> dict[str, int]:
    return {"ingress_drops": QUEUE.unpack_from(stats[STATS_QUEUE], 0)[2]}


def _root(stats: dict[int, t.Any]) -> dict[str, int]:
    dummy, backlog, drops, requeues, overlimits = QUEUE.unpack_from(stats[STATS_QUEUE], 0)
    return {
        "qdisc_packets": BASIC.unpack_from(stats[STATS_BASIC], 0)[1],
        "qdisc_drops": drops,
        "qdisc_requeues": requeues,
        "qdisc_overlimits": overlimits,
        "qdisc_backlog_bytes": backlog,
    }
