# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A selection answers what JMESPath's own interpreter answers."""

from __future__ import annotations

import json
import typing as t

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._selection import selection

FACTS: dict[str, t.Any] = {
    "rows": [
        {"name": "a", "seconds": 0, "on": True, "tags": ["x", "y"]},
        {"name": "b", "seconds": 30, "on": False, "tags": []},
        {"name": "c", "seconds": None, "on": 1},
        "text",
    ],
    "by_name": {"a": {"n": 1}, "b": {"n": 2}, "c": {}},
    "mixed": [1, [2, [3]], None, []],
    "zero": 0,
    "one": 1,
    "half": 0.5,
    "true": True,
    "false": False,
    "text": "abc",
    "empty": "",
    "nothing": None,
    "list": [],
}


def answer(select: t.Callable[[t.Any], t.Any], facts: t.Any) -> str:
    """Return what is selected as JSON, where true is not 1, or the class of the error."""
    try:
        return json.dumps(select(facts))
    except (ValueError, TypeError) as error:
        return type(error).__name__


def same_answer(text: str, facts: t.Any) -> None:
    parsed = jmespath.compile(text)
    assert answer(selection(parsed.parsed), facts) == answer(parsed.search, facts)


@pytest.mark.parametrize(
    "text",
    [
        "rows[?seconds].name",
        "rows[?!seconds].name",
        "rows[?seconds == `0`].name",
        "rows[?on == `true`].name",
        "rows[?on == `1`].name",
        "rows[?on != `true`].name",
        "rows[?name != 'a' && seconds > `10` || on].name",
        "rows[?seconds >= `0`].[name, seconds]",
        "rows[].tags[]",
        "rows[*].tags | [0]",
        "rows[-1]",
        "rows[9]",
        "rows[0].tags[1]",
        "rows[::-1].name",
        "rows[0].{n: name, s: seconds, t: tags[0]}",
        "by_name.*.n",
        "by_name.* | sort(@[?n].n)",
        "mixed[]",
        "mixed[][]",
        "mixed[*]",
        "text[]",
        "text.*",
        "nothing.{a: b}",
        "nothing.[a, b]",
        "zero && text",
        "zero || text",
        "empty || list || nothing || false",
        "empty && text",
        "!zero",
        "!nothing && !list && !empty",
        "zero == false",
        "one == true",
        "half < one",
        "text < one",
        "true < one",
        "nothing < one",
        "text >= 'abb'",
        "sort_by(rows[?seconds != null && name], &name)[-1].name",
        "max_by(rows[?name == 'a' || name == 'b'], &seconds).name",
        "length(text)",
        "length(zero)",
        "not_null(nothing, empty, text)",
        "rows[?contains(['a', 'b'], name)].name",
        "`{\"a\": [1, true]}`.a[1]",
        "@.text",
        "rows[?tags[?@ == 'x']].name",
    ],
)  # fmt: skip
def test_selection_is_that_of_jmespath(text: str) -> None:
    same_answer(text, FACTS)


NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.sampled_from([None, True, False, 0, 1, 2.5, "", "a", "b"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
LITERALS = st.sampled_from(["`0`", "`1`", "`true`", "`null`", "`[]`", "'a'", "''"])
SHAPES = (
    "{0}.{name}", "{0}[]", "{0}[*].{name}", "{0}.*", "{0}[0]", "{0}[-1]", "{0}[1:]", "!{0}", "({0} && {1})",
    "({0} || {1})", "{0} == {1}", "{0} != {1}", "{0} < {1}", "{0} >= {1}", "{0}[?{1}]", "{0}[?{1}].{name}",
    "({0} | {1})", "{0}.[{1}, {name}]", "{0}.{{x: {1}}}", "type({0})", "not_null({0}, {1})",
)  # fmt: skip


def shaped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return expressions made of two smaller ones."""
    return st.builds(lambda shape, one, other, name: shape.format(one, other, name=name),
                     st.sampled_from(SHAPES), inner, inner, NAMES)  # fmt: skip


def is_expression(text: str) -> bool:
    try:
        jmespath.compile(text)
    except ValueError:
        return False
    return True


@settings(max_examples=150, deadline=None, database=None)
@given(st.recursive(NAMES | LITERALS | st.just("@"), shaped, max_leaves=6).filter(is_expression), VALUES)
def test_any_selection_is_that_of_jmespath(text: str, facts: t.Any) -> None:
    same_answer(text, facts)
