# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Erlang terms: what they give, and the line on which they break."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils._erlang_terms import (
    Broken,
    Tuple,
    parse_terms,
)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("%% only a comment", [], id="comment"),
        pytest.param("[].", [[]], id="empty-list"),
        pytest.param("a. b.", ["a", "b"], id="two-terms"),
        pytest.param("[1, -2, 16#ff, 1_000, 2.5e3, $a, $\\n]", [[1, -2, 255, 1000, 2500.0, "a", "\\n"]], id="numbers"),
        pytest.param('["a\\"b", \'an atom\', <<"bin">>, <<104,105>>]', [['a"b', "an atom", "bin", "hi"]], id="texts"),
        pytest.param("<<1:8/integer, 2>>", ["\x01\x02"], id="binary-with-sizes"),
        pytest.param("[a | b]", [["a", "b"]], id="improper-list"),
        pytest.param('#{a => 1, "b" => [2]}', [{"a": 1, "b": [2]}], id="map"),
        pytest.param(
            "[#Fun<rabbit.1.2>, <0.12.0>]",
            [["#Fun<rabbit.1.2>", "<0.12.0>"]],
            id="opaque",
        ),
    ],
)
def test_terms(text: str, terms: list[t.Any]) -> None:
    assert parse_terms(text) == terms


def test_tuples_know_their_line() -> None:
    (term,) = parse_terms("[\n {a,\n  {b, 1}}\n].")
    assert term == [Tuple(["a", Tuple(["b", 1], 3)], 2)]


@pytest.mark.parametrize(
    ("text", "line", "error"),
    [
        pytest.param("[{a, 1},\n]", 2, "unexpected ]", id="comma-before-end"),
        pytest.param("[{a 1}]", 1, "unexpected value", id="missing-comma"),
        pytest.param("[\n{a, 1}", 2, "does not end", id="open"),
        pytest.param("[a}", 1, "unexpected }", id="wrong-bracket"),
        pytest.param("\n\n]", 3, "unexpected ]", id="closed-before-open"),
        pytest.param("[Variable]", 1, "not an Erlang term", id="variable"),
        pytest.param('[a,\n"no end]', 2, "not an Erlang term", id="open-text"),
        pytest.param("[" * 100, 1, "more than 64 deep", id="deep"),
    ],
)
def test_the_line_that_breaks(text: str, line: int, error: str) -> None:
    with pytest.raises(Broken, match=error) as caught:
        parse_terms(text)
    assert caught.value.line == line
