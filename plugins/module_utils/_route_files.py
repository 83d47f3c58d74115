# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes from /proc/net/route and /proc/net/ipv6_route, for where netlink is refused: no tables, rules or origins."""

from __future__ import annotations

import socket
import struct
import typing as t

from ._route_rows import Row
from ._text import clean

UP, GATEWAY, REJECT = 0x1, 0x2, 0x200
IPV6_CACHE, IPV6_LOCAL = 0x01000000, 0x80000000
NO_LINK = "*"
LAST_RESORT = 0xFFFFFFFF
"""Metric of the entry that the kernel itself ends each IPv6 table with."""

BYTES = 4 << 20
"""What is read of a table: about 32,000 routes, enough for any host that is not a router."""


def parse_route(text: str) -> t.Iterator[Row]:
    """Yield the routes of /proc/net/route, which are those of the main table (net/ipv4/fib_trie.c).

        Iface Destination Gateway  Flags RefCnt Use Metric Mask     MTU Window IRTT
        eth0  00000000    010200C0 0003  0      0   0      00000000 0   0      0

    Addresses are hexadecimal in the host's byte order. Raises ValueError with a line that has other columns; the last
    line is left out when it was cut.
    """
    for line in _whole_lines(text)[1:]:
        words = line.split()
        if len(words) != 11:
            raise ValueError("/proc/net/route: %r" % line)
        flags, metric, mtu = int(words[3], 16), int(words[6]), int(words[8])
        prefix = bin(int(words[7], 16)).count("1")
        # A gateway of the other family is shown as none at all, with the flag set.
        gateway = _ipv4(words[2]) if flags & GATEWAY and int(words[2], 16) else None
        row = _row("ipv4", "%s/%d" % (_ipv4(words[1]), prefix), gateway, words[0], metric)
        if words[0] == NO_LINK:
            # RTF_REJECT stands for unreachable and prohibit alike; blackhole and throw have no flag (fib_flag_trans).
            row.update(type="unreachable" if flags & REJECT else "blackhole", interface=None)
        if mtu:
            row["mtu_bytes"] = mtu
        yield row


def parse_ipv6_route(text: str) -> t.Iterator[Row]:
    """Yield the routes of /proc/net/ipv6_route, all tables together (net/ipv6/route.c), without cached ones.

        fe800000000000000000000000000000 40 000...000 00 000...000 00000100 00000001 00000000 00000001     eth0

    Columns: destination, prefix length, source, its prefix length, gateway, metric, references, use, flags, link;
    numbers are hexadecimal. Raises ValueError with a line that has other columns.
    """
    for line in _whole_lines(text):
        words = line.split()
        if len(words) != 10:
            raise ValueError("/proc/net/ipv6_route: %r" % line)
        flags, metric = int(words[8], 16), int(words[5], 16)
        if flags & IPV6_CACHE or metric == LAST_RESORT:
            continue
        destination = "%s/%d" % (_ipv6(words[0]), int(words[1], 16))
        gateway = _ipv6(words[4]) if flags & GATEWAY else None
        row = _row("ipv6", destination, gateway, words[9], metric)
        if flags & REJECT:
            row.update(type="unreachable", interface=None)
        elif flags & IPV6_LOCAL:
            row["type"] = "local"
        elif words[0].startswith("ff"):
            row["type"] = "multicast"
        yield row


def _whole_lines(text: str) -> list[str]:
    """Return the lines without one that the reading limit cut."""
    lines = text.splitlines()
    return lines if text.endswith("\n") or len(text) < BYTES else lines[:-1]


def _row(family: str, destination: str, gateway: str | None, link: str, metric: int) -> Row:
    return {
        "family": family,
        "table": "main" if family == "ipv4" else None,
        "destination": destination,
        "type": "unicast",
        "gateway": gateway,
        "interface": clean(link, 64),
        "flags": [],
        "source": None,
        "metric": metric,
        "protocol": None,
        "scope": None,
    }


def _ipv4(word: str) -> str:
    return socket.inet_ntoa(struct.pack("=I", int(word, 16)))


def _ipv6(word: str) -> str:
    return socket.inet_ntop(socket.AF_INET6, bytes.fromhex(word))
