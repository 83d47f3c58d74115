# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""report.md: what hosts say stays text, and a fleet stays a ticket."""

from __future__ import annotations

import re

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._markdown import code, fenced, table, text
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._report_markdown import render_markdown
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils import (
    overview_samples,
    report_samples,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("7200 s", "`7200 s`", id="plain"),
        pytest.param("a`b", "``a`b``", id="one backtick"),
        pytest.param("``", "``` `` ```", id="only backticks"),
        pytest.param("", "`-`", id="empty"),
        pytest.param("a\nb\x1b[0m", "`a\\x0ab\\x1b[0m`", id="control characters"),
        pytest.param("@team <b>", "`@team <b>`", id="mention and tag"),
    ],
)
def test_code(value: str, expected: str) -> None:
    assert code(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_keepalive_time", id="names stay readable"),
        pytest.param("*a* _b_ ~c~ $d$", "\\*a\\* \\_b\\_ \\~c\\~ \\$d\\$", id="emphasis"),
        pytest.param("<script> & &lt;", "&lt;script> &amp; &amp;lt;", id="html"),
        pytest.param("[a](b)", "\\[a\\](b)", id="link"),
        pytest.param("ask @team at x@y.example", "ask `@team` at `x@y.example`", id="mentions"),
        pytest.param("see http://e.example www.e.example", "see `http://e.example` `www.e.example`", id="addresses"),
        pytest.param("fixes #12 deadbeef", "fixes `#12` `deadbeef`", id="references"),
        pytest.param("# a", "\\# a", id="heading"),
        pytest.param("- a", "\\- a", id="item"),
        pytest.param("1. a", "1\\. a", id="numbered item"),
        pytest.param("2026-11-20", "2026-11-20", id="date"),
        pytest.param(" ", "`-`", id="blank"),
    ],
)
def test_text(value: str, expected: str) -> None:
    assert text(value) == expected


def test_fence_is_longer_than_any_within() -> None:
    assert fenced("a\n````\nb", "sh") == "`````sh\na\n````\nb\n`````"
    assert fenced("a\nb", "sh", "  ") == "  ```sh\n  a\n  b\n  ```"


@pytest.mark.parametrize(
    ("cell", "expected"), [("a|b", "a\\|b"), ("a\\|b", "a\\ \\|b"), ("|", "\\|")], ids=["pipe", "escaped", "only"]
)
def test_pipes_do_not_end_cells(cell: str, expected: str) -> None:
    assert table(["A"], [[cell]]) == "| A |\n| --- |\n| %s |" % expected


def _outside_code(markdown: str) -> str:
    """Return the document without fenced blocks and code spans."""
    kept = re.sub(r"^ *(`{3,})\w*\n.*?\n *\1$", "", markdown, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", kept)


def _with_tables(text: str) -> report_samples.Document:
    tables = overview_samples.tables(["%s1" % text, "%s2" % text], text)
    return {**report_samples.recorded("three_hosts"), **tables}


HOSTILE = pytest.mark.parametrize(
    "document",
    [report_samples.hostile(), *map(_with_tables, report_samples.HOSTILE)],
    ids=["everywhere", *("tables %d" % number for number in range(len(report_samples.HOSTILE)))],
)


@HOSTILE
def test_hostile_text_makes_no_markup(document: report_samples.Document) -> None:
    rest = _outside_code(render_markdown(document))
    assert set(re.findall(r"</?[a-z]+", rest)) <= {"<details", "</details", "<summary", "</summary"}
    assert "@" not in rest
    assert "://" not in rest
    assert not re.search(r"(?<!\\)\]\(", rest)
    assert not re.search(r"^(?:>|\* |=+$)", rest, re.MULTILINE)


@HOSTILE
def test_tables_have_as_many_cells_as_titles(document: report_samples.Document) -> None:
    for part in render_markdown(document).split("\n\n"):
        rows = [line for line in part.split("\n") if line.startswith("| ")]
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) <= 1, part


def test_ticket_does_not_grow_with_the_fleet() -> None:
    assert len(render_markdown(report_samples.fleet(2000))) < 2 * len(render_markdown(report_samples.fleet(200)))
