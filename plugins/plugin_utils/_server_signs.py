# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server of a flow shows of its own state: full queues, dead processes, a recent boot, who refused whom."""

from __future__ import annotations

from ._counters_of import moved, uptime_s
from ._keepalive import running
from ._listeners_of import full_listeners, listening, saturation, ssh_ports, tcp_listeners
from ._readings import Row, number, port_of, rows, text
from ._scene import Scene
from ._signs import Signs, sign

BY_SIGNAL = ("signal", "core-dump", "oom-kill", "watchdog")
"""Results of a service that did not end by itself: systemd.service(5), $SERVICE_RESULT."""

POLITE = ("1", "2", "13", "15")
"""Signals that ask a service to end: HUP, INT, PIPE and TERM, systemd.service(5), SuccessExitStatus=."""

COMMAND_LENGTH = 15
"""The kernel keeps so much of a program's name (TASK_COMM_LEN)."""

AFTER_S = 3
"""Hosts that are started together begin within so many seconds of each other; uptimes are rounded."""

DAY_S = 86400
ABORT = "net.ipv4.tcp_abort_on_overflow"


def server_signs(scene: Scene) -> Signs:
    """Return the signs of the server's queues, services and boot below `flow.attribution`."""
    if scene.target is None:
        return dict.fromkeys(NAMES, [])
    resets_clients = running(scene.server_facts, ABORT) == 1
    full, counted = _full_queue(scene), _overflows(scene)
    died = _died(scene)
    killed_for_memory = _memory_kills(scene)
    return {
        "queue_resets": full if resets_clients else [],
        "queue_drops": [] if resets_clients else full,
        "overflow_resets": counted if resets_clients and full else [],
        "overflow_drops": counted if full and not resets_clients else [],
        "queue_has_room": _has_room(scene),
        "died": died,
        "killed_for_memory": killed_for_memory,
        "died_for_memory": died if killed_for_memory else [],
        "restarted": _restarted(scene),
        "rebooted": _rebooted(scene),
        "no_sshd": _no_sshd(scene),
    }


NAMES = (
    *("queue_resets", "queue_drops", "overflow_resets", "overflow_drops", "queue_has_room", "died"),
    *("killed_for_memory", "died_for_memory", "restarted", "rebooted", "no_sshd"),
)


def _full_queue(scene: Scene) -> list[Row]:
    """Return the listeners of the flow whose accept queue is full."""
    port = scene.ends.port
    found = full_listeners(scene.server_facts)
    if port is not None:
        full = listening(scene.server_facts, port, scene.ends.address).full
        found = [full] if full else []
    return [_queue(scene, row) for row in found]


def _queue(scene: Scene, row: Row) -> Row:
    length, limit = number(row, "accept_queue", "length"), number(row, "accept_queue", "limit")
    name = text(row, "name") or "the listener"
    what = "%s on %s port %s has %s connections waiting, its backlog is %s" % (
        *(name, scene.target, row.get("port"), length, limit),
    )
    return sign(scene.target, what, value=saturation(row), culprit=scene.target, port=row.get("port"))


def _has_room(scene: Scene) -> list[Row]:
    """Return that what overflows on the server is not the queue of the port that was asked for."""
    port, overflowed = scene.ends.port, moved(scene.server_facts, "TcpExt.ListenOverflows")
    if (
        port is None
        or not scene.ends.named
        or not (full_listeners(scene.server_facts) or (overflowed and overflowed.value))
    ):
        return []
    found = listening(scene.server_facts, port, scene.ends.address)
    waits = [number(row, "accept_queue", "length") for row in found.rows]
    drops = [number(row, "drops_packets") for row in found.rows]
    if found.state == "no" or (found.state == "yes" and not any(one != 0 for one in waits + drops)):
        told = "nobody waits in the queue of port %d" if found.rows else "nothing listens on port %d, so no queue fills"
        return [sign(scene.target, "%s: %s" % (scene.target, told % port), value=0, port=port)]
    return []


def _overflows(scene: Scene) -> list[Row]:
    """Return that the accept queues of the server overflowed, or that clients wait in vain."""
    counted = moved(scene.server_facts, "TcpExt.ListenOverflows")
    found = []
    if counted and counted.value:
        what = "ListenOverflows of %s rose by %s" % (scene.target, counted)
        found.append(sign(scene.target, what, value=counted.value, culprit=scene.target))
    if text(scene.probe, "class") in ("timed_out", "reset"):
        what = "a connection from %s to %s ended: %s" % (scene.client, scene.where, text(scene.probe, "class"))
        found.append(
            sign(scene.client, what, value=text(scene.probe, "class"), culprit=scene.target, port=scene.ends.port)
        )
    return found


