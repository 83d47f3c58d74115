# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counting the messages of sshd by kind."""

from __future__ import annotations

import re
import typing as t

from ._sshd_connections import Connections, Lookup, Record
from ._sshd_kinds import CLOSED, OTHER_KINDS, SESSION_CLOSED, VERBOSE_KINDS, kinds_of, parse_message

SAMPLES = 3
REPEATED = re.compile(rb"message repeated (\d+) times?: \[ ?(.*?)\]?[\s\0]*$", re.DOTALL)

COMMONPLACE = frozenset(
    # On a busy host the newest of these says nothing: logins, what scanners leave, orderly ends.
    "auth-result invalid-user received-disconnect disconnected-from disconnecting pam-session-opened "
    "pam-session-closed pam-auth-fail connection-from session-start session-close transferred logind-session "
    "sftp-session-opened sftp-session-closed reverse-dns-failed connection-closed-by kexid-closed max-auth-attempts "
    "no-identification-string bad-protocol-identification kexid-invalid-identifier kexid-bad-banner-line "
    "pam-other pam-more-failures pam-retries-ignored subsystem-request".split()
)

Told = t.Tuple[Record, str]
"""A line and its kind."""


def nowhere(dummy: int | None) -> tuple[None, None]:
    """Look up nothing."""
    return None, None


def latest(told: list[Told], newest: int) -> list[Told]:
    """Return the newest lines, oldest first."""
    return sorted(told, key=lambda pair: pair[0].when)[-newest:] if newest else []


class Tally:
    """What the lines of one log told, in the order in which they were written."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.counts: dict[str, int] = {}
        self.others: dict[str, int] = {}
        self.connections = Connections()
        self.latest: dict[str, Record] = {}
        self.unmatched = 0
        self.samples: list[bytes] = []
        self.programs: set[str] = set()
        self.levels: set[str] = set()

    def count(self, kind: str, times: int = 1) -> None:
        """Count messages of a kind."""
        counts = self.others if kind in OTHER_KINDS else self.counts
        counts[kind] = counts.get(kind, 0) + times
        if kind in VERBOSE_KINDS:
            self.levels.add("VERBOSE")

    def add(self, record: Record, lookup: Lookup = nowhere, times: int = 1) -> str | None:
        """Count a line `times` over and return its kind, None when it has none."""
        again = REPEATED.match(record.message)
        if again:
            return self.add(record._replace(message=again.group(2)), lookup, times * int(again.group(1)))
        self.programs.add(record.program)
        kind = self.kind(record)
        if kind is None:
            self._strange(record, times)
            return None
        self.count(kind, times)
        if kind not in COMMONPLACE and kind not in OTHER_KINDS:
            self.latest[kind] = record
        self.connections.add(kind, record, parse_message(record.message), lookup, times)
        return kind

    def _strange(self, record: Record, times: int) -> None:
        if not record.program.startswith("systemd"):  # which writes of much else
            self.unmatched += times
            if len(self.samples) < SAMPLES:
                self.samples.append(record.message[:512])

    def kind(self, record: Record) -> str | None:
        """Return the kind of a line, None when it has none."""
        message = parse_message(record.message)
        if message.severity and message.severity.startswith(b"debug"):
            self.levels.add("DEBUG")
            return "debug"
        kind = kinds_of(record.program).find(message.body)
        return self.connections.closing(message, record.pid) if kind == CLOSED else kind

    def merge(self, later: Tally) -> None:
        """Add what later lines told."""
        for kind, count in [*later.counts.items(), *later.others.items()]:
            self.count(kind, count)
        sessions = self.connections.sessions_of(later.connections)
        if sessions:
            self.count(SESSION_CLOSED, sessions)
            self.counts[CLOSED] -= sessions
            if not self.counts[CLOSED]:
                del self.counts[CLOSED]
        self.connections.merge(later.connections)
        self.connections.follow(later.connections)
        self.unmatched += later.unmatched
        self.samples = (self.samples + later.samples)[:SAMPLES]
        self._meet(later)

    def unite(self, other: Tally) -> None:
        """Take of each kind what was counted more of, here or in another log that may hold the same lines."""
        for mine, theirs in ((self.counts, other.counts), (self.others, other.others)):
            for kind, count in theirs.items():
                mine[kind] = max(mine.get(kind, 0), count)
        self.connections.unite(other.connections)
        if other.unmatched > self.unmatched:
            self.unmatched, self.samples = other.unmatched, other.samples
        self._meet(other)

    def _meet(self, other: Tally) -> None:
        """Add what is not counted."""
        for kind, record in other.latest.items():
            if kind not in self.latest or self.latest[kind].when <= record.when:
                self.latest[kind] = record
        self.programs |= other.programs
        self.levels |= other.levels
