# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges of ports, as the kernel reads them and as a reader likes them."""

from __future__ import annotations

import re
import typing as t

Range = t.Tuple[int, int]

PORTS = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*")


def parse_ports(text: str) -> list[Range]:
    """Return (first, last) pairs, sorted, with neighbours joined as the kernel prints them. Raises ValueError.

    8080,9000-9010
    """
    if not PORTS.fullmatch(text):
        raise ValueError("no ports: %r" % text[:200])
    parts = (part.partition("-") for part in text.split(","))
    return joined((int(first), int(last or first)) for first, dummy, last in parts)


def joined(pairs: t.Iterable[Range]) -> list[Range]:
    """Return ranges in order, with those that touch or overlap made one."""
    result: list[Range] = []
    for first, last in sorted(pairs):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result


def ports_text(ports: t.Iterable[int], longest: int = 1000) -> str:
    """Return ports as text, runs of them as `first-last`; a list that grows too long ends in `...`."""
    parts: list[str] = []
    length = 0
    for first, last in _runs(sorted(ports)):
        part = str(first) if first == last else "%d-%d" % (first, last)
        length += len(part) + 1
        if length > longest:
            return ",".join([*parts, "..."])
        parts.append(part)
    return ",".join(parts)


def _runs(ports: t.Sequence[int]) -> t.Iterator[Range]:
    first = 0
    for number, port in enumerate(ports):
        if number + 1 == len(ports) or ports[number + 1] > port + 1:
            yield ports[first], port
            first = number + 1
