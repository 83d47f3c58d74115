# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters of trouble that moved while the peers were watched."""

from __future__ import annotations

import typing as t

from ._counters_of import in_window, window_s
from ._readings import Number
from ._shown import MAX_HOSTS, shown

Entry = t.Mapping[str, t.Any]

MEANINGS: dict[str, str] = {
    "Tcp.OutRsts": "resets sent by this kernel",
    "Tcp.EstabResets": "connections that stood and ended at once: reset or given up",
    "Tcp.AttemptFails": "connections that never came to stand",
    "Tcp.RetransSegs": "segments sent again",
    "Tcp.InErrs": "bad segments received",
    "TcpExt.TCPAbortOnClose": "closed with unread input, answered with a reset",
    "TcpExt.TCPAbortOnData": "reset on purpose (linger 0), or data came after close",
    "TcpExt.TCPAbortOnTimeout": "given up: no answer to data, probes or SYN",
    "TcpExt.TCPAbortOnMemory": "reset for want of memory, or too many orphans",
    "TcpExt.TCPAbortOnLinger": "given up while closing",
    "TcpExt.TCPAbortFailed": "resets that could not be sent",
    "TcpExt.ListenOverflows": "accept queue was full",
    "TcpExt.ListenDrops": "connections dropped by a listener",
    "TcpExt.EmbryonicRsts": "resets of connections still being opened",
    "TcpExt.TCPReqQFullDrop": "SYN queue was full, dropped",
    "TcpExt.TCPReqQFullDoCookies": "SYN queue was full, cookie sent",
    "TcpExt.SyncookiesFailed": "SYN cookies that were wrong",
    "TcpExt.TCPSynRetrans": "SYN sent again",
    "TcpExt.TCPTimeouts": "retransmission timers that ran out",
    "TcpExt.TCPKeepAlive": "keepalive probes sent",
    "TcpExt.TCPMemoryPressures": "TCP came under memory pressure",
    "TcpExt.PruneCalled": "receive queue squeezed",
    "TcpExt.RcvPruned": "received data thrown away",
    "TcpExt.TCPRcvQDrop": "dropped, receive queue full",
    "TcpExt.TCPBacklogDrop": "dropped, socket backlog full",
    "TcpExt.TCPToZeroWindowAdv": "told the partner to stop sending",
    "TcpExt.TCPWinProbe": "probes of a closed window",
    "TcpExt.TCPChallengeACK": "challenge ACKs: segments that did not fit a connection",
    "TcpExt.TCPSYNChallenge": "SYN within a connection that stood",
    "TcpExt.PAWSEstab": "segments rejected for old timestamps",
    "TcpExt.TCPTimeWaitOverflow": "too many connections in TIME-WAIT",
    "TcpExt.IPReversePathFilter": "dropped by the reverse path filter",
    "Ip.OutNoRoutes": "packets without a route",
    "Ip.InAddrErrors": "packets for an address that is not here",
    "Icmp.InDestUnreachs": "destination unreachable received",
    "Icmp.OutDestUnreachs": "destination unreachable sent",
    "softnet.dropped": "dropped before the stack, backlog full",
    "conntrack.drop": "dropped, connection tracking table full",
    "conntrack.early_drop": "tracked connections forgotten early",
    "conntrack.insert_failed": "connections that could not be tracked",
    "conntrack.invalid": "packets that fit no tracked connection",
}
"""Counters that have to do with resets and losses, the nearest first. Source: snmp_counter.rst, net/ipv4 of Linux."""


class CounterMoves:
    """Takes peers one by one and keeps which of `MEANINGS` moved on them."""

    def __init__(self) -> None:
        self._moved: dict[str, list[tuple[Number, str]]] = {}
        self._sums: dict[str, Number] = {}
        self._windows: list[Number] = []

    def add(self, name: str, facts: Entry) -> None:
        """Take one peer."""
        window = window_s(facts)
        if not window:
            return
        self._windows.append(window)
        for counter in MEANINGS:
            moved = in_window(facts, counter)
            if moved and moved > 0:
                self._moved.setdefault(counter, []).append((moved, name))
                self._sums[counter] = self._sums.get(counter, 0) + moved

    def table(self) -> dict[str, t.Any]:
        """Return {rows, total, truncated, window_s, watched}: a row per counter with the hosts where it moved most."""
        moved = [counter for counter in MEANINGS if counter in self._moved]
        found = [_row(counter, self._moved[counter], self._sums[counter]) for counter in moved]
        window = max(self._windows, default=None)
        return {**shown(found, len(MEANINGS)), "window_s": window, "watched": len(self._windows)}


def _row(counter: str, moved: list[tuple[Number, str]], total: Number) -> dict[str, t.Any]:
    most = sorted(moved, key=lambda pair: -pair[0])[:MAX_HOSTS]
    hosts = [{"host": name, "moved": value} for value, name in most]
    return {"counter": counter, "meaning": MEANINGS[counter], "moved": total, "hosts": hosts, "count": len(moved)}
