# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Segments with the RST flag, captured by a packet socket whose filter runs in the kernel (packet(7), socket(7))."""

from __future__ import annotations

import ctypes
import socket
import struct
import typing as t

Event = t.Dict[str, t.Any]

ETH_P_ALL = 0x0003
SO_ATTACH_FILTER = 26
OUTGOING = 4
RST, ACK = 0x04, 0x10
TCP = socket.IPPROTO_TCP
SNAPSHOT_BYTES = 128

LOAD_BYTE, LOAD_HALF, LOAD_BYTE_X, LOAD_LENGTH = 0x30, 0x28, 0x50, 0xB1
AND, EQUAL, ANY_BIT, RETURN = 0x54, 0x15, 0x45, 0x06
FILTER = (
    (LOAD_BYTE, 0, 0, 0),  # 0: version and length of the header
    (AND, 0, 0, 0xF0),
    (EQUAL, 0, 7, 0x40),  # 2: IPv4, else 10
    (LOAD_BYTE, 0, 0, 9),
    (EQUAL, 0, 11, TCP),  # 4: TCP, else 16
    (LOAD_HALF, 0, 0, 6),
    (ANY_BIT, 9, 0, 0x1FFF),  # 6: a later fragment to 16
    (LOAD_LENGTH, 0, 0, 0),
    (LOAD_BYTE_X, 0, 0, 13),
    (ANY_BIT, 5, 6, RST),  # 9: to 15, else 16
    (EQUAL, 0, 5, 0x60),  # 10: IPv6, else 16
    (LOAD_BYTE, 0, 0, 6),
    (EQUAL, 0, 3, TCP),  # 12: TCP right behind the header, else 16
    (LOAD_BYTE, 0, 0, 53),
    (ANY_BIT, 0, 1, RST),  # 14: to 15, else 16
    (RETURN, 0, 0, SNAPSHOT_BYTES),
    (RETURN, 0, 0, 0),
)
"""Classic BPF: code, instructions to skip when true and when false, operand (Documentation/networking/filter.rst)."""


def program() -> bytes:
    """Return the filter as an array of struct sock_filter."""
    return b"".join(struct.pack("=HBBI", *line) for line in FILTER)


def open_capture() -> socket.socket:
    """Return a non-blocking packet socket that receives resets only. Raises OSError (EPERM without CAP_NET_RAW)."""
    mode = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    capture = socket.socket(socket.AF_PACKET, mode, socket.htons(ETH_P_ALL))
    try:
        content = ctypes.create_string_buffer(program())
        count = (len(content) - 1) // 8
        capture.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", count, ctypes.addressof(content)))
    except OSError:
        capture.close()
        raise
    return capture


def parse_segment(packet: bytes, interface: str, kind: int) -> Event | None:
    """Return direction, both ends, flags, ttl, window, ip_id and sequence of a captured segment, or None.

    `kind` is the packet type of the link layer: OUTGOING, or received. The form of a reset tells its maker: a live
    socket sends a window and an IP identification, everything else neither.
    """
    try:
        family, header, ttl, identification = _network_header(packet)
        source, destination = _addresses(packet, family)
        ports = struct.unpack_from("!HH", packet, header)
        sequence, dummy_ack, flags, window = struct.unpack_from("!IIxBH", packet, header + 4)
    except (struct.error, IndexError, ValueError):
        return None
    if not flags & RST:  # received before the filter was in place
        return None
    return {
        "direction": "out" if kind == OUTGOING else "in",
        "method": "capture",
        "interface": interface,
        "source": source,
        "source_port": ports[0],
        "destination": destination,
        "destination_port": ports[1],
        "flags": "RST,ACK" if flags & ACK else "RST",
        "ttl": ttl,
        "window": window,
        "ip_id": identification,
        "sequence": sequence,
    }


def _network_header(packet: bytes) -> tuple[int, int, int, int | None]:
    """Return (family, length of the header, time to live, identification or None for IPv6)."""
    version = packet[0] >> 4
    if version == 4:
        return socket.AF_INET, (packet[0] & 15) * 4, packet[8], struct.unpack_from("!H", packet, 4)[0]
    if version == 6:
        return socket.AF_INET6, 40, packet[7], None
    raise ValueError("neither IPv4 nor IPv6: %d" % version)


def _addresses(packet: bytes, family: int) -> tuple[str, str]:
    start, size = (12, 4) if family == socket.AF_INET else (8, 16)
    first, second = packet[start : start + size], packet[start + size : start + 2 * size]
    return socket.inet_ntop(family, first), socket.inet_ntop(family, second)
