# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel knows of a connection: struct tcp_info (include/uapi/linux/tcp.h), in dumps that ask for it."""

from __future__ import annotations

import struct
import typing as t

from ._connection_rows import ROW, Row
from ._netlink import ATTRIBUTE, HEADER, messages, places
from ._sock_diag import CGROUP_ID, MESSAGE, SOCK_DIAG_BY_FAMILY

INFO = 2
"""INET_DIAG_INFO, the attribute; bit 1 of the request asks for it."""

NOWHERE = (0, 0)
ASK_INFO = 1 << (INFO - 1)
FORM = struct.Struct("=2xBBB3xI12xI4xI8xI4xIII4xI8xI16xI")
GROUP = struct.Struct("=Q")


class TcpInfo(t.NamedTuple):
    """The fields that are used; times of the last packets are how long ago they were.

    Without data the times count from the handshake. Keepalive probes and their answers are no data, but each answer is
    an ACK.
    """

    retransmits: int
    probes: int
    backoff: int
    rto_us: int
    unacked: int
    lost: int
    last_data_sent_ms: int
    last_data_recv_ms: int
    last_ack_recv_ms: int
    pmtu: int
    rtt_us: int
    cwnd: int
    total_retrans: int


Places = t.Dict[int, t.Tuple[int, int]]
"""Where tcp_info and the control group stand in a message, by its size."""


def informed_rows(buffer: memoryview, known: Places) -> t.Iterator[tuple[Row, TcpInfo, int | None]]:
    """Yield each socket of a buffer that has a tcp_info, and the number of its control group where there is one.

    Messages of one size nearly always hold their attributes at the same places. `known`, empty at first, keeps them;
    that they are there is checked, and looked up again when it is not so.
    """
    for kind, start, end in messages(buffer):
        size = end - start
        if kind != SOCK_DIAG_BY_FAMILY or size < MESSAGE.size:
            continue
        info_at, group_at = known.get(size, NOWHERE)
        if not _is_at(buffer, start, info_at, INFO) or not _is_at(buffer, start, group_at, CGROUP_ID):
            info_at, group_at = known[size] = _places(buffer, start, end)
        if info_at:
            info = TcpInfo._make(FORM.unpack_from(buffer, start + info_at))
            group = GROUP.unpack_from(buffer, start + group_at)[0] if group_at else None
            yield ROW.unpack_from(buffer, start - HEADER.size), info, group


def _is_at(buffer: memoryview, start: int, place: int, kind: int) -> bool:
    return place > 0 and ATTRIBUTE.unpack_from(buffer, start + place - ATTRIBUTE.size)[1] == kind


def _places(buffer: memoryview, start: int, end: int) -> tuple[int, int]:
    """Return where tcp_info and the control group stand behind `start`; 0 for one that is missing or too short."""
    found = {INFO: 0, CGROUP_ID: 0}
    for kind, first, last in places(buffer, start + MESSAGE.size, end):
        if kind in found and last - first >= (FORM if kind == INFO else GROUP).size:
            found[kind] = first - start
    return found[INFO], found[CGROUP_ID]
