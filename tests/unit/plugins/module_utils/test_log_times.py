# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times of log lines: shapes, zones, the year of lines without one, and windows."""

from __future__ import annotations

import calendar
import time
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _log_lines, _log_times
from ansible_collections.netdoctor.connection_reset.plugins.module_utils._utc import iso

NOON = calendar.timegm((2024, 11, 20, 12, 0, 0))


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[None]:
    """Be in a zone with summer time, written out so that it needs no database."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        pytest.param(b"Jan 15 12:00:00", "2024-01-15T11:00:00Z", id="winter"),
        pytest.param(b"Jul 15 12:00:00", "2024-07-15T10:00:00Z", id="summer"),
        pytest.param(b"Mar 31 01:59:59", "2024-03-31T00:59:59Z", id="before-the-clocks-go-forward"),
        pytest.param(b"Mar 31 03:00:00", "2024-03-31T01:00:00Z", id="after-the-clocks-went-forward"),
        pytest.param(b"Dec  1 00:00:00", "2024-11-30T23:00:00Z", id="padded-day"),
        pytest.param(b"Dec 1 00:00:00", "2024-11-30T23:00:00Z", id="day-of-one-digit"),
        pytest.param(b"Feb 29 12:00:00", "2024-02-29T11:00:00Z", id="leap-day"),
        pytest.param(b"Dec 31 23:59:60", "2024-12-31T22:59:59Z", id="leap-second"),
        pytest.param(b"Dez 10 06:55:46", "2024-12-10T05:55:46Z", id="german"),
        pytest.param("déc. 10 06:55:46".encode(), "2024-12-10T05:55:46Z", id="french"),
        pytest.param("12月 10 06:55:46".encode(), "2024-12-10T05:55:46Z", id="japanese"),
        pytest.param(b"2024/12/10 06:55:46", "2024-12-10T05:55:46Z", id="slashes"),
        pytest.param(b"Dec 10 2019 06:55:46", "2019-12-10T05:55:46Z", id="year-in-the-middle"),
        pytest.param(b"Dec 10 06:55:46 2019", "2019-12-10T05:55:46Z", id="year-at-the-end"),
        pytest.param(b"2019 Dec 10 06:55:46", "2019-12-10T05:55:46Z", id="year-in-front"),
        pytest.param(b"Tue Dec 10 06:55:46 2019", "2019-12-10T05:55:46Z", id="ctime"),
        pytest.param(b"Dec 10 06:55:46.123456", "2024-12-10T05:55:46Z", id="fraction"),
        pytest.param(b"2024-05-01T12:34:56.123456+02:00", "2024-05-01T10:34:56Z", id="rfc3339"),
        pytest.param(b"2024-05-01T12:34:56-0530", "2024-05-01T18:04:56Z", id="zone-without-colon"),
        pytest.param(b"2024-05-01T12:34:56Z", "2024-05-01T12:34:56Z", id="zulu"),
        pytest.param(b"2024-05-01 12:34:56", "2024-05-01T10:34:56Z", id="iso-without-zone"),
        pytest.param(b"2024-05-01 12:34:56,789 +0200", "2024-05-01T10:34:56Z", id="comma-and-blank"),
        pytest.param(b"1732091340.5", "2024-11-20T08:29:00Z", id="epoch"),
    ],
)
def test_a_time_is_told_in_utc(stamp: bytes, expected: str) -> None:
    assert iso(_log_times.Times(2024).at(stamp)) == expected


@pytest.mark.usefixtures("berlin")
def test_times_that_are_kept_by_the_hour_are_right_for_each_shape() -> None:
    times = _log_times.Times(2024)
    stamps = [b"Jul 15 12:%02d:%02d" % (n % 60, n % 7) for n in range(90)]
    stamps += [b"2024-05-01T12:%02d:00+0%d00" % (n % 60, n % 3) for n in range(90)]
    stamps += [b"2024-05-01T12:%02d:00.%dZ" % (n % 60, 100 + n) for n in range(90)]
    for stamp in stamps:
        assert times.at(stamp) == _log_times.epoch(_log_times.parse_stamp(stamp), 2024)


@pytest.mark.parametrize("stamp", [b"", b"Foo 10 06:55:46", b"Dec 10", b"2024-13-01T00:00:00Z", b"Feb 30 00:00:00"])
def test_what_is_no_time_is_refused(stamp: bytes) -> None:
    with pytest.raises(ValueError):
        _log_times.Times(2024).at(stamp)


@pytest.mark.parametrize(
    ("stamp", "year"),
    [
        pytest.param(b"Nov 20 11:00:00", 2024, id="earlier-this-year"),
        pytest.param(b"Nov 20 23:00:00", 2024, id="a-clock-that-is-ahead"),
        pytest.param(b"Nov 22 11:00:00", 2023, id="last-year"),
        pytest.param(b"Dec 31 23:00:00", 2023, id="new-year"),
        pytest.param(b"Feb 29 12:00:00", 2024, id="leap-year"),
    ],
)
def test_a_line_without_a_year_was_written_in_the_last_possible_one(stamp: bytes, year: int) -> None:
    assert _log_times.latest_year(_log_times.parse_stamp(stamp), NOON) == year


def test_a_leap_day_waits_for_its_year() -> None:
    assert _log_times.latest_year(_log_times.parse_stamp(b"Feb 29 12:00:00"), NOON + 366 * 86400) == 2024


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        pytest.param("24h", NOON - 86400, id="hours"),
        pytest.param("90 s", NOON - 90, id="seconds"),
        pytest.param("1.5m", NOON - 90, id="part-of-a-minute"),
        pytest.param("7D", NOON - 7 * 86400, id="days"),
        pytest.param("2w", NOON - 14 * 86400, id="weeks"),
        pytest.param("3600", NOON - 3600, id="bare"),
        pytest.param("all", None, id="all"),
        pytest.param("2024-05-01T12:34:56Z", calendar.timegm((2024, 5, 1, 12, 34, 56)), id="zulu"),
        pytest.param("2024-05-01T12:34:56+02:00", calendar.timegm((2024, 5, 1, 10, 34, 56)), id="zone"),
        pytest.param("2024-05-01T12:34+02:00", calendar.timegm((2024, 5, 1, 10, 34, 0)), id="minutes-with-zone"),
        pytest.param("2024-05-01", calendar.timegm((2024, 4, 30, 22, 0, 0)), id="local-day"),
        pytest.param("2024-05-01 12:34", calendar.timegm((2024, 5, 1, 10, 34, 0)), id="local-minute"),
        pytest.param("@1714559696", 1714559696, id="epoch"),
    ],
)
@pytest.mark.usefixtures("berlin")
def test_a_window_begins(since: str, expected: float | None) -> None:
    assert _log_times.parse_since(since, NOON) == expected


@pytest.mark.parametrize("since", ["", "h", "24x", "-1h", "yesterday", "2024-02-30", "@soon", "Dec 10 06:55:46"])
def test_a_window_that_means_nothing_is_refused(since: str) -> None:
    with pytest.raises(ValueError, match="since"):
        _log_times.parse_since(since, NOON)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"Nov 20 09:29:00 web01 CRON[1]: (root) CMD (sshd[2]: Connection reset by 192.0.2.1)", id="cron"),
        pytest.param(b"Nov 20 09:29:00 web01 su: sshd[2]: Connection reset by 192.0.2.1 port 1", id="no-pid"),
        pytest.param(b"Nov 20 09:29:00 web01 fail2ban[1]: host sshd[2]: Connection reset by 192.0.2.1", id="quoted"),
        pytest.param(b"Nov 20 09:29:00 web01 mysshd[2]: Connection reset by 192.0.2.1 port 1", id="another-name"),
        pytest.param(b"Nov 20 09:29:00 web01 sshd_helper[2]: Connection reset by 192.0.2.1 port 1", id="longer-name"),
        pytest.param(b"sshd[2]: Connection reset by 192.0.2.1 port 1", id="no-time"),
        pytest.param(b"2024-05-01T12:34:56Z web01 cron 9 - - sshd 2 - - Connection reset", id="rfc5424-other"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00\xff\x1b[31m", id="bytes"),
    ],
)
def test_what_others_write_is_no_line_of_sshd(line: bytes) -> None:
    assert _log_lines.parse_line(line) is None


def test_a_repeated_line_tells_host_and_number() -> None:
    repeated = _log_lines.parse_repeated
    assert repeated(b"Dec 10 06:55:48 web01 last message repeated 3 times") == (b"Dec 10 06:55:48", b" web01", 3)
    assert repeated(b"Dec 10 06:55:48 --- last message repeated 1 time ---") == (b"Dec 10 06:55:48", b"", 1)
    assert repeated(b"Dec 10 06:55:48 web01 sshd[1]: last message repeated 3 times") == (
        b"Dec 10 06:55:48",
        b" web01",
        3,
    )
    assert repeated(b"Dec 10 06:55:48 web01 cron[1]: last message repeated 3 times") is None
    assert repeated(b"Dec 10 06:55:48 web01 sshd[1]: Invalid user last message repeated 3 times") is None
