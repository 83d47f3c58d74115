# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to other hosts that no keepalive guards."""

from __future__ import annotations

import typing as t

from ._readings import Number, Row, number, port_of, rows
from ._shown import short, shown

Entry = t.Mapping[str, t.Any]
Named = t.Callable[[str], "str | None"]

MAX_ROWS = 100
PRUNE_AT = 1000
SIDES = {"services": "in", "remotes": "out"}


class Unguarded:
    """Takes peers one by one and keeps the groups with most sockets without keepalive."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._total = 0

    def add(self, name: str, facts: Entry) -> None:
        """Take one peer."""
        for part, direction in SIDES.items():
            for group in rows(facts, "peer_connections", part):
                off = number(group, "keepalive", "off")
                if off and group.get("loopback") is not True:
                    self._total += 1
                    self._rows.append(_row(name, direction, group, off))
        if len(self._rows) > PRUNE_AT:
            self._rows = sorted(self._rows, key=_order)[:MAX_ROWS]

    def table(self, named: Named) -> dict[str, t.Any]:
        """Return {rows, total, truncated}: services (`in`) and destinations (`out`), most sockets first."""
        found = sorted(self._rows, key=_order)[:MAX_ROWS]
        for row in found:
            row["peer"] = named(row["address"]) if row["address"] else None
        return shown(found, MAX_ROWS, self._total)


def _row(name: str, direction: str, group: Row, off: Number) -> Row:
    return {
        "host": name,
        "direction": direction,
        "port": port_of(group.get("port")),
        "address": short(group.get("address")) if direction == "out" else None,
        "peer": None,
        "unit": short(group.get("unit"), 80),
        "sockets": off,
        "established": number(group, "established") or 0,
        "idle_max_s": number(group, "idle_max_s"),
    }


def _order(row: Row) -> tuple[t.Any, ...]:
    return -row["sockets"], -(row["idle_max_s"] or 0), row["host"], row["port"] or 0
