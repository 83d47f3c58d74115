# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single connections in full: those that look bad, and those that were asked for."""

from __future__ import annotations

import socket
import typing as t

from ._cgroups import units_of_groups
from ._connection_counts import is_incoming
from ._connection_groups import address_of
from ._connection_lookups import look_up
from ._connection_rows import MEASURES, STATES, SYN_RECV, SYN_SENT, Row
from ._connection_summary import address_text
from ._connection_suspects import Suspect
from ._processes import Processes
from ._sock_diag import Socket, parse_sockets
from ._socket_owners import Owners, owners
from ._tcp_info import TcpInfo, informed_rows

TIMERS = ("off", "retransmit", "keepalive", "time_wait", "zero_window_probe")

UNCONNECTED = (SYN_SENT, SYN_RECV)
"""Their times of the last data are not set yet."""

Detail = t.Dict[str, t.Any]


class Full(t.NamedTuple):
    """A socket, and what the kernel says when it is asked for this one; None where it does not."""

    suspect: Suspect
    entry: Socket | None
    info: TcpInfo | None


def in_full(suspects: t.Sequence[Suspect]) -> list[Full]:
    """Ask the kernel for some sockets; where it does not answer the rest is known from counting."""
    found = [Full(suspect, None, None) for suspect in suspects]
    try:
        for place, message in look_up([(suspect.family, suspect.row) for suspect in suspects]):
            entry = next(iter(parse_sockets(message)), None)
            informed = next(informed_rows(message, {}), None)
            found[place] = Full(suspects[place], entry, informed[1] if informed else None)
    except OSError:
        pass
    return found


def details(suspects: t.Sequence[Suspect], table: bytes, walk: bool) -> tuple[list[Detail], Owners | None]:
    """Return the sockets in the order given, and what the walk of /proc for their processes gave, if it was wanted."""
    found = in_full(suspects)
    entries = [full.entry for full in found if full.entry and full.entry.inode]
    held = owners({entry.inode: entry.cgroup for entry in entries}) if walk and entries else None
    units = units_of_groups({entry.cgroup for entry in entries if entry.cgroup})
    processes = Processes() if entries else None
    return [_detail(full, table, held, units, processes) for full in found], held


def _detail(
    full: Full, table: bytes, held: Owners | None, units: t.Mapping[int, str], processes: Processes | None
) -> Detail:
    status, local_port, remote_port, ends, measures = _row(full)
    expires_ms, received, sent = MEASURES.unpack(measures)
    family, link, entry = full.suspect.family, ends[32:], full.entry
    holders = held.holders.get(entry.inode, []) if held and entry else []
    holder = processes(holders[0][0]) if holders and processes else None
    return {
        "reason": full.suspect.reason,
        "direction": "in" if is_incoming(table, local_port, remote_port) else "out",
        "local_address": address_text(address_of(family, ends[:16], link)),
        "local_port": socket.ntohs(local_port),
        "remote_address": address_text(address_of(family, ends[16:32], link)),
        "remote_port": socket.ntohs(remote_port),
        "state": STATES[status[0]] if status[0] < len(STATES) else str(status[0]),
        "timer": TIMERS[status[1]] if status[1] < len(TIMERS) else str(status[1]),
        "expires_ms": expires_ms,
        "retransmits": status[2],
        "receive_queue_bytes": received,
        "send_queue_bytes": sent,
        "uid": entry.uid if entry else None,
        "inode": entry.inode if entry else None,
        "pid": holder.pid if holder else None,
        "name": holder.name if holder else None,
        "unit": (holder.unit if holder else None) or (units.get(entry.cgroup or 0) if entry else None),
        **(_times(full.info) if full.info and status[0] not in UNCONNECTED else {}),
    }


def _row(full: Full) -> Row:
    """Return the row as it is now, or as it was counted when the socket is gone."""
    entry, before = full.entry, full.suspect.row
    if entry is None:
        return before
    status = bytes((entry.state, entry.timer, entry.retransmits))
    measures = MEASURES.pack(entry.expires_ms, entry.receive_queue, entry.send_queue)
    return (status, *before[1:4], measures)


def _times(info: TcpInfo) -> Detail:
    return {
        "rtt_ms": round(info.rtt_us / 1000, 3),
        "rto_ms": round(info.rto_us / 1000),
        "cwnd": info.cwnd,
        "backoff": info.backoff,
        "unacked": info.unacked,
        "lost": info.lost,
        "retransmits_total": info.total_retrans,
        "pmtu_bytes": info.pmtu,
        "idle_ms": min(info.last_data_sent_ms, info.last_data_recv_ms),
        "last_data_sent_ms": info.last_data_sent_ms,
        "last_data_recv_ms": info.last_data_recv_ms,
        "last_ack_recv_ms": info.last_ack_recv_ms,
    }
