# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a log: which belong to it, in which years and where a window begins, rotation, compression, damage."""

from __future__ import annotations

import bz2
import calendar
import grp
import gzip
import lzma
import os
import pathlib
import time
import types
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _log_blocks,
    _log_files,
    _log_window,
    _sshd_log,
    _sshd_log_file,
    _sshd_scan,
)

RESET = "%s web01 sshd[7]: Connection reset by 192.0.2.%d port 9 [preauth]\n"
OTHER = "%s web01 CRON[9]: (root) CMD (true)\n"


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[None]:
    monkeypatch.setenv("TZ", "UTC0")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def seconds(year: int, month: int = 1, day: int = 1, hour: int = 0) -> int:
    return calendar.timegm((year, month, day, hour, 0, 0))


def stamp(when: float) -> str:
    """Return a time without a year, as RFC 3164 has it."""
    return time.strftime("%b %e %H:%M:%S", time.gmtime(when))


def write(path: pathlib.Path, text: str, changed: float, pack: t.Callable[[bytes], bytes] = bytes) -> None:
    path.write_bytes(pack(text.encode("ascii")))
    os.utime(path, (changed, changed))


def read(path: pathlib.Path, since: str = "all", **options: t.Any) -> dict[str, t.Any]:
    return _sshd_log.collect(source="file", paths=[str(path)], since=since, **options)


def times(fact: dict[str, t.Any]) -> list[str]:
    return [event["time"] for event in fact["events"]][::-1]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["auth.log"], ["auth.log"], id="alone"),
        pytest.param(
            ["auth.log", "auth.log.1", "auth.log.10.gz", "auth.log.2.gz"],
            ["auth.log.10.gz", "auth.log.2.gz", "auth.log.1", "auth.log"],
            id="numbered",
        ),
        pytest.param(
            ["auth.log", "auth.log-20240101", "auth.log-20231201.xz"],
            ["auth.log-20231201.xz", "auth.log-20240101", "auth.log"],
            id="dated",
        ),
        pytest.param(["auth.log", "auth-20240101.log", "auth.1.log.gz"], 3, id="extension-kept"),
        pytest.param(["auth.log", "auth.log.1", "auth.log.1.gz"], ["auth.log.1", "auth.log"], id="being-compressed"),
        pytest.param(["auth.log", "auth.log.0.bz2"], ["auth.log.0.bz2", "auth.log"], id="newsyslog"),
        pytest.param(
            ["auth.log", "auth.log.gz", "auth.log.old", "auth.log~", "auth.logs.1", "auth.log.1.swp", "xauth.log.1"],
            ["auth.log"],
            id="others",
        ),
        pytest.param(["auth.log.1"], ["auth.log.1"], id="log-itself-gone"),
    ],
)
def test_the_parts_of_a_log_are_known_by_their_names(names: list[str], expected: list[str] | int) -> None:
    found = _log_files.rotated("auth.log", names)
    assert found == expected or len(found) == expected


@pytest.mark.parametrize("blocks", [None, 700], ids=["one-block", "many-blocks"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gz"])
def test_a_file_of_several_years(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, pack: t.Callable[[bytes], bytes], blocks: int | None
) -> None:
    if blocks:
        monkeypatch.setattr(_log_blocks, "BLOCK_BYTES", blocks)
        monkeypatch.setattr(_sshd_scan, "SMALL_BYTES", 0)
    days = [seconds(2020, 11, 3) + 86400 * 9 * n for n in range(150)]  # to the summer of 2024, over a 29 February
    write(tmp_path / "auth.log", "".join(RESET % (stamp(day), 1) for day in days), days[-1], pack)
    fact = read(tmp_path / "auth.log", max_events=500)
    expected = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(day)) for day in days]
    assert times(fact) == expected[-len(fact["events"]) :]
    assert fact["resets"]["by_address"][0]["first"] == expected[0]
    assert fact["resets"]["by_address"][0]["last"] == expected[-1]
    assert fact["resets"]["total"] == len(days)


