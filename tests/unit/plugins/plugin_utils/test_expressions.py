# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions select, and say why when they cannot."""

from __future__ import annotations

import typing as t

import jmespath
import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._expressions import expression

FACTS: dict[str, t.Any] = {
    "peer_sysctls": {"values": {"net.ipv4.tcp_keepalive_time": {"running": 7200}}},
    "peer_interfaces": {"interfaces": [{"name": "eth0", "errors": 3}, {"name": "eth1", "errors": 0}]},
    "text": "abc",
    "nothing": None,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('peer_sysctls.values."net.ipv4.tcp_keepalive_time".running', 7200, id="quoted-path"),
        pytest.param("peer_interfaces.interfaces[0].name", "eth0", id="first"),
        pytest.param("peer_interfaces.interfaces[-1].name", "eth1", id="last"),
        pytest.param("peer_interfaces.interfaces[5].name", None, id="beyond-the-end"),
        pytest.param("text.more", None, id="below-text"),
        pytest.param("text[0]", None, id="index-into-text"),
        pytest.param("nothing.at.all", None, id="below-null"),
        pytest.param("peer_interfaces.interfaces[?errors > `1`].name", ["eth0"], id="filter"),
        pytest.param("length(peer_interfaces.interfaces)", 2, id="function"),
        pytest.param("absent.list[?x > `1`].y", None, id="filter-of-nothing"),
    ],
)
def test_expression_selects_what_jmespath_selects(text: str, expected: t.Any) -> None:
    assert expression(text)(FACTS) == (expected, "")
    assert jmespath.search(text, FACTS) == expected


def test_expression_is_compiled_once() -> None:
    assert expression("a.b.c") is expression("a.b.c")


def test_a_type_error_is_an_answer() -> None:
    value, detail = expression("max(peer_interfaces.interfaces)")(FACTS)
    assert value is None
    assert detail.startswith("the expression does not suit the facts")


@pytest.mark.parametrize(
    ("text", "roots"),
    [
        pytest.param("a.b.c", {"a"}, id="path"),
        pytest.param("a[?b == `1`].c", {"a"}, id="filter"),
        pytest.param("length(a.b) > c.d && !e", {"a", "c", "e"}, id="boolean"),
        pytest.param("sort_by(a.rows, &size)[0].name", {"a", "size"}, id="function-over-reports-rather-than-miss"),
        pytest.param("a[*].b | [0].c", {"a"}, id="pipe"),
        pytest.param("{x: a.b, y: c}", {"a", "c"}, id="mapping"),
        pytest.param("a[0:2]", {"a"}, id="slice"),
    ],
)
def test_roots_are_the_facts_an_expression_looks_at(text: str, roots: set[str]) -> None:
    assert expression(text).roots == roots


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a[?", "Incomplete expression|Invalid|Unexpected|expected", id="cut-off"),
        pytest.param("a..b", "Invalid|expected|token", id="two-dots"),
        pytest.param("lenght(a)", "no function lenght", id="misspelt-function"),
        pytest.param("a[?contains(b)]", "takes 2 arguments, not 1", id="too-few-arguments"),
        pytest.param("length(a, b)", "takes 1 arguments, not 2", id="too-many-arguments"),
        pytest.param("", ".", id="empty"),
    ],
)
def test_a_wrong_expression_is_refused_before_any_facts(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        expression(text)


def test_functions_with_any_number_of_arguments_are_accepted() -> None:
    assert expression("not_null(a, b, text)")(FACTS).value == "abc"
    assert expression("merge(peer_sysctls, peer_interfaces)")(FACTS).detail == ""
