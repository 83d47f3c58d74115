# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single readings out of facts, whatever shape the facts have: rows, numbers, text."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import datetime
import math
import typing as t

from ._fact_paths import walk
from ._operators import is_number

Entry = t.Mapping[str, t.Any]
Row = dict[str, t.Any]
Number = int | float


def rows(facts: t.Any, *path: str | int) -> list[Row]:
    """Return the mappings in the list at `path`; an empty list when there is none."""
    found = walk(path, facts)
    return [row for row in found if type(row) is dict] if type(found) is list else []


def mapping(facts: t.Any, *path: str | int) -> Row:
    """Return the mapping at `path`, an empty one when there is none."""
    found = walk(path, facts)
    return found if type(found) is dict else {}


def number(facts: t.Any, *path: str | int) -> Number | None:
    """Return the finite number at `path`, or None."""
    found = walk(path, facts)
    return found if is_number(found) and math.isfinite(found) else None


def text(facts: t.Any, *path: str | int) -> str:
    """Return the text at `path`, empty when there is none."""
    found = walk(path, facts)
    return found if type(found) is str else ""


def texts(facts: t.Any, *path: str | int) -> list[str]:
    """Return the texts in the list at `path`."""
    found = walk(path, facts)
    return [part for part in found if type(part) is str] if type(found) is list else []


def port_of(value: t.Any) -> int | None:
    """Return a TCP port, or None for what is none."""
    return value if type(value) is int and 0 < value < 65536 else None


def moment(value: t.Any) -> float | None:
    """Return a time of ISO 8601 text as seconds since the epoch, or None; without a zone it is UTC."""
    if type(value) is not str:
        return None
    try:
        parsed = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=datetime.timezone.utc)).timestamp()
    except (ValueError, OverflowError):
        return None