def test_sshd_is_silent_while_years_go_by(tmp_path: pathlib.Path) -> None:
    days = [seconds(2021, 3, 1) + 86400 * n for n in range(1200)]
    lines = [
        (RESET if n in (0, 1199) else OTHER).replace("192.0.2.%d", "192.0.2.1") % stamp(day)
        for n, day in enumerate(days)
    ]
    write(tmp_path / "messages", "".join(lines), days[-1])
    assert times(read(tmp_path / "messages")) == ["2021-03-01T00:00:00Z", "2024-06-12T00:00:00Z"]


def test_a_window_over_new_year(tmp_path: pathlib.Path) -> None:
    begin = seconds(2023, 1, 10)
    hours = [begin + 3600 * n for n in range(24 * 360)]
    write(tmp_path / "auth.log", "".join(RESET % (stamp(hour), n % 250) for n, hour in enumerate(hours)), hours[-1])
    fact = read(tmp_path / "auth.log", "2023-12-30T00:00:00Z")
    assert fact["resets"]["total"] == sum(hour >= seconds(2023, 12, 30) for hour in hours)
    assert fact["bytes_scanned"] < 40_000
    assert fact["coverage"]["complete"] is True


@pytest.mark.parametrize("form", ["%b %e %H:%M:%S", "%Y-%m-%dT%H:%M:%S+00:00"], ids=["rfc3164", "rfc3339"])
@pytest.mark.parametrize("lines", [1, 7, 200, 5000])
def test_a_window_begins_at_the_right_line_of_any_file(tmp_path: pathlib.Path, form: str, lines: int) -> None:
    whens = [seconds(2024, 6, 1) + 600 * n for n in range(lines)]
    text = "".join(RESET % (time.strftime(form, time.gmtime(when)), n % 250) for n, when in enumerate(whens))
    write(tmp_path / "auth.log", text, whens[-1])
    for edge in (whens[0] - 5, whens[0], whens[lines // 3], whens[lines // 2] + 1, whens[-1], whens[-1] + 1):
        fact = read(tmp_path / "auth.log", "@%d" % edge)
        assert fact["resets"]["total"] == sum(when >= edge for when in whens)


def test_lines_out_of_order_at_the_edge_are_judged_one_by_one(tmp_path: pathlib.Path) -> None:
    base = seconds(2024, 6, 1)
    whens = [base + n // 20 + (7 if n % 11 == 0 else 0) for n in range(4000)]
    text = "".join(RESET % (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when)), 1) for when in whens)
    write(tmp_path / "auth.log", text, whens[-1])
    edge = base + 100
    assert read(tmp_path / "auth.log", "@%d" % edge)["resets"]["total"] == sum(when >= edge for when in whens)


def test_the_year_of_a_rotated_file_is_that_before_the_next_one(tmp_path: pathlib.Path) -> None:
    copied = seconds(2024, 7, 20)  # both files were copied on this day, so neither tells when it was written
    write(tmp_path / "auth.log.1", RESET % ("Jul 19 10:00:00", 1), copied)
    write(tmp_path / "auth.log", RESET % ("Jan  2 10:00:00", 2) + RESET % ("Jul 20 00:00:00", 3), copied)
    assert times(read(tmp_path / "auth.log")) == [
        "2023-07-19T10:00:00Z",
        "2024-01-02T10:00:00Z",
        "2024-07-20T00:00:00Z",
    ]


def test_rotated_files_older_than_the_window_are_left_alone(tmp_path: pathlib.Path) -> None:
    now = time.time()
    write(tmp_path / "auth.log.2.gz", "not compressed at all", now - 9 * 86400)
    write(tmp_path / "auth.log.1", RESET % (stamp(now - 7200), 1), now - 7200)
    write(tmp_path / "auth.log", RESET % (stamp(now - 60), 2), now - 60)
    fact = read(tmp_path / "auth.log", "24h")
    assert fact["resets"]["total"] == 2
    assert fact["coverage"]["complete"] is True


def test_a_throttled_time_goes_on_in_the_next_file(tmp_path: pathlib.Path) -> None:
    drop = "Mar  3 10:00:0%d web01 sshd[700]: drop connection #11 from [192.0.2.1]:%d on [::1]:22 past MaxStartups\n"
    old = "Mar  3 10:00:00 web01 sshd[700]: error: beginning MaxStartups throttling\n" + drop % (0, 1) + drop % (1, 2)
    new = "Mar  3 10:00:09 web01 sshd[700]: exited MaxStartups throttling after 00:00:09, 41 connections dropped\n"
    write(tmp_path / "auth.log.1.gz", old, seconds(2024, 3, 3, 11), gzip.compress)
    write(tmp_path / "auth.log", new, seconds(2024, 3, 3, 12))
    fact = read(tmp_path / "auth.log")
    assert (fact["drops"]["total"], fact["drops"]["without_address"]) == (41, 39)


@pytest.mark.parametrize(
    ("pack", "cut", "said"),
    [
        pytest.param(gzip.compress, 0, "", id="gz"),
        pytest.param(bz2.compress, 0, "", id="bz2"),
        pytest.param(lzma.compress, 0, "", id="xz"),
        pytest.param(lambda text: gzip.compress(text[:50_000]) + gzip.compress(text[50_000:]), 0, "", id="gz-twice"),
        pytest.param(lambda text: gzip.compress(text) + b"\0" * 512, 0, "", id="gz-padded"),
        pytest.param(lambda text: gzip.compress(text) + b"garbage", 0, "", id="gz-and-garbage"),
        pytest.param(gzip.compress, 2000, "ends early", id="gz-cut"),
        pytest.param(lambda text: bytearray(gzip.compress(text)[:900]) + b"\xff" * 900, 0, "damaged", id="gz-damaged"),
        pytest.param(lambda dummy: b"\x28\xb5\x2f\xfd" + b"\0" * 9, 0, ": ", id="zst"),
    ],
)
def test_what_a_compressed_file_holds(
    tmp_path: pathlib.Path, pack: t.Callable[[bytes], bytes], cut: int, said: str
) -> None:
    whens = [seconds(2024, 6, 1) + 60 * n for n in range(3000)]
    text = "".join(RESET % (stamp(when), n % 250) for n, when in enumerate(whens))
    write(tmp_path / "auth.log.1.gz", text, whens[-1], lambda plain: pack(plain)[: -cut or None])
    fact = read(tmp_path / "auth.log.1.gz")
    assert [entry["status"] for entry in fact["sources"]] == ["ok"]
    assert said in fact["sources"][0]["detail"] and bool(said) == bool(fact["sources"][0]["detail"])
    assert fact["resets"]["total"] == 3000 or said


def test_a_window_in_a_compressed_file(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_log_blocks, "BLOCK_BYTES", 5000)
    whens = [seconds(2024, 6, 1) + 600 * n for n in range(3000)]
    write(tmp_path / "auth.log", "".join(RESET % (stamp(when), 1) for when in whens), whens[-1], gzip.compress)
    edge = whens[2000] + 1
    assert read(tmp_path / "auth.log", "@%d" % edge)["resets"]["total"] == 999


@pytest.mark.parametrize("length", [_log_blocks.LINE_BYTES - 60, _log_blocks.LINE_BYTES + 5, 3 << 20])
def test_a_long_line_hides_nothing(tmp_path: pathlib.Path, length: int) -> None:
    noise = "Nov 20 09:00:00 web01 app[1]: " + "sshd[2]: Connection reset by 192.0.2.9 port 9 " + "x" * length + "\n"
    text = RESET % ("Nov 20 08:59:59", 1) + noise + RESET % ("Nov 20 09:00:01", 2)
    write(tmp_path / "auth.log", text, seconds(2024, 11, 20, 12))
    fact = read(tmp_path / "auth.log")
    assert (fact["resets"]["total"], fact["lines_scanned"]) == (2, 3)


@pytest.mark.parametrize("size", [200, 201, 1000, 1 << 20])
@pytest.mark.parametrize("ending", [b"", b"\n"], ids=["cut", "whole"])
@pytest.mark.parametrize("source", ["plain", "pieces", "from-the-middle"])
def test_blocks_hold_whole_lines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, size: int, ending: bytes, source: str
) -> None:
    monkeypatch.setattr(_log_blocks, "BLOCK_BYTES", size)
    lines = [b"x" * (n * 7 % 190) for n in range(400)]
    text = b"\n".join(lines) + ending
    (tmp_path / "log").write_bytes(text)
    descriptor = os.open(str(tmp_path / "log"), os.O_RDONLY)
    blocks = {
        "plain": lambda: _log_blocks.plain_blocks(descriptor, 0, len(text)),
        "pieces": lambda: _log_blocks.blocks_of(text[n : n + size] for n in range(0, len(text), size)),
        "from-the-middle": lambda: _log_blocks.plain_blocks(descriptor, len(b"\n".join(lines[:200])) + 1, len(text)),
    }[source]()
    found: list[bytes] = []
    for part, end in blocks:
        assert part[:1] == b"\n"
        found += part[1:end].split(b"\n")
    os.close(descriptor)
    assert found == lines[200 if source == "from-the-middle" else 0 :]


