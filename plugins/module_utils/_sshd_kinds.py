# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Telling which kind of message a line is, and what it says of the peer."""

from __future__ import annotations

import re
import typing as t

from ._sshd_messages import LOGIND, MESSAGES, OTHERS, SFTP, SYSTEMD

Table = t.Tuple[t.Tuple[str, str, bytes], ...]

PREFIX = rb"(?:\[ID \d+ \S+\] )?(?:(fatal|error|debug\d): )?(?:Fssh_)?"
"""What Solaris (an ID), OpenSSH (the severity) and FreeBSD (its name of the library) put in front."""

HEAD = rb"(?:pam_unix\(sshd\S* |\(pam_unix\) )?\S+ \S+"
"""The words that decide the kind of most messages."""

RESET = b"Connection reset by peer"
PIPE = b"Broken pipe"

CLOSED, SESSION_CLOSED = "connection-closed-by", "session-connection-closed"
VERBOSE_KINDS = frozenset(("connection-from", "session-start", "session-close", "transferred"))
PREAUTH_KINDS = frozenset(
    "kexid-closed kexid-read-error kexid-invalid-identifier kexid-bad-banner-line banner-exchange-fatal "
    "bad-remote-protocol bad-protocol-identification no-identification-string could-not-write-banner probe-or-scanner "
    "unable-to-negotiate login-grace-timeout libwrap-refused libwrap-warning drop-connection invalid-user "
    "keepalive-setsockopt-failed".split()
)
"""Only written before a login succeeds, though many lack the suffix [preauth]."""

RESET_KINDS = frozenset(
    "connection-reset-by session-read-error kexid-read-error banner-exchange-fatal dispatch-fatal "
    "write-failed read-failed socket-error libwrap-warning keepalive-setsockopt-failed".split()
)
"""Their error is that of the connection to the client, not of a pipe or of a tunnel's other end."""

OTHER_KINDS = frozenset(row[0] for row in OTHERS) | {"debug"}
_strip = re.compile(PREFIX + rb"(?P<body>.*?)(?: \[(?P<stage>preauth|postauth)\])?[\s\0]*$", re.DOTALL)
_head = re.compile(HEAD)


class Message(t.NamedTuple):
    """A message without what surrounds it."""

    severity: bytes | None
    stage: bytes | None
    body: bytes


def parse_message(message: bytes) -> Message:
    """Return severity, stage and body of `error: Received disconnect from 192.0.2.7: 3: bye [preauth]`."""
    match = _strip.match(message)
    if match is None:
        return Message(None, None, message)
    return Message(match.group(1), match.group("stage"), match.group("body"))


class Kinds:
    """The kinds of one table of messages; a pattern is compiled when a line asks for it."""

    def __init__(self, table: Table) -> None:
        """Index `table` by heads."""
        self.decided: dict[bytes, str] = {}
        self._suggested: dict[bytes, list[str]] = {}
        self._patterns = {kind: pattern for kind, dummy, pattern in table}
        self._compiled: dict[str, re.Pattern[bytes]] = {}
        for kind, heads, dummy in table:
            for head in heads.encode("ascii").split(b"|"):
                if b" " in head:
                    self.decided[head] = kind
                else:
                    self._suggested.setdefault(head, []).append(kind)

    def find(self, body: bytes) -> str | None:
        """Return the kind of a message without severity and stage, None when it has none."""
        head = _head.match(body)
        kind = self.decided.get(head.group()) if head else None
        if kind is None:
            first = body.split(None, 1)[0] if body else b""
            for kind in self._suggested.get(first, []) + self._suggested.get(b"*", []):
                if self.pattern(kind).match(body):
                    return kind
            return None
        return kind

    def kinds(self) -> list[str]:
        """Return the kinds of the table."""
        return list(self._patterns)

    def pattern(self, kind: str) -> re.Pattern[bytes]:
        """Return the compiled pattern of a kind."""
        found = self._compiled.get(kind)
        if found is None:
            found = self._compiled[kind] = re.compile(self._patterns[kind])
        return found

    def details(self, kind: str, body: bytes) -> dict[str, bytes]:
        """Return what the message tells: `address port user count error reason`, each when it is there."""
        match = self.pattern(CLOSED if kind == SESSION_CLOSED else kind).match(body)
        found = {key: value for key, value in match.groupdict().items() if value is not None} if match else {}
        return {key.rstrip("23"): value for key, value in sorted(found.items(), reverse=True)}


SSHD = Kinds(MESSAGES + OTHERS)
PROGRAMS = {
    "internal-sftp": Kinds(SFTP),
    "sftp-server": Kinds(SFTP),
    "systemd-logind": Kinds(LOGIND),
    "systemd": Kinds(SYSTEMD),
}


def kinds_of(program: str) -> Kinds:
    """Return the table of kinds for a program."""
    return PROGRAMS.get(program, SSHD)


def plain_address(address: bytes | None) -> bytes | None:
    """Return an address without the prefix of IPv4 in IPv6; None for the words sshd writes when it knows none."""
    if address and address[:7].lower() == b"::ffff:" and b"." in address:
        return address[7:]
    return None if address in (b"UNKNOWN", b"peer", b"unknown") else address
