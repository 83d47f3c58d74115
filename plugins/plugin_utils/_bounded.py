# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Observed values kept as they were read, yet short enough for a report."""

from __future__ import annotations

import typing as t

MAX_ITEMS = 20
MAX_TEXT = 400
MAX_DEPTH = 6


def bounded(value: t.Any, depth: int = MAX_DEPTH) -> t.Any:
    """Return `value` with long lists, mappings and texts cut; a cut list or mapping says how much is left out."""
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else value[: MAX_TEXT - 3] + "..."
    if isinstance(value, (list, dict)) and value and depth == 0:
        return "..."
    if isinstance(value, list):
        more = len(value) - MAX_ITEMS
        kept = [bounded(item, depth - 1) for item in value[:MAX_ITEMS]]
        return kept + ["... %d more" % more] if more > 0 else kept
    if isinstance(value, dict):
        more = len(value) - MAX_ITEMS
        pairs = {bounded(key): bounded(value[key], depth - 1) for key in list(value)[:MAX_ITEMS]}
        return {**pairs, "...": "%d more" % more} if more > 0 else pairs
    return value
