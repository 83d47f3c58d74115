# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How connections to sshd ended: resets and drops, each counted once though several lines may tell of it."""

from __future__ import annotations

import typing as t

from ._sshd_kinds import CLOSED, PIPE, PREAUTH_KINDS, RESET, RESET_KINDS, SESSION_CLOSED, SSHD, Message, plain_address
from ._sshd_ledger import Ledger

LOGINS_HELD = 16384
WAITING_HELD = 1024
UNSURE_HELD = 4096
SAME_CONNECTION_S = 120

Peer = t.Tuple[t.Optional[bytes], t.Optional[bytes]]
"""Address and port, as far as they are told."""

Lookup = t.Callable[[t.Optional[int]], Peer]
"""Finds the peer that earlier lines of a process told, for a message that tells none."""


class Record(t.NamedTuple):
    """One line of sshd or a relative, as it happened (seconds since the epoch)."""

    when: int
    program: str
    pid: int | None
    message: bytes


class Connections:
    """Resets and drops, and what a later line may still complete."""

    def __init__(self) -> None:
        """Begin with none."""
        self.resets = Ledger()
        self.drops = Ledger()
        self.fewest_startups: int | None = None
        self.broken_pipes = 0
        self.unsure: dict[bytes, int] = {}
        self.waiting: dict[int | None, list[t.Any]] = {}
        self._logins: set[bytes] = set()
        self._older_logins: set[bytes] = set()
        self._throttled: dict[int | None, int] = {}

    def follow(self, earlier: Connections) -> None:
        """Go on with what a later line may complete, from an earlier part of the same log."""
        self._logins, self._older_logins = set(earlier._logins), set(earlier._older_logins)
        self.waiting, self._throttled = dict(earlier.waiting), dict(earlier._throttled)

    def merge(self, later: Connections) -> None:
        """Add what later lines told."""
        self.resets.merge(later.resets)
        self.drops.merge(later.drops)
        self.fewest_startups = _fewer(self.fewest_startups, later.fewest_startups)
        self.broken_pipes += later.broken_pipes

    def unite(self, other: Connections) -> None:
        """Take what was counted more of, here or in another log that may hold the same lines."""
        self.resets = max(self.resets, other.resets, key=lambda ledger: ledger.total)
        self.drops = max(self.drops, other.drops, key=lambda ledger: ledger.total)
        self.fewest_startups = _fewer(self.fewest_startups, other.fewest_startups)
        self.broken_pipes = max(self.broken_pipes, other.broken_pipes)

    def add(self, kind: str, record: Record, message: Message, lookup: Lookup, times: int) -> None:
        """Note what a line of a kind tells of its connection."""
        handle = HANDLERS.get(kind)
        if handle:
            handle(self, record, message, times)
        elif kind in RESET_KINDS:
            self._ended(kind, record, message, lookup, times)

    # Logins, which tell a closed session from a connection that was closed before

    def login(self, found: t.Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """Remember logins that succeeded: process, `192.0.2.7 port 40000`, and the address alone."""
        if len(self._logins) > LOGINS_HELD:
            self._older_logins, self._logins = self._logins, set()
        for pid, peer, address in found:
            self._logins.add(peer)
            self._logins.add(b"%b %b" % (pid, address))  # what closes a session without a port is known by this

    def closing(self, message: Message, pid: int | None) -> str:
        """Return whether `Connection closed by` ends a session: serverloop.c and packet.c write the same words."""
        key = _closed(message, pid)
        return SESSION_CLOSED if key is not None and self._knows(key) else CLOSED

    def _maybe_session(self, record: Record, message: Message, times: int) -> None:
        key = _closed(message, record.pid)
        if key is not None and len(self.unsure) < UNSURE_HELD:
            self.unsure[key] = self.unsure.get(key, 0) + times

    def sessions_of(self, later: Connections) -> int:
        """Return how many connections that `later` saw closed, not knowing what they were, had logged in here."""
        return sum(count for key, count in later.unsure.items() if self._knows(key))

    def _knows(self, key: bytes) -> bool:
        return key in self._logins or key in self._older_logins

    def _authenticated(self, record: Record, message: Message, dummy: int) -> None:
        if message.body.startswith(b"Accepted "):
            found = SSHD.details("auth-result", message.body)
            if "address" in found:
                peer = b"%b port %b" % (found["address"], found.get("port", b""))
                self.login([(b"%d" % (record.pid or 0), peer, found["address"])])

    # Resets

    def _ended(self, kind: str, record: Record, message: Message, lookup: Lookup, times: int) -> None:
        found = SSHD.details(kind, message.body)
        error = RESET if kind == "connection-reset-by" else found.get("error", b"")
        address, port = plain_address(found.get("address")), found.get("port")
        if error.startswith(PIPE):
            self.broken_pipes += times
        if address and record.pid in self.waiting and self._complete(record, address, port):
            return
        if not error.startswith(RESET):
            return
        told = address is not None
        if not told and kind != "kexid-read-error":  # since 8.3 a line with the address follows that one: packet.c
            address, port = lookup(record.pid)
        preauth = message.stage == b"preauth" or kind in PREAUTH_KINDS
        entry = self.resets.add(record.when, address, port, kind, preauth, times)
        if not told:
            if len(self.waiting) >= WAITING_HELD:
                self.waiting.clear()
            self.waiting[record.pid] = entry

    def _complete(self, record: Record, address: bytes, port: bytes | None) -> bool:
        """Give the waiting reset of a process its address; return False when that process is another one by now."""
        entry = self.waiting.pop(record.pid)
        if record.when - entry[0] > SAME_CONNECTION_S:
            return False
        if entry[1] is None:
            self.resets.place(entry, address, port)
        return True

    # Drops

    def _dropped(self, record: Record, message: Message, times: int) -> None:
        found = SSHD.details("drop-connection", message.body)
        limit = limit_of(found.get("reason", b""))
        if limit == "maxstartups":
            self._throttled[record.pid] = self._throttled.get(record.pid, 0) + times
            self.fewest_startups = _fewer(self.fewest_startups, int(found.get("startups", b"0")))
        self.drops.add(record.when, plain_address(found.get("address")), found.get("port"), limit, True, times)

    def _refused(self, record: Record, message: Message, times: int) -> None:
        address = SSHD.details("libwrap-refused", message.body).get("address", b"").rpartition(b"@")[2]
        self.drops.add(record.when, plain_address(address or None), None, "libwrap", True, times)

    def _throttling(self, record: Record, message: Message, dummy: int) -> None:
        """Add the drops of a throttled time that had no line: sshd 8.4 to 9.9 gives their number when it ends.

        `in MaxStartups throttling` counts the connection of the line that follows, `exited` does not: sshd.c.
        """
        known = self._throttled.pop(record.pid, 0)
        if message.body.startswith(b"beginning"):
            return
        ends = message.body.startswith(b"exited")
        found = SSHD.details("maxstartups-end" if ends else "maxstartups-continues", message.body)
        told = int(found.get("count", b"0")) - (0 if ends else 1)
        if told > known:
            self.drops.add_unseen(told - known, "maxstartups")
        if not ends:
            self._throttled[record.pid] = max(told, known)

    def _withheld(self, dummy: Record, message: Message, dummy_times: int) -> None:
        """Add the drops that sshd 10.0 and later gives as a number, because their lines would be too many."""
        found = SSHD.details("drop-rate-limited", message.body)
        self.drops.add_unseen(int(found.get("count", b"0")), limit_of(found.get("reason", b"")))


def _fewer(one: int | None, other: int | None) -> int | None:
    known = [count for count in (one, other) if count is not None]
    return min(known, default=None)


def _closed(message: Message, pid: int | None) -> bytes | None:
    """Return what the login of a closed connection was remembered by, None when there was none for certain."""
    found = {} if message.stage == b"preauth" else SSHD.details(CLOSED, message.body)
    if "user" in found or "address" not in found:
        return None
    port = found.get("port")
    return b"%b port %b" % (found["address"], port) if port else b"%d %b" % (pid or 0, found["address"])


def limit_of(reason: bytes) -> str:
    """Return which limit a drop is due to; MaxStartups and PerSourceMaxStartups share their words."""
    return "penalties" if b"enal" in reason else "maxstartups"


HANDLERS: dict[str, t.Callable[[Connections, Record, Message, int], None]] = {
    "auth-result": Connections._authenticated,
    CLOSED: Connections._maybe_session,
    "drop-connection": Connections._dropped,
    "libwrap-refused": Connections._refused,
    "maxstartups-begin": Connections._throttling,
    "maxstartups-continues": Connections._throttling,
    "maxstartups-end": Connections._throttling,
    "drop-rate-limited": Connections._withheld,
}
