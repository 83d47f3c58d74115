# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths into facts: the names and indexes that lead to one value."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import typing as t

Node = t.Mapping[str, t.Any]
"""A part of a parsed JMESPath expression: {type, children, value}, as jmespath.ast makes it."""

Path = tuple[str | int, ...]


def walk(path: Path, facts: t.Any) -> t.Any:
    """Return what stands at `path`, or None as soon as a step leads nowhere."""
    value = facts
    for step in path:
        if type(step) is str:
            value = value.get(step) if type(value) is dict else None
        else:
            value = _item(value, t.cast(int, step))
        if value is None:
            return None
    return value


def _item(value: t.Any, index: int) -> t.Any:
    return value[index] if type(value) is list and -len(value) <= index < len(value) else None


def path_of(node: Node) -> Path | None:
    """Return the steps of a parsed expression that is only a path (a.b."c.d"[0]), else None."""
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] == "index":
        return (node["value"],)
    if node["type"] not in ("subexpression", "index_expression"):
        return None
    steps: Path = ()
    for child in node["children"]:
        part = path_of(child)
        if part is None:
            return None
        steps += part
    return steps
