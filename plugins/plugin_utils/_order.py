# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which people expect names and gravities."""

from __future__ import annotations

import difflib
import functools
import re
import typing as t

SEVERITIES = ("critical", "warning", "info")
VERDICTS = ("confirmed", "likely", "possible")

DIGITS = re.compile("([0-9]+)")


@functools.lru_cache(maxsize=32768)
def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts names with numbers the way people do: web2 before web10."""
    parts = enumerate(DIGITS.split(name))
    return tuple(_number(part) if index % 2 else (1, 0, part) for index, part in parts if part)


def _number(digits: str) -> tuple[int, int, str]:
    """Return a key that orders numbers of any length without converting them."""
    significant = digits.lstrip("0")
    return (0, len(significant), significant)


def closest(name: str, known: t.Iterable[str]) -> str:
    """Return `; did you mean "x"?` for the known name nearest to `name`, or nothing when none is near."""
    found = difflib.get_close_matches(name, list(known), n=1)
    return '; did you mean "%s"?' % found[0] if found else ""
