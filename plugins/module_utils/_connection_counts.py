# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of TCP sockets counted by port, addresses and status: one step for each, and none of them is kept."""

from __future__ import annotations

import collections
import sys
import typing as t

from ._connection_rows import MEASURES, NOTHING, Row
from ._connection_sample import Sample
from ._connection_suspects import Urgency, suspect
from ._shortlist import Shortlist

REMOTE = 1 << 16
"""Added to a port that belongs to the other end."""

PORTS = 1 << 16
EPHEMERAL, LISTENING, FIXED = range(3)

Key = t.Tuple[int, bytes, bytes]
"""Port in network order (with REMOTE: of the other end), addresses and link, status."""

MANY_KEYS = 1 << 16


def directions(listening: t.Iterable[int], ephemeral: tuple[int, int]) -> bytes:
    """Return for each port in network order whether it is LISTENING, EPHEMERAL (a local end of its own) or FIXED."""
    low, high = ephemeral
    table = bytearray([FIXED]) * PORTS
    table[low : high + 1] = bytes([EPHEMERAL]) * (high + 1 - low)
    for port in listening:
        table[port] = LISTENING
    if sys.byteorder == "big":
        return bytes(table)
    return b"".join(bytes(table[low_byte::256]) for low_byte in range(256))


def is_incoming(table: bytes, local_port: int, remote_port: int) -> bool:
    """Return whether a connection came to a service of this host; ports are in network order.

    It did when something listens on its local port, or when its remote port is one that clients take and its local
    port is not: then whoever accepted it listens no longer.
    """
    kind = table[local_port]
    return kind == LISTENING or (kind == FIXED and table[remote_port] == EPHEMERAL)


class Counts:
    """What the sockets of one family amount to: number, expiries and queues by key, and the worst few of them."""

    def __init__(self, family: int, table: bytes, suspects: Shortlist, sample: Sample) -> None:
        """Start empty; `table` is that of `directions`."""
        self.family, self.table, self.suspects, self.sample = family, table, suspects, sample
        self.sockets: dict[Key, int] = collections.defaultdict(int)
        self.expiries: dict[Key, list[int]] = {}
        self.queues: dict[Key, list[int]] = {}
        self.urgency = Urgency()

    def add(self, rows: t.Iterable[Row]) -> None:
        """Count rows. This is the only code that runs for every socket, so it calls nothing that it can do without."""
        sockets, table, mask = self.sockets, self.table, self.sample.mask
        for row in rows:
            status, local_port, remote_port, ends, measures = row
            kind = table[local_port]
            if kind == LISTENING or (kind and not table[remote_port]):
                key = (local_port, ends, status)
            else:
                key = (remote_port | REMOTE, ends, status)
            before = sockets[key]
            sockets[key] = before + 1
            if not before & mask:
                mask = self.sample.offer(self.family, row)
            if measures != NOTHING:
                self._note(key, row, *MEASURES.unpack(measures))

    def _note(self, key: Key, row: Row, expires_ms: int, received: int, sent: int) -> None:
        """Note what is unusual: a timer, bytes in a queue, signs of trouble."""
        span = self.expiries.get(key)
        if span is None:
            self.expiries[key] = [expires_ms, expires_ms]
        elif expires_ms > span[1]:
            span[1] = expires_ms
        elif expires_ms < span[0]:
            span[0] = expires_ms
        if received or sent:
            self._note_queues(key, received, sent)
        rank = self.urgency[row[0]]
        if rank and self.suspects.wants(rank):
            self.suspects.add(rank, suspect(rank, self.family, row))

    def _note_queues(self, key: Key, received: int, sent: int) -> None:
        """Note how many sockets have bytes in the receive queue, the most and all of them; the same of the other."""
        waiting = self.queues.setdefault(key, [0] * 6)
        if received:
            waiting[0] += 1
            waiting[1] = max(waiting[1], received)
            waiting[2] += received
        if sent:
            waiting[3] += 1
            waiting[4] = max(waiting[4], sent)
            waiting[5] += sent

    def clear(self) -> None:
        """Start again."""
        for counted in (self.sockets, self.expiries, self.queues):
            counted.clear()
