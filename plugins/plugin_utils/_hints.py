# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a peer shows that points to a flow: failed tries, full queues, rules that hit, logs, sockets, kills."""

from __future__ import annotations

import collections
import itertools
import typing as t

from ._address_book import plain_address
from ._filters_of import rule_address, rule_ports
from ._listeners_of import SSH, full_listeners, ssh_ports, tcp_listeners
from ._readings import Row, mapping, number, port_of, rows, text, texts
from ._scene import probe_rows
from ._server_signs import BY_SIGNAL
from ._socket_signs import STALE_CLOSE_WAIT
from ._sockets_of import LONG_LIVED_S, Sockets, remotes
from ._traces import trace_rows

Entry = t.Mapping[str, t.Any]

ORIGINS = (*("trace", "probe", "queue", "rule", "ssh", "kernel", "service", "controller", "link", "stuck", "idle"),)
"""Why a flow is looked at, the most telling first."""

MOST_EACH = 200
MOST_OF_PEER = 8
MOST_LISTENERS = 20

KILLS = (
    *(("peer_kernel_log", "counts", kind) for kind in ("oom-kill", "crash", "seccomp-kill")),
    ("peer_load", "cgroup", "oom_kills"),
    ("peer_load", "memory", "oom_kills_in_window"),
)
"""Where a peer says that its kernel ended processes."""


class Hint(t.NamedTuple):
    """A flow that a peer points to. Ends are names or addresses; what is None is not known.

    `through` is a peer on the way whose rule hit.
    """

    origin: str
    client: str | None = None
    server: str | None = None
    address: str | None = None
    port: int | None = None
    through: str | None = None


class Hints:
    """Takes peers one by one and keeps of each only what points to flows, 200 of a kind at most."""

    def __init__(self) -> None:
        self.by_origin: dict[str, list[Hint]] = {origin: [] for origin in ORIGINS}
        self.listeners: dict[int, list[str]] = collections.defaultdict(list)

    def add(self, name: str, facts: Entry) -> None:
        """Take one peer."""
        for origin, find in FINDERS.items():
            known = self.by_origin[origin]
            if len(known) < MOST_EACH:
                known.extend(itertools.islice(find(name, facts), MOST_OF_PEER))
        for row in tcp_listeners(facts):
            port = port_of(row.get("port"))
            names = self.listeners[port] if port and row.get("loopback") is not True else []
            if len(names) < MOST_LISTENERS and name not in names:
                names.append(name)


def _tried(name: str, facts: Entry) -> t.Iterator[Hint]:
    for row in probe_rows(facts):
        for tried in rows(row, "addresses"):
            bad = text(tried, "class") not in ("ok", "") or mapping(tried, "path_mtu").get("black_hole") is True
            if (bad or 0 < (number(tried, "ping", "loss_percent") or 0) < 100) and text(tried, "address"):
                yield Hint("probe", name, None, text(tried, "address"), port_of(row.get("port")))


def _queues(name: str, facts: Entry) -> t.Iterator[Hint]:
    for row in full_listeners(facts):
        yield Hint("queue", None, name, port=port_of(row.get("port")))


def _rules(name: str, facts: Entry) -> t.Iterator[Hint]:
    """Yield the ports of rules that refused packets, and one address that is refused whatever its port, as in a ban.

    Rules for states or limits alone belong to no port.
    """
    for rule in rows(facts, "peer_firewall", "rules"):
        if rule.get("action") == "reject" and (rule.get("packets") or rule.get("packets_delta")):
            hooks = texts(rule, "hooks")
            ports: list[int | None] = [*rule_ports(rule)[:4]]
            for port in ports or [None] * bool(rule_address(rule, "source")):
                yield from _ruled(name, rule, port, hooks)


def _ruled(name: str, rule: Row, port: int | None, hooks: t.Sequence[t.Any]) -> t.Iterator[Hint]:
    source, destination = (rule_address(rule, end) or text(rule, end) or None for end in ("source", "destination"))
    if "input" in hooks:
        yield Hint("rule", source, name, destination, port)
    if "forward" in hooks:
        yield Hint("rule", source, None, destination, port, through=name)
    if "output" in hooks and destination:
        yield Hint("rule", name, None, destination, port)


def _ssh(name: str, facts: Entry) -> t.Iterator[Hint]:
    for part in ("drops", "resets"):
        for row in rows(facts, "peer_sshd_log", part, "by_address"):
            if text(row, "address"):
                yield Hint("ssh", text(row, "address"), name, port=ssh_ports(facts)[0])


def _kernel(name: str, facts: Entry) -> t.Iterator[Hint]:
    if any(number(facts, *path) for path in KILLS):
        yield Hint("kernel", None, name)


def _services(name: str, facts: Entry) -> t.Iterator[Hint]:
    if any(row.get("result") in BY_SIGNAL for row in rows(facts, "peer_load", "services", "failed")):
        yield Hint("service", None, name)


def _controller(name: str, facts: Entry) -> t.Iterator[Hint]:
    if text(facts, "peer", "reach", "class") == "refused":
        yield Hint("controller", None, name, port=SSH)


def _links(name: str, facts: Entry) -> t.Iterator[Hint]:
    if rows(facts, "peer_interfaces", "addressed_but_down"):
        yield Hint("link", None, name)


def _stuck(name: str, facts: Entry) -> t.Iterator[Hint]:
    for group in remotes(name, facts):
        if group.stalled or group.zero_window or group.connecting or group.close_wait >= STALE_CLOSE_WAIT:
            yield _toward(name, group, "stuck")


def _idle(name: str, facts: Entry) -> t.Iterator[Hint]:
    for group in remotes(name, facts):
        if group.established and (group.idle_s or 0) >= LONG_LIVED_S:
            yield _toward(name, group, "idle")


def _toward(name: str, group: Sockets, origin: str) -> Hint:
    return Hint(origin, name, None, group.address, group.port)


def _traced(name: str, facts: Entry) -> t.Iterator[Hint]:
    """Yield the flows of traced resets; the end whose port is a listener's is the server."""
    listening = {port_of(row.get("port")) for row in tcp_listeners(facts)} - {None}
    for row in trace_rows(facts):
        ends = [(text(row, end), port_of(row.get(end + "_port"))) for end in ("source", "destination")]
        for server, client in (ends, ends[::-1]):
            own = server[1] in listening or (client[1] or 0) > (server[1] or 65536)
            if own and server[0]:
                yield Hint("trace", plain_address(client[0]) if client[0] else None, None, server[0], server[1])
                break


FINDERS: dict[str, t.Callable[[str, Entry], t.Iterator[Hint]]] = {
    **{"trace": _traced, "probe": _tried, "queue": _queues, "rule": _rules, "ssh": _ssh, "kernel": _kernel},
    **{"service": _services, "controller": _controller, "link": _links, "stuck": _stuck, "idle": _idle},
}
