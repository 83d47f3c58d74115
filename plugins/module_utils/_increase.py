# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far counters moved between two readings."""

from __future__ import annotations

import typing as t

Counters = t.Dict[str, t.Any]
"""Numbers by name, or such dicts by name."""

GAUGES = frozenset(
    "CurrEstab MPCurrEstab Forwarding DefaultTTL RtoAlgorithm RtoMin RtoMax MaxConn entries cpu backlog_len "
    "input_queue_length process_queue_length used inuse orphan tw alloc mem memory".split()
)
"""Figures that also fall; their change carries a sign."""


class CountersRestarted(ValueError):
    """A counter fell without having wrapped: the namespace was made anew, or a module was loaded again."""


def increase(before: int, after: int) -> int:
    """Return by how much a counter of 32 or 64 bits grew, also over a wrap; raises CountersRestarted.

    Which width a kernel uses shows from the value: beyond 32 bits it is 64. A wrap is believed only in the last
    quarter of the range, because a counter of a new namespace falls as well.
    """
    if after >= before:
        return after - before
    width = 1 << (32 if before < 1 << 32 else 64)
    grown = (after - before) % width
    if grown >= width // 4:
        raise CountersRestarted("a counter fell from %d to %d" % (before, after))
    return grown


def increases(before: Counters, after: Counters) -> Counters:
    """Return what moved, by the same names; what only one of the two has is left out. Raises CountersRestarted."""
    moved: Counters = {}
    for name, now in after.items():
        if name not in before:
            continue
        then = before[name]
        if isinstance(now, dict):
            moved[name] = increases(then, now)
        elif now != then:
            moved[name] = now - then if name in GAUGES else increase(then, now)
    return {name: value for name, value in moved.items() if value}
