# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest lines of a log that have a kind, held as they came until it is known which those are."""

from __future__ import annotations

import typing as t
from collections import deque

from ._log_times import Times
from ._sshd_bulk import record_of
from ._sshd_connections import Record
from ._sshd_tally import Tally, Told


class Recent:
    """Holds the last lines of a log."""

    def __init__(self, newest: int) -> None:
        """Hold so many lines, and those that came with them."""
        self._newest = newest
        self._groups: deque[tuple[int, t.Any]] = deque()
        self._count = 0

    def keep(self, matched: int, lines: t.Any) -> None:
        """Hold lines (records, or rows and their year) of which `matched` have a kind until later ones replace them."""
        if not matched or not self._newest:
            return
        self._groups.append((matched, lines))
        self._count += matched
        while self._count - self._groups[0][0] >= self._newest:
            self._count -= self._groups.popleft()[0]

    def told(self, tally: Tally) -> list[Told]:
        """Return the newest lines that have a kind, oldest first."""
        found: list[Told] = []
        for record in self._backwards():
            if len(found) == self._newest:
                break
            kind = tally.kind(record)
            if kind is not None:
                found.append((record, kind))
        return found[::-1]

    def _backwards(self) -> t.Iterator[Record]:
        for dummy, lines in reversed(self._groups):
            if isinstance(lines, list):
                yield from reversed(lines)
                continue
            rows, year = lines
            times = Times(year)
            for row in reversed(rows):
                yield record_of(row, times)
