# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The closed set of comparisons of a rule: what passes, what is comparable, and how the wanted value reads."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import json
import math
import typing as t

Comparison = t.Callable[[t.Any, t.Any], bool]


class Operator(t.NamedTuple):
    """A comparison: whether a value passes, which values it can judge, which wants it accepts, how a want reads."""

    passes: Comparison
    judges: Comparison
    accepts: t.Callable[[t.Any], bool]
    reads: t.Callable[[t.Any, str], str]


def is_number(value: t.Any) -> bool:
    """Return whether `value` is a number that can be ordered; truth values are none."""
    return type(value) in (int, float) and not math.isnan(value)


def is_scalar(value: t.Any) -> bool:
    """Return whether `value` is a number, a text or a truth value."""
    return type(value) in (bool, str) or is_number(value)


def same_kind(value: t.Any, other: t.Any) -> bool:
    """Return whether two values can be equal at all: both numbers, both texts, both truth values."""
    return type(value) is type(other) or (is_number(value) and is_number(other))


def equal(value: t.Any, other: t.Any) -> bool:
    """Return whether two values are the same; true is not 1 and "1" is not 1."""
    return same_kind(value, other) and bool(value == other)


def _is_range(want: t.Any) -> bool:
    return type(want) is list and len(want) == 2 and all(map(is_number, want)) and want[0] <= want[1]


def _is_choice(want: t.Any) -> bool:
    return type(want) is list and bool(want) and all(map(is_scalar, want))


def _number(value: t.Any, dummy: t.Any) -> bool:
    return is_number(value)


def _with_unit(text: str) -> t.Callable[[t.Any, str], str]:
    return lambda want, unit: (text % shown(want)) + unit


def _ordered(text: str, passes: Comparison) -> Operator:
    return Operator(passes, _number, is_number, _with_unit(text))


OPERATORS: dict[str, Operator] = {
    "eq": Operator(equal, same_kind, is_scalar, _with_unit("%s")),
    "ne": Operator(lambda value, want: not equal(value, want), same_kind, is_scalar, _with_unit("anything but %s")),
    "lt": _ordered("less than %s", lambda value, want: value < want),
    "le": _ordered("at most %s", lambda value, want: value <= want),
    "gt": _ordered("more than %s", lambda value, want: value > want),
    "ge": _ordered("at least %s", lambda value, want: value >= want),
    "in": Operator(
        lambda value, want: any(equal(value, member) for member in want),
        lambda value, want: any(same_kind(value, member) for member in want),
        _is_choice,
        lambda want, unit: "one of %s%s" % (", ".join(map(shown, want)), unit),
    ),
    "empty": Operator(
        lambda value, dummy: not value,
        lambda value, dummy: type(value) in (list, dict, str),
        lambda want: want is None,
        lambda dummy, unit: "none",
    ),
    "between": Operator(
        lambda value, want: want[0] <= value <= want[1],
        _number,
        _is_range,
        lambda want, unit: "between %s and %s%s" % (shown(want[0]), shown(want[1]), unit),
    ),
}


def shown(value: t.Any) -> str:
    """Return a value as a reader of the report expects it: text bare, the rest as JSON."""
    return value if type(value) is str else json.dumps(value)


def judge(operator: str, value: t.Any, want: t.Any) -> tuple[str, str]:
    """Return a status, `ok deviation unknown`, and why it is unknown; `value` is what the rule's fact gave."""
    if value is None:
        return "unknown", "the fact is not there"
    chosen = OPERATORS[operator]
    if not chosen.judges(value, want):
        kind = KINDS.get(type(value), "this")
        return "unknown", "%s cannot be compared with %s" % (kind, recommended(operator, want))
    return ("ok" if chosen.passes(value, want) else "deviation"), ""


KINDS = {bool: "a truth value", int: "a number", float: "a number", str: "text", list: "a list", dict: "a mapping"}


def recommended(operator: str, want: t.Any, unit: str | None = None) -> str:
    """Return the wanted value as text, such as `at most 120 s`, `none`, `between 4 and 9`, `one of 0, 2`."""
    return OPERATORS[operator].reads(want, " " + unit if unit else "")


def nearest(operator: str, value: t.Any, want: t.Any) -> t.Any:
    """Return the single value that a fix should set: the near bound of a range, the first of a choice, else `want`."""
    if operator == "in":
        return want[0]
    if operator == "between":
        return want[0] if is_number(value) and value < want[0] else want[1]
    return want
