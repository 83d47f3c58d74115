# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections: sock_diag streamed into a summary against `ss` and a reader of its lines."""

from __future__ import annotations

import typing as t

from . import hold_sockets
from .measure import collector, in_turn, process
from .rows import Options, Row, memory, ratio

SOCKETS = 100_000
FIRST_PORT = 3_000


def parse_ss(output: bytes) -> list[list[str]]:
    """Return state, queues, local and remote end, and the timer as it stands, of each row of `ss -tanoH`."""
    return [line.split(None, 5) for line in output.decode().splitlines()]


def rows(options: Options) -> t.Iterator[Row]:
    """Yield the rows for connections; both ends of each are on this host."""
    ours, count = collector("_connections"), options.size(SOCKETS)
    held = hold_sockets.start("connect", FIRST_PORT, count // 20)
    (tenth,) = in_turn(options.rounds, ours)
    held += hold_sockets.start("connect", FIRST_PORT + 100, (count - count // 10) // 2)
    full, peer = in_turn(options.rounds, ours, process("ss -tanoH".split(), parse=parse_ss))
    hold_sockets.stop(held)
    yield ratio(f"connection_facts, {count} established", "ss -tano, parsed", 0.6, full, peer)
    yield from memory("connection_facts", full, tenth)
