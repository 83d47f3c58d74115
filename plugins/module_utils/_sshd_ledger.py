# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that were reset or dropped, by remote address."""

from __future__ import annotations

import typing as t
from collections import Counter, deque

from ._log_times import Times
from ._text import clean
from ._utc import iso

ADDRESSES_HELD = 8192
ADDRESSES_SHOWN = 20
NEWEST = 8
ADDRESS_CHARACTERS = 64


Moment = t.Union[int, t.Tuple[bytes, ...]]
"""Seconds since the epoch, or the parts of a time as its line has it: few are ever shown, so few are worked out."""


class Ledger:
    """Counts connections in the order in which they ended. `unplaced` are those without an address."""

    def __init__(self) -> None:
        """Begin with none."""
        self.total = self.preauth = self.unplaced = 0
        self.reasons: dict[str, int] = {}
        self.counts: Counter[bytes] = Counter()
        self.first: dict[bytes, Moment] = {}
        self.last: dict[bytes, Moment] = {}
        self.cut = False
        self.newest: deque[list[t.Any]] = deque(maxlen=NEWEST)

    def add(
        self, when: int, address: bytes | None, port: bytes | None, reason: str, preauth: bool, times: int
    ) -> list[t.Any]:
        """Count `times` connections; returns the entry of `newest`, for `place` when the address comes later."""
        self._count(times, times if preauth else 0, reason)
        entry = [when, address, port, reason]
        self.newest.append(entry)
        if address is None:
            self.unplaced += times
        else:
            self._at(when, when, address, times)
        return entry

    def add_many(self, peers: list[tuple[bytes, ...]], stamps: list[tuple[bytes, ...]], reason: str) -> None:
        """Count connections with process, address, port, ` [preauth]` or nothing, and the parts of their times."""
        addresses = [peer[1] for peer in peers]
        self._count(len(peers), sum(map(bool, [peer[3] for peer in peers])), reason)
        self.counts.update(addresses)
        last = dict(zip(addresses, stamps))
        if last.keys() - self.first.keys():
            self.first = {**dict(zip(addresses[::-1], stamps[::-1])), **self.first}
        self.last.update(last)
        for stamp, (dummy, address, port, dummy) in list(zip(stamps, peers))[-NEWEST:]:
            self.newest.append([stamp, address, port, reason])
        if len(self.counts) > ADDRESSES_HELD:
            self._forget()

    def add_unseen(self, count: int, reason: str) -> None:
        """Count connections of which the log gives the number alone, all of them before a login."""
        self._count(count, count, reason)
        self.unplaced += count

    def _count(self, count: int, preauth: int, reason: str) -> None:
        self.total += count
        self.preauth += preauth
        self.reasons[reason] = self.reasons.get(reason, 0) + count

    def place(self, entry: list[t.Any], address: bytes, port: bytes | None) -> None:
        """Give a connection that was counted without an address the one that a later line told."""
        self.unplaced -= 1
        entry[1:3] = [address, port]
        self._at(entry[0], entry[0], address, 1)

    def _at(self, first: Moment, last: Moment, address: bytes, times: int) -> None:
        self.counts[address] += times
        self.first.setdefault(address, first)
        self.last[address] = last
        if len(self.counts) > ADDRESSES_HELD:
            self._forget()

    def settle(self, times: Times) -> None:
        """Work out the times that are kept as their lines had them."""

        def settled(moment: Moment) -> int:
            return moment if isinstance(moment, int) else times.at(b"".join(moment))

        self.first = {address: settled(moment) for address, moment in self.first.items()}
        self.last = {address: settled(moment) for address, moment in self.last.items()}
        for entry in self.newest:
            entry[0] = settled(entry[0])

    def _forget(self) -> None:
        """Keep the half with the highest counts; a scan from a million addresses must not fill the memory."""
        self.cut = True
        self.counts = Counter(dict(self.counts.most_common(ADDRESSES_HELD // 2)))
        self.first = {address: self.first[address] for address in self.counts}
        self.last = {address: self.last[address] for address in self.counts}

    def merge(self, later: Ledger) -> None:
        """Add what another ledger counted in later lines."""
        self.total += later.total
        self.preauth += later.preauth
        self.unplaced += later.unplaced
        self.cut = self.cut or later.cut
        for reason, count in later.reasons.items():
            self.reasons[reason] = self.reasons.get(reason, 0) + count
        for address, count in later.counts.items():
            self._at(later.first[address], later.last[address], address, count)
        self.newest.extend(later.newest)

    def facts(self) -> dict[str, t.Any]:
        """Return the ledger as plain data; the addresses with the most connections come first."""
        shown = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))[:ADDRESSES_SHOWN]
        newest = sorted(self.newest, key=lambda entry: entry[0])[::-1]
        return {
            "total": self.total,
            "preauth": self.preauth,
            "after_login": self.total - self.preauth,
            "without_address": self.unplaced,
            "by_reason": self.reasons,
            "by_address": [self._row(address, count) for address, count in shown],
            "addresses": len(self.counts),
            "truncated": self.cut or len(self.counts) > len(shown),
            "newest": [_entry(*entry) for entry in newest],
        }

    def _row(self, address: bytes, count: int) -> dict[str, t.Any]:
        first, last = t.cast(int, self.first[address]), t.cast(int, self.last[address])
        return {"address": clean(address, ADDRESS_CHARACTERS), "count": count, "first": iso(first), "last": iso(last)}


def _entry(when: int, address: bytes | None, port: bytes | None, reason: str) -> dict[str, t.Any]:
    return {
        "time": iso(when),
        "address": clean(address, ADDRESS_CHARACTERS) if address else None,
        "remote_port": int(port) if port else None,
        "reason": reason,
    }
