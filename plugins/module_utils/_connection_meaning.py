# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the state of a socket, its timer and what that timer counts mean: the names under which it is counted."""

from __future__ import annotations

import typing as t

from ._connection_rows import (
    CLOSE_WAIT,
    ESTABLISHED,
    KEEPALIVE,
    NO_TIMER,
    PROBE,
    RETRANSMIT,
    STATES,
    SYN_RECV,
    SYN_SENT,
)

STALLED = 3
"""Retransmits of one segment that no lost packet or two explain: at least 1.4 s without an answer."""

HELD = (ESTABLISHED, CLOSE_WAIT)
"""States in which an application still has the connection. Later ones wait for clients that are simply gone."""

UNANSWERED = 2
"""The first try may still be on its way."""

Meaning = t.Tuple[t.Tuple[str, ...], str]
"""Names to count a socket under, and the name of the peak of what its timer counts or an empty one."""


class Meanings(t.Dict[bytes, Meaning]):
    """The meaning of each status (state, timer, what the timer counts)."""

    def __missing__(self, status: bytes) -> Meaning:
        """Work a meaning out once."""
        state, timer, tries = status
        name = STATES[state] if state < len(STATES) else ""
        names, peak = _tries(state, timer, tries)
        window = ("zero_window",) if timer == PROBE else ()
        self[status] = found = (name, *_keepalive(state, timer), *window, *names), peak
        return found


def _keepalive(state: int, timer: int) -> tuple[str, ...]:
    if state != ESTABLISHED:
        return ()
    return ({KEEPALIVE: "armed", NO_TIMER: "off"}.get(timer, "unknown"),)


def _tries(state: int, timer: int, tries: int) -> Meaning:
    many = tries >= UNANSWERED
    if not tries:
        return (), ""
    if state == SYN_SENT:
        return ("connecting_unanswered",), ""
    if state == SYN_RECV:
        return ("half_open_unanswered",) if many else (), ""
    if timer == RETRANSMIT:
        stalled = ("stalled",) if tries >= STALLED and state in HELD else ()
        return ("retransmitting", *stalled), "retransmits_max"
    if timer == KEEPALIVE and state == ESTABLISHED:
        return ("unanswered",) if many else (), "probes_max"
    return (), ""
