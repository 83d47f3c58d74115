# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs of sshd from several decades and vendors, counted as a person would count them."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import pathlib
import time
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _bounds,
    _log_blocks,
    _sshd_log,
    _sshd_scan,
)

FIXTURES = pathlib.Path(__file__).parents[3] / "fixtures" / "sshd_log"
CASES = sorted(path.stem for path in FIXTURES.glob("*.log"))
LINE = "Nov 20 12:00:00 web01 sshd[%d]: Connection reset by 192.0.2.%d port %d [preauth]\n"


def read(path: pathlib.Path, since: str = "all", max_events: int = 50) -> dict[str, t.Any]:
    return _sshd_log.collect(source="file", paths=[str(path)], since=since, max_events=max_events)


def told(ledger: dict[str, t.Any]) -> dict[str, t.Any]:
    by_address = {row["address"]: row["count"] for row in ledger["by_address"]}
    return {**{key: ledger[key] for key in ("total", "preauth", "without_address")}, "by_address": by_address}


def test_there_are_cases() -> None:
    assert len(CASES) >= 7


@pytest.mark.parametrize("blocks", [None, 256, 777, 4096], ids=["one-by-one", "tiny", "small", "bulk"])
@pytest.mark.parametrize("case", CASES)
def test_counts(case: str, blocks: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if blocks:  # so that few lines are enough to learn from, and lines lie on the edges of blocks
        monkeypatch.setattr(_log_blocks, "BLOCK_BYTES", blocks)
        monkeypatch.setattr(_sshd_scan, "SMALL_BYTES", 0)
    expected = json.loads((FIXTURES / (case + ".json")).read_text(encoding="utf-8"))
    fact = read(FIXTURES / (case + ".log"))
    found = {key: fact[key] for key in ("counts", "other_counts", "lines_scanned")}
    found["unmatched"] = fact["unmatched"]["count"]
    found.update(resets=told(fact["resets"]), drops=told(fact["drops"]))
    for ledger in ("resets", "drops"):  # the most frequent addresses stand for all where there are many
        shown, all_of_them = found[ledger].pop("by_address"), expected[ledger].pop("by_address")
        assert shown.items() <= all_of_them.items()
        assert len(shown) == len(all_of_them) or fact[ledger]["truncated"]
    assert found == {key: expected[key] for key in found}


@pytest.mark.parametrize("case", CASES)
def test_the_fact_is_small_and_on_one_line_each(case: str) -> None:
    fact = read(FIXTURES / (case + ".log"))
    assert _bounds.size_bytes(fact) <= _bounds.FAMILY_BYTES
    assert not any(ord(letter) < 32 for event in fact["events"] for letter in event["message"])


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        pytest.param(".2.gz", gzip.compress, id="gzip"),
        pytest.param(".2.bz2", bz2.compress, id="bzip2"),
        pytest.param(".2.xz", lzma.compress, id="xz"),
        pytest.param(".1", bytes, id="plain"),
        pytest.param("-20261119", bytes, id="dated"),
    ],
)
def test_rotated_files_are_read_with_their_log(
    tmp_path: pathlib.Path, suffix: str, pack: t.Callable[[bytes], bytes]
) -> None:
    (tmp_path / "auth.log").write_text(LINE % (1, 1, 1), encoding="ascii")
    (tmp_path / ("auth.log" + suffix)).write_bytes(pack((LINE % (2, 2, 2)).encode("ascii")))
    fact = read(tmp_path / "auth.log")
    assert fact["resets"]["total"] == 2
    assert {row["address"] for row in fact["resets"]["by_address"]} == {"192.0.2.1", "192.0.2.2"}


def test_a_window_leaves_older_lines_out(tmp_path: pathlib.Path) -> None:
    stamps = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - hours * 3600)) for hours in (50, 3, 1))
    lines = ["%s web01 sshd[7]: Connection reset by 192.0.2.7 port 9 [preauth]\n" % stamp for stamp in stamps]
    (tmp_path / "secure").write_text("".join(lines), encoding="ascii")
    assert [read(tmp_path / "secure", since)["resets"]["total"] for since in ("2h", "24h", "7d", "all")] == [1, 2, 3, 3]


def test_a_user_name_cannot_forge_an_address(tmp_path: pathlib.Path) -> None:
    name = "x from 10.6.6.6 port 1 ssh2: Connection reset by 10.6.6.6 port 2"
    line = "Nov 20 12:00:00 web01 sshd[7]: Failed password for invalid user %s from 192.0.2.7 port 9 ssh2\n" % name
    (tmp_path / "auth.log").write_text(line, encoding="ascii")
    fact = read(tmp_path / "auth.log")
    assert fact["resets"]["total"] == 0
    assert fact["counts"] == {"auth-result": 1}
    assert fact["events"][0]["address"] == "192.0.2.7"


def test_a_log_that_cannot_be_read_is_unknown_and_not_zero(tmp_path: pathlib.Path) -> None:
    fact = read(tmp_path / "none.log")
    assert fact["counts"] is None and fact["resets"]["total"] is None
    assert {entry["status"] for entry in fact["sources"]} == {"absent"}


def test_lines_that_syslog_folded_count_as_often_as_they_happened(tmp_path: pathlib.Path) -> None:
    folded = (
        "Nov 20 12:00:05 web01 sshd[1]: message repeated 4 times: [ Connection reset by 192.0.2.1 port 5 [preauth]]\n"
    )
    (tmp_path / "auth.log").write_text(LINE % (1, 1, 5) + folded, encoding="ascii")
    assert read(tmp_path / "auth.log")["resets"]["total"] == 5


