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


BUNDLE_BYTES = 64 * 1024
"""What all facts of one peer may measure as compact JSON."""

SMALLEST_LIST = 8
"""Lists of this length or less are left as they are."""


def shrink(facts: dict[str, dict[str, t.Any]], budget_bytes: int) -> None:
    """Cut the largest lists in `facts` in half, in place, until all fit into `budget_bytes`.

    A family that lost rows says `truncated` and, in `cut`, how long each list was. The first rows stay.
    """
    sizes = {name: size_bytes(fact) for name, fact in facts.items()}
    while sum(sizes.values()) > budget_bytes:
        name = max(sizes, key=lambda key: sizes[key])
        lists = [found for found in _lists(facts[name], "") if len(found[1]) > SMALLEST_LIST]
        if not lists:
            return
        path, rows = max(lists, key=lambda found: size_bytes(found[1]))
        facts[name].setdefault("cut", {}).setdefault(path, len(rows))
        facts[name]["truncated"] = True
        del rows[len(rows) // 2 :]
        sizes[name] = size_bytes(facts[name])


def _lists(value: t.Any, path: str) -> t.Iterator[tuple[str, list[t.Any]]]:
    if isinstance(value, list):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _lists(item, "%s.%s" % (path, key) if path else str(key))
