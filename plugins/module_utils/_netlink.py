# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Netlink sockets: one request, and the dump it gives as large buffers (RFC 3549, include/uapi/linux/netlink.h)."""

from __future__ import annotations

import collections
import errno
import functools
import os
import socket
import struct
import sys
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
END = struct.Struct("=IHHIIi")
"""NLMSG_DONE with its error code: the last message of every dump."""

SEQUENCE = 1
BUFFER_BYTES = 1 << 16
"""The kernel packs at most 32 KiB into one buffer of a dump (netlink_recvmsg)."""

TIMEOUT_S = 10.0
CHANGED = "the table changed while it was read: a row may be missing or double"


class KernelError(OSError):
    """The kernel's answer to a request is an error (NLMSG_ERROR); other OSErrors mean that nobody could ask."""


def request(kind: int, body: bytes, flags: int = NLM_F_REQUEST | NLM_F_DUMP) -> bytes:
    """Return a netlink message of type `kind`."""
    return HEADER.pack(HEADER.size + len(body), kind, flags, SEQUENCE, 0) + body


def attribute(kind: int, payload: bytes) -> bytes:
    """Return one attribute, padded to four bytes."""
    return ATTRIBUTE.pack(ATTRIBUTE.size + len(payload), kind) + payload + b"\0" * (-len(payload) % 4)


def dump(family: int, message: bytes, strict: bool = False, remarks: list[str] | None = None) -> t.Iterator[memoryview]:
    """Yield the received buffers of a dump (or of one answer); each is valid only until the next.

    `strict` asks the kernel to honour filters in the request (NETLINK_GET_STRICT_CHK, 4.20); older kernels ignore
    them. A dump during which the table changed (NLM_F_DUMP_INTR) adds one line to `remarks`. Raises KernelError for
    what the kernel answers, else OSError: EPERM or EAFNOSUPPORT where a sandbox refuses netlink, ENOBUFS where the
    kernel lost rows, EMSGSIZE where a row is larger than the buffer. What was yielded before is then incomplete.
    """
    connection = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, family)
    try:
        connection.settimeout(TIMEOUT_S)
        connection.bind((0, 0))
        if strict:
            _ask_strict(connection)
        connection.send(message)
        many = struct.unpack_from("=H", message, 6)[0] & NLM_F_DUMP == NLM_F_DUMP
        yield from received(connection, many, [] if remarks is None else remarks)
    finally:
        connection.close()


