# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Neighbours (ARP, ND) from rtnetlink, streamed into a summary (include/uapi/linux/neighbour.h)."""

from __future__ import annotations

import struct
import typing as t

from ._netlink import (
    NLM_F_REQUEST,
    ROUTE,
    address_text,
    attribute,
    attributes,
    dump,
    link_layer_text,
    messages,
    request,
    tally,
)

RTM_NEWNEIGH = 28
RTM_GETNEIGH = 30
NDMSG = struct.Struct("=B3xiHBB")
"""Family, index of the link, state, flags, type."""

STATE_AND_FLAGS = "10x8xHBx"
"""Where `tally` finds them: behind the netlink header, family and index."""

DESTINATION, LINK_LAYER = 1, 2
STATES = {
    **{0: "none", 0x01: "incomplete", 0x02: "reachable", 0x04: "stale", 0x08: "delay", 0x10: "probe"},
    **{0x20: "failed", 0x40: "noarp", 0x80: "permanent"},
}
UNRESOLVED = frozenset((0x01, 0x20))
NOARP, PERMANENT = 0x40, 0x80
SETTLED = frozenset((NOARP, PERMANENT))
EXTERNALLY_LEARNED = 0x10
SHOWN = 8
VIRTUAL_ROUTER = (b"\x00\x00\x5e\x00\x01", b"\x00\x00\x5e\x00\x02")
"""VRRP addresses (RFC 5798) stand on several routers on purpose."""

Summary = t.Dict[str, t.Any]


def new_summary() -> Summary:
    """Return the summary of no neighbours."""
    return {"states": {}, "not_collected": 0, "unresolved": [], "own_mac": []}


def state_name(state: int) -> str:
    """Return the name of a state; the number of one that only newer kernels know."""
    return STATES.get(state, str(state))


def by_state(summary: Summary) -> dict[str, int]:
    """Return the number of neighbours in each state by its name."""
    return {state_name(state): count for state, count in summary["states"].items()}


def read_neighbours(family: int, own_macs: t.Container[bytes], remarks: list[str]) -> Summary:
    """Return the summary of all neighbours of one address family; raises OSError as `dump` does."""
    summary = new_summary()
    for buffer in dump(ROUTE, request(RTM_GETNEIGH, NDMSG.pack(family, 0, 0, 0, 0)), remarks=remarks):
        summarise_neighbours(buffer, own_macs, summary)
    return summary


def summarise_neighbours(buffer: memoryview, own_macs: t.Container[bytes], summary: Summary) -> None:
    """Add the neighbours in a buffer of RTM_NEWNEIGH to `summary`. Raises ValueError for a broken address.

    `unresolved` holds the first that are incomplete or failed; `own_mac` those that answer with a link-layer address
    of this host: a second holder of it, or this host seen through another of its links. `not_collected` counts what
    gc_thresh3 does not limit (permanent and externally learned entries).
    """
    if _count_settled(buffer, summary):
        return
    states = summary["states"]
    for kind, start, end in messages(buffer):
        if kind != RTM_NEWNEIGH or end - start < NDMSG.size:
            continue
        dummy, index, state, flags, dummy = NDMSG.unpack_from(buffer, start)
        states[state] = states.get(state, 0) + 1
        if flags & EXTERNALLY_LEARNED or state == PERMANENT:
            summary["not_collected"] += 1
        if state in SETTLED:
            continue
        found = attributes(buffer, start + NDMSG.size, end, (DESTINATION, LINK_LAYER))
        _note(found, index, state, own_macs, summary)


def _count_settled(buffer: memoryview, summary: Summary) -> bool:
    """Count a buffer in which nothing is to be resolved (a multicast entry or two per link), or return False."""
    counts = tally(buffer, STATE_AND_FLAGS)
    if counts is None or any(kind != RTM_NEWNEIGH or state not in SETTLED for dummy, kind, state, dummy in counts):
        return False
    for (dummy, dummy, state, flags), count in counts.items():
        summary["states"][state] = summary["states"].get(state, 0) + count
        summary["not_collected"] += count if flags & EXTERNALLY_LEARNED or state == PERMANENT else 0
    return True


def _note(found: dict[int, memoryview], index: int, state: int, own_macs: t.Container[bytes], summary: Summary) -> None:
    mac = bytes(found.get(LINK_LAYER, b""))
    if state in UNRESOLVED:
        rows = summary["unresolved"]
    elif len(mac) == 6 and mac in own_macs and any(mac) and mac[:5] not in VIRTUAL_ROUTER:
        rows = summary["own_mac"]
    else:
        return
    if len(rows) < SHOWN:
        address = address_text(found.get(DESTINATION))
        rows.append({"address": address, "index": index, "state": state_name(state), "mac": link_layer_text(mac)})


def read_neighbour(family: int, index: int, address: bytes) -> dict[str, t.Any] | None:
    """Return {state, mac} of one neighbour, or None when the kernel has no entry or cannot say (before 5.0)."""
    body = NDMSG.pack(family, index, 0, 0, 0) + attribute(DESTINATION, address)
    try:
        for buffer in dump(ROUTE, request(RTM_GETNEIGH, body, NLM_F_REQUEST)):
            return parse_neighbour(buffer)
    except OSError:
        pass
    return None


def parse_neighbour(buffer: memoryview) -> dict[str, t.Any] | None:
    """Return {state, mac} of the first neighbour in a buffer of RTM_NEWNEIGH, or None."""
    for kind, start, end in messages(buffer):
        if kind == RTM_NEWNEIGH and end - start >= NDMSG.size:
            state = NDMSG.unpack_from(buffer, start)[2]
            mac = attributes(buffer, start + NDMSG.size, end, (LINK_LAYER,)).get(LINK_LAYER)
            return {"state": STATES.get(state, "other"), "mac": link_layer_text(mac)}
    return None
