# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed since the last report."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._report_changes import as_diff, changes
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils import report_samples

THREE = report_samples.recorded("three_hosts")
HEALTHY = report_samples.recorded("healthy")


def _names(findings: list[dict[str, t.Any]]) -> list[str]:
    return ["%s %s" % (one["host"], one["rule"]) for one in findings]


def test_nothing_changes_against_itself() -> None:
    moved = copy.deepcopy(THREE)
    moved["findings"].reverse()
    moved["findings"][0]["observed"] = "another value"
    assert changes(THREE, moved) == {"new": [], "resolved": []}
    assert as_diff(THREE, moved)["before"] == as_diff(THREE, moved)["after"] == ""


def test_new_and_resolved() -> None:
    after = copy.deepcopy(THREE)
    gone = after["findings"].pop(0)
    after["findings"][-1]["status"] = "deviation"
    found = changes(THREE, after)
    assert _names(found["new"]) == ["web1 conntrack-occupancy"]
    assert _names(found["resolved"]) == ["db1 listener-overflows", "web1 conntrack-occupancy"]
    assert found["resolved"][0] == gone


def test_diff_text() -> None:
    after = copy.deepcopy(HEALTHY)
    after["findings"] = [THREE["findings"][3]]
    difference = as_diff(THREE, after)
    assert difference["after"] == ""
    assert difference["before"].splitlines() == [
        "confirmed root cause: sshd-maxstartups on db1 (web1 -> db1:22)",
        "likely root cause: accept-queue-overflow-silent on db1 (web1 -> db1:5432)",
        "db1: listener-overflows deviation (critical)",
        "db1: sshd-maxstartups-drops deviation (warning)",
        "web1: conntrack-occupancy unknown (warning)",
        "web1: keepalive-idle-time deviation (warning)",
        "web1: sshd-client-alive-interval waived (warning)",
        "web1: tcp-retries2 deviation (info)",
        "web2: peer-unreachable deviation (critical)",
    ]


@pytest.mark.parametrize(
    "old",
    [None, {}, [], "text", {"findings": None}, {"findings": [1, {}, {"rule": 1}], "diagnoses": [None]}],
    ids=["none", "empty", "list", "text", "null", "no findings"],
)
def test_what_is_no_report_counts_as_nothing(old: t.Any) -> None:
    assert len(changes(old, THREE)["new"]) == len(THREE["findings"])
    assert as_diff(old, THREE)["before"] == ""


def test_hostile_text_stays_on_its_line() -> None:
    difference = as_diff(None, report_samples.hostile())["after"]
    assert difference.isascii() or "\x1b" not in difference
    assert all(character == "\n" or character.isprintable() for character in difference)


def test_long_diff_is_cut_and_says_so() -> None:
    lines = as_diff(None, report_samples.fleet(500))["after"].splitlines()
    assert len(lines) == 401
    assert lines[-1].startswith("... and ")
