# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as safe text."""

from __future__ import annotations

import sys
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils import _report_text
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils import report_samples


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (None, "s", "not known"),
        (True, None, "true"),
        (0, None, "0"),
        (15, "s", "15 s"),
        (7200, "s", "7200 s (2 h)"),
        (5400, "s", "5400 s (1 h 30 min)"),
        (432000, "s", "432000 s (5 d)"),
        (7875, "s", "7875 s (2 h 11 min)"),
        (0.5, "s", "0.5 s"),
        (200.5, "s", "200.5 s"),
        (1e300, "s", "1e+300 s"),
        (float("nan"), "s", "NaN s"),
        (1024, "bytes", "1024 bytes (1 KiB)"),
        (6291456, "bytes", "6291456 bytes (6 MiB)"),
        (6000000, "bytes", "6000000 bytes (5.7 MiB)"),
        (212992, "bytes", "212992 bytes (208 KiB)"),
        (12.5, "percent", "12.5 %"),
        (0.00012, "percent", "0.00012 %"),
        (3.0, "packets", "3 packets"),
        (10**30, "packets", "1%s packets" % ("0" * 30)),
        ("10:30:100", None, "10:30:100"),
        ("", None, "empty text"),
        ([], None, "none"),
        ({}, None, "none"),
        (["eth0", "eth1"], None, "eth0, eth1"),
        ([60, 3600], "s", "60 s, 3600 s (1 h)"),
        ([{"a": 1, "b": 2}, {"a": 3}], None, "a=1, b=2; a=3"),
        (list(range(12)), None, "0, 1, 2, 3, 4, 5, 6, 7, +4 more"),
        ({"port": 22, "tags": ["a"], "name": "x\ny"}, None, 'port=22, tags=["a"], name=x\\x0ay'),
    ],
)
def test_quantity(value: t.Any, unit: str | None, expected: str) -> None:
    assert _report_text.quantity(value, unit) == expected


@pytest.mark.parametrize("value", report_samples.HOSTILE)
def test_plain_is_one_printable_line_of_bounded_length(value: str) -> None:
    text = _report_text.plain(value, 100)
    assert text.isprintable()
    assert len(text) <= 400
    assert "\n" not in _report_text.quantity({value: [value]})


@pytest.mark.parametrize("value", report_samples.HOSTILE)
def test_block_keeps_only_line_breaks(value: str) -> None:
    text = _report_text.block("first\r\n\tsecond %s" % value)
    assert text.startswith("first\n    second ")
    assert all(line.isprintable() for line in text.split("\n"))


def test_block_says_when_it_is_cut() -> None:
    assert _report_text.block("x" * 20, 10) == "x" * 10 + "\n..."


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        (None, ""),
        ("", ""),
        ("a -> b:22", "a -> b:22"),
        ({"client": "a", "server": "b", "port": 22}, "a -> b:22"),
        ({"client": None, "server": "b", "port": None}, "any client -> b"),
    ],
    ids=str,
)
def test_flow(flow: t.Any, expected: str) -> None:
    assert _report_text.flow_text(flow) == expected


def test_evidence_says_what_is_left_out() -> None:
    assert _report_text.evidence_lines(["a", {"port": 1}, 3, 4], 2) == ["a", "port=1", "+2 more"]


def test_plain_lets_no_invisible_character_through() -> None:
    invisible = [chr(code) for code in range(sys.maxunicode + 1) if _report_text.INVISIBLE.match(chr(code))]
    assert len(invisible) > 128
    assert not [character for character in invisible if _report_text.plain(character) == character]
