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
