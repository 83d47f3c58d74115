# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The timers of peers and boxes that speak on an idle connection, or that end it."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import typing as t

from ._keepalive import CONNTRACK, Hop, running
from ._listeners_of import SSH, listening, ssh_ports
from ._readings import Number, Row, mapping, number, rows, text
from ._sockets_of import Sockets

Entry = t.Mapping[str, t.Any]

SPEAKS, FORGETS, CLOSES = "speaks", "forgets", "closes"

PROCESSES = {
    **{"haproxy": "haproxy", "beam.smp": "rabbitmq", "nginx": "nginx", "apache2": "apache", "httpd": "apache"},
    **{"sshd": "sshd", "postgres": "postgresql", "mysqld": "mysql", "mariadbd": "mysql", "redis-server": "redis"},
    "valkey-server": "redis",
}
USUAL = {SSH: "sshd", 5672: "rabbitmq", 5671: "rabbitmq", 5432: "postgresql", 3306: "mysql", 6379: "redis"}
"""The software behind a port when the process that listens is not known."""

ENDING = ("idle_timeout",)
NOT_IDLE = ("net_read_timeout", "net_write_timeout", "send_timeout", "wal_sender_timeout", "wal_receiver_timeout")
ONLY_CLOSING = ("timeout client-fin", "timeout server-fin", "management.tcp.idle_timeout", "repl-timeout")
IN_TRANSACTION = ("idle_in_transaction_session_timeout", "idle_transaction_timeout", "ChannelTimeout")
FOR_OTHERS = frozenset(
    (*NOT_IDLE, *ONLY_CLOSING, *IN_TRANSACTION, "management.tcp.inactivity_timeout", "interactive_timeout")
)
"""Idle timeouts that do not end an ordinary idle connection."""

FIRST_PROBE = (
    "clitcpka-idle",
    "tcp_keepalives_idle",
    "tcp-keepalive",
    "KeepAliveTimeSec",
    "tcp_listen_options.keepidle",
)
SWITCH = (
    "option clitcpka",
    "so_keepalive",
    "TCPKeepAlive",
    "tcp_listen_options.keepalive",
    "KeepAlive",
    "tcp-keepalive",
)
CAUSES = {
    **{"haproxy": "haproxy-timeout", "nginx": "nginx-keepalive-race", "apache": "nginx-keepalive-race"},
    **{"sshd": "sshd-idle-limits"},
    **dict.fromkeys(("postgresql", "mysql", "redis"), "http-pool-stale"),
}
"""The cause that an idle timeout of a software is known as."""


class Timer(t.NamedTuple):
    """A timer: at `after_s` of silence `host` speaks, forgets the connection (layer 4) or closes it (layer 7).

    `armed` is True or False where sockets or their configuration show it, None when it is not known. `place` is the
    file and line, or the sysctl, it comes from.
    """

    host: str
    what: str
    effect: str
    layer: int
    after_s: Number
    armed: bool | None = True
    cause: str | None = None
    kind: str | None = None
    software: str | None = None
    place: str = ""


def conntrack(name: str, facts: Entry) -> Timer | None:
    """Return when the connection tracking of a peer forgets an established connection, or None when it does not run."""
    after_s = number(facts, "peer_firewall", "conntrack", "timeouts_s", "established")
    if after_s is None:
        value = running(facts, CONNTRACK)
        after_s = value if type(value) in (int, float) else None
    if after_s is None or after_s <= 0:
        return None
    what = "connection tracking of %s" % name
    cause = "nat-or-firewall-idle-expiry"
    return Timer(name, what, FORGETS, 4, after_s, cause=cause, kind="linux-conntrack", place=CONNTRACK)


def box(hop: Hop) -> Timer | None:
    """Return when a declared box forgets or closes an idle connection, or None when it never does."""
    if not hop.idle_timeout_s:
        return None
    effect = CLOSES if hop.layer == 7 else FORGETS
    what = "%s%s" % (hop.name, " (%s)" % hop.kind if hop.kind else "")
    return Timer(hop.name, what, effect, hop.layer, hop.idle_timeout_s, cause=hop.cause, kind=hop.kind or "box")


def software_on(facts: Entry, port: int | None) -> str | None:
    """Return the software that serves a port, by the name of the process that listens, else by custom."""
    if port is None:
        return None
    names = [text(row, "name") for row in listening(facts, port, None).rows]
    known = next((PROCESSES[name] for name in names if name in PROCESSES), None)
    return known or (None if any(names) else USUAL.get(port))


