# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal as a source of sshd's lines, and what decides between it and files."""

from __future__ import annotations

import json
import os
import pathlib
import struct
import time
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _aside,
    _bounds,
    _command,
    _read,
    _sshd_journal,
    _sshd_log,
    _sshd_log_summary,
)
from ansible_collections.netdoctor.connection_reset.plugins.module_utils._sshd_account import Account
from ansible_collections.netdoctor.connection_reset.plugins.module_utils._sshd_connections import Record

MACHINE = "d6139d7bc758e9a86edcbafbac49316d"
ENTRY = {
    "__REALTIME_TIMESTAMP": "1795176619923456",
    "_SOURCE_REALTIME_TIMESTAMP": "1795176619123456",
    "SYSLOG_IDENTIFIER": "sshd-session",
    "SYSLOG_PID": "1234",
    "_PID": "1234",
    "_UID": "0",
    "_EXE": "/usr/lib/openssh/sshd-session",
    "MESSAGE": "Connection reset by 192.0.2.7 port 9 [preauth]",
}
RESET = b"Connection reset by 192.0.2.7 port 9 [preauth]"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, Record(1795176619, "sshd-session", 1234, RESET), id="syslog"),
        pytest.param(
            {"_SOURCE_REALTIME_TIMESTAMP": None}, Record(1795176619, "sshd-session", 1234, RESET), id="stdout"
        ),
        pytest.param({"SYSLOG_PID": None}, Record(1795176619, "sshd-session", 1234, RESET), id="pid-of-the-kernel"),
        pytest.param({"SYSLOG_PID": ["1", "7"]}, Record(1795176619, "sshd-session", 7, RESET), id="field-twice"),
        pytest.param(
            {"MESSAGE": list(b"\xff\x1b[31m")}, Record(1795176619, "sshd-session", 1234, b"\xff\x1b[31m"), id="bytes"
        ),
        pytest.param(
            {"MESSAGE": "J\u00fcrgen"}, Record(1795176619, "sshd-session", 1234, b"J\xc3\xbcrgen"), id="utf-8"
        ),
        pytest.param({"MESSAGE": None}, None, id="no-text"),
        pytest.param({"_UID": "1000"}, Record(1795176619, "sshd-session", 1234, RESET), id="child-of-a-login"),
        pytest.param({"_UID": "1000", "_EXE": "/usr/bin/logger"}, None, id="forged-by-a-user"),
        pytest.param({"_UID": "1000", "_EXE": "/home/eve/usr/sbin/sshd"}, None, id="forged-by-a-program-of-a-user"),
        pytest.param({"_UID": "1000", "_EXE": None}, None, id="by-a-program-of-which-nothing-is-known"),
        pytest.param(
            {"_UID": "1000", "_EXE": None, "_COMM": "sshd-session"},
            Record(1795176619, "sshd-session", 1234, RESET),
            id="by-a-session-that-had-just-ended",
        ),
        pytest.param(
            {"_UID": "1000", "_EXE": "/usr/sbin/sshd (deleted)"},
            Record(1795176619, "sshd-session", 1234, RESET),
            id="by-a-session-older-than-an-update",
        ),
        pytest.param({"_UID": None, "_EXE": None}, Record(1795176619, "sshd-session", 1234, RESET), id="imported"),
        pytest.param(
            {
                "SYSLOG_IDENTIFIER": "systemd",
                "_EXE": "/usr/lib/systemd/systemd",
                "MESSAGE": "ssh.socket: Trigger limit hit",
            },
            Record(1795176619, "systemd", 1234, b"ssh.socket: Trigger limit hit"),
            id="socket-unit",
        ),
    ],
)
def test_an_entry(changes: dict[str, object], expected: Record | None) -> None:
    entry = {key: value for key, value in {**ENTRY, **changes}.items() if value is not None or key == "MESSAGE"}
    assert _sshd_journal.parse_entry(json.dumps(entry).encode()) == expected


