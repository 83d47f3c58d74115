# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking the kernel for single sockets in full, many in one go (inet_diag_dump_one_icsk())."""

from __future__ import annotations

import socket
import struct
import typing as t

from ._connection_rows import NO_COOKIE, QUERY, Row
from ._netlink import BUFFER_BYTES, LENGTH_TYPE, NLM_F_REQUEST, NLMSG_ERROR, SOCK_DIAG, request
from ._sock_diag import SOCK_DIAG_BY_FAMILY
from ._tcp_info import ASK_INFO

AT_ONCE = 16
"""So many answers fit into the smallest receive buffer a host may be set to."""

TIMEOUT_S = 2.0
PORTS = struct.Struct("=20xHH")


def look_up(wanted: t.Sequence[tuple[int, Row]]) -> t.Iterator[tuple[int, memoryview]]:
    """Yield the place in `wanted` (families and rows) and the message of each socket that is still there.

    A message is valid only until the next. Raises OSError where netlink is refused.
    """
    connection = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, SOCK_DIAG)
    try:
        connection.settimeout(TIMEOUT_S)
        connection.bind((0, 0))
        buffer = memoryview(bytearray(BUFFER_BYTES))
        for first in range(0, len(wanted), AT_ONCE):
            batch = wanted[first : first + AT_ONCE]
            connection.send(b"".join(_request(family, row) for family, row in batch))
            for place, (dummy, row) in enumerate(batch, first):
                message = buffer[: connection.recv_into(buffer)]
                if _is_answer(message, row):
                    yield place, message
    finally:
        connection.close()


def _request(family: int, row: Row) -> bytes:
    body = QUERY.pack(family, socket.IPPROTO_TCP, ASK_INFO, 0, *row[1:4], NO_COOKIE, NO_COOKIE)
    return request(SOCK_DIAG_BY_FAMILY, body, NLM_F_REQUEST)


def _is_answer(message: memoryview, row: Row) -> bool:
    """Return whether a message is about the socket asked for; instead of one that is gone comes its listener."""
    if len(message) < PORTS.size or LENGTH_TYPE.unpack_from(message)[1] == NLMSG_ERROR:
        return False
    return PORTS.unpack_from(message) == row[1:3]
