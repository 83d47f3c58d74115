# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who reaches whom as a matrix: clients down, servers across, a cell for what their connections met."""

from __future__ import annotations

import collections
import typing as t

from ._report_hosts import in_order
from ._report_text import counted, plain
from ._report_words import Row, class_tag, server_name, server_text

MOST = 30
"""Clients, and servers, up to which a matrix is read at a glance; of more those with most trouble are drawn."""

PORTS = 24
"""Columns up to which each port of a server has its own."""

CELL_WIDTH, CELL_HEIGHT = 38, 24
CLIENT, SERVER = 20, 22
"""Characters of names that fit beside and above the cells."""

LETTER, SLANTED = 7, 6
"""Pixels that a character takes across, and up when it is slanted."""

SHORT = {"ok": "ok", "refused": "ref", "reset": "RST", "closed": "end", "timed_out": "t/o", "name_error": "name"}
WORST_FIRST = ("reset", "refused", "closed", "timed_out", "host_unreachable", "net_unreachable", "name_error")

Cells = dict[tuple[str, str], list[Row]]


def matrix(given: Row) -> Row | None:
    """Return {width, height, top, columns, rows, legend, title, text, note} in pixels, or None for a single connection.

    A column is {x, label, full}, a row {y, client, full, cells: [{x, kind, short, text}]}.
    """
    cells = _cells(given["rows"], server_text)
    if len({server for _client, server in cells}) > PORTS:
        cells = _cells(given["rows"], server_name)
    if len(given["rows"]) < 2:
        return None
    return {
        **_laid_out(cells, _worst(cells, 0), _worst(cells, 1)),
        "legend": _legend(given["rows"]),
        "title": "Who reaches whom",
        "text": _text(given["rows"]),
    }


def _laid_out(cells: Cells, clients: list[str], servers: list[str]) -> Row:
    """Return {width, height, top, columns, rows, note}; `top` is where the names of the servers end."""
    columns = [{"label": plain(name, SERVER), "full": plain(name, 120)} for name in servers]
    rows: list[Row] = [{"client": plain(name, CLIENT), "full": plain(name, 120)} for name in clients]
    left = 10 + LETTER * max(len(row["client"]) for row in rows)
    top = 14 + SLANTED * max(len(column["label"]) for column in columns)
    for place, (client, row) in enumerate(zip(clients, rows, strict=True)):
        found = [(cells.get((client, server)), _x(left, column)) for column, server in enumerate(servers)]
        row.update(y=top + CELL_HEIGHT * place, cells=[_cell(tried, x) for tried, x in found if tried])
    return {
        "width": _x(left, len(columns)) + top,
        "height": top + CELL_HEIGHT * len(rows) + 4,
        "top": top,
        "columns": [{**column, "x": _x(left, place)} for place, column in enumerate(columns)],
        "rows": rows,
        "note": _note(cells, clients, servers),
    }


def _x(left: int, column: int) -> int:
    return left + CELL_WIDTH * column


def _cells(rows: t.Iterable[Row], server: t.Callable[[Row], str]) -> Cells:
    cells: Cells = {}
    for row in rows:
        cells.setdefault((row["client"], server(row)), []).append(row)
    return cells


def _worst(cells: Cells, side: int) -> list[str]:
    """Return the names of one side that are drawn, in natural order: those with most connections that failed."""
    failed: collections.Counter[str] = collections.Counter()
    for key, tried in cells.items():
        failed[key[side]] += sum(row["class"] != "ok" for row in tried)
    return in_order(sorted(in_order(failed), key=lambda name: -failed[name])[:MOST])


def _cell(tried: list[Row], x: int) -> Row:
    """Return a cell for the worst that the connections of a client to a server met."""
    worst = min(tried, key=_badness)
    told = ["%s, %s" % (plain(row["address"] or row["host"] or "?", 60), _result(row)) for row in tried[:6]]
    return {
        "x": x,
        "kind": class_tag(worst["class"]).kind,
        "short": SHORT.get(worst["class"], "unr"),
        "text": "%s to %s: %s" % (plain(worst["client"], 80), server_name(worst), "; ".join(told)),
    }


def _badness(row: Row) -> int:
    kind = row["class"]
    return WORST_FIRST.index(kind) if kind in WORST_FIRST else len(WORST_FIRST) + (kind == "ok")


def _result(row: Row) -> str:
    return "%s%s" % ("port %d " % row["port"] if row["port"] else "", class_tag(row["class"]).text)


def _legend(rows: list[Row]) -> list[Row]:
    seen = {row["class"]: class_tag(row["class"]) for row in sorted(rows, key=_badness)}
    shorts = {tag: "%s %s" % (SHORT.get(kind, "unr"), tag.text) for kind, tag in seen.items()}
    return [
        {"kind": tag.kind, "label": "ok" if label == "ok ok" else label} for tag, label in list(shorts.items())[:10]
    ]


def _text(rows: list[Row]) -> str:
    bad = [row for row in sorted(rows, key=_badness) if row["class"] != "ok"]
    told = [
        "%s to %s: %s" % (plain(row["client"], 60), server_text(row), class_tag(row["class"]).text) for row in bad[:30]
    ]
    more = ["and %d more" % (len(bad) - 30)] if bad[30:] else []
    return "; ".join(told + more) or "All connections were accepted."


def _note(cells: Cells, clients: list[str], servers: list[str]) -> str:
    """Return how much of a large fleet is drawn, empty for all of it."""
    every = [len({key[side] for key in cells}) for side in (0, 1)]
    if every == [len(clients), len(servers)]:
        return ""
    drawn = "%d of %s and %d of %s are drawn" % (
        len(clients), counted(every[0], "client"), len(servers), counted(every[1], "server"))  # fmt: skip
    return drawn + ", those with most failures first."