def _died(scene: Scene) -> list[Row]:
    """Return the services of the server that a signal ended, when they can be those of the flow."""
    found = []
    for row in rows(scene.server_facts, "peer_load", "services", "failed"):
        if row.get("result") in BY_SIGNAL and _may_serve(scene, text(row, "unit")):
            told = "%s, status %s" % (row["result"], text(row, "exit_status") or "unknown")
            what = "%s on %s was ended by force (%s)" % (text(row, "unit"), scene.target, told)
            found.append(sign(scene.target, what, value=row["result"], culprit=scene.target))
    return found + _killed(scene) + _crashed(scene)


def _killed(scene: Scene) -> list[Row]:
    """Return the services whose main process a signal ended within the hour, whether they run again or not."""
    found = []
    for row in rows(scene.server_facts, "peer_load", "services", "ended"):
        forced = row.get("code") in ("killed", "dumped") and row.get("status") not in POLITE
        if forced and _may_serve(scene, text(row, "unit")):
            what = "%s on %s was ended by signal %s at %s" % (
                *(text(row, "unit"), scene.target, text(row, "status"), text(row, "time")),
            )
            found.append(sign(scene.target, what, value=row["code"], culprit=scene.target))
    return found


def _crashed(scene: Scene) -> list[Row]:
    """Return the crashes in the kernel's log of programs that listen on the server, on the port when it is known."""
    facts = scene.server_facts
    listeners = [row for row in tcp_listeners(facts) if scene.ends.port in (None, row.get("port"))]
    names = {text(row, "name")[:COMMAND_LENGTH] for row in listeners} - {""}
    found = []
    for event in rows(facts, "peer_kernel_log", "events"):
        if event.get("kind") == "crash" and text(event, "process")[:COMMAND_LENGTH] in names:
            what = "%s on %s crashed (%s)" % (text(event, "process"), scene.target, text(event, "reason") or "signal")
            found.append(sign(scene.target, what, value=event.get("time"), culprit=scene.target))
    return found


def _restarted(scene: Scene) -> list[Row]:
    """Return the services of the server that systemd had to start again within the hour."""
    found = []
    for row in rows(scene.server_facts, "peer_load", "services", "started_recently"):
        restarts = number(row, "restarts")
        if restarts and _may_serve(scene, text(row, "unit")):
            what = "%s on %s was started again by systemd %d s ago" % (
                text(row, "unit"),
                scene.target,
                number(row, "age_s") or 0,
            )
            found.append(sign(scene.target, what, value=restarts, culprit=scene.target))
    return found


def _may_serve(scene: Scene, unit: str) -> bool:
    """Return whether a failed unit can be the server of the flow: it is not when another unit listens on the port."""
    if scene.ends.port is None:
        return True
    units = [text(row, "unit") for row in listening(scene.server_facts, scene.ends.port, scene.ends.address).rows]
    return not any(units) or unit in units


def _memory_kills(scene: Scene) -> list[Row]:
    """Return the kills for lack of memory on the server that counters or the log of the kernel tell of."""
    facts = scene.server_facts
    paths = (("peer_load", "cgroup", "oom_kills"), ("peer_load", "memory", "oom_kills_in_window"))
    kills = max((number(facts, *path) or 0 for path in (*paths, ("peer_kernel_log", "counts", "oom-kill"))), default=0)
    if not kills:
        return []
    events = [row for row in rows(facts, "peer_kernel_log", "events") if row.get("kind") == "oom-kill"]
    names = ", ".join(dict.fromkeys(text(row, "process") for row in events if text(row, "process")))
    what = "the kernel of %s killed %d processes for lack of memory%s" % (
        scene.target,
        kills,
        ": " + names if names else "",
    )
    return [sign(scene.target, what, value=kills, culprit=scene.target)]


def _rebooted(scene: Scene) -> list[Row]:
    """Return that the server began anew within a day, after the client did: it knows nothing of older connections.

    A server that never ran before counts only when the client is clearly older.
    """
    up_s, client_up_s = uptime_s(scene.server_facts), uptime_s(scene.client_facts)
    ended = text(scene.server_facts, "peer_load", "boot", "previous_end")
    if up_s is None or client_up_s is None or up_s > DAY_S or client_up_s - up_s < (0 if ended else AFTER_S):
        return []
    what = "%s began %d s ago, %d s after %s" % (scene.target, up_s, client_up_s - up_s, scene.client)
    told = "%s; before that it was last alive at %s" % (what, ended) if ended else what
    return [sign(scene.target, told, value=up_s, culprit=scene.target)]


def _no_sshd(scene: Scene) -> list[Row]:
    """Return that a peer that is managed by SSH refuses it, as the controller or a client found."""
    port = port_of(scene.ends.port)
    told = (text(scene.probe, "class"), text(scene.server_facts, "peer", "reach", "class"))
    if "refused" not in told or port not in ssh_ports(scene.server_facts):
        return []
    if listening(scene.server_facts, port, scene.ends.address).state == "yes":
        return []
    what = "%s refuses SSH on port %d although it is managed by SSH" % (scene.target, port)
    return [sign(scene.target, what, value="refused", culprit=scene.target, port=port)]
