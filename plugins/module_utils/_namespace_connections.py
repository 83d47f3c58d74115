# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections in other network namespaces of the peer: containers, network units of systemd, named namespaces."""

from __future__ import annotations

import os
import typing as t

from ._bounds import take
from ._connection_groups import Group
from ._connection_limits import read_limits
from ._connection_reading import Reading, read_namespace
from ._connection_summary import SHOWN_STATES, TROUBLES, keepalive, total
from ._hidden_processes import are_hidden
from ._network_namespaces import Namespace, container_and_unit, namespaces, visit
from ._port_ranges import ports_text
from ._process_stat import parse_process_stat
from ._read import read_text, source, status_of

MOST_NAMESPACES = 16
MOST_SAMPLED = 500
LIMIT_S = 1.0

Row = t.Dict[str, t.Any]


def net_namespaces(own_keepalive: t.Mapping[str, int | None], budget_bytes: int) -> tuple[Row, dict[str, str]]:
    """Return {found, read, truncated, rows} of the namespaces that can be entered, and a source."""
    found = namespaces()
    chosen = found.namespaces[:MOST_NAMESPACES]
    answers = visit(chosen, lambda namespace: look(namespace, own_keepalive), LIMIT_S) if chosen else []
    rows = [answer for answer in answers if not isinstance(answer, OSError)]
    shown = take(sorted(rows, key=_urgency), budget_bytes)
    errors = [answer for answer in answers if isinstance(answer, OSError)]
    fact = {
        "found": len(found.namespaces),
        "read": len(rows),
        "truncated": len(shown) < len(found.namespaces),
        "rows": shown,
    }
    return fact, _source(found.denied, errors, len(found.namespaces) - len(answers))


def _source(denied: int, errors: t.Sequence[OSError], left_out: int) -> dict[str, str]:
    name = "/proc/PID/ns/net"
    hidden = "%d processes did not show theirs" % denied if denied else "no other process is shown"
    denied = denied or are_hidden()
    if os.geteuid() and (denied or errors):
        detail = "root would add the connections of other network namespaces (containers): " + hidden
        return source(name, "denied", detail)
    if errors:
        detail = "%d network namespaces could not be entered: %s" % (len(errors), errors[0].strerror)
        return source(name, status_of(errors[0]), detail)
    said = ["%d network namespaces were left out" % left_out] if left_out else []
    return source(name, "ok", "; ".join([*said, hidden] if denied else said))


def look(namespace: Namespace, own_keepalive: t.Mapping[str, int | None]) -> Row:
    """Return the row of the network namespace that this thread is in. Raises OSError where netlink is refused."""
    limits = read_limits()
    reading = read_namespace(limits.ephemeral, MOST_SAMPLED)
    every = total(reading.groups.rows.values())
    outside = total(group for group in reading.groups.rows.values() if not group.loopback)
    return {
        **_name(namespace),
        "keepalive_sysctls": limits.keepalive_s,
        "keepalive_differs": limits.keepalive_s != own_keepalive,
        "listening_ports": ports_text(reading.listening, 100),
        **_measures(reading, every, outside),
    }


def _name(namespace: Namespace) -> Row:
    pid = namespace.pid
    container, unit = (None, None) if pid is None else container_and_unit(pid)
    return {
        "inode": namespace.inode,
        "name": namespace.name,
        "pid": pid,
        "process": None if pid is None else _process(pid),
        "container": container,
        "unit": unit,
    }


def _process(pid: int) -> str | None:
    try:
        return parse_process_stat(read_text("/proc/%d/stat" % pid).text or "").name
    except ValueError:
        return None


def _measures(reading: Reading, every: Group, outside: Group) -> Row:
    return {
        "sockets": every.sockets + len(reading.listening),
        "established": every.sums.get("ESTABLISHED", 0),
        "loopback": every.sums.get("ESTABLISHED", 0) - outside.sums.get("ESTABLISHED", 0),
        "states": {name: every.sums[name] for name in SHOWN_STATES if every.sums.get(name)},
        "keepalive": keepalive(every),
        "troubled": sum(every.sums.get(name, 0) for name in TROUBLES),
        "idle_without_keepalive": {
            "sockets": outside.sums.get("unprotected", 0),
            "idle_max_s": outside.peaks.get("unprotected_idle_max_s"),
        },
    }


def _urgency(row: Row) -> tuple[int, ...]:
    return (-row["troubled"], -row["idle_without_keepalive"]["sockets"], -row["established"], -row["sockets"])
