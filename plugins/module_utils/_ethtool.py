# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the driver of a link says by SIOCETHTOOL (include/uapi/linux/ethtool.h); every user may ask."""

from __future__ import annotations

import socket
import struct
import typing as t

from ._text import clean

SIOCETHTOOL = 0x8946
GET_DRIVER, GET_RING = 0x03, 0x10
DRIVER_BYTES = 196
DRIVER_NAME, BUS_INFO = slice(4, 36), slice(100, 132)
RING = struct.Struct("=9I")
"""Command, largest rx, rx mini, rx jumbo, tx, then the four in force."""

OFFLOADS = {"rx": 0x14, "tx": 0x16, "sg": 0x18, "tso": 0x1E, "gso": 0x23, "gro": 0x2B}
"""Commands that answer with one switch, by the name that `ethtool -K` takes; rx and tx are checksums."""

GET_FLAGS = 0x25
FLAGS = {"rxvlan": 1 << 8, "lro": 1 << 15, "rxhash": 1 << 28}


def open_socket() -> socket.socket:
    """Return the socket to ask with; raises OSError where sockets are refused."""
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def driver_of(asked: socket.socket, name: bytes) -> dict[str, t.Any]:
    """Return {driver, bus_info, ring: {rx, rx_max, tx, tx_max}, offloads}; None where the driver cannot say."""
    driver = _answer(asked, name, struct.pack("=I", GET_DRIVER) + bytes(DRIVER_BYTES - 4))
    ring = _answer(asked, name, struct.pack("=I", GET_RING) + bytes(RING.size - 4))
    sizes = RING.unpack(ring) if ring else None
    return {
        "driver": _text(driver, DRIVER_NAME),
        "bus_info": _text(driver, BUS_INFO),
        "ring": {"rx": sizes[5], "rx_max": sizes[1], "tx": sizes[8], "tx_max": sizes[4]} if sizes else None,
        "offloads": _offloads(asked, name),
    }


def _offloads(asked: socket.socket, name: bytes) -> list[str] | None:
    """Return the offloads that are on, or None when the driver has no answer to any."""
    answers = {title: _switch(asked, name, command) for title, command in OFFLOADS.items()}
    flags = _switch(asked, name, GET_FLAGS)
    answers.update((title, None if flags is None else flags & bit) for title, bit in FLAGS.items())
    if all(answer is None for answer in answers.values()):
        return None
    return sorted(title for title, answer in answers.items() if answer)


def _switch(asked: socket.socket, name: bytes, command: int) -> int | None:
    answer = _answer(asked, name, struct.pack("=II", command, 0))
    return struct.unpack("=II", answer)[1] if answer else None


def _answer(asked: socket.socket, name: bytes, command: bytes) -> bytes | None:
    import array
    import fcntl

    space = array.array("B", command)
    try:
        fcntl.ioctl(asked, SIOCETHTOOL, struct.pack("16sP16x", name, space.buffer_info()[0]))
    except OSError:
        return None
    return space.tobytes()


def _text(answer: bytes | None, place: slice) -> str | None:
    if answer is None:
        return None
    return clean(answer[place].partition(b"\0")[0], 32) or None
