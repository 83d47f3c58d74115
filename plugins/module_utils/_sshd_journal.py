# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sshd wrote into the journal of systemd."""

from __future__ import annotations

import json
import os
import re
import struct
import typing as t
from collections import deque

from ._command import find
from ._read import list_names, read_text, real_path, status_of
from ._sshd_account import Account
from ._sshd_connections import Peer, Record
from ._sshd_peers import peer_of
from ._sshd_tally import Told
from ._text import clean

DIRECTORIES = ("/var/log/journal", "/run/log/journal")
MAX_LINES = 500_000
PEERS_HELD = 512
PROGRAMS = ("sshd", "sshd-session", "sshd-auth", "internal-sftp", "sftp-server", "systemd-logind")
FIELDS = "MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_UID,_COMM,_EXE,_SOURCE_REALTIME_TIMESTAMP"
COMMAND = (
    ["journalctl", "--quiet", "--no-pager", "--output=json", "--output-fields=" + FIELDS, "--lines=%d" % MAX_LINES]
    # Not by unit: a line whose process has ended before journald looks has none.
    + ["SYSLOG_IDENTIFIER=" + program for program in PROGRAMS]
    + ["+", "UNIT=ssh.socket", "UNIT=sshd.socket"]
)
INSTALLED = re.compile(r"/(?:usr|s?bin|lib\w*|opt|nix|gnu)/(?:.*/)?(?:sshd[\w.-]*|sftp-server)(?: \(deleted\))?$")
"""Where sshd and its relatives lie, which no ordinary user may write; after an update the old file is deleted."""

SIGNATURE = b"LPKSHHRH"
HEAD_ENTRY_REALTIME = struct.Struct("<184xQ")
"""Offset of head_entry_realtime (microseconds) in a journal file: https://systemd.io/JOURNAL_FILE_FORMAT."""


class State(t.NamedTuple):
    """Whether the journal can be read, why not, and the second in which its first entry was written."""

    status: str
    detail: str
    begins: int | None


def state() -> State:
    """Return whether the journal of this host can be read and how far back it reaches, from the heads of its files."""
    machine = (read_text("/etc/machine-id").text or "").strip()
    begins: list[int] = []
    refusal = None
    for directory in DIRECTORIES:
        names, status = list_names("%s/%s" % (directory, machine))
        if status not in ("ok", "absent"):
            refusal = State(status, "%s: %s; root or the group systemd-journal may read it" % (directory, status), None)
        for name in names:
            if name.startswith("system") and ".journal" in name:
                found = _head("%s/%s/%s" % (directory, machine, name))
                if isinstance(found, State):
                    refusal = found
                elif found:
                    begins.append(found)
    if not begins:
        return refusal or State("absent", "no journal of this host", None)
    if find("journalctl") is None:
        return State("absent", "journalctl is not installed", None)
    return State("ok", "", min(begins))


def _head(path: str) -> int | State:
    try:
        with open(real_path(path), "rb") as stream:
            head = stream.read(HEAD_ENTRY_REALTIME.size)
    except OSError as error:
        reason = "%s: %s; root or the group systemd-journal may read it" % (path, error.strerror)
        return State(status_of(error), reason, None)
    if len(head) < HEAD_ENTRY_REALTIME.size or not head.startswith(SIGNATURE):
        return 0
    return int(HEAD_ENTRY_REALTIME.unpack(head)[0] // 1_000_000)


class Journal:
    """Reads entries; afterwards `lines` and `bytes` say how much, `problem` what journalctl complained about."""

    def __init__(self, since: float | None) -> None:
        """Begin at `since` (seconds, None for all)."""
        self.since = since
        self.lines = self.bytes = 0
        self.problem = ""

    def records(self) -> t.Iterator[Record]:
        """Yield the lines of sshd and its relatives, oldest first."""
        import subprocess

        begin = [] if self.since is None else ["--since=@%d" % self.since]
        command = [find("journalctl") or "journalctl", *COMMAND[1:5], *begin, *COMMAND[5:]]
        environment = {**os.environ, "LC_ALL": "C", "SYSTEMD_COLORS": "0"}
        with subprocess.Popen(  # pylint: disable=ansible-bad-function
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        ) as child:
            try:
                for line in t.cast(t.IO[bytes], child.stdout):
                    self.lines += 1
                    self.bytes += len(line)
                    record = parse_entry(line)
                    if record is not None and (self.since is None or record.when >= int(self.since)):
                        yield record
                self.problem = clean(t.cast(t.IO[bytes], child.stderr).read(512).strip(), 200)
            finally:
                child.kill()

    def remarks(self) -> list[str]:
        """Return what a reader of the result must know."""
        cut = ["only the newest %d lines were read" % MAX_LINES] if self.lines == MAX_LINES else []
        return cut + [self.problem] * bool(self.problem)


def read_journal(account: Account, journal: Journal, newest: int) -> None:
    """Count the entries of a journal. Raises OSError when it cannot be read."""
    told: deque[Told] = deque(maxlen=newest)
    peers: dict[int | None, Peer] = {}
    for record in journal.records():
        kind = account.tally.add(record, lambda pid: peers.get(pid, (None, None)))
        if kind is not None and not record.program.startswith("systemd"):
            told.append((record, kind))
        found = peer_of(record.message)
        if found[0]:
            peers[record.pid] = found
            if len(peers) > PEERS_HELD:
                del peers[next(iter(peers))]
    account.told = list(told)
    account.lines, account.bytes = journal.lines, journal.bytes


def parse_entry(line: bytes) -> Record | None:
    """Return the line of an entry, None when an ordinary user wrote it under sshd's name or it has no text.

        {"__REALTIME_TIMESTAMP":"1795176619123456","SYSLOG_IDENTIFIER":"sshd","_UID":"0","_PID":"7","MESSAGE":"..."}

    A text that is not plain UTF-8 comes as a list of bytes, and a field that is there twice as a list of texts:
    https://systemd.io/JOURNAL_EXPORT_FORMATS. Raises ValueError.
    """
    entry = {key: value[-1] if _twice(value) else value for key, value in json.loads(line).items()}
    message = entry.get("MESSAGE")
    if message is None or not (_trusted(entry)):
        return None
    text = bytes(message) if isinstance(message, list) else message.encode("utf-8", "surrogateescape")
    moment = entry.get("_SOURCE_REALTIME_TIMESTAMP") or entry["__REALTIME_TIMESTAMP"]
    pid = str(entry.get("SYSLOG_PID") or entry.get("_PID") or "")
    program = entry.get("SYSLOG_IDENTIFIER") or "systemd"
    return Record(int(moment) // 1_000_000, program, int(pid) if pid.isdigit() else None, text)


def _twice(value: object) -> bool:
    return isinstance(value, list) and bool(value) and not isinstance(value[0], int)


def _trusted(entry: t.Mapping[str, t.Any]) -> bool:
    """Return whether root or sshd itself wrote an entry. The children of a login run as its user.

    journald looks up which file a process runs, unless it has just ended; then its name must do.
    """
    if entry.get("_UID", "0") == "0":
        return True
    if "_EXE" in entry:
        return bool(INSTALLED.match(str(entry["_EXE"])))
    return str(entry.get("_COMM", "")).startswith(("sshd", "sftp-server"))
