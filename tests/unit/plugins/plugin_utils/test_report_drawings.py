# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drawings of timers, events and connections: true to scale, bounded for any fleet, left out for nothing."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._report_bars import timeout_bars
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._report_matrix import matrix
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._report_scale import (
    Logarithmic,
    gaps_shortened,
)
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._report_timeline import timeline
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils import (
    overview_samples,
    report_samples,
)

Row = dict[str, t.Any]


def _three_hosts(key: str) -> Row:
    return t.cast(Row, report_samples.recorded("three_hosts")[key])


def _fleet(key: str, hosts: int) -> Row:
    return overview_samples.tables(["web%04d.example.com" % number for number in range(hosts)])[key]


def test_logarithmic_scale() -> None:
    times = Logarithmic(5000)
    assert [label for _place, label in times.ticks()] == ["1 s", "10 s", "1 min", "10 min", "1 h", "12 h"]
    assert [times.place(seconds) for seconds in (0.2, 1, 43200, 99999)] == [0, 0, 100, 100]
    assert times.place(10) * 2 == pytest.approx(times.place(100), abs=0.02)
    assert len(Logarithmic(0).ticks()) == 2


def test_gaps_are_shortened_and_order_is_kept() -> None:
    places = gaps_shortened([90000.0, 0.0, 1.0, 1.0, 90001.0])
    assert list(places) == [0.0, 1.0, 90000.0, 90001.0]
    assert list(places.values()) == sorted(places.values())
    assert (places[0.0], places[90001.0]) == (0, 100)
    assert places[1.0] > 4
    assert gaps_shortened([7.0]) == {7.0: 0.0}


def test_bars_stand_in_the_order_in_which_timers_fire() -> None:
    drawn = timeout_bars(_three_hosts("timeouts"))
    assert drawn is not None
    assert [one["after"] for one in drawn["bars"]] == ["30 s", "60 s", "10 min", "1 h", "2 h", "5 d"]
    widths = [one["width"] for one in drawn["bars"]]
    assert widths == sorted(widths)
    assert widths[-1] < 100
    assert drawn["note"] == (
        "First to end an idle connection: haproxy timeout client [defaults] on web1, after 30 s. "
        "First to keep one alive: rabbitmq heartbeat on db1, after 60 s."
    )


def test_events_stand_in_lanes_by_host() -> None:
    drawn = timeline(_three_hosts("timeline"))
    assert drawn is not None
    assert [lane["host"] for lane in drawn["lanes"]] == ["db1", "web1"]
    letters = ["".join(mark["letter"] for mark in lane["marks"]) for lane in drawn["lanes"]]
    assert letters == ["DRKSDR", "R"]
    last = [lane["marks"][-1] for lane in drawn["lanes"]]
    assert last[0]["x"] == last[1]["x"]
    assert last[1]["text"] == "11:59:48 received a reset from 10.20.1.13 port 22"
    assert drawn["text"].startswith("db1: 1 process killed, 15 reset, 13 turned away by sshd, 1 service started")


def test_events_at_one_place_share_the_mark_of_the_worst() -> None:
    rows = [
        {
            "time": "2026-11-20T11:00:00Z",
            "last": "2026-11-20T11:00:00Z",
            "host": "a",
            "kind": kind,
            "what": kind,
            "count": 2,
        }
        for kind in ("restart", "reset", "kill", "boot")
    ]
    drawn = timeline({"rows": rows})
    assert drawn is not None
    marks = drawn["lanes"][0]["marks"]
    assert [(mark["letter"], mark["count"]) for mark in marks] == [("K", 8)]


def test_matrix_shows_the_worst_of_each_pair() -> None:
    drawn = matrix(_three_hosts("connectivity"))
    assert drawn is not None
    assert [column["label"] for column in drawn["columns"]] == ["db1:22", "db1:5432", "web1:22", "web2:22"]
    cells = {row["client"]: [cell["short"] for cell in row["cells"]] for row in drawn["rows"]}
    assert cells == {"db1": ["ok", "t/o"], "web1": ["RST", "ok", "t/o"]}
    assert drawn["text"] == "web1 to db1:22: reset; db1 to web2:22: no answer; web1 to web2:22: no answer"
    assert drawn["note"] == ""


def test_large_fleet_is_drawn_in_part_and_says_so() -> None:
    connections, events, timers = (_fleet(key, 200) for key in ("connectivity", "timeline", "timeouts"))
    drawn, lanes, bars = matrix(connections), timeline(events), timeout_bars(timers)
    assert drawn is not None and lanes is not None and bars is not None
    assert (len(drawn["rows"]), len(drawn["columns"])) == (16, 30)
    assert drawn["note"] == "16 of 16 clients and 30 of 32 servers are drawn, those with most failures first."
    assert len(lanes["lanes"]) == 12
    assert lanes["note"].endswith("more in the table.")
    assert len(bars["bars"]) <= 20


@pytest.mark.parametrize("draw", [timeout_bars, timeline, matrix])
def test_too_little_is_not_drawn(draw: t.Callable[[Row], Row | None]) -> None:
    assert draw({"rows": []}) is None


@pytest.mark.parametrize(
    ("draw", "key"),
    [(timeout_bars, "timeouts"), (timeline, "timeline"), (matrix, "connectivity")],
    ids=["bars", "timeline", "matrix"],
)
def test_one_row_is_not_drawn(draw: t.Callable[[Row], Row | None], key: str) -> None:
    given = _three_hosts(key)
    assert draw({**given, "rows": given["rows"][:1]}) is None