def settings(facts: Entry, port: int | None) -> list[Row]:
    """Return the rows of `peer_application_timeouts` that are in force on a port."""
    software = software_on(facts, port)
    if port is None or software is None:
        return []
    return [row for row in rows(facts, "peer_application_timeouts", "timeouts") if _applies(row, software, port, facts)]


def _applies(row: Row, software: str, port: int, facts: Entry) -> bool:
    if row.get("software") != software or row.get("conditional") is True or row.get("superseded_by"):
        return False
    ports = row.get("ports")
    if type(ports) is list and ports:
        return port in ports
    return software != "sshd" or port in ssh_ports(facts)


def idle_timeouts(name: str, facts: Entry, port: int | None) -> list[Timer]:
    """Return the idle timeouts with which the software on a port ends connections of its clients."""
    found = []
    for row in settings(facts, port):
        after_s = number(row, "seconds")
        ends = row.get("kind") in ENDING and row.get("side") in ("client", "both")
        if ends and after_s and text(row, "name") not in FOR_OTHERS:
            found.append(_application(name, row, CLOSES, after_s))
    return found


def heartbeats(name: str, facts: Entry, port: int | None) -> list[Timer]:
    """Return when the application protocol on a port speaks by itself.

    RabbitMQ sends a frame at half of the heartbeat that both sides agreed on; sshd asks after ClientAliveInterval.
    Source: RabbitMQ documents, heartbeats; sshd_config(5).
    """
    found = []
    for row in settings(facts, port):
        after_s = number(row, "seconds")
        if row.get("kind") == "heartbeat" and after_s and not text(row, "name").startswith("stream."):
            halved = after_s / 2 if row.get("software") == "rabbitmq" else after_s
            found.append(_application(name, row, SPEAKS, halved))
    return found


def heartbeat_setting(facts: Entry, port: int | None) -> Row | None:
    """Return the row of the heartbeat of the software on a port, also when it is off."""
    kept = (row for row in settings(facts, port) if row.get("kind") == "heartbeat")
    return next((row for row in kept if not text(row, "name").startswith("stream.")), None)


def _application(name: str, row: Row, effect: str, after_s: Number) -> Timer:
    software = text(row, "software")
    what = "%s of %s on %s" % (text(row, "name"), software, name)
    place = "%s:%s" % (text(row, "file"), row.get("line")) if text(row, "file") else text(row, "source")
    return Timer(
        name, what, effect, 7, after_s, cause=CAUSES.get(software), kind=software, software=software, place=place
    )


def keepalive(name: str, facts: Entry, sockets: t.Sequence[Sockets], port: int | None = None) -> Timer | None:
    """Return when a peer sends the first keepalive probe on its sockets, or None when that cannot be known.

    `port` is given for the end that listens: its software's own settings count before the sysctl.
    """
    sysctl = mapping(facts, "peer_sysctls", "keepalive")
    time_s = number(sysctl, "time_s")
    own = configured(facts, port)
    after_s = next((value for value in (own[1], _in_use(sockets), time_s) if value), None)
    if after_s is None:
        return None
    armed = _armed(sockets)
    what = "keepalive of %s" % name
    place = "" if own[1] else "net.ipv4.tcp_keepalive_time"
    return Timer(
        name, what, SPEAKS, 4, after_s, armed=own[0] if armed is None else armed, kind="keepalive", place=place
    )


def configured(facts: Entry, port: int | None) -> tuple[bool | None, Number | None]:
    """Return whether the software on a port switches keepalive on, and the idle time it sets for it."""
    found = [row for row in settings(facts, port) if (row.get("kind"), row.get("side")) == ("keepalive", "client")]
    after_s = next((number(row, "seconds") for row in found if text(row, "name") in FIRST_PROBE), None)
    switches = [row.get("off") is not True for row in found if text(row, "name") in SWITCH]
    on = True if after_s else switches[0] if switches else None
    return on, after_s


def _armed(sockets: t.Sequence[Sockets]) -> bool | None:
    """Return whether all established sockets are guarded, True, or one is not, False; None when it is not shown."""
    if any(group.off for group in sockets):
        return False
    return True if any(group.armed for group in sockets) else None


def _in_use(sockets: t.Sequence[Sockets]) -> Number | None:
    """Return the longest keepalive time that the sockets show."""
    shown = [group.keepalive_s for group in sockets if group.keepalive_s]
    return max(shown, default=None)
