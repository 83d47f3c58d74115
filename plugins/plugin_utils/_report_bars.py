# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Timers of the fleet as bars on a logarithmic scale: who fires first on an idle connection.

Places along a bar are percentages, heights pixels, without a viewBox: text keeps its size on a phone and in print.
"""

from __future__ import annotations

from ._report_scale import Logarithmic, anchor
from ._report_text import counted, plain
from ._report_words import EFFECTS, Row, hosts_text, span, timer_name

MOST = 20
ROW, HEAD = 36, 22
LABEL = 44
"""Characters that fit on a phone beside the time."""


def timeout_bars(given: Row) -> Row | None:
    """Return {height, bars, ticks, legend, title, text, note} for the timers in force, None for fewer than two.

    A bar is {y, width, kind, label, after, full}, a tick {x, label, anchor}; widths and x in percent, y in pixels.
    """
    rows = [row for row in given["rows"] if row["effect"] != "other" and (row["seconds"] or 0) > 0]
    if len(rows) < 2:
        return None
    times = Logarithmic(max(row["seconds"] for row in rows[:MOST]))
    bars = [_bar(row, HEAD + ROW * place, times) for place, row in enumerate(rows[:MOST])]
    kinds = [kind for kind in EFFECTS if any(one["kind"] == kind for one in bars)]
    return {
        "height": HEAD + ROW * len(bars),
        "bars": bars,
        "ticks": [{"x": x, "label": label, "anchor": anchor(x)} for x, label in times.ticks()],
        "legend": [{"kind": kind, "label": EFFECTS[kind]} for kind in kinds],
        "title": "Timeouts in force, in the order in which they fire",
        "text": "; ".join("%s: %s %s" % (one["after"], one["full"], EFFECTS[one["kind"]]) for one in bars),
        "note": " ".join([_first(rows), "%d more in the table." % (len(rows) - MOST) if rows[MOST:] else ""]).strip(),
    }


def _bar(row: Row, y: int, times: Logarithmic) -> Row:
    where = hosts_text(row, 2) if row["count"] == 1 else counted(row["count"], "host")
    return {
        **{"y": y, "width": max(times.place(row["seconds"]), 0.7), "kind": row["effect"]},
        "label": plain("%s, %s" % (timer_name(row), where), LABEL),
        "full": "%s, %s" % (timer_name(row), hosts_text(row, 2)),
        "after": span(row["seconds"]),
    }


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
