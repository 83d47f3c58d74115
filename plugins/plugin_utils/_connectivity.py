# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who reached whom at which port, from the connections that peers tried."""

from __future__ import annotations

import typing as t

from ._order import natural
from ._readings import Row, mapping, number, port_of, rows, text
from ._scene import probe_rows
from ._shown import short, shown

Entry = t.Mapping[str, t.Any]
Named = t.Callable[[str], "str | None"]

MAX_ROWS = 600
"""As many as twelve peers try that may all try each other."""


class Connectivity:
    """Takes peers one by one and keeps what they tried, failures before successes."""

    def __init__(self) -> None:
        self._bad: list[Row] = []
        self._good: list[Row] = []
        self._tried: dict[str, int] = {}

    def add(self, name: str, facts: Entry) -> None:
        """Take one peer."""
        for target in probe_rows(facts):
            for tried in rows(target, "addresses") or [target]:
                row = _row(name, target, tried)
                self._tried[row["class"]] = self._tried.get(row["class"], 0) + 1
                kept = self._good if row["class"] == "ok" else self._bad
                if len(kept) < MAX_ROWS:
                    kept.append(row)

    def table(self, named: Named) -> dict[str, t.Any]:
        """Return {rows, total, truncated, classes}: how often each class came, and a row per connection."""
        kept = (self._bad + self._good)[:MAX_ROWS]
        for row in kept:
            row["server"] = named(row["address"] or row["host"] or "") or named(row["host"] or "")
        kept.sort(key=_order)
        return {**shown(kept, MAX_ROWS, sum(self._tried.values())), "classes": dict(sorted(self._tried.items()))}


def _row(name: str, target: Row, tried: Row) -> Row:
    return {
        "client": name,
        "server": None,
        "host": short(target.get("host")),
        "address": short(tried.get("address")),
        "port": port_of(target.get("port")),
        "class": text(tried, "class") or "other",
        "phase": text(tried, "phase") or None,
        "error": short(tried.get("error")),
        "connect_ms": number(tried, "connect_ms"),
        "loss_percent": number(tried, "ping", "loss_percent"),
        "mtu_bytes": number(tried, "path_mtu", "mtu_bytes"),
        "black_hole": mapping(tried, "path_mtu").get("black_hole") is True,
    }


def _order(row: Row) -> tuple[t.Any, ...]:
    return natural(row["client"]), natural(row["server"] or row["host"] or ""), row["port"] or 0, row["address"] or ""
