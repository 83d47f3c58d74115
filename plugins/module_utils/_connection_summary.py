# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups of connections as the fact shows them: rows, those with trouble first, and sums of all of them."""

from __future__ import annotations

import heapq
import socket
import sys
import typing as t

from ._connection_groups import OTHERS, Group
from ._connection_rows import STATES
from ._idle_times import BOUNDS_S
from ._sock_diag import interface_name
from ._text import clean

Row = t.Dict[str, t.Any]

TROUBLES = ("stalled", "unanswered", "zero_window", "connecting_unanswered", "half_open_unanswered", "unread", "stale")
SHOWN_STATES = tuple(name for name in STATES if name not in ("", "CLOSE", "LISTEN"))
MOST_REMOTES = 3
BOUNDS = (*((str(bound), "idle_%d" % bound) for bound in BOUNDS_S), ("more", "idle_more"))


def total(groups: t.Iterable[Group]) -> Group:
    """Return the sums and peaks of all groups."""
    result = Group(False, 0, b"", False)
    for group in groups:
        result.merge(group)
    return result


def urgency(group: Group) -> tuple[int, ...]:
    """Return a key that sorts groups with trouble first, then by idle sockets without keepalive, then by size."""
    unprotected = 0 if group.loopback else group.sums.get("unprotected", 0)
    return (-sum(group.sums.get(name, 0) for name in TROUBLES), -unprotected, -group.sockets, group.port)


def most_urgent(groups: t.Iterable[Group], most: int) -> list[Group]:
    """Return the groups to show."""
    return heapq.nsmallest(most, (group for group in groups if group.address != OTHERS and group.sockets), key=urgency)


def row(group: Group, listening: bool, unit: str | None) -> Row:
    """Return a service or a destination."""
    shown: Row = {"port": group.port, "address": None, "loopback": group.loopback, "unit": unit}
    if group.incoming:
        shown["address"] = address_text(next(iter(group.locals))) if len(group.locals) == 1 else None
        shown.update(listening=listening, remotes=len(group.remotes), top_remotes=top_remotes(group))
    else:
        shown["address"] = address_text(group.address)
    return {**shown, **measures(group)}


def measures(group: Group) -> Row:
    """Return what a row and the sums of all rows have in common."""
    sums = group.sums
    return {
        "sockets": group.sockets,
        "established": sums.get("ESTABLISHED", 0),
        "states": {name: sums[name] for name in SHOWN_STATES if sums.get(name)},
        "keepalive": keepalive(group),
        "receive_queue": queue(group, "receive"),
        "send_queue": queue(group, "send"),
        "retransmitting": retransmitting(group),
        "zero_window": sums.get("zero_window", 0),
        "idle_s": idle_histogram(group),
        "idle_max_s": group.peaks.get("idle_max_s"),
    }


def retransmitting(group: Group) -> Row:
    """Return how many sockets repeat a segment, how many of them have done so for a while, and the most repeats."""
    return {
        "sockets": group.sums.get("retransmitting", 0),
        "stalled": group.sums.get("stalled", 0),
        "retransmits_max": group.peaks.get("retransmits_max", 0),
    }


def idle_histogram(group: Group) -> dict[str, int]:
    """Return how many sampled sockets have carried no data for up to so many seconds; empty steps are left out."""
    return {bound: group.sums[name] for bound, name in BOUNDS if group.sums.get(name)}


def keepalive(group: Group) -> Row:
    """Return how many established sockets have keepalive, what their timers have left, and what that shows."""
    sums, time_ms = group.sums, group.peaks.get("keepalive_time_ms")
    remaining_s = [round(value / 1000, 1) for value in group.remaining_ms] if group.remaining_ms else None
    return {
        "armed": sums.get("armed", 0),
        "off": sums.get("off", 0),
        "unknown": sums.get("unknown", 0),
        "remaining_s": {"min": remaining_s[0], "max": remaining_s[1]} if remaining_s else None,
        "time_s": None if time_ms is None else round(time_ms / 1000),
        "unanswered": sums.get("unanswered", 0),
    }


def queue(group: Group, name: str) -> Row:
    """Return how many sockets have bytes in a queue, the most and all of them."""
    return {
        "sockets": group.sums.get(name + "_sockets", 0),
        "bytes_max": group.peaks.get(name + "_bytes_max", 0),
        "bytes_total": group.sums.get(name + "_bytes_total", 0),
    }


def top_remotes(group: Group) -> list[Row]:
    """Return the other ends with the most connections."""
    told_apart = ((count, address) for address, count in group.remotes.items() if address != OTHERS)
    most = heapq.nlargest(MOST_REMOTES, told_apart)
    return [{"address": address_text(address), "count": count} for count, address in most]


def address_text(address: bytes) -> str:
    """Return an address of 4 or 16 bytes, or one with the index of its link behind it, as `fe80::1%eth0`."""
    if len(address) == 4:
        return socket.inet_ntop(socket.AF_INET, address)
    text, index = socket.inet_ntop(socket.AF_INET6, address[:16]), int.from_bytes(address[16:], sys.byteorder)
    return "%s%%%s" % (text, clean(interface_name(index) or str(index), 32)) if index else text
