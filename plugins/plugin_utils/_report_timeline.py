# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resets, drops, restarts and kills of all hosts on one scale of time, so that what came first is seen.

A lane for each host, time from left to right. Places along a lane are percentages, heights pixels, without a viewBox.
"""

from __future__ import annotations

import datetime

from ._report_hosts import in_order
from ._report_scale import anchor, gaps_shortened
from ._report_text import counted, plain
from ._report_words import Row

LANES, LANE, HEAD = 12, 38, 24
LABEL = 46
BUCKETS = 25
"""Marks that a lane has room for on a phone; events nearer to each other share one."""

MARGIN = 2.0
TICK_WIDTH = 23
"""Percent that the label of a tick needs on a phone."""

DAY_S = 86400
QUIET = ("restart", "boot", "link")

Event = tuple[Row, float]
"""A row and its place in percent."""

KINDS = {
    "kill": ("K", "process killed"),
    "reset": ("R", "reset"),
    "drop": ("D", "turned away by sshd"),
    "kernel": ("N", "kernel at a limit"),
    "link": ("L", "link changed"),
    "restart": ("S", "service started"),
    "boot": ("B", "system started"),
}
"""Kind of an event, the worst first: its letter in the drawing and its name."""


def timeline(given: Row) -> Row | None:
    """Return {height, lanes, ticks, legend, title, text, note} of the events, or None for fewer than two.

    A lane is {y, host, full, told, marks: [{x, kind, letter, count, text}]}, a tick {x, label, anchor}; x in percent,
    y in pixels.
    """
    events = [(row, _seconds(row["time"])) for row in given["rows"] if row["time"]]
    if len(events) < 2:
        return None
    places = gaps_shortened(when for _row, when in events)
    by_host: dict[str, list[Event]] = {}
    for row, when in events:
        by_host.setdefault(row["host"], []).append((row, _inside(places[when])))
    lanes = [_lane(host, by_host[host], place) for place, host in enumerate(_hosts(by_host))]
    seen = {row["kind"] for row, _when in events}
    return {
        "height": HEAD + LANE * len(lanes),
        "lanes": lanes,
        "ticks": _ticks(places),
        "legend": [{"kind": kind, "label": "%s %s" % named} for kind, named in KINDS.items() if kind in seen],
        "title": "What happened when, by host",
        "text": "; ".join("%s: %s" % (lane["full"], lane["told"]) for lane in lanes),
        "note": "UTC; long gaps are shortened.%s" % _hidden(len(by_host) - len(lanes)),
    }


def _seconds(stamp: str) -> float:
    return datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def _inside(place: float) -> float:
    """Return a place of the scale within the lane, whose ends are a little off the border."""
    return round(MARGIN + place * (100 - 2 * MARGIN) / 100, 2)


def _ticks(places: dict[float, float]) -> list[Row]:
    """Return a tick for the first event and for each that is far enough from the tick before, as a clock shows it."""
    long = max(places) - min(places) > DAY_S
    ticks: list[Row] = []
    for when, place in places.items():
        if not ticks or _inside(place) - ticks[-1]["x"] >= TICK_WIDTH:
            moment = datetime.datetime.fromtimestamp(when, datetime.timezone.utc)
            label = moment.strftime("%m-%d %H:%M" if long else "%H:%M:%S")
            ticks.append({"x": _inside(place), "label": label, "anchor": anchor(_inside(place))})
    return ticks


def _hosts(by_host: dict[str, list[Event]]) -> list[str]:
    """Return the hosts that are drawn: those where most happened that is no mere start, in natural order."""

    def weight(host: str) -> tuple[int, int]:
        return -sum(row["kind"] not in QUIET for row, _x in by_host[host]), -len(by_host[host])

    return in_order(sorted(in_order(by_host), key=weight)[:LANES])


def _lane(host: str, events: list[Event], place: int) -> Row:
    counts: dict[str, int] = {}
    for row, _x in events:
        counts[row["kind"]] = counts.get(row["kind"], 0) + row["count"]
    told = ", ".join("%d %s" % (counts[kind], name) for kind, (_letter, name) in KINDS.items() if kind in counts)
    names = {"host": plain(host, LABEL), "full": plain(host, 120)}
    return {"y": HEAD + LANE * place, **names, "told": told, "marks": _marks(events)}


def _marks(events: list[Event]) -> list[Row]:
    buckets: dict[int, list[Row]] = {}
    for row, x in events:
        buckets.setdefault(min(BUCKETS - 1, int(x * BUCKETS / 100)), []).append(row)
    return [_mark(bucket, rows) for bucket, rows in sorted(buckets.items())]


def _mark(bucket: int, rows: list[Row]) -> Row:
    """Return the mark of events that stand at one place; the worst of them gives letter and colour."""
    kind = min((row["kind"] for row in rows), key=list(KINDS).index)
    told = ["%s %s" % (row["time"][11:19], plain(row["what"], 100)) for row in rows[:6]]
    told += ["and %s" % counted(len(rows) - 6, "more line")] if rows[6:] else []
    count = sum(row["count"] for row in rows)
    x = round((bucket + 0.5) * 100 / BUCKETS, 2)
    return {"x": x, "kind": kind, "letter": KINDS[kind][0], "count": count, "text": "; ".join(told)}


def _hidden(hosts: int) -> str:
    return " %s more in the table." % counted(hosts, "host") if hosts > 0 else ""
