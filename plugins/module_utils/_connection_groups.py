# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections taken together: by the own port they came to, or by the address and port they go to."""

from __future__ import annotations

import collections
import socket

from ._connection_counts import REMOTE, Counts, Key
from ._connection_meaning import Meanings
from ._connection_rows import CLOSE_WAIT, ESTABLISHED, KEEPALIVE, STATES

MOST_GROUPS = 20000
MOST_ADDRESSES = 50000
"""Beyond these what is new is counted together; see `Groups.complete`."""

MAPPED = bytes(10) + b"\xff\xff"
LOOPBACK6 = bytes(15) + b"\x01"
OTHERS = b"others"


class Group:
    """Sockets of one service or one destination: sums and peaks by name, and how many there are by address.

    Sums count sockets (and bytes), by state and by what is noteworthy; peaks hold the largest value seen. `remotes` is
    for services, `locals` for both. Names are those that the fact shows.
    """

    __slots__ = (
        *("incoming", "port", "address", "loopback", "sums", "peaks", "remaining_ms", "remotes", "locals", "cgroup"),
    )

    def __init__(self, incoming: bool, port: int, address: bytes, loopback: bool) -> None:
        """Start empty; `address` is that of the other end, of a service none."""
        self.incoming, self.port, self.address, self.loopback = incoming, port, address, loopback
        self.sums: dict[str, int] = collections.defaultdict(int)
        self.peaks: dict[str, int] = {}
        self.remaining_ms: tuple[int, int] | None = None
        self.remotes: dict[bytes, int] = {}
        self.locals: dict[bytes, int] = {}
        self.cgroup: int | None = None

    def peak(self, name: str, value: int) -> None:
        """Keep the largest value of a name."""
        if value > self.peaks.get(name, -1):
            self.peaks[name] = value

    def span(self, least_ms: int, most_ms: int) -> None:
        """Widen the span of what armed keepalive timers have left."""
        before = self.remaining_ms or (least_ms, most_ms)
        self.remaining_ms = min(before[0], least_ms), max(before[1], most_ms)

    def merge(self, other: Group) -> None:
        """Add what another group counted, but not by address."""
        for name, value in other.sums.items():
            self.sums[name] += value
        for name, value in other.peaks.items():
            self.peak(name, value)
        if other.remaining_ms:
            self.span(*other.remaining_ms)

    @property
    def sockets(self) -> int:
        """Return how many there are in any state."""
        return sum(self.sums.get(name, 0) for name in STATES)


class Groups:
    """The groups of one network namespace."""

    def __init__(self, own: set[bytes]) -> None:
        """Start empty; `own` are the addresses of the host, by which traffic that never leaves it is known."""
        self.own = own
        self.rows: dict[tuple[int, bytes, bool], Group] = {}
        self.meanings = Meanings()
        self.addresses = 0
        self.complete = True

    def fold(self, counts: Counts) -> int:
        """Take counts over, clear them, and return how many of the sockets are established."""
        established, measured = 0, bool(counts.expiries or counts.queues)
        for key, number in counts.sockets.items():
            group, local, remote = self.of(counts.family, key[0], key[1])
            self._note_addresses(group, local, remote, number)
            names, peak = self.meanings[key[2]]
            for name in names:
                group.sums[name] += number
            if peak:
                group.peak(peak, key[2][2])
            if measured:
                _note_measures(group, key, counts)
            established += number if key[2][0] == ESTABLISHED else 0
        counts.clear()
        return established

    def of(self, family: int, port: int, ends: bytes) -> tuple[Group, bytes, bytes]:
        """Return the group of a socket, its local address and that of its other end; `port` is that of a Key."""
        link = ends[32:]
        local, remote = address_of(family, ends[:16], link), address_of(family, ends[16:32], link)
        loopback = remote[:16] in self.own or is_loopback(remote)
        incoming = port < REMOTE
        key = (port, b"" if incoming else remote, loopback)
        group = self.rows.get(key)
        if group is None:
            if len(self.rows) >= MOST_GROUPS:
                self.complete = False
                key = (port & REMOTE, OTHERS, loopback)
            group = self.rows.setdefault(key, Group(incoming, socket.ntohs(key[0] & 0xFFFF), key[1], loopback))
        return group, local, remote

    def _note_addresses(self, group: Group, local: bytes, remote: bytes, number: int) -> None:
        group.locals[local] = group.locals.get(local, 0) + number
        if not group.incoming:
            return
        if remote not in group.remotes:
            self.addresses += 1
            if self.addresses > MOST_ADDRESSES:
                self.complete = False
                remote = OTHERS
        group.remotes[remote] = group.remotes.get(remote, 0) + number


def _note_measures(group: Group, key: Key, counts: Counts) -> None:
    state, timer = key[2][:2]
    span = counts.expiries.get(key)
    if span and state == ESTABLISHED and timer == KEEPALIVE:
        group.span(*span)
    waiting = counts.queues.get(key)
    if waiting and state in (ESTABLISHED, CLOSE_WAIT):
        for name, numbers in (("receive", waiting[:3]), ("send", waiting[3:])):
            group.sums[name + "_sockets"] += numbers[0]
            group.peak(name + "_bytes_max", numbers[1])
            group.sums[name + "_bytes_total"] += numbers[2]


def address_of(family: int, raw: bytes, link: bytes) -> bytes:
    """Return an address as 4 or 16 bytes, IPv4 in IPv6 as IPv4; to one that only a link knows its index is added."""
    if family == socket.AF_INET:
        return raw[:4]
    if raw[:12] == MAPPED:
        return raw[12:]
    return raw + link if raw[0] == 0xFE and raw[1] & 0xC0 == 0x80 else raw


def is_loopback(address: bytes) -> bool:
    """Return whether an address never leaves the host."""
    return address[:1] == b"\x7f" if len(address) == 4 else address == LOOPBACK6
