# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counting the messages of sshd: how many of each kind, which were resets and which drops."""

from __future__ import annotations

import re
import typing as t

from ._sshd_kinds import (
    CLOSED,
    OTHER_KINDS,
    PIPE,
    PREAUTH_KINDS,
    RESET,
    RESET_KINDS,
    SESSION_CLOSED,
    VERBOSE_KINDS,
    Message,
    kinds_of,
    parse_message,
    plain_address,
)
from ._sshd_ledger import Ledger

SAMPLES = 3
LOGINS_HELD = 16384
WAITING_HELD = 1024
UNSURE_HELD = 4096
SAME_CONNECTION_S = 120
REPEATED = re.compile(rb"message repeated (\d+) times?: \[ ?(.*?)\]?[\s\0]*$", re.DOTALL)

COMMONPLACE = frozenset(
    # On a busy host the newest of these says nothing: logins, what scanners leave, orderly ends.
    "auth-result invalid-user received-disconnect disconnected-from disconnecting pam-session-opened "
    "pam-session-closed pam-auth-fail connection-from session-start session-close transferred logind-session "
    "sftp-session-opened sftp-session-closed reverse-dns-failed connection-closed-by kexid-closed max-auth-attempts "
    "no-identification-string bad-protocol-identification kexid-invalid-identifier kexid-bad-banner-line "
    "pam-other pam-more-failures pam-retries-ignored subsystem-request".split()
)

PEER = re.compile(rb"[^\n]*(?: from| by| user [^\n]*) ([0-9a-fA-F.:]{3,})(?: port (\d+))?")
"""The peer in a message of any kind, for those of the same process that tell none."""

Lookup = t.Callable[[t.Optional[int]], t.Tuple[t.Optional[bytes], t.Optional[bytes]]]
"""Address and port that earlier lines of a process told, for a message that tells none."""


def nowhere(dummy: int | None) -> tuple[None, None]:
    """Look up nothing."""
    return None, None


class Record(t.NamedTuple):
    """One line of sshd or a relative, as it happened."""

    when: int
    program: str
    pid: int | None
    message: bytes


Told = t.Tuple[Record, str]
"""A line and its kind."""


def latest(told: list[Told], newest: int) -> list[Told]:
    """Return the newest lines, oldest first."""
    return sorted(told, key=lambda pair: pair[0].when)[-newest:] if newest else []


