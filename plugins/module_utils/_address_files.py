# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IP addresses without netlink: /proc/net/if_inet6 for IPv6, socket ioctls (netdevice(7)) for IPv4."""

from __future__ import annotations

import socket
import struct
import typing as t

from ._addresses import FAMILIES, SCOPES, flag_names
from ._read import read_text, source, status_of
from ._text import clean

SIOCGIFCONF, SIOCGIFNETMASK = 0x8912, 0x891B
IFREQ_BYTES = 40 if struct.calcsize("P") == 8 else 32
MOST_IFREQ = 4096
IPV6_SCOPES = {0x00: 0, 0x10: 254, 0x20: 253, 0x40: 200}
"""IPV6_ADDR_* scopes of the file as scopes of rtnetlink (RT_SCOPE_*)."""


def read_files(sources: list[dict[str, str]]) -> list[tuple[str, dict[str, t.Any]]]:
    """Return (link, address) of all addresses; `sources` gets a line on each place they come from."""
    rows: list[tuple[str, dict[str, t.Any]]] = []
    try:
        rows += ipv4_addresses()
        sources.append(source("SIOCGIFCONF"))
    except OSError as error:
        sources.append(source("SIOCGIFCONF", status_of(error), str(error)))
    found = read_text("/proc/net/if_inet6")
    try:
        rows += parse_if_inet6(found.text or "")
        sources.append(source("/proc/net/if_inet6", found.status, found.detail))
    except ValueError as error:
        sources.append(source("/proc/net/if_inet6", "failed", str(error)))
    return rows


def parse_if_inet6(text: str) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
    """Yield (link, address) of each line of /proc/net/if_inet6 (net/ipv6/addrconf.c).

        fe8000000000000000fc00fffe000001 02 40 20 80    eth0

    Columns: address, index, prefix length, scope, flags, link, all numbers hexadecimal. Lifetimes are not in the
    file. Raises ValueError with a line that does not have them.
    """
    for line in text.splitlines():
        words = line.split(None, 5)
        if len(words) != 6 or len(words[0]) != 32:
            raise ValueError("/proc/net/if_inet6: %r" % line)
        prefix, scope, flags = (int(word, 16) for word in words[2:5])
        address = socket.inet_ntop(socket.AF_INET6, bytes.fromhex(words[0]))
        row = _row(address, 10, prefix, IPV6_SCOPES.get(scope & 0xF0, 0), flag_names(flags, 10), None)
        yield words[5].strip(), row


def ipv4_addresses() -> list[tuple[str, dict[str, t.Any]]]:
    """Return (link, address) of the IPv4 addresses that SIOCGIFCONF lists, at most 4,096; raises OSError.

    A label (`eth0:web`) is told apart from the link it stands on. The scope is not known this way except for
    loopback and link-local addresses.
    """
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        found = _configuration(asked)
        rows = []
        for label, address in found:
            wanted = struct.pack("16sHH4s16x", label, socket.AF_INET, 0, address)
            mask = fcntl.ioctl(asked, SIOCGIFNETMASK, wanted)[20:24]
            prefix = bin(int.from_bytes(mask, "big")).count("1")
            text = clean(label, 32)
            rows.append((text.partition(":")[0], _row(socket.inet_ntoa(address), 2, prefix, _scope(address), [], text)))
    return rows


def _configuration(asked: socket.socket) -> list[tuple[bytes, bytes]]:
    """Return (label, address) of each address."""
    import array
    import fcntl

    space = array.array("B", bytes(IFREQ_BYTES * MOST_IFREQ))
    request = struct.pack("iP", len(space), space.buffer_info()[0])
    used = struct.unpack("iP", fcntl.ioctl(asked, SIOCGIFCONF, request))[0]
    rows = (space[start : start + IFREQ_BYTES].tobytes() for start in range(0, used, IFREQ_BYTES))
    return [(row[:16].partition(b"\0")[0], row[20:24]) for row in rows]


def _scope(address: bytes) -> int:
    return 254 if address[0] == 127 else 253 if address[:2] == b"\xa9\xfe" else 0


def _row(address: str, family: int, prefix: int, scope: int, flags: list[str], label: str | None) -> dict[str, t.Any]:
    return {
        "address": address,
        "family": FAMILIES[family],
        "prefixlen": prefix,
        "scope": SCOPES[scope],
        "flags": flags,
        "label": label,
        "broadcast": None,
        "peer": None,
        "valid_s": None,
        "preferred_s": None,
    }
