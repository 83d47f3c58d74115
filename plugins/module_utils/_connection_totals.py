# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all connections of the peer amount to, and those with other hosts by themselves."""

from __future__ import annotations

import typing as t

from ._connection_groups import OTHERS, Group
from ._connection_limits import Limits, read_orphans
from ._connection_summary import SHOWN_STATES, address_text, idle_histogram, keepalive, queue, retransmitting, total

MOST_UNPROTECTED = 8

Row = t.Dict[str, t.Any]


def overview(groups: t.Sequence[Group], limits: Limits) -> Row:
    """Return the part of the fact that is about all connections.

    What idles and what the path does to it concerns connections with other hosts only; those stand in `other_hosts`.
    """
    every = total(groups)
    outside = total(group for group in groups if not group.loopback)
    return {
        "states": {name: every.sums.get(name, 0) for name in SHOWN_STATES},
        "totals": totals(groups, every, outside),
        "keepalive": {**keepalive(every), "sysctls": limits.keepalive_s},
        "other_hosts": other_hosts(outside),
        "idle_without_keepalive": unprotected(groups),
        "time_wait": share(every.sums.get("TIME_WAIT", 0), limits.time_wait),
        "orphans": share(read_orphans(), limits.orphans),
    }


def totals(groups: t.Iterable[Group], every: Group, outside: Group) -> Row:
    """Return counts of sockets over all groups; the ends of a connection inside the host count one by one."""
    established = every.sums.get("ESTABLISHED", 0)
    incoming = sum(group.sums.get("ESTABLISHED", 0) for group in groups if group.incoming)
    return {
        "sockets": every.sockets,
        "established": established,
        "incoming": incoming,
        "outgoing": established - incoming,
        "loopback": established - outside.sums.get("ESTABLISHED", 0),
        "receive_queue": queue(every, "receive"),
        "send_queue": queue(every, "send"),
        "zero_window": every.sums.get("zero_window", 0),
        "unread": {"sockets": every.sums.get("unread", 0), "age_max_s": every.peaks.get("unread_max_s")},
        "close_wait": {
            "sockets": every.sums.get("CLOSE_WAIT", 0),
            "stale": every.sums.get("stale", 0),
            "age_max_s": every.peaks.get("close_wait_max_s"),
        },
    }


def other_hosts(outside: Group) -> Row:
    """Return what concerns the path: connections whose other end is another host."""
    sums, peaks = outside.sums, outside.peaks
    established, sampled = sums.get("ESTABLISHED", 0), sums.get("sampled", 0)
    return {
        "established": established,
        "keepalive": keepalive(outside),
        "probes_unanswered_max": peaks.get("probes_max", 0),
        "retransmitting": retransmitting(outside),
        "stalled_percent": round(100 * sums.get("stalled", 0) / established, 1) if established else None,
        "connecting": {"sockets": sums.get("SYN_SENT", 0), "unanswered": sums.get("connecting_unanswered", 0)},
        "half_open": {"sockets": sums.get("SYN_RECV", 0), "unanswered": sums.get("half_open_unanswered", 0)},
        "idle": {
            "sampled": sampled,
            "complete": sampled >= established,
            "idle_s": idle_histogram(outside),
            "idle_max_s": peaks.get("idle_max_s"),
            "without_keepalive": idle_part(outside, "unprotected", "unprotected_idle_max_s"),
            "before_first_probe": idle_part(outside, "unprobed", "unprobed_max_s"),
        },
    }


def idle_part(group: Group, name: str, peak: str) -> Row:
    """Return how many sampled sockets are idle for long in one way, and the longest time."""
    return {"sockets": group.sums.get(name, 0), "idle_max_s": group.peaks.get(peak)}


def unprotected(groups: t.Iterable[Group]) -> list[Row]:
    """Return the groups with most sampled sockets to other hosts that are idle for long and have no keepalive."""
    found = [group for group in groups if group.sums.get("unprotected") and not group.loopback]
    found.sort(key=lambda group: (-group.sums["unprotected"], -group.peaks["unprotected_idle_max_s"], group.port))
    return [
        {
            "direction": "in" if group.incoming else "out",
            "port": group.port,
            "address": None if group.incoming or group.address == OTHERS else address_text(group.address),
            "sockets": group.sums["unprotected"],
            "idle_max_s": group.peaks["unprotected_idle_max_s"],
        }
        for group in found[:MOST_UNPROTECTED]
    ]


def share(sockets: int | None, limit: int | None) -> Row:
    """Return how much of a limit is used; None where either is not known."""
    percent = round(100 * sockets / limit, 1) if sockets is not None and limit else None
    return {"sockets": sockets, "limit": limit, "used_percent": percent}
