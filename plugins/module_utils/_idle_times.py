# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long connections have been idle, from a sample of them that the kernel describes in full."""

from __future__ import annotations

import bisect
import typing as t

from ._connection_counts import REMOTE, is_incoming
from ._connection_groups import Group, Groups
from ._connection_lookups import look_up
from ._connection_rows import CLOSE_WAIT, ESTABLISHED, KEEPALIVE, MEASURES, NO_TIMER, Row
from ._connection_suspects import STALE, UNREAD, Rank, suspect
from ._shortlist import Shortlist
from ._tcp_info import Places, TcpInfo, informed_rows

BOUNDS_S = (1, 10, 30, 60, 120, 240, 350, 600, 900, 3600, 7200)
"""Upper bounds; between them lie the idle timeouts of the common balancers, gateways and firewalls."""

BUCKETS = tuple("idle_%d" % bound for bound in BOUNDS_S) + ("idle_more",)
LONG_S = 300
"""So long a connection has to be idle before it matters that nothing refreshes it."""

SHORTEST_BOX_S = 350
"""The shortest idle timeout that is both common and fixed (AWS NLB and NAT gateway)."""

UNREAD_S = 10
STALE_S = 60
"""tcp_fin_timeout: so long the other end waits for the rest of a close, then it forgets the connection."""


def observe(groups: Groups, sample: t.Sequence[tuple[int, Row]], table: bytes, suspects: Shortlist) -> None:
    """Add to the groups what the sockets of a sample tell. Raises OSError where netlink is refused."""
    places: Places = {}
    known: dict[tuple[int, int, bytes], Group] = {}
    for place, message in look_up(sample):
        family = sample[place][0]
        for row, info, cgroup in informed_rows(message, places):
            local_port, remote_port, ends = row[1:4]
            port = local_port if is_incoming(table, local_port, remote_port) else remote_port | REMOTE
            group = known.get((family, port, ends))
            if group is None:
                group = known[family, port, ends] = groups.of(family, port, ends)[0]
            group.cgroup = cgroup or group.cgroup
            rank = _note(group, row, info)
            if rank and suspects.wants(rank):
                suspects.add(rank, suspect(rank, family, row))


def _note(group: Group, row: Row, info: TcpInfo) -> Rank:
    """Note one socket, and return its rank among suspects or an empty one."""
    state, timer, tries = row[0]
    expires_ms, received, dummy = MEASURES.unpack(row[4])
    if state == CLOSE_WAIT:
        return _note_close_wait(group, info.last_ack_recv_ms // 1000)
    if state != ESTABLISHED:  # it has gone on since it was counted
        return ()
    idle_s = min(info.last_data_sent_ms, info.last_data_recv_ms) // 1000
    group.sums["sampled"] += 1
    group.sums[BUCKETS[bisect.bisect_left(BOUNDS_S, idle_s)]] += 1
    group.peak("idle_max_s", idle_s)
    if timer == NO_TIMER and idle_s > LONG_S:
        group.sums["unprotected"] += 1
        group.peak("unprotected_idle_max_s", idle_s)
    if timer == KEEPALIVE and not tries:
        _note_keepalive(group, expires_ms, info)
    unread_s = info.last_data_recv_ms // 1000 if received else 0
    if unread_s < UNREAD_S:
        return ()
    group.sums["unread"] += 1
    group.peak("unread_max_s", unread_s)
    return (UNREAD, -unread_s)


def _note_keepalive(group: Group, expires_ms: int, info: TcpInfo) -> None:
    """Note the keepalive time that is in use, at least, and whether the first probe is still to come.

    The timer counts from the last segment that was received, but looks only when it expires: after traffic it runs out
    early, and starts again with what is left. Source: net/ipv4/tcp_timer.c tcp_keepalive_timer().
    """
    heard_ms = min(info.last_data_recv_ms, info.last_ack_recv_ms)
    group.peak("keepalive_time_ms", heard_ms + expires_ms)
    silent_s = min(heard_ms, info.last_data_sent_ms) // 1000
    if silent_s > SHORTEST_BOX_S:
        group.sums["unprobed"] += 1
        group.peak("unprobed_max_s", silent_s)


def _note_close_wait(group: Group, age_s: int) -> Rank:
    group.peak("close_wait_max_s", age_s)
    if age_s <= STALE_S:
        return ()
    group.sums["stale"] += 1
    return (STALE, -age_s)
