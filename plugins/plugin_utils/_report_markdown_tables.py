# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths and tables of the fleet as Markdown."""

from __future__ import annotations

import typing as t

from ._markdown import code, table, text
from ._report_path import of_no_cause, paths
from ._report_tables import Table, tables
from ._report_words import Tag

Document = dict[str, t.Any]

ROWS = 15
PATHS = 2
CELL = 160


def path_part(path: Document) -> str:
    """Return a path as a table of its stations, with what is known of its reset."""
    rows = [[code(name, 100), role, text(timers, 300), sent] for name, role, timers, sent in path["rows"]]
    notes = " ".join(text(note, 300) for note in path["notes"])
    return "Path of %s. %s\n\n%s" % (code(path["flow"]), notes, table(["Station", "Is", "Idle timers", "Reset"], rows))


def other_paths(document: Document) -> list[str]:
    """Return the paths that belong to no root cause: those of the flow that was named."""
    rest = [path_part(one) for one in of_no_cause(document, paths(document))]
    return ["## Path", *rest[:PATHS]] if rest else []


def table_parts(document: Document) -> list[str]:
    """Return each table with its title, what it says as a whole, and how many rows stand elsewhere."""
    return [
        part for one in tables(document) for part in ("## %s" % one.title, text(one.lead), _table(one), *_rest(one))
    ]


def _table(one: Table) -> str:
    styles = [style for _title, style in one.columns]
    rows = [[_cell(value, style) for value, style in zip(row, styles, strict=True)] for row in one.rows[:ROWS]]
    return table([title for title, _style in one.columns], rows)


def _cell(value: str | Tag, style: str) -> str:
    shown = value.text if isinstance(value, Tag) else value
    return code(shown, CELL) if style == "code" and shown else text(shown, CELL) if shown else ""


def _rest(one: Table) -> list[str]:
    return [text(one.rest(ROWS))] if one.rest(ROWS) else []
