# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TCP sockets as rows from /proc/net/tcp and tcp6, for where netlink is refused."""

from __future__ import annotations

import os
import struct
import typing as t

from ._connection_rows import KEEPALIVE, MEASURES, PROBE, Row
from ._read import real_path

LISTEN = "0A"
NO_LINK = bytes(4)


def read_lines(path: str) -> t.Iterator[Row]:
    """Yield the rows of a file without ever holding all of it. Raises OSError, and ValueError for a broken line."""
    with open(real_path(path), encoding="ascii", errors="replace") as stream:
        yield from parse_connections(stream, os.sysconf("SC_CLK_TCK"))


def parse_connections(lines: t.Iterable[str], ticks_per_s: int) -> t.Iterator[Row]:
    """Yield the sockets that do not listen, from the lines of /proc/net/tcp or tcp6.

      sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
       1: 0100007F:0016 0100007F:C1E2 01 00000000:00000000 02:00034A1C 00000000  0        0 24680 ...

    "tr" is the timer as netlink has it, "tm->when" its expiry in clock ticks. "retrnsmt" counts retransmits, the column
    headed "timeout" probes without an answer. Addresses are words printed as numbers of the host. The first line is a
    heading. Source: net/ipv4/tcp_ipv4.c get_tcp4_sock(). Raises ValueError for a broken line.
    """
    for line in lines:
        words = line.split()
        if not words or words[0] == "sl" or words[3:4] == [LISTEN]:
            continue
        try:
            yield _row(words, ticks_per_s)
        except (ValueError, IndexError, OverflowError, struct.error):
            raise ValueError("no line of /proc/net/tcp: %r" % line[:200]) from None


def _row(words: t.Sequence[str], ticks_per_s: int) -> Row:
    local, local_port = _end(words[1])
    remote, remote_port = _end(words[2])
    sent, received = words[4].split(":")
    timer, ticks = words[5].split(":")
    tries = int(words[8]) if int(timer, 16) in (KEEPALIVE, PROBE) else int(words[6], 16)
    status = bytes((int(words[3], 16), int(timer, 16), min(tries, 255)))
    measures = MEASURES.pack(int(ticks, 16) * 1000 // ticks_per_s, int(received, 16), int(sent, 16))
    return status, local_port, remote_port, local + remote + NO_LINK, measures


def _end(text: str) -> tuple[bytes, int]:
    """Return an address of 16 bytes (of IPv4 the first four) and a port in network order."""
    words, port = text.split(":")
    address = struct.pack("=%dI" % (len(words) // 8), *(int(words[at : at + 8], 16) for at in range(0, len(words), 8)))
    if len(address) not in (4, 16):
        raise ValueError
    return address.ljust(16, b"\0"), struct.unpack("=H", struct.pack("!H", int(port, 16)))[0]
