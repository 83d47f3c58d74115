# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Timers of the fleet as bars on a logarithmic scale: who fires first on an idle connection.

Places along a bar are percentages, heights pixels, without a viewBox: text keeps its size on a phone and in print.
"""

from __future__ import annotations

import math
import typing as t

from ._report_text import plain
from ._report_words import EFFECTS, Row, hosts_text, span, timer_name

MOST = 20
ROW, HEAD = 36, 22
LABEL = 44
"""Characters that fit on a phone beside the time."""

TICKS = ((1, "1 s"), (10, "10 s"), (60, "1 min"), (600, "10 min"), (3600, "1 h"), (86400, "1 d"), (864000, "10 d"))


def timeout_bars(given: Row) -> Row | None:
    """Return {height, bars, ticks, legend, title, text, note} for the timers in force, None for fewer than two.

    A bar is {y, width, kind, label, after, full}, a tick {x, label, anchor}; widths and x in percent, y in pixels.
    """
    rows = [row for row in given["rows"] if row["effect"] != "other" and (row["seconds"] or 0) > 0]
    if len(rows) < 2:
        return None
    ticks = _ticks(rows[:MOST])
    bars = [_bar(row, HEAD + ROW * place, ticks[-1][0]) for place, row in enumerate(rows[:MOST])]
    kinds = [kind for kind in EFFECTS if any(bar["kind"] == kind for bar in bars)]
    return {
        "height": HEAD + ROW * len(bars),
        "bars": bars,
        "ticks": [{"x": x, "label": label, "anchor": anchor(x)} for x, label in _places(ticks)],
        "legend": [{"kind": kind, "label": EFFECTS[kind]} for kind in kinds],
        "title": "Timeouts in force, in the order in which they fire",
        "text": "; ".join("%s: %s %s" % (bar["after"], bar["full"], EFFECTS[bar["kind"]]) for bar in bars),
        "note": " ".join([_first(rows), "%d more in the table." % (len(rows) - MOST) if rows[MOST:] else ""]).strip(),
    }


def _ticks(rows: list[Row]) -> tuple[tuple[int, str], ...]:
    """Return the ticks up to the first that no timer is above, two at least."""
    longest = max(row["seconds"] for row in rows)
    return TICKS[: max(2, 1 + next((place for place, tick in enumerate(TICKS) if tick[0] >= longest), len(TICKS)))]


def _places(ticks: t.Sequence[tuple[int, str]]) -> list[tuple[float, str]]:
    return [(_share(seconds, ticks[-1][0]), label) for seconds, label in ticks]


def _share(seconds: float, longest: int) -> float:
    """Return the percentage of the scale from 1 s to `longest` that a time takes."""
    return round(100 * min(1.0, math.log(max(seconds, 1)) / math.log(longest)), 2)


def anchor(x: float) -> str:
    """Return how a text at `x` percent is set so that it stays within the picture."""
    return "start" if x < 5 else "end" if x > 95 else "middle"


def _bar(row: Row, y: int, longest: int) -> Row:
    full = "%s, %s" % (timer_name(row), hosts_text(row, 2))
    width = max(_share(row["seconds"], longest), 0.7)
    label = {"label": plain(full, LABEL), "full": full, "after": span(row["seconds"])}
    return {"y": y, "width": width, "kind": row["effect"], **label}


def _first(rows: list[Row]) -> str:
    """Return which timer ends an idle connection first, and which keeps one alive first."""
    ends = next((row for row in rows if row["effect"] != "speaks"), None)
    speaks = next((row for row in rows if row["effect"] == "speaks"), None)
    told = [
        "First to end an idle connection: %s, after %s." % (_named(ends), span(ends["seconds"])) if ends else "",
        "First to keep one alive: %s, after %s." % (_named(speaks), span(speaks["seconds"])) if speaks else "",
    ]
    return " ".join(text for text in told if text)


def _named(row: Row) -> str:
    return "%s on %s" % (timer_name(row), hosts_text(row, 2))
