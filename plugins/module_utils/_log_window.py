# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where in a log a time is, and in which year its lines without one were written, without reading all of it."""

from __future__ import annotations

import os
import typing as t

from ._log_blocks import Block
from ._log_lines import parse_start
from ._log_times import Parts, epoch, latest_year, parse_stamp

PROBE_BYTES = 1 << 16
NEAR_BYTES = 1 << 14
SAMPLES = 512
TURN_DAYS = 7
"""A date that lies further back than this was written in the next year; less is a clock that was set."""


class Stretch(t.NamedTuple):
    """A part of a plain log: file descriptor and the offsets between which it lies."""

    descriptor: int
    start: int
    stop: int


def ordinal(parts: Parts) -> int:
    """Return a number that grows with the day of the year, by 31 days a month."""
    return parts.month * 31 + parts.day


def turned(before: Parts | None, after: Parts) -> bool:
    """Return whether a year began between two lines without one."""
    return before is not None and after.year is None and ordinal(after) + TURN_DAYS < ordinal(before)


def stamp_in(lines: t.Iterable[bytes]) -> Parts | None:
    """Return the first time that one of `lines` begins with."""
    for line in lines:
        stamp = parse_start(line)
        if stamp is not None:
            try:
                return parse_stamp(stamp)
            except ValueError:
                continue
    return None


def first_in(block: Block) -> Parts | None:
    """Return the time of the first line in a block."""
    return stamp_in(block[0][: min(block[1], PROBE_BYTES)].split(b"\n"))


def first_time(log: Stretch, offset: int) -> Parts | None:
    """Return the time of the first line that begins at `offset` or after it."""
    start = max(offset - 1, log.start)
    text = os.pread(log.descriptor, min(PROBE_BYTES, log.stop - start), start)
    lines = text.split(b"\n")
    return stamp_in(lines if offset <= log.start else lines[1:])


def line_start(log: Stretch, offset: int) -> int:
    """Return the offset at which a line begins, `offset` or the first one after it, within PROBE_BYTES."""
    if offset <= log.start:
        return log.start
    text = os.pread(log.descriptor, min(PROBE_BYTES, log.stop - offset + 1), offset - 1)
    return offset + max(text.find(b"\n"), 0)


def last_time(log: Stretch) -> Parts | None:
    """Return the time of the last line that has one."""
    start = max(log.stop - PROBE_BYTES, log.start)
    text = os.pread(log.descriptor, log.stop - start, start)
    return stamp_in(reversed(text.split(b"\n")))


def resolve(parts: Parts, ceiling: float) -> int:
    """Return the seconds of a time that is not later than `ceiling`, in the last year possible. Raises ValueError."""
    return epoch(parts, parts.year or latest_year(parts, ceiling))


def find_start(log: Stretch, since: float, ceiling: float) -> int:
    """Return an offset shortly before the first line that is not older than `since`.

    A line without a year is taken for as young as it can be, so nothing young is ever left out; what is too old is
    left out when it is read.
    """
    low, high, step = log.start, log.stop, PROBE_BYTES
    last = last_time(log)
    if last is None:
        return log.start
    ceiling = resolve(last, ceiling)
    if ceiling < since:
        return line_start(log, log.stop - NEAR_BYTES)
    while high - low > NEAR_BYTES:
        middle = max(high - step, log.start) if low == log.start else (low + high) // 2
        if middle == log.start:
            break
        when = first_time(log, middle)
        seconds = resolve(when, ceiling) if when else ceiling
        if seconds < since:
            low = middle
        else:
            high, ceiling, step = middle, min(ceiling, seconds), step * 2
    return line_start(log, low - NEAR_BYTES)


def years(log: Stretch, ceiling: float) -> tuple[int, int]:
    """Return the years of the first and of the last line of a log, from samples all over it."""
    last = last_time(log)
    if last is None:
        return 1970, 1970
    final = year = last.year or latest_year(last, ceiling)
    step = max((log.stop - log.start) // SAMPLES, 512)
    for offset in range(log.stop - step, log.start - step, -step):
        here = first_time(log, max(offset, log.start))
        if here is None or here.year:
            continue
        if turned(here, last):
            year -= 1
        while (here.month, here.day) == (2, 29) and (year % 4 or (year % 100 == 0 and year % 400)):
            year -= 1
        last = here
    return year, final
