# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listening sockets of the peer: where they listen, who holds them, how full their queues are."""

from __future__ import annotations

import heapq
import socket
import typing as t

from ._bounds import FAMILY_BYTES, size_bytes, take
from ._cgroups import units_of_groups
from ._endpoints import Endpoint, address_text, drops, endpoints, is_v6only, is_wildcard, urgency
from ._listening_sockets import PROTOCOLS, listening
from ._port_summary import port_lists, summary
from ._processes import Process, Processes
from ._read import read_link, source
from ._sock_diag import interface_name
from ._socket_owners import Owners, owners

Row = t.Dict[str, t.Any]

SMALLEST_ROW_BYTES = 350
MOST_PROCESSES = 8


def collect(
    ports: t.Sequence[int] = (), protocols: t.Sequence[str] = PROTOCOLS, max_listeners: int = 100
) -> dict[str, t.Any]:
    """Return the fact `peer_listening_ports`: TCP and UDP sockets that wait for others, all or those on `ports`.

    Sockets that share protocol, address, interface and port (SO_REUSEPORT) are one row. Rows with trouble come first,
    then low ports; `max_listeners` or 16 KiB end the list, while the summary counts all.
    """
    found, sources = listening(protocols)
    wanted = set(ports)
    if wanted:
        found = {name: [entry for entry in rows if entry.port in wanted] for name, rows in found.items()}
    every = endpoints(found)
    del found
    most = min(max_listeners, FAMILY_BYTES // SMALLEST_ROW_BYTES)
    shown = heapq.nsmallest(most, every, key=urgency)
    entries = [entry for endpoint in shown for entry in endpoint.sockets[:MOST_PROCESSES]]
    held = owners({entry.inode: entry.cgroup for entry in entries if entry.inode})
    rows = _rows(shown, held)
    fact: Row = {
        "sources": [*sources, *_owner_sources(rows, held)],
        "net_namespace": _namespace(),
        "summary": summary(every, rows),
        "ports": port_lists(every),
        "total": len(every),
        "truncated": False,
        "listeners": [],
    }
    kept = take(rows, FAMILY_BYTES - size_bytes(fact))
    return {**fact, "truncated": len(kept) < len(every), "listeners": kept}


def _rows(shown: t.Sequence[Endpoint], held: Owners) -> list[Row]:
    processes = Processes()
    pids = [_pids(endpoint, held) for endpoint in shown]
    unheld = {endpoint.sockets[0].cgroup for endpoint, holders in zip(shown, pids) if not holders}
    units = units_of_groups({group for group in unheld if group})
    return [_row(endpoint, holders, processes, units) for endpoint, holders in zip(shown, pids)]


def _pids(endpoint: Endpoint, held: Owners) -> list[tuple[int, int]]:
    """Return (pid, descriptor) once for each process; systemd, which keeps sockets for its units, comes last."""
    holders = [holder for entry in endpoint.sockets for holder in held.holders.get(entry.inode, ())]
    first = dict(reversed(holders))
    return sorted(first.items(), key=lambda holder: (holder[0] == 1, holder[0]))


def _row(
    endpoint: Endpoint, holders: t.Sequence[tuple[int, int]], processes: Processes, units: t.Mapping[int, str]
) -> Row:
    is_tcp = endpoint.protocol == "tcp"
    first = processes(holders[0][0]) if holders else None
    entry = endpoint.sockets[0]
    return {
        "protocol": endpoint.protocol,
        "family": "ipv4" if endpoint.family == socket.AF_INET else "ipv6",
        "address": address_text(endpoint),
        "interface": interface_name(endpoint.interface),
        "port": endpoint.port,
        "wildcard": is_wildcard(endpoint),
        "loopback": endpoint.loopback,
        "v6only": is_v6only(endpoint),
        "state": "LISTEN" if is_tcp else "UNCONN",
        "foreign_address": "*",
        "sockets": len(endpoint.sockets),
        "inode": entry.inode,
        "uid": entry.uid,
        "pid": first.pid if first else None,
        "name": first.name if first else None,
        "user": first.user if first else processes.user(entry.uid),
        "stime": first.stime if first else None,
        "unit": first.unit if first else units.get(entry.cgroup or 0),
        "accept_queue": _accept_queue(endpoint) if is_tcp else None,
        "receive_queue_bytes": None if is_tcp else sum(entry.receive_queue for entry in endpoint.sockets),
        "drops_packets": drops(endpoint),
        "processes": [_process(processes(pid), descriptor) for pid, descriptor in holders[:MOST_PROCESSES]],
        "processes_total": len(holders),
    }


def _accept_queue(endpoint: Endpoint) -> Row:
    entry = endpoint.fullest
    limit = None if entry.send_queue < 0 else entry.send_queue
    return {"length": entry.receive_queue, "limit": limit, "saturation_percent": endpoint.percent}


def _process(process: Process, descriptor: int) -> Row:
    return {"pid": process.pid, "fd": descriptor, "name": process.name, "user": process.user}


def _owner_sources(rows: t.Sequence[Row], held: Owners) -> list[dict[str, str]]:
    """Return what is to be said about the walk of /proc, as far as it left listeners without a process."""
    unheld = sum(row["pid"] is None for row in rows)
    if not unheld:
        return [source("/proc/PID/fd")]
    if held.denied:
        detail = "root would add the processes of %d of the listeners shown" % unheld
        return [source("/proc/PID/fd", "denied", detail)]
    detail = "%d of the listeners shown have no process here: the kernel or another PID namespace holds them"
    return [source("/proc/PID/fd", "ok", detail % unheld)]


def _namespace() -> int | None:
    """Return the inode of the network namespace, as lsns(8) shows it."""
    link = read_link("/proc/self/ns/net") or ""
    digits = link[len("net:[") : -1]
    return int(digits) if digits.isdigit() else None