@pytest.fixture
def host(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A tree of a host with a machine-id and nothing else, that the collectors take for the real one."""
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    monkeypatch.setattr(_command, "SEARCH", (str(tmp_path / "usr/bin"),))
    for directory in ("etc", "var/log", "run/log", "usr/bin"):
        (tmp_path / directory).mkdir(parents=True)
    (tmp_path / "etc/machine-id").write_text(MACHINE + "\n", encoding="ascii")
    return tmp_path


def journal(host: pathlib.Path, begins: float, directory: str = "var/log") -> pathlib.Path:
    """Make the head of a journal file that begins at a time."""
    path = host / directory / "journal" / MACHINE / "system.journal"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<8s176xQ64x", b"LPKSHHRH", int(begins * 1_000_000)))
    return path


def journalctl(host: pathlib.Path, lines: t.Sequence[dict[str, t.Any]], complaint: str = "") -> None:
    """Put a program in place that says what journalctl would."""
    (host / "entries").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="ascii")
    script = "#!/bin/sh\necho \"$@\" > %s\ncat %s\nprintf '%%s' '%s' >&2\n" % (
        host / "asked",
        host / "entries",
        complaint,
    )
    (host / "usr/bin/journalctl").write_text(script, encoding="ascii")
    (host / "usr/bin/journalctl").chmod(0o755)


def log(host: pathlib.Path, begins: float, name: str = "auth.log", count: int = 2) -> None:
    stamps = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begins + n)) for n in range(count)]
    text = "".join(
        "%s web01 sshd[7]: Connection reset by 192.0.2.%d port 9\n" % (stamp, n) for n, stamp in enumerate(stamps)
    )
    (host / "var/log" / name).write_text(text, encoding="ascii")


def statuses(fact: dict[str, t.Any]) -> dict[str, str]:
    return {entry["name"]: entry["status"] for entry in fact["sources"]}


def test_the_head_of_a_journal_tells_how_far_it_reaches(host: pathlib.Path) -> None:
    journalctl(host, [])
    journal(host, 1_700_000_000)
    journal(host, 1_600_000_000, "run/log")
    assert _sshd_journal.state() == _sshd_journal.State("ok", "", 1_600_000_000)


@pytest.mark.parametrize("content", [b"", b"LPKSHHRH", b"not a journal" * 40])
def test_a_file_that_is_no_journal_is_left_out(host: pathlib.Path, content: bytes) -> None:
    journal(host, 1).write_bytes(content)
    assert _sshd_journal.state().status == "absent"


def test_without_journalctl_there_is_no_journal(host: pathlib.Path) -> None:
    journal(host, 1_700_000_000)
    assert _sshd_journal.state().status == "absent"


@pytest.mark.parametrize(
    ("journal_age", "file_age", "since", "taken"),
    [
        pytest.param(90_000, 90_000, "24h", "journal", id="both-reach-back"),
        pytest.param(90_000, 3_600, "24h", "journal", id="journal-reaches-back"),
        pytest.param(3_600, 90_000, "24h", "file", id="file-reaches-back"),
        pytest.param(3_600, 1_800, "24h", "journal", id="journal-is-longer"),
        pytest.param(3_600, 7_200, "24h", "file", id="file-is-longer"),
        pytest.param(3_600, None, "24h", "journal", id="no-file"),
        pytest.param(None, 3_600, "24h", "file", id="no-journal"),
        pytest.param(90_000, 180_000, "all", "file", id="all-file-is-longer"),
        pytest.param(180_000, 90_000, "all", "journal", id="all-journal-is-longer"),
    ],
)
def test_each_line_is_counted_once_from_the_source_that_reaches_further(
    host: pathlib.Path, journal_age: int | None, file_age: int | None, since: str, taken: str
) -> None:
    now = time.time()
    if journal_age:
        journal(host, now - journal_age)
        journalctl(host, [{**ENTRY, "_SOURCE_REALTIME_TIMESTAMP": str(int(now - 60) * 1_000_000)}] * 3)
    if file_age:
        log(host, now - file_age)
        log(host, now - file_age, "syslog", 1)
    fact = _sshd_log.collect(since=since)
    in_window = since == "all" or (file_age or 0) < 86_400
    assert fact["resets"]["total"] == (3 if taken == "journal" else 2 if in_window else 0)
    if taken == "journal" and file_age:
        assert statuses(fact) == {"journal": "ok", "files": "ok"}
        assert "not counted" in fact["sources"][1]["detail"]
    reach = journal_age if taken == "journal" else file_age
    assert fact["coverage"]["complete"] is (since == "all" or (reach or 0) > 86_400)


def test_the_journal_is_asked_for_programs_and_never_for_the_unit_of_sshd(host: pathlib.Path) -> None:
    journal(host, time.time() - 90_000)
    journalctl(host, [])
    _sshd_log.collect(source="journal", since="@1700000000")
    asked = (host / "asked").read_text(encoding="ascii").split()
    assert "--since=@1700000000" in asked
    assert {"SYSLOG_IDENTIFIER=sshd", "SYSLOG_IDENTIFIER=sshd-session", "SYSLOG_IDENTIFIER=internal-sftp"} <= set(asked)
    assert not [word for word in asked if "_SYSTEMD_UNIT" in word or word == "-u"]


def test_a_journal_that_gives_nothing_but_a_complaint_leaves_the_files(host: pathlib.Path) -> None:
    now = time.time()
    journal(host, now - 90_000)
    journalctl(host, [], "Failed to open files: Too many open files")
    log(host, now - 3_600)
    fact = _sshd_log.collect()
    assert fact["resets"]["total"] == 2
    assert statuses(fact)["journal"] == "failed"


def test_a_complaint_beside_entries_is_passed_on(host: pathlib.Path) -> None:
    now = time.time()
    journal(host, now - 90_000)
    journalctl(
        host, [{**ENTRY, "_SOURCE_REALTIME_TIMESTAMP": str(int(now - 60) * 1_000_000)}], "Journal file is truncated"
    )
    fact = _sshd_log.collect()
    assert fact["resets"]["total"] == 1
    assert fact["sources"][0] == {"name": "journal", "status": "ok", "detail": "Journal file is truncated"}


def test_an_address_is_found_in_an_earlier_entry_of_the_process(host: pathlib.Path) -> None:
    journal(host, time.time() - 90_000)
    texts = [
        "Failed password for root from 192.0.2.9 port 7 ssh2",
        "fatal: Write failed: Connection reset by peer [preauth]",
    ]
    journalctl(host, [{**ENTRY, "MESSAGE": text} for text in texts])
    fact = _sshd_log.collect(source="journal", since="all")
    assert [(row["address"], row["count"]) for row in fact["resets"]["by_address"]] == [("192.0.2.9", 1)]


def test_nothing_to_read_is_unknown(host: pathlib.Path) -> None:
    fact = _sshd_log.collect()
    assert fact["counts"] is fact["resets"]["total"] is fact["drops"]["total"] is None
    assert fact["resets"]["by_address"] == fact["events"] == []
    assert set(statuses(fact).values()) == {"absent"}


def test_lines_in_two_files_of_a_host_count_once(host: pathlib.Path) -> None:
    now = time.time()
    log(host, now - 3_600, "auth.log", 5)
    log(host, now - 3_600, "messages", 3)
    fact = _sshd_log.collect(source="file")
    assert fact["resets"]["total"] == fact["counts"]["connection-reset-by"] == 5
    assert len(fact["events"]) == 5
    assert fact["lines_scanned"] == 8


def test_messages_that_syslog_keeps_apart_are_all_counted(host: pathlib.Path) -> None:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    pam = "%s web01 sshd[7]: pam_unix(sshd:session): session opened for user a by (uid=0)\n" % stamp
    (host / "var/log/secure").write_text(pam * 9, encoding="ascii")
    log(host, time.time() - 3_600, "messages", 3)
    assert _sshd_log.collect(source="file")["counts"] == {"connection-reset-by": 3, "pam-session-opened": 9}


@pytest.mark.parametrize("source", ["syslog", "", "Journal"])
def test_a_source_that_is_none_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="source"):
        _sshd_log.collect(source=source)


def test_the_fact_of_a_scan_by_a_whole_network_is_small(host: pathlib.Path) -> None:
    now = int(time.time()) - 3_600
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    address = "2001:db8:ffff:ffff:ffff:ffff:%x:%x"
    line = "%s web01 sshd[%d]: %s\n"
    lines = [
        line % (stamp, n, "Connection reset by " + address % (n >> 8, n) + " port 65535 [preauth]")
        for n in range(20_000)
    ]
    lines += [
        line % (stamp, n, "drop connection #9 from [%s]:9 on [::1]:22 penalty: x" % (address % (n, n)))
        for n in range(3_000)
    ]
    lines += [
        line % (stamp, n, "Invalid user \\u00e9" + "\u00e9" * 400 + " from %s port 7" % (address % (n, n)))
        for n in range(99)
    ]
    lines += [line % (stamp, n, "nobody knows \u00e9%s" % ("\u00e9" * 400)) for n in range(9)]
    (host / "var/log/auth.log").write_text("".join(lines), encoding="utf-8")
    fact = _sshd_log.collect(source="file", max_events=500)
    assert _bounds.size_bytes(fact) <= _bounds.FAMILY_BYTES
    assert fact["resets"]["total"] == 20_000 and fact["drops"]["total"] == 3_000
    assert fact["resets"]["truncated"] is True
    assert len(fact["events"]) >= 1
    assert fact["unmatched"]["count"] == 9


def test_an_empty_log_is_known_to_hold_nothing() -> None:
    fact = _sshd_log_summary.summary(Account(), [], None, 0, 5)
    assert fact["counts"] == {} and fact["resets"]["total"] == 0
    assert fact["session_resets_logged"] is fact["log_level"] is None


def test_work_aside_gives_its_result_and_leaves_no_process() -> None:
    with _aside.aside(lambda: {"pid": os.getpid()}) as result:
        other = result()["pid"]
    assert other != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(other, 0)


def test_work_that_fails_aside_is_done_again() -> None:
    here = os.getpid()

    def work() -> str:
        if os.getpid() != here:
            raise RuntimeError("no")
        return "done here"

    with _aside.aside(work) as result:
        assert result() == "done here"


def test_work_aside_ends_with_the_block() -> None:
    with pytest.raises(KeyError), _aside.aside(lambda: time.sleep(60)):
        raise KeyError
