# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JMESPath expressions over facts: read by JMESPath, checked, and made Python functions once."""

from __future__ import annotations

import functools
import typing as t

try:
    import jmespath
    from jmespath import functions
except ImportError:  # reported where an expression is compiled
    jmespath = None  # type: ignore[assignment]

from ._fact_paths import Node
from ._selection import selection


class Answer(t.NamedTuple):
    """What an expression selected; `detail` says why nothing could be selected, else it is empty."""

    value: t.Any
    detail: str = ""


class Expression:
    """An expression: its text, and the first names it looks at (`roots`)."""

    __slots__ = ("text", "roots", "_select")

    def __init__(self, text: str) -> None:
        if jmespath is None:
            raise ValueError("the controller lacks the Python package jmespath")
        self.text = text
        parsed = jmespath.compile(text).parsed
        check_functions(parsed)
        self.roots = frozenset(roots_of(parsed))
        self._select = selection(parsed)

    def __call__(self, facts: t.Any) -> Answer:
        """Return what the expression selects from `facts`, which hold exact builtin types only."""
        try:
            return Answer(self._select(facts))
        except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
            return Answer(None, "the expression does not suit the facts: %s" % str(error).partition("\n")[0][:200])


@functools.lru_cache(maxsize=4096)
def expression(text: str) -> Expression:
    """Return the compiled expression. Raises ValueError with the place when `text` is none.

    JMESPath's own cache holds 128 expressions and thrashes above, hence this one.
    """
    return Expression(text)


LEFT_FIRST = (
    *("subexpression", "index_expression", "pipe", "projection", "value_projection", "filter_projection"),
    *("flatten",),
)
"""Nodes whose first child alone is applied to what the expression as a whole is applied to."""


def roots_of(node: Node) -> set[str]:
    """Return the names a parsed expression looks up in the facts themselves."""
    if node["type"] == "field":
        return {node["value"]}
    children = node["children"][:1] if node["type"] in LEFT_FIRST else node["children"]
    return set().union(*(roots_of(child) for child in children if isinstance(child, dict)))


def check_functions(node: Node) -> None:
    """Raise ValueError when a parsed expression calls a function that does not exist or with too few arguments.

    JMESPath itself says so only when the call is reached, which depends on the facts.
    """
    if node["type"] == "function_expression":
        entry = functions.Functions.FUNCTION_TABLE.get(node["value"])
        if entry is None:
            raise ValueError("there is no function %s()" % node["value"])
        wanted, given = entry["signature"], len(node["children"])
        variadic = bool(wanted) and wanted[-1].get("variadic", False)
        if given < len(wanted) or (given > len(wanted) and not variadic):
            raise ValueError("%s() takes %d arguments, not %d" % (node["value"], len(wanted), given))
    for child in node["children"]:
        if isinstance(child, dict):
            check_functions(child)
