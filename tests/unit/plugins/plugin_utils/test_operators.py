# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparisons: what passes, what fails, what cannot be judged, and how the recommendation reads."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._operators import (
    OPERATORS,
    judge,
    nearest,
    recommended,
)

CASES: list[tuple[str, t.Any, t.Any, str]] = [
    ("eq", 1, 1, "ok"),
    ("eq", 1.0, 1, "ok"),
    ("eq", 2, 1, "deviation"),
    ("eq", True, True, "ok"),
    ("eq", True, 1, "unknown"),
    ("eq", "1", 1, "unknown"),
    ("eq", "cubic", "bbr", "deviation"),
    ("ne", 0, 1, "ok"),
    ("ne", "reset", "reset", "deviation"),
    ("lt", 119, 120, "ok"),
    ("lt", 120, 120, "deviation"),
    ("le", 120, 120, "ok"),
    ("le", 7200, 120, "deviation"),
    ("le", "120", 120, "unknown"),
    ("le", True, 120, "unknown"),
    ("le", float("nan"), 120, "unknown"),
    ("gt", 1, 0, "ok"),
    ("gt", 0, 0, "deviation"),
    ("ge", 4096, 4096, "ok"),
    ("ge", 128, 4096, "deviation"),
    ("in", 2, [0, 2], "ok"),
    ("in", 1, [0, 2], "deviation"),
    ("in", "no", [0, 2], "unknown"),
    ("empty", [], None, "ok"),
    ("empty", ["eth0"], None, "deviation"),
    ("empty", {}, None, "ok"),
    ("empty", "", None, "ok"),
    ("empty", 0, None, "unknown"),
    ("between", 4, [4, 9], "ok"),
    ("between", 9, [4, 9], "ok"),
    ("between", 3, [4, 9], "deviation"),
    ("between", [], [4, 9], "unknown"),
]


@pytest.mark.parametrize(("operator", "value", "want", "status"), CASES, ids=["%s-%r-%r" % case[:3] for case in CASES])
def test_judge(operator: str, value: t.Any, want: t.Any, status: str) -> None:
    found, detail = judge(operator, value, want)
    assert found == status
    assert bool(detail) is (status == "unknown")


@pytest.mark.parametrize("operator", list(OPERATORS))
def test_a_fact_that_is_not_there_is_unknown_to_every_operator(operator: str) -> None:
    assert judge(operator, None, [1, 2])[0] == "unknown"


def test_every_operator_is_tried_with_each_status() -> None:
    seen = {(operator, status) for operator, _value, _want, status in CASES}
    missing = {(name, status) for name in OPERATORS for status in ("ok", "deviation")} - seen
    assert not missing


@pytest.mark.parametrize(
    ("operator", "want", "unit", "expected"),
    [
        pytest.param("le", 120, "s", "at most 120 s", id="le"),
        pytest.param("lt", 50, "percent", "less than 50 percent", id="lt"),
        pytest.param("ge", 4096, None, "at least 4096", id="ge"),
        pytest.param("gt", 0, None, "more than 0", id="gt"),
        pytest.param("eq", "bbr", None, "bbr", id="eq"),
        pytest.param("eq", True, None, "true", id="eq-truth"),
        pytest.param("ne", 1, None, "anything but 1", id="ne"),
        pytest.param("empty", None, None, "none", id="empty"),
        pytest.param("between", [4, 9], None, "between 4 and 9", id="between"),
        pytest.param("in", [0, 2], None, "one of 0, 2", id="in"),
    ],
)
def test_recommended_reads_as_text(operator: str, want: t.Any, unit: str | None, expected: str) -> None:
    assert recommended(operator, want, unit) == expected


@pytest.mark.parametrize(
    ("operator", "want", "accepted"),
    [
        ("le", 120, True),
        ("le", "120", False),
        ("le", True, False),
        ("eq", [1], False),
        ("in", [], False),
        ("in", 5, False),
        ("between", [9, 4], False),
        ("between", [1], False),
        ("empty", None, True),
        ("empty", 0, False),
    ],
)
def test_an_operator_knows_which_want_it_accepts(operator: str, want: t.Any, accepted: bool) -> None:
    assert OPERATORS[operator].accepts(want) is accepted


def test_nearest_is_a_single_value_that_passes() -> None:
    assert nearest("in", 1, [2, 0]) == 2
    assert nearest("between", 3, [4, 9]) == 4
    assert nearest("between", 12, [4, 9]) == 9
    assert nearest("le", 7200, 120) == 120
