# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which peer the earlier lines of a process told, for a message of the same process that tells none."""

from __future__ import annotations

from ._log_context import LOOK_BACK_BYTES, line_at
from ._log_lines import parse_line
from ._sshd_connections import Peer
from ._sshd_kinds import SSHD, parse_message, plain_address

LOOK_BACK_LINES = 8


def peer_of(message: bytes) -> Peer:
    """Return address and port that a message of sshd tells, by the pattern of its kind: a user name is never either."""
    body = parse_message(message).body
    kind = SSHD.find(body)
    found = SSHD.details(kind, body) if kind else {}
    return plain_address(found.get("address")), found.get("port")


def peer_before(text: bytes, pid: int | None) -> Peer:
    """Return address and port that the last line of a process in `text` tells which tells any."""
    limit = max(len(text) - LOOK_BACK_BYTES, 0)
    for mark in () if pid is None else (b"[%d]" % pid, b" %d " % pid):  # the second one in lines of RFC 5424
        position = len(text)
        for dummy in range(LOOK_BACK_LINES):
            position = text.rfind(mark, limit, position)
            if position < 0:
                break
            line = parse_line(line_at((text, len(text)), position)[1])
            peer = peer_of(line.message) if line and line.pid == pid else (None, None)
            if peer[0]:
                return peer
    return None, None
