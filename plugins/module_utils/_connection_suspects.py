# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single connections that a reader may want to see: by what is wrong with them, or because they were asked for."""

from __future__ import annotations

import typing as t

from ._connection_rows import ESTABLISHED, KEEPALIVE, PROBE, RETRANSMIT, SYN_RECV, SYN_SENT, Row

REASONS = (
    *("target", "retransmitting", "keepalive_unanswered", "zero_window", "connecting", "unread", "close_wait"),
    "half_open",
)
"""In order of interest; the rank of a suspect begins with the place of its reason."""

TARGET, RETRANSMITTING, UNANSWERED, ZERO_WINDOW, CONNECTING, UNREAD, STALE, HALF_OPEN = range(8)

Rank = t.Tuple[int, ...]


class Suspect(t.NamedTuple):
    """A socket as it was counted, and why it is of interest."""

    reason: str
    family: int
    row: Row


def suspect(rank: Rank, family: int, row: Row) -> Suspect:
    """Return a suspect with the reason of its rank."""
    return Suspect(REASONS[rank[0]], family, row)


class Urgency(t.Dict[bytes, Rank]):
    """The rank by status (state, timer, what the timer counts); empty for one that is no reason to look closer."""

    def __missing__(self, status: bytes) -> Rank:
        """Work a rank out once."""
        self[status] = rank = urgency(*status)
        return rank


def urgency(state: int, timer: int, tries: int) -> Rank:
    """Return the rank of a state, its timer and what that timer counts, lowest first, or an empty one."""
    if state == SYN_SENT:
        return (CONNECTING, -tries) if tries else ()
    if state == SYN_RECV:
        return (HALF_OPEN, -tries) if tries > 1 else ()
    if timer == RETRANSMIT and tries > 1:
        return (RETRANSMITTING, -tries)
    if timer == KEEPALIVE and state == ESTABLISHED and tries:
        return (UNANSWERED, -tries)
    return (ZERO_WINDOW, -tries) if timer == PROBE else ()