@pytest.mark.parametrize("since", ["", "yesterday", "-1h", "24h; rm"])
def test_a_window_that_means_nothing_is_refused(since: str) -> None:
    with pytest.raises(ValueError, match="since"):
        _sshd_log.collect(source="file", paths=["/none"], since=since)


def test_events_are_the_newest_and_bounded(tmp_path: pathlib.Path) -> None:
    (tmp_path / "auth.log").write_text("".join(LINE % (n, n % 250, n) for n in range(1, 2001)), encoding="ascii")
    fact = read(tmp_path / "auth.log", max_events=5)
    assert [event["pid"] for event in fact["events"]] == [2000, 1999, 1998, 1997, 1996]
    assert fact["resets"]["total"] == 2000 and fact["resets"]["truncated"] is True


@pytest.mark.parametrize("bulk", [False, True], ids=["one-by-one", "bulk"])
@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param("Invalid user x from 10.6.6.6 port 1 from 192.0.2.7", "192.0.2.7", id="name-with-an-address"),
        pytest.param("input_userauth_request: invalid user x from 10.6.6.6 [preauth]", None, id="name-alone"),
        pytest.param("Received disconnect from 192.0.2.7: 11: by 10.6.6.6 port 9", "192.0.2.7", id="text-of-a-client"),
        pytest.param("Connection from ::ffff:192.0.2.7 port 9", "192.0.2.7", id="mapped"),
    ],
)
@pytest.mark.parametrize("head", ["Nov 20 12:00:00 web01 sshd[7]: ", "<38>1 2026-11-20T12:00:00Z web01 sshd 7 - - "])
def test_an_earlier_line_tells_an_address_and_no_user_name_does(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, head: str, before: str, expected: str | None, bulk: bool
) -> None:
    if bulk:
        monkeypatch.setattr(_sshd_scan, "SMALL_BYTES", 0)
    reset = "fatal: Read from socket failed: Connection reset by peer [preauth]"
    (tmp_path / "auth.log").write_text("%s%s\n%s%s\n" % (head, before, head, reset), encoding="ascii")
    resets = read(tmp_path / "auth.log")["resets"]
    assert resets["total"] == 1
    assert [row["address"] for row in resets["by_address"]] == ([expected] if expected else [])


@pytest.mark.parametrize(
    "fold",
    [
        "web01 last message repeated 3 times",
        "web01 --- last message repeated 3 times ---",
        "web01 syslogd: last message repeated 3 times",
        "web01 syslogd[870]: last message repeated 3 times",
        "web01 sshd[7]: last message repeated 3 times",
        " sshd[7]: last message repeated 3 times",
    ],
)
@pytest.mark.parametrize("bulk", [False, True], ids=["one-by-one", "bulk"])
@pytest.mark.parametrize("stamp", ["Nov 20 12:00:00", "2026-11-20T12:00:00.123456+00:00"])
def test_every_way_of_folding_lines(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, stamp: str, fold: str, bulk: bool
) -> None:
    if bulk:
        monkeypatch.setattr(_sshd_scan, "SMALL_BYTES", 0)
    line = "web01 sshd[7]: Connection reset by ::ffff:192.0.2.7 port 9 [preauth]"
    (tmp_path / "auth.log").write_text("%s %s\n%s %s\n" % (stamp, line, stamp, fold), encoding="ascii")
    fact = read(tmp_path / "auth.log")
    assert fact["resets"]["total"] == 4 and fact["unmatched"]["count"] == 0
    assert [(row["address"], row["count"]) for row in fact["resets"]["by_address"]] == [("192.0.2.7", 4)]


@pytest.mark.parametrize(
    "name", [b"last message repeated 99 times", b"message repeated 9 times: [ x]", b"\xe2\xff \r\x0b"]
)
@pytest.mark.parametrize("bulk", [False, True], ids=["one-by-one", "bulk"])
@pytest.mark.parametrize("head", [b"Nov 20 12:00:00 web01 sshd[7]: ", b"<38>1 2026-11-20T12:00:00Z web01 sshd 7 - - "])
def test_a_user_name_counts_nothing_twice_and_hides_nothing(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, head: bytes, name: bytes, bulk: bool
) -> None:
    if bulk:
        monkeypatch.setattr(_sshd_scan, "SMALL_BYTES", 0)
    line = head + b"Invalid user %b from 192.0.2.7 port 9\n" % name
    (tmp_path / "auth.log").write_bytes(line * 3)
    fact = read(tmp_path / "auth.log")
    assert fact["counts"] == {"invalid-user": 3}
    assert fact["programs"] == ["sshd"] and fact["sources"][0]["detail"] == ""


EXAMPLES = [
    line.split("\t")
    for line in (FIXTURES / "examples-of-other-projects.tsv").read_text(encoding="utf-8").split("\n")
    if line and not line.startswith("#")
]


@pytest.mark.parametrize("bulk", [False, True], ids=["one-by-one", "bulk"])
@pytest.mark.parametrize(("dummy", "kind", "address", "line"), EXAMPLES, ids=lambda text: text[:70])
def test_a_line_that_another_project_keeps_as_an_example(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, dummy: str, kind: str, address: str, line: str, bulk: bool
) -> None:
    if bulk:
        monkeypatch.setattr(_sshd_scan, "SMALL_BYTES", 0)
    (tmp_path / "auth.log").write_text(line + "\n", encoding="utf-8")
    fact = read(tmp_path / "auth.log")
    counts = {**fact["counts"], **fact["other_counts"], **({"none": 1} if fact["unmatched"]["count"] else {})}
    assert counts == ({} if kind == "not-sshd" else {kind: 1})
    assert [event["address"] for event in fact["events"]] == (
        [address or None] if kind not in ("none", "not-sshd") else []
    )
