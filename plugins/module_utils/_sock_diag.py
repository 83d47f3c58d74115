# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets by NETLINK_SOCK_DIAG, filtered by state in the kernel (sock_diag(7), include/uapi/linux/inet_diag.h)."""

from __future__ import annotations

import operator
import socket
import struct
import typing as t

from ._netlink import ATTRIBUTE, SOCK_DIAG, attributes, dump, messages, request

SOCK_DIAG_BY_FAMILY = 20
STATES = {"ESTABLISHED": 1, "CLOSE": 7, "LISTEN": 10}
"""Numbers of states in include/net/tcp_states.h; a UDP socket without a peer is in CLOSE."""

REQUEST = struct.Struct("=BBBxI48x")
MESSAGE = struct.Struct("=BBBBHH16s16sI8xIIIII")
FIELDS = 14

SKMEMINFO, SKV6ONLY, CGROUP_ID = 7, 11, 21
EXTRAS = {SKMEMINFO: "32xI", CGROUP_ID: "Q", SKV6ONLY: "B"}
"""The attributes behind the last fields of a Socket, in their order; of SKMEMINFO the ninth word, SK_MEMINFO_DROPS."""


class Socket(t.NamedTuple):
    """A socket as struct inet_diag_msg has it: ports in host order, addresses as 16 bytes.

    Of a listener `receive_queue` is the length of the accept queue and `send_queue` its limit (connections), of others
    both are bytes. `interface` is the index of the link it is bound to, or 0. The last three are None where the kernel
    does not tell.
    """

    family: int
    state: int
    timer: int
    retransmits: int
    port: int
    peer_port: int
    address: bytes
    peer_address: bytes
    interface: int
    expires_ms: int
    receive_queue: int
    send_queue: int
    uid: int
    inode: int
    drops: int | None
    cgroup: int | None
    v6only: int | None


class Layout(t.NamedTuple):
    """Where fields and attributes of a message stand, the headers of those attributes, and how to pick a Socket."""

    fields: struct.Struct
    headers: tuple[int, ...]
    pick: t.Callable[[tuple[t.Any, ...]], tuple[t.Any, ...]]


UNKNOWN = Layout(MESSAGE, (-1,), tuple)


def parse_sockets(buffer: memoryview) -> t.Iterator[Socket]:
    """Yield the sockets in one received buffer of a dump; stops where the buffer is broken.

    Walking the attributes of every message would cost more than all the rest, so it is done once for each size of
    message, and again for one whose attributes turn out to stand elsewhere. Equal addresses are one object, for memory.
    """
    layouts: dict[int, Layout] = {}
    known: dict[bytes, bytes] = {}
    swap, make, same = socket.ntohs, Socket._make, known.setdefault
    for kind, start, end in messages(buffer):
        size = end - start
        if kind != SOCK_DIAG_BY_FAMILY or size < MESSAGE.size:
            continue
        layout = layouts.get(size, UNKNOWN)
        values = layout.fields.unpack_from(buffer, start)
        if values[FIELDS::2] != layout.headers:
            layout = layouts[size] = _layout(buffer[start:end])
            values = layout.fields.unpack_from(buffer, start)
        ports, addresses = map(swap, values[4:6]), map(same, values[6:8], values[6:8])
        yield make(layout.pick((*values[:4], *ports, *addresses, *values[8:], None)))


def _layout(message: memoryview) -> Layout:
    text, gap, found = MESSAGE.format, 0, []
    for kind, payload in attributes(message, MESSAGE.size, len(message)).items():
        padded = (len(payload) + 3) & ~3
        if kind in EXTRAS and len(payload) >= struct.calcsize("=" + EXTRAS[kind]):
            text += "%dxI%s" % (gap, EXTRAS[kind])
            gap = padded - struct.calcsize("=" + EXTRAS[kind])
            found.append(kind)
        else:
            gap += ATTRIBUTE.size + padded
    fields = struct.Struct(text)
    places = [FIELDS + 2 * found.index(kind) + 1 if kind in found else -1 for kind in EXTRAS]
    pick = operator.itemgetter(*range(FIELDS), *places)
    return Layout(fields, fields.unpack_from(message)[FIELDS::2], pick)


def sockets(family: int, protocol: int, states: t.Iterable[str]) -> t.Iterator[Socket]:
    """Yield the sockets of an address family and a protocol (socket.AF_*, socket.IPPROTO_*) in any of `states`.

    Raises OSError when netlink or the protocol's part of it is refused or missing.
    """
    mask = sum(1 << STATES[state] for state in states)
    body = REQUEST.pack(family, protocol, 1 << (SKMEMINFO - 1), mask)
    for buffer in dump(SOCK_DIAG, request(SOCK_DIAG_BY_FAMILY, body)):
        yield from parse_sockets(buffer)


def interface_name(index: int) -> str | None:
    """Return the name of the link `index` in this network namespace, or None for 0 and for one that is gone."""
    try:
        return socket.if_indextoname(index) if index else None
    except OSError:
        return None