def _ask_strict(connection: socket.socket) -> None:
    try:
        connection.setsockopt(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
    except OSError:
        pass


def received(connection: socket.socket, many: bool, remarks: list[str]) -> t.Iterator[memoryview]:
    """Yield the buffers that arrive on `connection` up to NLMSG_DONE, or one when not `many`; raises as `dump` does."""
    buffer = bytearray(BUFFER_BYTES)
    view = memoryview(buffer)
    while True:
        size = connection.recv_into(buffer, 0, socket.MSG_TRUNC)
        if size > BUFFER_BYTES:
            raise OSError(errno.EMSGSIZE, "netlink: an answer of %d bytes" % size)
        _check(buffer, size, remarks)
        kind = LENGTH_TYPE.unpack_from(buffer, 0)[1]
        if kind in (NLMSG_ERROR, NLMSG_DONE):
            return
        yield view[:size]
        if not many or _ends(buffer, size, remarks):
            return


def _check(buffer: bytearray, size: int, remarks: list[str]) -> None:
    """Raise the error that the first message of a buffer carries; note an interrupted dump."""
    if size < HEADER.size:
        raise OSError(errno.EBADMSG, "netlink: an answer of %d bytes" % size)
    dummy, kind, flags, dummy, dummy = HEADER.unpack_from(buffer, 0)
    if flags & NLM_F_DUMP_INTR and CHANGED not in remarks:
        remarks.append(CHANGED)
    if kind in (NLMSG_ERROR, NLMSG_DONE) and size >= HEADER.size + 4:
        _raise_error(struct.unpack_from("=i", buffer, HEADER.size)[0])


def _raise_error(code: int) -> None:
    if code < 0:
        raise KernelError(-code, "netlink: %s" % os.strerror(-code))


def _ends(buffer: bytearray, size: int, remarks: list[str]) -> bool:
    """Return whether NLMSG_DONE stands behind the data of the same buffer, as kernels since 6.10 pack it."""
    if size < END.size + HEADER.size:
        return False
    length, kind, flags, sequence, dummy, code = END.unpack_from(buffer, size - END.size)
    if (length, kind, sequence) != (END.size, NLMSG_DONE, SEQUENCE):
        return False
    if flags & NLM_F_DUMP_INTR and CHANGED not in remarks:
        remarks.append(CHANGED)
    _raise_error(code)
    return True


def messages(buffer: memoryview) -> t.Iterator[tuple[int, int, int]]:
    """Yield (type, start, end) of the payload of each message; stops at NLMSG_DONE and at a broken length."""
    offset = 0
    while offset + HEADER.size <= len(buffer):
        length, kind = LENGTH_TYPE.unpack_from(buffer, offset)
        if kind == NLMSG_DONE or length < HEADER.size or offset + length > len(buffer):
            return
        yield kind, offset + HEADER.size, offset + length
        offset += (length + 3) & ~3


def tally(buffer: memoryview, form: str) -> t.Counter[tuple[t.Any, ...]] | None:
    """Count the messages of a buffer by (length, type, fields of `form`), or return None when their lengths differ.

    `form` is the struct format of what follows the type in a message: ten bytes of the netlink header, then the
    payload. Tables of one kind of row come in messages of one length; counting them this way takes no step in Python
    per row.
    """
    if len(buffer) < HEADER.size:
        return None
    length = LENGTH_TYPE.unpack_from(buffer, 0)[0]
    stride = (length + 3) & ~3
    end = len(buffer) - END.size
    if buffer[end : end + LENGTH_TYPE.size] != LENGTH_TYPE.pack(END.size, NLMSG_DONE):
        end = len(buffer)
    if stride < struct.calcsize("=IH" + form) or end % stride:
        return None
    counts = collections.Counter(_pattern(form, stride).iter_unpack(buffer[:end]))
    return counts if all(key[0] == length for key in counts) else None


@functools.lru_cache(maxsize=64)
def _pattern(form: str, stride: int) -> struct.Struct:
    return struct.Struct("=IH%s%dx" % (form, stride - struct.calcsize("=IH" + form)))


def places(buffer: memoryview, start: int, end: int) -> t.Iterator[tuple[int, int, int]]:
    """Yield (type, start, end) of the payload of each attribute between two offsets; stops at a broken length."""
    while start + ATTRIBUTE.size <= end:
        length, kind = ATTRIBUTE.unpack_from(buffer, start)
        if length < ATTRIBUTE.size or start + length > end:
            return
        yield kind & TYPE_MASK, start + ATTRIBUTE.size, start + length
        start += (length + 3) & ~3


Bytes = t.TypeVar("Bytes", bytes, memoryview)


def attributes(buffer: Bytes, start: int, end: int, wanted: t.Container[int] | None = None) -> dict[int, Bytes]:
    """Return the attributes between two offsets by type, or only the `wanted` ones; of repeated ones the last."""
    found, unpack = {}, ATTRIBUTE.unpack_from  # `places` once more, because a large dump spends its time here
    while start + ATTRIBUTE.size <= end:
        length, kind = unpack(buffer, start)
        if length < ATTRIBUTE.size or start + length > end:
            break
        if wanted is None or kind & TYPE_MASK in wanted:
            found[kind & TYPE_MASK] = buffer[start + ATTRIBUTE.size : start + length]
        start += (length + 3) & ~3
    return found


def nested(payload: Bytes | None) -> dict[int, Bytes]:
    """Return the attributes inside an attribute; none when it is missing."""
    return {} if payload is None else attributes(payload, 0, len(payload))


def number(payload: memoryview | None) -> int | None:
    """Return an attribute that is one unsigned number of any width in the host's byte order."""
    return None if payload is None else int.from_bytes(payload, sys.byteorder)


def numbers(payload: memoryview | None, width: str = "I") -> tuple[int, ...]:
    """Return an attribute that is an array of numbers (`width` as in struct); a broken last one is left out."""
    if payload is None:
        return ()
    return struct.unpack_from("=%d%s" % (len(payload) // struct.calcsize("=" + width), width), payload)


def string(payload: memoryview | None) -> bytes | None:
    """Return an attribute that is text, up to its NUL."""
    return None if payload is None else bytes(payload).partition(b"\0")[0]


def address_text(payload: memoryview | None) -> str | None:
    """Return an address of 4 or 16 bytes as text without a zone. Raises ValueError for another length."""
    if payload is None:
        return None
    return socket.inet_ntop(socket.AF_INET if len(payload) == 4 else socket.AF_INET6, payload)


def link_layer_text(payload: bytes | memoryview | None) -> str | None:
    """Return a link-layer address (`02:fc:00:00:00:01`); None when it is missing or has no bytes."""
    return ":".join("%02x" % byte for byte in payload) if payload else None
