# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's tagged, unsafe and lazy values as the builtin types they stand for."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import datetime
import typing as t
from collections.abc import Mapping, Set

Plain = t.Any
"""None, bool, int, float, str, list and dict with text as keys, of exactly these types, all the way down."""


SCALARS = frozenset({type(None), bool, int, float, str})


def plain(value: t.Any) -> Plain:
    """Return `value` with every part of an exact builtin type, as JSON knows them.

    Typed JMESPath functions look at the name of a type, and refuse Ansible's subclasses of str and dict. Dates become
    ISO text, tuples and sets lists. Raises TypeError for what is no data, such as an undefined variable.
    """
    kind = type(value)
    if kind in SCALARS:
        return value
    if kind is dict:
        return {
            key if type(key) is str else _key(key): item if type(item) in SCALARS else plain(item)
            for key, item in value.items()
        }
    if isinstance(value, Mapping):
        return {_key(key): plain(value[key]) for key in value}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return _scalar(value)


def _key(key: t.Any) -> str:
    return key if type(key) is str else str(_scalar(key))


def _scalar(value: t.Any) -> Plain:
    for kind, exact in EXACT:
        if isinstance(value, kind):
            return exact(value)
    raise TypeError("not plain data: %s" % type(value).__name__)


EXACT: tuple[tuple[type, t.Callable[[t.Any], Plain]], ...] = (
    (str, str.__str__),
    (bool, bool),
    (int, int.__int__),
    (float, float.__float__),
    (type(None), lambda dummy: None),
    (bytes, lambda value: value.decode("utf-8", "backslashreplace")),
    (datetime.date, lambda value: value.isoformat()),
    (Set, lambda value: [plain(item) for item in sorted(value, key=str)]),
)
"""How a value of a subclass becomes one of the type itself; `str()` alone would ask the subclass."""
