# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of /proc/net of Linux 3.0.8 on a 32-bit ARM device with BusyBox, as it was published.

Pointers have eight digits there. Public addresses were replaced.
"""

from __future__ import annotations

import socket

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _connection_lines,
    _connection_rows,
    _proc_sockets,
)

TICKS_PER_S = 100
TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 403 1 c2658460 300 0 0 2 -1
   1: 00000000:022A 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 513 1 c2659180 300 0 0 2 -1
   4: 00000000:0017 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 162 1 c2658000 300 0 0 2 -1
   5: EC08A8C0:0017 7E08A8C0:CFA9 01 00000002:00000000 01:0000001D 00000000     0        0 1444 4 c26595e0 31 4 25 10 9
   6: EC08A8C0:A135 010200C0:BF86 01 00001E8F:00000000 01:0000001D 00000000     0        0 1052 2 c2659ea0 31 4 0 18 7
   7: EC08A8C0:B352 020200C0:3572 01 00000000:00000000 00:00000000 00000000     0        0 1042 1 c2659a40 21 4 30 5 3
"""
UDP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  146: 00000000:9392 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 416 2 c1dcf800 0
  178: FBFFFFEF:93B2 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1060 2 c0b16000 0
"""


def test_connections_of_linux_3_0() -> None:
    found = [
        (tuple(status), socket.ntohs(local), socket.inet_ntoa(ends[16:20]), socket.ntohs(remote))
        + _connection_rows.MEASURES.unpack(measures)
        for status, local, remote, ends, measures in _connection_lines.parse_connections(TCP.split("\n"), TICKS_PER_S)
    ]
    waits_for_ack = (_connection_rows.ESTABLISHED, _connection_rows.RETRANSMIT, 0)
    assert found == [
        (waits_for_ack, 23, "192.168.8.126", 53161, 290, 0, 2),
        (waits_for_ack, 41269, "192.0.2.1", 49030, 290, 0, 7823),
        ((_connection_rows.ESTABLISHED, _connection_rows.NO_TIMER, 0), 45906, "192.0.2.2", 13682, 0, 0, 0),
    ]


def test_sockets_that_wait_on_linux_3_0() -> None:
    listeners = _proc_sockets.parse_proc_net(TCP, "LISTEN")
    assert [(entry.port, entry.inode, entry.drops) for entry in listeners] == [
        (5000, 403, None),
        (554, 513, None),
        (23, 162, None),
    ]
    receivers = _proc_sockets.parse_proc_net(UDP, "CLOSE")
    assert [(socket.inet_ntoa(entry.address[:4]), entry.port, entry.inode, entry.drops) for entry in receivers] == [
        ("0.0.0.0", 37778, 416, 0),
        ("239.255.255.251", 37810, 1060, 0),
    ]
