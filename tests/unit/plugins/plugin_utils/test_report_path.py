# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drawing of a path: stations in order, timers on each, the reset from its sender to the end that got it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._report_path import (
    drawing,
    path_rows,
    paths,
    timer_text,
    with_paths,
)
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils import report_samples

Path = dict[str, t.Any]


def _path(sender: str | None = "db1", **changes: t.Any) -> Path:
    path: Path = report_samples.recorded("three_hosts")["paths"]["rows"][0]
    path["reset"]["sender"] = sender
    return {**path, **changes}


def test_stations_stand_below_each_other_with_room_for_their_timers() -> None:
    drawn = drawing(_path())
    assert [one["name"] for one in drawn["stations"]] == ["web1", "fw1", "db1"]
    heights = [place for one in drawn["stations"] for place in (one["y"], *(timer["y"] for timer in one["timers"]))]
    assert heights == sorted(set(heights))
    assert drawn["height"] > heights[-1]
    assert drawn["stations"][2]["role"] == "server, 10.20.1.13 port 22"


@pytest.mark.parametrize(
    ("sender", "start", "end"),
    [
        pytest.param("db1", 2, 0, id="server"),
        pytest.param("fw1", 1, 0, id="box"),
        pytest.param("web1", 0, 2, id="client"),
    ],
)
def test_reset_goes_from_its_sender_to_the_other_end(sender: str, start: int, end: int) -> None:
    drawn = drawing(_path(sender))
    stations, reset = drawn["stations"], drawn["reset"]
    assert (reset["from"], reset["to"]) == (stations[start]["y"], stations[end]["y"])
    assert [one["name"] for one in stations if one["sender"]] == [sender]


@pytest.mark.parametrize("sender", [None, "somebody else"])
def test_no_arrow_without_a_station_that_sent_the_reset(sender: str | None) -> None:
    assert drawing(_path(sender))["reset"] is None


def test_notes_say_who_when_and_how_sure() -> None:
    notes = drawing(_path(exact=False))["notes"]
    assert notes == [
        "The reset came from db1, its kernel, seen in a trace.",
        "The kernel of db1 sent a reset from port 22 to 10.20.1.11: TCP_CLOSE TCP_ABORT_ON_CLOSE.",
        "First to end an idle connection: fw1 forgets after 1 h: stateful-firewall.",
        "Dashed: concluded from routes and addresses, not every kernel on it was asked.",
    ]
    asymmetric = drawing(_path(None, asymmetric=True, back=["r2", "r3"]))["notes"]
    assert asymmetric[0] == "Who sends the reset was not seen."
    assert asymmetric[-1] == "Packets come back over r2, r3."


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "speaks after 2 h: keepalive"),
        ({"armed": False}, "keepalive is off (would speak after 2 h)"),
        (
            {"effect": "closes", "after_s": 30, "what": "timeout of haproxy on web1"},
            "closes after 30 s: timeout of haproxy",
        ),
        ({"effect": "forgets", "what": "web1 (aws-nlb)"}, "forgets after 2 h: aws-nlb"),
        ({"effect": "forgets", "what": "web1"}, "forgets after 2 h: web1"),
    ],
)
def test_timer_text(changes: Path, expected: str) -> None:
    timer = {"what": "keepalive of web1", "after_s": 7200, "effect": "speaks", "layer": 4, "armed": True, "place": ""}
    assert timer_text("web1", {**timer, **changes}) == expected


def test_each_path_is_drawn_once_and_possible_causes_have_none() -> None:
    drawn = paths(report_samples.recorded("three_hosts"))
    causes = [
        {"cause": "sshd-maxstartups", "verdict": "confirmed"},
        {"cause": "sshd-maxstartups", "verdict": "likely"},
        {"cause": "sshd-maxstartups", "verdict": "possible"},
    ]
    found = with_paths(causes, drawn)
    assert [[len(one["paths"]), len(one["seen"])] for one in found] == [[1, 0], [0, 1], [0, 0]]


def test_rows() -> None:
    assert path_rows(_path())[1:] == [
        ["fw1", "declared box", "forgets after 1 h: stateful-firewall", ""],
        ["db1", "server", "speaks after 2 h: keepalive", "sends it"],
    ]
