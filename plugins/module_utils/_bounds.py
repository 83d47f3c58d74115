# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeping a fact small whatever the peer has."""

from __future__ import annotations

import json
import typing as t

FAMILY_BYTES = 16 * 1024
"""What one family of facts may measure as compact JSON."""


def size_bytes(value: t.Any) -> int:
    """Return the length of `value` as JSON the way a module sends it (ASCII, bytes)."""
    return len(json.dumps(value, separators=(", ", ": ")))


def take(rows: t.Iterable[t.Any], budget_bytes: int) -> list[t.Any]:
    """Return the first rows that fit into `budget_bytes` of JSON; put the rows that matter most first."""
    kept, used = [], 2
    for row in rows:
        used += size_bytes(row) + 2
        if used > budget_bytes:
            break
        kept.append(row)
    return kept


BUNDLE_BYTES = 58 * 1024
"""What the families of one peer may measure together, so that the module's whole result stays below 60 KiB."""

SMALLEST_LIST = 8
"""Lists of this length or less are left as they are."""


def shrink(facts: dict[str, dict[str, t.Any]], budget_bytes: int) -> None:
    """Leave out the last quarter of the largest list in `facts`, in place, until all fit into `budget_bytes`.

    A family that lost rows says `truncated` and, in `cut`, how long each list was. The first rows stay.
    """
    while sum(map(size_bytes, facts.values())) > budget_bytes:
        lists = [(name, *found) for name, fact in facts.items() for found in _lists(fact, "")]
        name, path, rows = max(lists, key=lambda found: _worth_cutting(found[2]), default=("", "", []))
        if not _worth_cutting(rows):
            return
        facts[name].setdefault("cut", {}).setdefault(path, len(rows))
        facts[name]["truncated"] = True
        del rows[len(rows) * 3 // 4 :]


def _worth_cutting(rows: list[t.Any]) -> int:
    return size_bytes(rows) if len(rows) > SMALLEST_LIST else 0


def _lists(value: t.Any, path: str) -> t.Iterator[tuple[str, list[t.Any]]]:
    if isinstance(value, list):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _lists(item, "%s.%s" % (path, key) if path else str(key))