def large(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Write a log and let it count as a large one, which two processes read; return the times of its resets."""
    monkeypatch.setattr(_sshd_log_file, "LARGE_BYTES", 1)
    monkeypatch.setattr(_sshd_log_file, "LEAD_BYTES", 500)
    monkeypatch.setattr(_log_blocks, "BLOCK_BYTES", 3000)
    whens = [float(seconds(2022, 11, 1) + 3600 * n) for n in range(24 * 300)]
    middle = len(whens) // 2
    lines = [RESET % (stamp(when), n % 200) for n, when in enumerate(whens)]
    lines[5] += "%s web01 sshd[8]: Accepted password for a from 192.0.2.9 port 77 ssh2\n" % stamp(whens[5])
    lines[-5] += "%s web01 sshd[8]: Connection closed by 192.0.2.9 port 77\n" % stamp(whens[-5])
    lines[middle] += "%s web01 internal-sftp[9]: session opened for local user a from [192.0.2.9]\n" % stamp(
        whens[middle]
    )
    write(path, "".join(lines), whens[-1])
    return whens


@pytest.mark.parametrize("cores", [1, 2])
def test_two_processes_find_the_same_as_one(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    whens = large(tmp_path / "auth.log", monkeypatch)
    monkeypatch.setattr(_sshd_log_file, "cores", lambda: cores)
    fact = read(tmp_path / "auth.log", max_events=20)
    assert fact["lines_scanned"] == len(whens) + 3
    assert fact["counts"] == {
        "auth-result": 1,
        "connection-reset-by": len(whens),
        "session-connection-closed": 1,
        "sftp-session-opened": 1,
    }
    assert fact["resets"]["total"] == fact["resets"]["preauth"] == len(whens)
    assert {row["count"] for row in fact["resets"]["by_address"]} == {36}
    assert fact["resets"]["by_address"][0]["first"] == "2022-11-01T00:00:00Z"
    assert fact["events"][0]["time"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(whens[-1]))
    assert len(fact["events"]) == 20


def test_what_the_second_process_cannot_do_is_done_by_the_first(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whens = large(tmp_path / "auth.log", monkeypatch)
    monkeypatch.setattr(_sshd_log_file, "cores", lambda: 2)

    def refuse() -> int:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    assert read(tmp_path / "auth.log")["resets"]["total"] == len(whens)


def test_a_file_that_is_replaced_while_it_is_read(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "auth.log"
    write(path, RESET % ("Jun  1 10:00:00", 1), seconds(2024, 6, 1, 11))
    inner = _sshd_log_file._read_plain

    def rotate_first(*arguments: t.Any) -> None:
        if not (tmp_path / "auth.log.1").exists():
            path.rename(tmp_path / "auth.log.1")
            write(path, RESET % ("Jun  1 11:00:01", 2), seconds(2024, 6, 1, 12))
        inner(*arguments)

    monkeypatch.setattr(_sshd_log_file, "_read_plain", rotate_first)
    fact = read(path)
    assert fact["resets"]["total"] == 2
    assert "rotated" in fact["sources"][0]["detail"]


def test_a_file_that_is_truncated_while_it_is_read(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "auth.log"
    write(path, RESET % ("Jun  1 10:00:00", 1) * 3, seconds(2024, 6, 1, 11))
    family = _log_files.open_family(str(path))
    os.truncate(str(path), 0)
    account = _sshd_log_file.read_family(family, None, 5)
    assert account.tally.counts == {}
    assert "truncated" in account.remarks[0]


@pytest.mark.parametrize(("mode", "group"), [(0o600, ""), (0o640, " or the group adm")])
def test_a_file_that_may_not_be_read(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, mode: int, group: str
) -> None:
    write(tmp_path / "auth.log", RESET % ("Jun  1 10:00:00", 1), seconds(2024, 6, 1, 11))
    write(tmp_path / "auth.log.1", RESET % ("May  1 10:00:00", 1), seconds(2024, 5, 1, 11))
    (tmp_path / "auth.log.1").chmod(mode)
    monkeypatch.setattr(grp, "getgrgid", lambda dummy: types.SimpleNamespace(gr_name="adm"))
    inner = os.open

    def refuse(path: str, *arguments: t.Any, **options: t.Any) -> int:
        if path.endswith(".1"):
            raise PermissionError(13, "Permission denied")
        return inner(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    fact = read(tmp_path / "auth.log")
    assert fact["resets"]["total"] == 1
    assert {entry["status"] for entry in fact["sources"]} == {"ok", "denied"}
    assert fact["sources"][0]["detail"].endswith("Permission denied; root%s may read it" % group)


def test_a_pipe_is_not_waited_for(tmp_path: pathlib.Path) -> None:
    os.mkfifo(str(tmp_path / "auth.log"))
    fact = read(tmp_path / "auth.log")
    assert fact["sources"][0]["status"] == "failed"
    assert fact["counts"] is None


@pytest.mark.parametrize("named", ["", "*.log", "auth.log"])
def test_a_directory_a_pattern_or_a_file(tmp_path: pathlib.Path, named: str) -> None:
    write(tmp_path / "auth.log", RESET % ("Jun  1 10:00:00", 1), seconds(2024, 6, 1, 11))
    assert read(tmp_path / named)["resets"]["total"] == 1


def test_files_that_are_given_are_added_up_once_each(tmp_path: pathlib.Path) -> None:
    for name in ("a.log", "b.log"):
        write(tmp_path / name, RESET % ("Jun  1 10:00:00", 1), seconds(2024, 6, 1, 11))
    paths = [str(tmp_path / name) for name in ("a.log", "b.log", "a.log")]
    fact = _sshd_log.collect(source="auto", paths=paths, since="all")
    assert fact["resets"]["total"] == 2
    assert fact["resets"]["by_address"][0]["count"] == 2


def test_offsets_of_lines(tmp_path: pathlib.Path) -> None:
    (tmp_path / "log").write_bytes(b"one\ntwo\nthree")
    descriptor = os.open(str(tmp_path / "log"), os.O_RDONLY)
    log = _log_window.Stretch(descriptor, 0, 13)
    assert [_log_window.line_start(log, offset) for offset in (0, 1, 4, 5, 8)] == [0, 4, 4, 8, 8]
    os.close(descriptor)
