# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far counters moved: wraps of both widths, counters that began anew, gauges."""

from __future__ import annotations

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _increase


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(5, 5, 0, id="still"),
        pytest.param(5, 9, 4, id="grown"),
        pytest.param(2**32 - 6, 10, 16, id="wrap-32"),
        pytest.param(2**64 - 6, 10, 16, id="wrap-64"),
        pytest.param(2**32 - 6, 2**32 + 4, 10, id="past-32-bits"),
    ],
)
def test_increase(before: int, after: int, expected: int) -> None:
    assert _increase.increase(before, after) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(1000, 3, id="small"),
        pytest.param(2**31, 0, id="half-of-32-bits"),
        pytest.param(2**40, 0, id="beyond-32-bits"),
    ],
)
def test_a_counter_that_fell_is_no_wrap(before: int, after: int) -> None:
    with pytest.raises(_increase.CountersRestarted, match="fell from %d to %d" % (before, after)):
        _increase.increase(before, after)


def test_only_what_moved_is_kept_and_gauges_carry_a_sign() -> None:
    before = {"Tcp": {"CurrEstab": 9, "OutRsts": 4, "InErrs": 2, "Old": 1}, "Ip": {"InReceives": 3}}
    after = {"Tcp": {"OutRsts": 6, "InErrs": 2, "CurrEstab": 4, "New": 7}, "Ip": {"InReceives": 3}}
    moved = _increase.increases(before, after)
    assert moved == {"Tcp": {"OutRsts": 2, "CurrEstab": -5}}
    assert list(moved["Tcp"]) == ["OutRsts", "CurrEstab"]
