# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened on all peers in one order, with clocks that are off put right."""

from __future__ import annotations

import collections
import datetime
import statistics
import typing as t

from ._moments import KINDS, collected_at, moments, stamp
from ._order import natural
from ._shown import shown

Entry = t.Mapping[str, t.Any]
Row = dict[str, t.Any]

MAX_ROWS = 300
PRUNE_AT = 4000
MOST_OF_PEER = 60
FOLD_S = 60
"""The same within so many seconds is one row, with a count."""

SOUND_S = 60
"""Facts of several peers are read within this time anyway: a smaller difference says nothing about clocks."""

SPREAD = 4
"""A clock is off when its peer's time is so many median deviations away from the median of all."""


class Timeline:
    """Takes peers one by one and keeps the newest events of each."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._read_at: dict[str, float] = {}
        self._total = 0

    def add(self, name: str, facts: Entry) -> None:
        """Take one peer."""
        read_at = collected_at(facts)
        if read_at is not None:
            self._read_at[name] = read_at
        found = folded(name, facts)
        self._total += len(found)
        self._rows += found[-MOST_OF_PEER:]
        if len(self._rows) > PRUNE_AT:
            self._rows = _newest(self._rows)

    def table(self, now: datetime.datetime) -> dict[str, t.Any]:
        """Return {rows, total, truncated, offsets}, oldest first.

        Each row is {time, host, kind, what, count, last}; times are those of most peers' clocks. `offsets` are
        {host, offset_s}: the clock of that peer is ahead of them, or behind when below zero. What lies in the future
        all the same is left as it was read.
        """
        offsets = clock_offsets(self._read_at)
        kept = [_put_right(row, offsets.get(row["host"], 0.0)) for row in _newest(self._rows)]
        kept.sort(key=lambda row: (row["time"], natural(row["host"]), row["kind"]))
        off = [{"host": host, "offset_s": round(offsets[host])} for host in sorted(offsets, key=natural)]
        return {**shown(kept, MAX_ROWS, self._total), "offsets": off, "until": now.strftime("%Y-%m-%dT%H:%M:%SZ")}


def folded(name: str, facts: Entry) -> list[Row]:
    """Return the events of a peer, oldest first, those that repeat within a minute as one row."""
    rows: list[Row] = []
    open_rows: dict[tuple[str, str], Row] = {}
    for when, kind, what in sorted(moments(facts)):
        row = open_rows.get((kind, what))
        if row is not None and when - row["when"] < FOLD_S:
            row.update(count=row["count"] + 1, until=when)
        elif stamp(when) is not None:
            row = {"when": when, "until": when, "host": name, "kind": kind, "what": what, "count": 1}
            open_rows[(kind, what)] = row
            rows.append(row)
    return rows


def _newest(rows: list[Row]) -> list[Row]:
    """Return the newest rows, of each kind as many, so that a flood of resets hides no kill."""
    by_kind: dict[str, list[Row]] = collections.defaultdict(list)
    for row in sorted(rows, key=lambda row: -row["when"]):
        by_kind[row["kind"]].append(row)
    queues = [by_kind[kind] for kind in KINDS if by_kind[kind]]
    kept: list[Row] = []
    for place in range(max(map(len, queues), default=0)):
        kept += [queue[place] for queue in queues if place < len(queue)]
    return kept[:MAX_ROWS]


def _put_right(row: Row, offset_s: float) -> Row:
    """Return a row as the report holds it, by the clock of the others."""
    time, last = stamp(row["when"] - offset_s), stamp(row["until"] - offset_s)
    return {"time": time or "", "last": last or "", **{key: row[key] for key in ("host", "kind", "what", "count")}}


def clock_offsets(read_at: t.Mapping[str, float]) -> dict[str, float]:
    """Return by how many seconds clocks are ahead of the others (behind: below zero); only those that are off.

    All peers are read in the course of one run, so a peer whose own time of that lies far from the median has another
    clock. A run over many hosts takes minutes, which the median deviation tells. Two peers cannot outvote each other.
    """
    if len(read_at) < 3:
        return {}
    middle = statistics.median(read_at.values())
    usual = statistics.median(abs(value - middle) for value in read_at.values())
    limit = max(SOUND_S, SPREAD * usual)
    return {host: value - middle for host, value in read_at.items() if abs(value - middle) > limit}
