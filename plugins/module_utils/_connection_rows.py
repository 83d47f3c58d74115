# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TCP sockets as rows of six fields, many at a time, from buffers of a NETLINK_SOCK_DIAG dump."""

from __future__ import annotations

import functools
import socket
import struct
import typing as t

from ._netlink import END, HEADER, LENGTH_TYPE, SOCK_DIAG, dump, messages, request
from ._sock_diag import MESSAGE, SOCK_DIAG_BY_FAMILY

STATES = (
    *("", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT"),
    *("LAST_ACK", "LISTEN", "CLOSING"),
)
"""Names by number, include/net/tcp_states.h; the kernel shows a request that waits for its ACK as SYN_RECV."""

ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT = range(1, 7)
CLOSE_WAIT, LAST_ACK, CLOSING = 8, 9, 11
NO_TIMER, RETRANSMIT, KEEPALIVE, TIME_WAIT_TIMER, PROBE = range(5)
"""Timers: one at a time, and a keepalive hides behind RETRANSMIT and PROBE. Source: net/ipv4/inet_diag.c."""

OPEN = 1 << ESTABLISHED | 1 << SYN_SENT | 1 << FIN_WAIT1 | 1 << CLOSE_WAIT | 1 << LAST_ACK | 1 << CLOSING
SMALL = 1 << SYN_RECV | 1 << FIN_WAIT2 | 1 << TIME_WAIT
"""States of sockets that the kernel keeps in smaller structures, so that their messages have other lengths."""

QUERY = struct.Struct("=BBBxIHH36sII")
"""struct inet_diag_req_v2; ports are in network order."""

ANYWHERE = bytes(36)
NO_COOKIE = 0xFFFFFFFF
"""Both words so: any socket with these addresses and ports."""
ROW = struct.Struct("=17x3sHH36s8x12s")

Row = t.Tuple[bytes, int, int, bytes, bytes]
"""Status (state, timer and its retransmits or probes, a byte each), local and remote port in network order, both
addresses of 16 bytes with the index of the link behind them, measures."""

MEASURES = struct.Struct("=III")
"""Expiry of the timer (ms), bytes in the receive queue and in the send queue."""

NOTHING = bytes(12)
"""The measures of a socket without timer and with empty queues: of nearly all, as a rule."""


def read_rows(family: int, states: int, local_port: int = 0, remote_port: int = 0) -> t.Iterator[t.Iterable[Row]]:
    """Yield the TCP sockets of a family in a mask of states, as many at a time as one buffer holds.

    Each lot is to be used before the next is asked for. Ports other than 0 (host order) are filtered by the kernel.
    Raises OSError when netlink or its TCP part is refused or missing.
    """
    for buffer in dump(SOCK_DIAG, query(family, states, 0, socket.htons(local_port), socket.htons(remote_port))):
        yield rows_of(buffer)


def query(family: int, states: int, extensions: int, local_port: int = 0, remote_port: int = 0) -> bytes:
    """Return the request for a dump of TCP sockets; ports other than 0 (network order) are filtered by the kernel."""
    body = QUERY.pack(family, socket.IPPROTO_TCP, extensions, states, local_port, remote_port, ANYWHERE, 0, 0)
    return request(SOCK_DIAG_BY_FAMILY, body)


def rows_of(buffer: memoryview) -> t.Iterable[Row]:
    """Return the rows in one received buffer; they end where it is broken.

    As a rule all messages of a buffer have one length, and are unpacked without a step of Python for each.
    """
    length, kind = LENGTH_TYPE.unpack_from(buffer) if len(buffer) >= HEADER.size else (0, 0)
    stride = (length + 3) & ~3
    if stride < HEADER.size + MESSAGE.size or kind != SOCK_DIAG_BY_FAMILY:
        return _one_by_one(buffer)
    whole = buffer[: len(buffer) // stride * stride]
    if len(buffer) - len(whole) not in (0, END.size) or not _uniform(whole, stride // 4):
        return _one_by_one(buffer)
    return _form(stride).iter_unpack(whole)


def _uniform(buffer: memoryview, stride: int) -> bool:
    """Return whether all messages have the length and the type of the first; `stride` is in words of four bytes."""
    words = buffer.cast("I")
    return len(set(words[::stride].tolist())) == 1 and len(set(words[1::stride].tolist())) == 1


@functools.lru_cache(maxsize=64)
def _form(stride: int) -> struct.Struct:
    return struct.Struct(ROW.format + "%dx" % (stride - ROW.size))


def _one_by_one(buffer: memoryview) -> t.Iterator[Row]:
    for kind, start, end in messages(buffer):
        if kind == SOCK_DIAG_BY_FAMILY and end - start >= MESSAGE.size:
            yield ROW.unpack_from(buffer, start - HEADER.size)
