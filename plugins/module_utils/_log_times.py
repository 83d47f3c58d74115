# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as log lines write them: with and without a year, with and without a zone."""

from __future__ import annotations

import re
import time
import typing as t

from ._log_months import MONTH, month_number

DAY_S = 86400
YEARS_BACK = 12
UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": DAY_S, "w": 7 * DAY_S}
CLOCK = rb"\d\d:\d\d:\d\d(?:[.,]\d+)?"
STAMP = (
    rb"(?:(?:\w{3} |\d{4} )?" + MONTH + rb" {1,2}\d{1,2} (?:\d{4} )?" + CLOCK + rb"(?: (?:19|20)\d\d(?= ))?"
    rb"|(?:\w{3} )?\d{4}[-/.]\d\d[-/.]\d\d[T ]" + CLOCK + rb"(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
    rb"|\d{9,10}(?:\.\d+)?)(?=[ \]])"
)
"""RFC 3164, also with a year, ISO 8601 (RFC 3339, RFC 5424), and seconds since the epoch (journalctl -o short-unix)."""

PARTS = re.compile(
    rb"(?:[A-Z]\w\w )?(?:(\d{4})[-/. ])?(" + MONTH + rb"|\d\d)[-/. ] ?(\d{1,2})[T ](?:(\d{4}) )?"
    rb"(\d\d):(\d\d):(\d\d)(?:[.,]\d+)?(?: ?(Z|UTC|[+-]\d\d:?\d\d))?(?: (\d{4}))?$"
)

MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:[.,]\d+)?)?)? ?(Z|[+-]\d\d:?\d\d)?$")


class Parts(t.NamedTuple):
    """A time as written; year and zone (seconds east of Greenwich) are None where the line has none."""

    year: int | None
    month: int
    day: int
    second: int
    zone_s: int | None


def parse_stamp(stamp: bytes) -> Parts:
    """Return the parts of a time: `Dec 10 06:55:46`, `2024-05-01T12:34:56.123456+02:00`. Raises ValueError."""
    if b":" not in stamp:
        return Parts(1970, 1, 1, int(float(stamp)), 0)
    match = PARTS.match(stamp)
    if match is None:
        raise ValueError("no time of a log line: %r" % stamp)
    first, month, day, second, hours, minutes, seconds, zone, third = match.groups()
    year = first or second or third
    clock = int(hours) * 3600 + int(minutes) * 60 + min(int(seconds), 59)
    return Parts(int(year) if year else None, month_number(month), int(day), clock, _zone(zone))


def _zone(zone: bytes | None) -> int | None:
    if zone is None or zone[:1] in (b"Z", b"U"):
        return None if zone is None else 0
    sign = -1 if zone[:1] == b"-" else 1
    return sign * (int(zone[1:3]) * 3600 + int(zone[-2:]) * 60)


def epoch(parts: Parts, year: int) -> int:
    """Return seconds since the epoch; `year` and the zone of this host stand in where the line has none.

    Raises ValueError for a day that the year does not have.
    """
    import datetime

    day = datetime.date(parts.year or year, parts.month, parts.day)
    if parts.zone_s is not None:
        return (day - datetime.date(1970, 1, 1)).days * DAY_S + parts.second - parts.zone_s
    hours, rest = divmod(parts.second, 3600)
    # -1 lets the C library say whether summer time was in force then (mktime(3)).
    return int(time.mktime((day.year, day.month, day.day, hours, rest // 60, rest % 60, 0, 0, -1)))


def latest_year(parts: Parts, ceiling: float) -> int:
    """Return the last year in which a time without one is not later than `ceiling` (seconds, a day of grace)."""
    newest = time.localtime(ceiling).tm_year + 1
    for year in range(newest, newest - YEARS_BACK, -1):
        try:
            if epoch(parts, year) <= ceiling + DAY_S:
                return year
        except ValueError:  # 29 February
            continue
    raise ValueError("no year has this day: %r" % (parts,))


class Times:
    """Turns the times of one log into seconds since the epoch; `year` is that of lines without one."""

    def __init__(self, year: int) -> None:
        """Begin in `year`."""
        self.year = year
        self._hours: dict[tuple[int, bytes, bytes], int] = {}
        self._shapes: dict[tuple[int, bytes], tuple[int, int]] = {}

    def at(self, stamp: bytes) -> int:
        """Return the seconds of a time, dropping fractions. Raises ValueError."""
        # Lines of one hour differ in minute and second, so the calendar is asked once an hour.
        colon, zone = self._shapes.get((len(stamp), stamp[19:20])) or self._shape(stamp)
        begins = self._hours.get((self.year, stamp[:colon], stamp[zone:]))
        if begins is None:
            return self._ask(stamp, colon, zone)
        return begins + 60 * int(stamp[colon + 1 : colon + 3]) + int(stamp[colon + 4 : colon + 6])

    def _shape(self, stamp: bytes) -> tuple[int, int]:
        """Return where the hour of a time ends, and where its zone or year begins."""
        colon = stamp.find(b":")
        shape = (colon, len(stamp) - len(stamp[colon + 6 :].lstrip(b".,0123456789")))
        self._shapes[(len(stamp), stamp[19:20])] = shape
        return shape

    def _ask(self, stamp: bytes, colon: int, zone: int) -> int:
        parts = parse_stamp(stamp)
        when = epoch(parts, self.year)
        if colon > 0:
            if len(self._hours) > 4096:
                self._hours.clear()
            self._hours[(self.year, stamp[:colon], stamp[zone:])] = when - parts.second % 3600
        return when


def parse_since(text: str, now: float) -> float | None:
    """Return the first second that `24h`, `90m`, `2024-05-01T12:00:00Z` or `@1714559696` asks for, None for `all`.

    Units are s, m, h, d, w; a time without a zone is of this host. Raises ValueError.
    """
    words = text.strip()
    if words.lower() == "all":
        return None
    try:
        span = re.match(r"(\d+(?:\.\d+)?)\s*([smhdw]?)$", words.lower())
        if span:
            return now - float(span.group(1)) * UNITS_S[span.group(2) or "s"]
        if words.startswith("@"):
            return float(words[1:])
        moment = MOMENT.match(words)
        if moment is None:
            raise ValueError(words)
        day, minute, second, zone = moment.groups()
        stamp = "%s %s%s%s" % (day, minute or "00:00", second or ":00", zone or "")
        return float(epoch(parse_stamp(stamp.encode("ascii")), 1970))
    except (ValueError, OverflowError):
        raise ValueError("since: %r is neither a span such as 24h nor a time nor all" % text) from None
