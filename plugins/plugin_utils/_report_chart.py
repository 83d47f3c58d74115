# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet as one bar: how many hosts are how bad."""

from __future__ import annotations

import collections
import typing as t

from ._report_hosts import STATES

WIDTH = 1000
SMALLEST = 8
"""Width of a segment below which it cannot be seen; a single bad host of thousands is the one to see."""

LABELS = {
    "unreachable": "unreachable",
    "critical": "critical",
    "warning": "warning",
    "info": "remarks only",
    "partial": "seen in part",
    "ok": "fine",
}


def state_bar(states: dict[str, str]) -> list[dict[str, t.Any]]:
    """Return segments {state, label, hosts, x, width} over `WIDTH` units, worst first, only of states that occur."""
    counts = collections.Counter(states.values())
    present = [state for state in STATES if counts[state]]
    spare = WIDTH - SMALLEST * len(present)
    segments, x = [], 0.0
    for state in present:
        width = SMALLEST + spare * counts[state] / len(states)
        place = {"x": round(x, 1), "width": round(width, 1)}
        segments.append({"state": state, "label": LABELS[state], "hosts": counts[state], **place})
        x += width
    return segments
