# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markdown that shows foreign text as text (GitHub Flavored Markdown 0.29)."""

from __future__ import annotations

import re
import typing as t

from ._report_text import block, plain

BACKTICKS = re.compile("`+")
# An underscore within a word starts no emphasis, so names of sysctls stay readable in the source.
SPECIAL = re.compile(r"[\\`*\[\]~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
BLOCK_START = re.compile(r"^([0-9]+(?=[.)])|(?=[#+>=-]))")
# Mentions, issue numbers and addresses turn into links or notifications outside code, whatever is escaped.
LINKING = re.compile(r"@|#[0-9]|://|^(?:www\.|mailto:|javascript:)|^[0-9a-f]{7,40}$", re.IGNORECASE)


def code(value: t.Any, limit: int = 300) -> str:
    """Return `value` as a code span: nothing within it is Markdown, HTML, a link or a mention."""
    text = plain(value, limit).strip() or "-"
    fence = "`" * (1 + max((len(run) for run in BACKTICKS.findall(text)), default=0))
    padding = " " if text[0] == "`" or text[-1] == "`" else ""
    return fence + padding + text + padding + fence


def text(value: t.Any, limit: int = 1200) -> str:
    """Return `value` as one line of running text; words that would become links or mentions as code."""
    words = [code(word) if LINKING.search(word) else _escaped(word) for word in plain(value, limit).split()]
    return BLOCK_START.sub(r"\1\\", " ".join(words)) if words else code("-")


def _escaped(word: str) -> str:
    return SPECIAL.sub(r"\\\g<0>", word).replace("&", "&amp;").replace("<", "&lt;")


def fenced(value: str, language: str, indent: str = "") -> str:
    """Return a fenced code block; its fence is longer than any run of backticks within."""
    body = block(value)
    fence = "`" * max(3, 1 + max((len(run) for run in BACKTICKS.findall(body)), default=0))
    lines = [fence + language, *body.split("\n"), fence]
    return "\n".join(indent + line for line in lines)


def table(titles: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already (from `code` and `text`)."""
    lines = [titles, ["---"] * len(titles), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join("| %s |" % " | ".join(line) for line in lines)


def _cell(markdown: str) -> str:
    """Return a cell whose pipes do not end it.

    A pipe is escaped with a backslash, in code spans too; readers differ on what a backslash before that one means, so
    a space keeps them apart.
    """
    return markdown.replace("\\|", "\\ |").replace("|", "\\|")


def folded(title: str, body: str) -> str:
    """Return a part that opens on a click; `title` is Markdown of ours, without HTML."""
    return "<details>\n<summary>%s</summary>\n\n%s\n\n</details>" % (title, body)
