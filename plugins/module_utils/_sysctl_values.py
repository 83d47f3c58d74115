# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of sysctls: as numbers where they are numbers, and whether two texts mean the same to the kernel."""

from __future__ import annotations

import typing as t

from ._port_ranges import parse_ports
from ._text import clean

LONGEST = 200


def number(word: str) -> int | None:
    """Return a number as the kernel reads it (decimal, 0x hexadecimal, leading 0 octal), or None.

    Source: proc_get_long() in kernel/sysctl.c, which takes any base.
    """
    digits = word[1:] if word[:1] == "-" else word
    base = 16 if digits[:2] in ("0x", "0X") else 8 if digits[:1] == "0" else 10
    try:
        return int(word, base) if word.isascii() and digits[:1].isdigit() and digits.isalnum() else None
    except ValueError:
        return None


def parse_value(text: str) -> int | str | list[int]:
    """Return a value as int, several numbers as a list of ints, anything else as text of bounded length.

    "7200", "4096	131072	6291456", "bbr"
    """
    words = text.split()
    numbers = [number(word) for word in words]
    if not words or None in numbers:
        return clean(" ".join(words), LONGEST)
    known = t.cast("list[int]", numbers)
    return known[0] if len(known) == 1 else known


def same(text: str, other: str) -> bool:
    """Return whether two texts set the same value: blanks, the base of numbers and the order of ports do not matter."""
    return _meaning(text) == _meaning(other)


def _meaning(text: str) -> t.Any:
    words = text.split()
    if len(words) == 1 and ("," in words[0] or "-" in words[0][1:]):
        try:
            return parse_ports(words[0])
        except ValueError:
            return words
    return [word if number(word) is None else number(word) for word in words]