class Tally:
    """What the lines of one log told, in the order in which they were written."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.counts: dict[str, int] = {}
        self.others: dict[str, int] = {}
        self.resets = Ledger()
        self.drops = Ledger()
        self.broken_pipes = 0
        self.latest: dict[str, Record] = {}
        self.unmatched = 0
        self.samples: list[bytes] = []
        self.programs: set[str] = set()
        self.levels: set[str] = set()
        # What a later line completes: logins (address and port), resets without an address, throttling by process.
        self.logins: set[bytes] = set()
        self.unsure: dict[bytes, int] = {}
        self._older_logins: set[bytes] = set()
        self.waiting: dict[int | None, list[t.Any]] = {}
        self.throttled: dict[int | None, int] = {}

    def follow(self, earlier: Tally) -> None:
        """Go on with what a later line may complete, from an earlier part of the same log."""
        self.logins, self._older_logins = set(earlier.logins), set(earlier._older_logins)
        self.waiting, self.throttled = dict(earlier.waiting), dict(earlier.throttled)

    def count(self, kind: str, times: int = 1) -> None:
        """Count messages of a kind."""
        counts = self.others if kind in OTHER_KINDS else self.counts
        counts[kind] = counts.get(kind, 0) + times

    def add(self, record: Record, lookup: Lookup = nowhere, times: int = 1) -> str | None:
        """Count a line `times` over and return its kind, None when it has none."""
        again = REPEATED.match(record.message)
        if again:
            return self.add(record._replace(message=again.group(2)), lookup, times * int(again.group(1)))
        message = parse_message(record.message)
        self.programs.add(record.program)
        kind = self.kind(record, message)
        if kind is None:
            self._strange(record, times)
            return None
        self.count(kind, times)
        if kind in VERBOSE_KINDS:
            self.levels.add("VERBOSE")
        if kind not in COMMONPLACE and kind not in OTHER_KINDS:
            self.latest[kind] = record
        handle = HANDLERS.get(kind)
        if handle:
            handle(self, record, message, times, lookup)
        elif kind in RESET_KINDS:
            self._reset(kind, record, message, times, lookup)
        return kind

    def _strange(self, record: Record, times: int) -> None:
        if not record.program.startswith("systemd"):  # which writes of much else
            self.unmatched += times
            if len(self.samples) < SAMPLES:
                self.samples.append(record.message[:512])

    def kind(self, record: Record, message: Message) -> str | None:
        """Return the kind of a message, None when it has none."""
        if message.severity and message.severity.startswith(b"debug"):
            self.levels.add("DEBUG")
            return "debug"
        kinds = kinds_of(record.program)
        kind = kinds.find(message.body)
        if kind == CLOSED:
            return self.closing(message, record.pid)
        return kind

    # Logins, which tell a closed session from a connection that was closed before

    def login(self, found: t.Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """Remember logins that succeeded: process, `192.0.2.7 port 40000`, and the address alone."""
        if len(self.logins) > LOGINS_HELD:
            self._older_logins, self.logins = self.logins, set()
        for pid, peer, address in found:
            self.logins.add(peer)
            self.logins.add(b"%b %b" % (pid, address))  # what closes a session without a port is known by this

    def closing(self, message: Message, pid: int | None) -> str:
        """Return whether `Connection closed by` ends a session: serverloop.c and packet.c write the same words."""
        if message.stage == b"preauth":
            return CLOSED
        found = kinds_of("sshd").details(CLOSED, message.body)
        if "user" in found or "address" not in found:
            return CLOSED
        port = found.get("port")
        key = b"%b port %b" % (found["address"], port) if port else b"%d %b" % (pid or 0, found["address"])
        if key in self.logins or key in self._older_logins:
            return SESSION_CLOSED
        if len(self.unsure) < UNSURE_HELD:
            self.unsure[key] = self.unsure.get(key, 0) + 1
        return CLOSED

    def know(self, earlier: Tally) -> None:
        """Give closed connections their right kind when an earlier part of the log, read beside, has the login."""
        sessions = sum(count for key, count in self.unsure.items() if key in earlier.logins or key in earlier._older_logins)
        if sessions:
            self.count(SESSION_CLOSED, sessions)
            self.counts[CLOSED] -= sessions

    def _login(self, record: Record, message: Message, dummy_times: int, dummy: Lookup) -> None:
        if message.body.startswith(b"Accepted "):
            found = kinds_of("sshd").details("auth-result", message.body)
            if "address" in found:
                peer = b"%b port %b" % (found["address"], found.get("port", b""))
                self.login([(b"%d" % (record.pid or 0), peer, found["address"])])

    # Resets

    def _reset(self, kind: str, record: Record, message: Message, times: int, lookup: Lookup) -> None:
        found = kinds_of("sshd").details(kind, message.body)
        error = RESET if kind == "connection-reset-by" else found.get("error", b"")
        address = plain_address(found["address"]) if "address" in found else None
        if error.startswith(RESET):
            preauth = message.stage == b"preauth" or kind in PREAUTH_KINDS
            self.reset(kind, record.when, record.pid, (address, found.get("port")), preauth, lookup, times)
            return
        if error.startswith(PIPE):
            self.broken_pipes += times
        if address and record.pid in self.waiting:
            self._complete(record.when, record.pid, address, found.get("port"))

    def reset(
        self,
        kind: str,
        when: int,
        pid: int | None,
        peer: tuple[bytes | None, bytes | None],
        preauth: bool,
        lookup: Lookup = nowhere,
        times: int = 1,
    ) -> None:
        """Count a reset once, though sshd may write two lines of it: one without the address, then one with it."""
        address, port = peer
        if address is None:
            # Since 8.3 a line with the address follows this one: packet.c.
            address, port = (None, None) if kind == "kexid-read-error" else lookup(pid)
        elif pid in self.waiting and self._complete(when, pid, address, port):
            return
        entry = self.resets.add(when, address, port, kind, preauth, times)
        if peer[0] is None:
            if len(self.waiting) >= WAITING_HELD:
                self.waiting.clear()
            self.waiting[pid] = entry

    def _complete(self, when: int, pid: int | None, address: bytes, port: bytes | None) -> bool:
        """Give the waiting reset of a process its address; return False when that process is another one by now."""
        entry = self.waiting.pop(pid)
        if when - entry[0] > SAME_CONNECTION_S:
            return False
        if entry[1] is None:
            self.resets.place(entry, address, port)
        return True

    # Drops

    def _drop(self, record: Record, message: Message, times: int, dummy: Lookup) -> None:
        found = kinds_of("sshd").details("drop-connection", message.body)
        reason = found.get("reason", b"")
        limit = "penalties" if b"enal" in reason else "maxstartups"
        if limit == "maxstartups":
            self.throttled[record.pid] = self.throttled.get(record.pid, 0) + times
        address = plain_address(found["address"]) if "address" in found else None
        self.drops.add(record.when, address, found.get("port"), limit, True, times)

    def _refused(self, record: Record, message: Message, times: int, dummy: Lookup) -> None:
        found = kinds_of("sshd").details("libwrap-refused", message.body)
        address = found.get("address", b"").rpartition(b"@")[2]
        self.drops.add(record.when, plain_address(address) if address else None, None, "libwrap", True, times)

    def _throttling(self, record: Record, message: Message, dummy_times: int, dummy: Lookup) -> None:
        """Add the drops of a throttled time that had no line: sshd 8.4 to 9.9 gives their number when it ends.

        `in MaxStartups throttling` counts the connection of the line that follows, `exited` does not: sshd.c.
        """
        if message.body.startswith(b"beginning"):
            self.throttled.pop(record.pid, None)
            return
        ends = message.body.startswith(b"exited")
        found = kinds_of("sshd").details("maxstartups-end" if ends else "maxstartups-continues", message.body)
        told = int(found.get("count", b"0")) - (0 if ends else 1)
        known = self.throttled.pop(record.pid, 0)
        if told > known:
            self.drops.add_unseen(told - known, "maxstartups")
        if not ends:
            self.throttled[record.pid] = max(told, known)

    def _withheld(self, dummy: Record, message: Message, dummy_times: int, dummy_lookup: Lookup) -> None:
        found = kinds_of("sshd").details("drop-rate-limited", message.body)
        limit = "penalties" if b"enal" in found.get("reason", b"") else "maxstartups"
        self.drops.add_unseen(int(found.get("count", b"0")), limit)

    def unite(self, other: Tally) -> None:
        """Take of each kind what was counted more of, here or in another log that may hold the same lines."""
        for mine, theirs in ((self.counts, other.counts), (self.others, other.others)):
            for kind, count in theirs.items():
                mine[kind] = max(mine.get(kind, 0), count)
        self.resets = max(self.resets, other.resets, key=lambda ledger: ledger.total)
        self.drops = max(self.drops, other.drops, key=lambda ledger: ledger.total)
        self.broken_pipes = max(self.broken_pipes, other.broken_pipes)
        if other.unmatched > self.unmatched:
            self.unmatched, self.samples = other.unmatched, other.samples
        self._meet(other)

    def merge(self, other: Tally) -> None:
        """Add what was counted beside this tally in the same log."""
        for kind, count in list(other.counts.items()) + list(other.others.items()):
            self.count(kind, count)
        self.resets.merge(other.resets)
        self.drops.merge(other.drops)
        self.broken_pipes += other.broken_pipes
        self.unmatched += other.unmatched
        self.samples = (self.samples + other.samples)[:SAMPLES]
        self._meet(other)

    def _meet(self, other: Tally) -> None:
        """Add what is not counted."""
        for kind, record in other.latest.items():
            if kind not in self.latest or self.latest[kind].when <= record.when:
                self.latest[kind] = record
        self.programs |= other.programs
        self.levels |= other.levels


HANDLERS: dict[str, t.Callable[[Tally, Record, Message, int, Lookup], None]] = {
    "auth-result": Tally._login,
    "drop-connection": Tally._drop,
    "libwrap-refused": Tally._refused,
    "maxstartups-begin": Tally._throttling,
    "maxstartups-continues": Tally._throttling,
    "maxstartups-end": Tally._throttling,
    "drop-rate-limited": Tally._withheld,
}
