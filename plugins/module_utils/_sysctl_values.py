# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of sysctls: as numbers where they are numbers, and whether two texts mean the same to the kernel."""

from __future__ import annotations

import re
import typing as t

from ._text import clean

LONGEST = 200
PORTS = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*")


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
    if len(words) == 1 and PORTS.fullmatch(words[0]) and ("," in words[0] or "-" in words[0]):
        return port_ranges(words[0])
    return [word if number(word) is None else number(word) for word in words]


def port_ranges(text: str) -> list[tuple[int, int]]:
    """Return ports such as `8080,9000-9010` as (first, last) pairs, sorted, with neighbours joined as the kernel does."""
    pairs = sorted((int(first), int(last or first)) for first, dummy, last in (part.partition("-") for part in text.split(",")))
    joined: list[tuple[int, int]] = []
    for first, last in pairs:
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined
