# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of a table of the report: the first of many, with how many there are."""

from __future__ import annotations

import typing as t

from ._report_text import plain

MAX_HOSTS = 20
MAX_TEXT = 200

Row = dict[str, t.Any]


def shown(rows: t.Sequence[Row], limit: int, total: int | None = None) -> dict[str, t.Any]:
    """Return {rows, total, truncated}; `total` is given when rows were left out before."""
    counted = len(rows) if total is None else total
    kept = list(rows[:limit])
    return {"rows": kept, "total": counted, "truncated": counted > len(kept)}


def short(value: t.Any, limit: int = MAX_TEXT) -> str | None:
    """Return a text of a peer made safe and short, None for what is no text."""
    return plain(value, limit) if isinstance(value, str) else None


class Hosts:
    """Counts hosts and keeps the names of the first 20."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.count = 0
        self._last: str | None = None

    def add(self, name: str) -> None:
        """Take a host; the same one several times in a row counts once."""
        if name != self._last:
            self._last = name
            self.count += 1
            if len(self.names) < MAX_HOSTS:
                self.names.append(name)

    def row(self) -> Row:
        """Return {hosts, count}."""
        return {"hosts": self.names, "count": self.count}
