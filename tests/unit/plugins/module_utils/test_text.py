# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of strangers stays text."""

from __future__ import annotations

import sys

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils._text import UNSAFE, clean


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("plain", "plain", id="plain"),
        pytest.param("a\nb\tc", "a\\x0ab\\x09c", id="line-and-tab"),
        pytest.param("\x1b[31mred", "\\x1b[31mred", id="terminal-colour"),
        pytest.param(b"\xff\x00z", "\\xff\\x00z", id="not-utf-8"),
        pytest.param("\u202eevil", "\\u202eevil", id="right-to-left"),
        pytest.param("\ud800", "\\ud800", id="lone-surrogate"),
        pytest.param("caf\u00e9 \u6f22", "caf\u00e9 \u6f22", id="letters-stay"),
        pytest.param("<b>{{ x }}</b>", "<b>{{ x }}</b>", id="markup-is-data"),
    ],
)
def test_clean_escapes_what_a_terminal_would_obey(value: str | bytes, expected: str) -> None:
    assert clean(value) == expected


def test_clean_bounds_the_length() -> None:
    assert clean("x" * 300, 10) == "xxxxxxx..."
    assert clean("x" * 10, 10) == "x" * 10


def test_clean_lets_no_unsafe_character_through() -> None:
    unsafe = [chr(code) for code in range(sys.maxunicode + 1) if UNSAFE.match(chr(code))]
    assert len(unsafe) > 2000
    assert not [character for character in unsafe if clean(character) == character]
