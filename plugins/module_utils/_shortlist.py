# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The best few of very many rows, without keeping the many."""

from __future__ import annotations

import typing as t

Rank = t.Tuple[int, ...]


class Shortlist:
    """Keeps the `limit` rows of the lowest rank; memory stays at twice that, whatever is offered."""

    def __init__(self, limit: int) -> None:
        """Start empty."""
        self.limit = limit
        self.ranked: list[tuple[Rank, t.Any]] = []
        self.worst: Rank | None = None

    def wants(self, rank: Rank) -> bool:
        """Return whether a row of this rank may still get in; ask before building the row."""
        return self.worst is None or rank < self.worst

    def add(self, rank: Rank, row: t.Any) -> None:
        """Take a row in; ranks must differ, or the first of equals stays."""
        self.ranked.append((rank, row))
        if len(self.ranked) >= 2 * self.limit:
            self._cut()

    def rows(self) -> list[t.Any]:
        """Return the rows, the lowest rank first."""
        self._cut()
        return [row for dummy, row in self.ranked]

    def _cut(self) -> None:
        self.ranked.sort(key=lambda entry: entry[0])
        del self.ranked[self.limit :]
        if len(self.ranked) == self.limit:
            self.worst = self.ranked[-1][0]
