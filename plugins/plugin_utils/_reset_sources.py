# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remote addresses by the resets and drops that sshd logged of them, and the resets that were traced from them."""

from __future__ import annotations

import typing as t

from ._address_book import plain_address
from ._readings import Row, number, rows, text
from ._shown import Hosts, short, shown
from ._traces import trace_rows

Entry = t.Mapping[str, t.Any]
Named = t.Callable[[str], "str | None"]

MAX_ROWS = 100
MOST_ADDRESSES = 20_000
"""Addresses that are told apart: each of a thousand peers names twenty at most."""

COUNTS = ("resets", "drops", "traced")


class Source:
    """One address: its counts, who saw it, first and last time."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(COUNTS, 0)
        self.hosts = Hosts()
        self.first: str | None = None
        self.last: str | None = None

    def add(self, host: str, what: str, count: int, first: str, last: str) -> None:
        """Count; times are ISO 8601 in UTC, which sort as text."""
        self.counts[what] += count
        self.hosts.add(host)
        self.first = min(filter(None, (self.first, first)), default=None)
        self.last = max(filter(None, (self.last, last)), default=None)


class ResetSources:
    """Takes peers one by one and counts by address."""

    def __init__(self) -> None:
        self._of: dict[str, Source] = {}

    def add(self, name: str, facts: Entry) -> None:
        """Take one peer; a traced reset counts where it arrived."""
        for what in COUNTS[:2]:
            for row in rows(facts, "peer_sshd_log", what, "by_address"):
                count = number(row, "count")
                if count and count > 0:
                    self._count(name, what, text(row, "address"), int(count), text(row, "first"), text(row, "last"))
        for row in trace_rows(facts):
            if row.get("direction") == "received":
                self._count(name, "traced", text(row, "source"), 1, text(row, "time"), text(row, "time"))

    def _count(self, host: str, what: str, address: str, count: int, first: str, last: str) -> None:
        key = plain_address(short(address, 64) or "")
        if key and (key in self._of or len(self._of) < MOST_ADDRESSES):
            self._of.setdefault(key, Source()).add(host, what, count, first, last)

    def table(self, named: Named) -> dict[str, t.Any]:
        """Return {rows, total, truncated}, most resets and drops first; `hosts` are those that saw them."""
        found = [_row(address, source) for address, source in self._of.items()]
        found.sort(key=lambda row: (-sum(row[key] for key in COUNTS), row["address"]))
        table = shown(found, MAX_ROWS)
        for row in table["rows"]:
            row["peer"] = named(row["address"])
        return table


def _row(address: str, source: Source) -> Row:
    times = {"first": source.first, "last": source.last}
    return {"address": address, "peer": None, **source.counts, **source.hosts.row(), **times}
