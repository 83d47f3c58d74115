# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ICMP echo without a ping program: loss and round-trip times.

Datagram sockets of ICMP need no privilege where net.ipv4.ping_group_range allows the caller's group (icmp(7)); raw
sockets need root. Both are tried, in this order.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import time
import typing as t

IP_MTU_DISCOVER, IP_PMTUDISC_DO, IP_MTU = 10, 2, 14
IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO, IPV6_MTU = 23, 2, 24
ECHO_TYPES: dict[int, tuple[int, int]] = {socket.AF_INET: (8, 0), socket.AF_INET6: (128, 129)}
"""Type of the request and of the reply: RFC 792, RFC 4443."""
PROTOCOLS: dict[int, int] = {socket.AF_INET: socket.IPPROTO_ICMP, socket.AF_INET6: socket.IPPROTO_ICMPV6}
IP_BYTES: dict[int, int] = {socket.AF_INET: 20, socket.AF_INET6: 40}
ECHO_HEADER = struct.Struct("!BBHHH")
DEFAULT_SIZE = 56


def checksum(content: bytes) -> int:
    """Return the Internet checksum of `content` (RFC 1071)."""
    padded = content + b"\0" * (len(content) % 2)
    total = sum(struct.unpack("!%dH" % (len(padded) // 2), padded))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def request(family: int, identifier: int, sequence: int, size: int) -> bytes:
    """Return an echo request with `size` bytes of payload; for IPv6 the kernel fills in the checksum."""
    kind, payload = ECHO_TYPES[family][0], b"\0" * size
    summed = checksum(ECHO_HEADER.pack(kind, 0, 0, identifier, sequence) + payload)
    return ECHO_HEADER.pack(kind, 0, 0 if family == socket.AF_INET6 else summed, identifier, sequence) + payload


def reply_sequence(family: int, packet: bytes, raw: bool, identifier: int) -> int | None:
    """Return the sequence number when `packet` is an echo reply to us, else None."""
    if raw and family == socket.AF_INET and packet:
        packet = packet[(packet[0] & 15) * 4 :]
    if len(packet) < ECHO_HEADER.size:
        return None
    kind, dummy_code, dummy_sum, found, sequence = ECHO_HEADER.unpack_from(packet)
    if kind != ECHO_TYPES[family][1] or (raw and found != identifier):
        return None
    return sequence


class Echo:
    """An ICMP socket connected to one address. Raises OSError when neither kind of socket is allowed."""

    def __init__(self, family: int, address: tuple[t.Any, ...]) -> None:
        self.family = family
        self.raw = False
        try:
            self.socket = socket.socket(family, socket.SOCK_DGRAM, PROTOCOLS[family])
        except OSError:
            self.socket = socket.socket(family, socket.SOCK_RAW, PROTOCOLS[family])
            self.raw = True
        self.identifier = (os.getpid() ^ id(self) >> 4) & 0xFFFF
        self.sequence = 0
        self._forbid_fragments()
        try:
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()

    def _forbid_fragments(self) -> None:
        if self.family == socket.AF_INET:
            self.socket.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
        else:
            self.socket.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO)

    def mtu(self) -> int:
        """Return what the kernel believes of the path's MTU in bytes: that of the link, or what ICMP has told it."""
        if self.family == socket.AF_INET:
            return self.socket.getsockopt(socket.IPPROTO_IP, IP_MTU)
        return self.socket.getsockopt(socket.IPPROTO_IPV6, IPV6_MTU)

    def exchange(self, size: int, wait_s: float) -> float | None:
        """Send one request with `size` bytes of payload; return the round trip in ms, or None without a reply.

        Raises OSError when an ICMP error came back or the packet is larger than the known path MTU (EMSGSIZE).
        """
        self.sequence = (self.sequence + 1) & 0xFFFF
        started = time.monotonic()
        self.socket.send(request(self.family, self.identifier, self.sequence, size))
        while True:
            left = started + wait_s - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                return None
            packet = self.socket.recv(65535)
            if reply_sequence(self.family, packet, self.raw, self.identifier) == self.sequence:
                return round((time.monotonic() - started) * 1000, 3)


def ping(echo: Echo, count: int, wait_s: float) -> dict[str, t.Any]:
    """Return {sent_packets, received_packets, loss_percent, rtt_min_ms, rtt_avg_ms, rtt_max_ms, error}."""
    times, error = [], None
    for dummy in range(count):
        try:
            took = echo.exchange(DEFAULT_SIZE, wait_s)
        except OSError as caught:
            took, error = None, os.strerror(caught.errno) if caught.errno else str(caught)
        if took is not None:
            times.append(took)
    result: dict[str, t.Any] = {"sent_packets": count, "received_packets": len(times), "error": error}
    result["loss_percent"] = round(100.0 * (count - len(times)) / count, 1) if count else None
    result["rtt_min_ms"] = min(times) if times else None
    result["rtt_avg_ms"] = round(sum(times) / len(times), 3) if times else None
    result["rtt_max_ms"] = max(times) if times else None
    return result
