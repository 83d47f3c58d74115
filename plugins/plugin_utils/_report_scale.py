# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scales of drawings: where a time stands, in percent."""

from __future__ import annotations

import math
import typing as t

TICKS = (
    *((1, "1 s"), (10, "10 s"), (60, "1 min"), (600, "10 min"), (3600, "1 h"), (43200, "12 h")),
    *((259200, "3 d"), (2592000, "30 d"), (31536000, "1 y"), (315360000, "10 y")),
)
"""Seconds and their label, about a decade apart."""

Tick = tuple[float, str]
"""Percent and label."""


class Logarithmic(t.NamedTuple):
    """A scale of durations from one second to the first tick that `longest` (seconds) is not above."""

    longest: float

    def place(self, seconds: float) -> float:
        """Return where a duration stands; one beyond the ends at the end."""
        last = math.log(self._ticks()[-1][0])
        return round(100 * min(1.0, math.log(max(seconds, 1)) / last), 2)

    def ticks(self) -> list[Tick]:
        """Return the ticks, two at least."""
        return [(self.place(seconds), label) for seconds, label in self._ticks()]

    def _ticks(self) -> t.Sequence[tuple[int, str]]:
        end = next((place for place, tick in enumerate(TICKS) if tick[0] >= self.longest), len(TICKS) - 1)
        return TICKS[: max(end, 1) + 1]


def gaps_shortened(times: t.Iterable[float]) -> dict[float, float]:
    """Return the place of each of some times (seconds): in order, and the longer a gap the more it is shortened.

    A gap takes room by its logarithm, so that an hour in which nothing happened leaves room for the seconds in which
    much did, whenever that was.
    """
    ordered = sorted(set(times))
    gaps = [math.log2(1 + later - earlier) for earlier, later in zip(ordered, ordered[1:], strict=False)]
    whole, so_far = sum(gaps) or 1.0, 0.0
    places = {}
    for when, gap in zip(ordered, [*gaps, 0.0], strict=True):
        places[when] = round(100 * so_far / whole, 2)
        so_far += gap
    return places


def anchor(x: float) -> str:
    """Return how a text at `x` percent is set so that it stays within the drawing."""
    return "start" if x < 8 else "end" if x > 92 else "middle"
