# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JMESPath expressions over facts, compiled once; one that is only a path is walked without JMESPath."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import functools
import typing as t

try:
    import jmespath
    from jmespath import functions
except ImportError:  # reported where an expression is compiled
    jmespath = None  # type: ignore[assignment]

Node = t.Mapping[str, t.Any]
Path = tuple[str | int, ...]


class Answer(t.NamedTuple):
    """What an expression selected; `detail` says why nothing could be selected, else it is empty."""

    value: t.Any
    detail: str = ""


class Expression:
    """An expression: its text, the first names it looks at (`roots`), and its path when it is only that."""

    __slots__ = ("text", "roots", "path", "_compiled")

    def __init__(self, text: str) -> None:
        if jmespath is None:
            raise ValueError("the controller lacks the Python package jmespath")
        self.text = text
        self._compiled = jmespath.compile(text)
        check_functions(self._compiled.parsed)
        self.path = path_of(self._compiled.parsed)
        self.roots = frozenset(roots_of(self._compiled.parsed))

    def __call__(self, facts: t.Any) -> Answer:
        """Return what the expression selects from `facts`, which hold exact builtin types only."""
        if self.path is not None:
            return Answer(walk(self.path, facts))
        try:
            return Answer(self._compiled.search(facts))
        except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
            return Answer(None, "the expression does not suit the facts: %s" % str(error).partition("\n")[0][:200])


@functools.lru_cache(maxsize=4096)
def expression(text: str) -> Expression:
    """Return the compiled expression. Raises ValueError with the place when `text` is none.

    JMESPath's own cache holds 128 expressions and thrashes above, hence this one.
    """
    return Expression(text)


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
