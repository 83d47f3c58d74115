# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listening sockets from /proc/net/{tcp,tcp6,udp,udp6}, for where netlink is refused."""

from __future__ import annotations

import struct
import typing as t

from ._sock_diag import STATES, Socket

AF_INET, AF_INET6 = 2, 10
ANYWHERE = bytes(16)


def parse_proc_net(text: str, state: str) -> t.Iterator[Socket]:
    """Yield the sockets in `state` (`LISTEN`, or `CLOSE` for UDP without a peer) of a file in /proc/net.

      sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
       0: 0100007F:1538 00000000:0000 0A 00000000:00000003 00:00000000 00000000   112        0 24680 1 ...

    An address is words of 32 bits printed as numbers of the host, so its bytes depend on the machine. For a listener
    rx_queue is the length of the accept queue; its limit is not there (`send_queue` is -1), nor are the interface and
    v6only. Only UDP has drops. Source: proc(5), net/ipv4/tcp_ipv4.c, net/ipv4/udp.c.

    Raises ValueError for a broken line.
    """
    wanted = "%02X" % STATES[state]
    for line in text.split("\n")[1:]:
        words = line.split()
        if len(words) > 3 and words[3] != wanted or not words:
            continue
        try:
            yield _socket(words)
        except (ValueError, IndexError, struct.error):
            raise ValueError("no line of /proc/net/tcp or udp: %r" % line[:200]) from None


def _socket(words: t.Sequence[str]) -> Socket:
    state = int(words[3], 16)
    text, port = words[1].split(":")
    address = struct.pack("=%dI" % (len(text) // 8), *(int(text[at : at + 8], 16) for at in range(0, len(text), 8)))
    if len(address) not in (4, 16):
        raise ValueError
    dummy, received = words[4].split(":")
    is_listener = state == STATES["LISTEN"]
    return Socket(
        family=AF_INET if len(address) == 4 else AF_INET6,
        state=state,
        timer=0,
        retransmits=0,
        port=int(port, 16),
        peer_port=0,
        address=address.ljust(16, b"\0"),
        peer_address=ANYWHERE,
        interface=0,
        expires_ms=0,
        receive_queue=int(received, 16),
        send_queue=-1 if is_listener else 0,
        uid=int(words[7]),
        inode=int(words[9]),
        drops=None if is_listener else int(words[12]),
        cgroup=None,
        v6only=None,
    )
