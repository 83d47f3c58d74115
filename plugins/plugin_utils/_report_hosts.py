# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of hosts: in natural order, folded into ranges, and their worst state."""

from __future__ import annotations

import re
import typing as t

from ._order import natural
from ._report_text import and_more, plain

# Nine digits at most: int() of a name of thousands of digits would raise (Python's conversion limit).
DIGITS = re.compile("[0-9]{1,9}")
ADDRESS = re.compile("[0-9]+(?:[.][0-9]+){3}")
NAME_CHARACTERS = 100
RUNS = 6
PLAIN = 1
"""Width of numbers that are not padded with zeros."""

STATES = ("unreachable", "critical", "warning", "info", "partial", "ok")
"""What a host can be at worst, worst first."""


def in_order(names: t.Iterable[str]) -> list[str]:
    """Return the distinct names in natural order."""
    return sorted(set(names), key=name_key)


def name_key(name: str) -> tuple[t.Any, ...]:
    """Return a key for natural order in which names that differ only in leading zeros have their place too."""
    return natural(name), name


def folded(names: t.Iterable[str]) -> list[tuple[str, int]]:
    """Return (text, number of hosts) for names folded into ranges: `web[001-040]`, 40.

    The number that varies is the last one of the first label, or of the whole name when that is an IPv4 address.
    """
    series: dict[tuple[str, str, int], list[int]] = {}
    ordered = in_order(names)
    padded = {(before, after, len(digits)) for before, digits, after in map(_split, ordered) if digits[:1] == "0"}
    for name in ordered:
        before, digits, after = _split(name)
        width = len(digits) if (before, after, len(digits)) in padded or not digits else PLAIN
        series.setdefault((before, after, width), []).append(int(digits) if digits else -1)
    return [_series_text(key, numbers) for key, numbers in series.items()]


def _split(name: str) -> tuple[str, str, str]:
    """Return (before, digits, after) around the number that varies; no digits when there is none."""
    head_length = len(name) if ADDRESS.fullmatch(name) else (name + ".").index(".")
    runs = list(DIGITS.finditer(name, 0, head_length))
    if not runs:
        return name, "", ""
    return name[: runs[-1].start()], runs[-1].group(), name[runs[-1].end() :]


def _series_text(key: tuple[str, str, int], numbers: list[int]) -> tuple[str, int]:
    before, after, width = key
    if not width:
        return plain(before, NAME_CHARACTERS), 1
    spans = [_span(first, last, width) for first, last in _runs(numbers)]
    text = ",".join(spans[:RUNS] + ["..."] * (len(spans) > RUNS))
    text = text if len(numbers) == 1 else "[%s]" % text
    return plain(before, NAME_CHARACTERS) + text + plain(after, NAME_CHARACTERS), len(numbers)


def _span(first: int, last: int, width: int) -> str:
    digits = "%0*d" % (width, first)
    return digits if first == last else "%s-%0*d" % (digits, width, last)


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Return (first, last) of each run of consecutive numbers."""
    runs: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def host_list(names: t.Iterable[str], limit: int = 4, width: int = 1000) -> str:
    """Return `web[001-040], db1 +3 more`: `limit` names or ranges in `width` characters at most, largest first."""
    parts = sorted(folded(names), key=lambda part: -part[1])
    kept = [text for text, _count in parts[:1]]
    for text, _count in parts[1:limit]:
        if len(", ".join([*kept, text])) > width:
            break
        kept.append(text)
    rest = sum(count for _text, count in parts[len(kept) :])
    return and_more(", ".join(kept), rest)


def worst_states(document: dict[str, t.Any]) -> dict[str, str]:
    """Return the worst of `STATES` for every host, hosts in order: worst first, then by name.

    Only deviations count: a waived or unknown finding makes no host bad.
    """
    states = {name: {"unreachable": 0, "partial": 4}.get(host["status"], 5) for name, host in document["hosts"].items()}
    for finding in document["findings"]:
        name = finding["host"]
        if finding["status"] == "deviation" and name in states:
            states[name] = min(states[name], STATES.index(finding["severity"]))
    ordered = sorted(states, key=lambda name: (states[name], name_key(name)))
    return {name: STATES[states[name]] for name in ordered}
