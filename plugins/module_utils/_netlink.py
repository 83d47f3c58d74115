# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Netlink sockets: one request, and the dump it gives as large buffers (RFC 3549, include/uapi/linux/netlink.h)."""

from __future__ import annotations

import os
import socket
import struct
import typing as t

ROUTE = 0
SOCK_DIAG = 4

NLM_F_REQUEST = 0x1
NLM_F_ACK = 0x4
NLM_F_DUMP = 0x300
NLMSG_ERROR = 2
NLMSG_DONE = 3
NLM_F_DUMP_INTR = 0x10
SOL_NETLINK = 270
NETLINK_GET_STRICT_CHK = 12
TYPE_MASK = 0x3FFF
"""Takes NLA_F_NESTED and NLA_F_NET_BYTEORDER out of an attribute's type."""

HEADER = struct.Struct("=IHHII")
LENGTH_TYPE = struct.Struct("=IH")
ATTRIBUTE = struct.Struct("=HH")
BUFFER_BYTES = 1 << 16
TIMEOUT_S = 10.0


def request(kind: int, body: bytes, flags: int = NLM_F_REQUEST | NLM_F_DUMP) -> bytes:
    """Return a netlink message of type `kind`."""
    return HEADER.pack(HEADER.size + len(body), kind, flags, 1, 0) + body


def attribute(kind: int, payload: bytes) -> bytes:
    """Return one attribute, padded to four bytes."""
    return ATTRIBUTE.pack(ATTRIBUTE.size + len(payload), kind) + payload + b"\0" * (-len(payload) % 4)


def dump(family: int, message: bytes, strict: bool = False) -> t.Iterator[memoryview]:
    """Yield the received buffers of a dump (or of one answer); each is valid only until the next.

    `strict` asks the kernel to honour filters in the request (NETLINK_GET_STRICT_CHK, 4.20); older kernels ignore
    them. Raises OSError with the kernel's errno, or when netlink itself is refused.
    """
    connection = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, family)
    try:
        connection.settimeout(TIMEOUT_S)
        connection.bind((0, 0))
        if strict:
            _ask_strict(connection)
        connection.send(message)
        yield from _received(connection, wanted_flags=struct.unpack_from("=H", message, 6)[0])
    finally:
        connection.close()


def _ask_strict(connection: socket.socket) -> None:
    try:
        connection.setsockopt(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
    except OSError:
        pass


def _received(connection: socket.socket, wanted_flags: int) -> t.Iterator[memoryview]:
    buffer = bytearray(BUFFER_BYTES)
    view = memoryview(buffer)
    while True:
        size = connection.recv_into(buffer)
        kind = LENGTH_TYPE.unpack_from(buffer, 0)[1] if size >= HEADER.size else NLMSG_DONE
        if kind == NLMSG_ERROR:
            _raise_error(buffer)
            return
        if kind == NLMSG_DONE:
            return
        yield view[:size]
        if wanted_flags & NLM_F_DUMP != NLM_F_DUMP or _ends(view[:size]):
            return


def _raise_error(buffer: bytearray) -> None:
    code = -struct.unpack_from("=i", buffer, HEADER.size)[0]
    if code:
        raise OSError(code, "netlink: %s" % os.strerror(code))


def _ends(buffer: memoryview) -> bool:
    """Return whether NLMSG_DONE stands behind the data of the same buffer, as kernels since 6.10 pack it."""
    size = len(buffer)
    return size >= 20 and LENGTH_TYPE.unpack_from(buffer, size - 20) == (20, NLMSG_DONE)


def messages(buffer: memoryview) -> t.Iterator[tuple[int, int, int]]:
    """Yield (type, start, end) of the payload of each message; stops at NLMSG_DONE and at a broken length."""
    offset = 0
    while offset + HEADER.size <= len(buffer):
        length, kind = LENGTH_TYPE.unpack_from(buffer, offset)
        if kind == NLMSG_DONE or length < HEADER.size or offset + length > len(buffer):
            return
        yield kind, offset + HEADER.size, offset + length
        offset += (length + 3) & ~3


def attributes(buffer: memoryview, start: int, end: int) -> dict[int, memoryview]:
    """Return the attributes between two offsets by type; of repeated ones the last."""
    found = {}
    while start + ATTRIBUTE.size <= end:
        length, kind = ATTRIBUTE.unpack_from(buffer, start)
        if length < ATTRIBUTE.size or start + length > end:
            break
        found[kind & TYPE_MASK] = buffer[start + ATTRIBUTE.size : start + length]
        start += (length + 3) & ~3
    return found
