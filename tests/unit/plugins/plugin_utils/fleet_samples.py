# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of a small fleet by hand: a client, a router and a server, as the fact modules write them.

web1 10.1.0.1 -- 10.1.255.1 router 10.2.255.1 -- 10.2.0.2 db1, management 10.0.0.x on all
"""

from __future__ import annotations

import copy
import functools
import pathlib
import typing as t

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[4]

Facts = dict[str, t.Any]

WEB, DB, ROUTER = "10.1.0.1", "10.2.0.2", ("10.1.255.1", "10.2.255.1")
PORT = 5000
UP_S = 86400 * 30

COUNTERS = {
    "Tcp": ("ActiveOpens", "PassiveOpens", "AttemptFails", "EstabResets", "OutRsts", "OutSegs", "RetransSegs"),
    "TcpExt": (
        *("ListenOverflows", "ListenDrops", "EmbryonicRsts", "TCPAbortOnClose", "TCPAbortOnData", "TCPAbortOnTimeout"),
        *("TCPAbortOnMemory", "TCPAbortOnLinger", "TCPTimeouts", "TCPSynRetrans", "TCPKeepAlive"),
    ),
}
TABLES = {"Tcp": "snmp", "TcpExt": "netstat"}


def link(name: str, address: str, mac: str, **more: t.Any) -> Facts:
    """Return a link with one IPv4 address."""
    row = {"address": address, "prefixlen": 16, "family": "ipv4", "scope": "global"}
    shown = {
        "name": name,
        "mac": mac,
        "mtu": 1500,
        "operstate": "up",
        "carrier": True,
        "admin_up": True,
        "kind": "veth",
    }
    return {**shown, "wire": True, "rx_packets": 900, "addresses": [row], **more}


def interfaces(*links: Facts) -> Facts:
    """Return the fact peer_interfaces."""
    return {"sources": [], "interfaces": list(links), "others": [], "truncated": False, "addressed_but_down": []}


def routes(gateway: str | None, interface: str, lookups: t.Sequence[Facts] = ()) -> Facts:
    """Return the fact peer_routes with a default route, or without one."""
    default = {
        "destination": "0.0.0.0/0",
        "type": "unicast",
        "gateway": gateway,
        "interface": interface,
        "table": "main",
    }
    rows = [{**default, "metric": 0, "flags": []}] if gateway else []
    return {"sources": [], "default_routes": rows, "routes": [], "lookups": list(lookups), "truncated": False}


def lookup(address: str, interface: str, gateway: str | None = None, **more: t.Any) -> Facts:
    """Return one lookup of peer_routes."""
    row = {"address": address, "target": address, "ok": True, "error": None, "type": "unicast", "interface": interface}
    return {**row, "gateway": gateway, "source": None, "mtu_bytes": 1500, "neighbour_state": "reachable", **more}


def counters(moved: t.Mapping[str, int] | None = None, window_s: float = 5.0, **totals: int) -> Facts:
    """Return the fact peer_tcp_counters; names such as `Tcp.OutRsts` in `moved`, totals with `__` for the dot."""
    all_totals: Facts = {"snmp": {"Tcp": {}}, "netstat": {"TcpExt": {}}, "conntrack": {"invalid": 0}}
    deltas: Facts = {}
    for group, names in COUNTERS.items():
        all_totals[TABLES[group]][group] = dict.fromkeys(names, 0)
    for name, value in totals.items():
        group, _underscores, counter = name.partition("__")
        place = all_totals[TABLES[group]][group] if group in TABLES else all_totals[group]
        place[counter] = value
    for name, value in (moved or {}).items():
        group, _dot, counter = name.partition(".")
        table = TABLES.get(group, group)
        place = deltas.setdefault(table, {})
        (place.setdefault(group, {}) if group in TABLES else place)[counter] = value
        held = all_totals[table][group] if group in TABLES else all_totals[table]
        held[counter] = held.get(counter, 0) + value
    return {"sources": [], "window_s": window_s, "totals": all_totals, "deltas": deltas, "derived": {}}


def listener(port: int, name: str = "python3", address: str = "0.0.0.0", **more: t.Any) -> Facts:
    """Return one TCP listener with an empty queue."""
    queue = {"length": 0, "limit": 128, "saturation_percent": 0.0}
    row = {"protocol": "tcp", "family": "ipv4", "address": address, "port": port, "wildcard": address == "0.0.0.0"}
    return {
        **row,
        "loopback": address.startswith("127."),
        "v6only": None,
        "name": name,
        "unit": None,
        "accept_queue": queue,
        **more,
    }


def listening(*rows: Facts) -> Facts:
    """Return the fact peer_listening_ports."""
    ports = {"tcp": ",".join(str(row["port"]) for row in rows if not row["loopback"])}
    ports["tcp_loopback"] = ",".join(str(row["port"]) for row in rows if row["loopback"])
    full = sum(row["accept_queue"]["saturation_percent"] >= 100 for row in rows)
    summary = {"accept_queues_full": full, "accept_queues_nearly_full": full, "ssh_listeners": 1}
    summary.update(loopback_only_ports=[], ipv6_only_ports=[], ephemeral_ports=[])
    return {
        "sources": [],
        "listeners": list(rows),
        "ports": ports,
        "summary": summary,
        "total": len(rows),
        "truncated": False,
    }


def rule(action: str, hook: str, packets: int | None = 0, **more: t.Any) -> Facts:
    """Return one rule of the firewall."""
    place = {"tool": "nftables", "family": "inet", "table": "fault", "chain": "c", "hooks": [hook], "handle": 4}
    return {**place, "action": action, "packets": packets, **more}


def firewall(*rules: Facts, nat: bool = False, established_s: int | None = None) -> Facts:
    """Return the fact peer_firewall."""
    conntrack = None
    if established_s is not None:
        conntrack = {
            "count": 3,
            "max": 262144,
            "occupancy_percent": 0.1,
            "timeouts_s": {"established": established_s},
            "tcp": {},
        }
    summary = {
        "reject_tcp_reset": sum(one.get("reject_type") == "tcp-reset" for one in rules),
        "reject_icmp": 0,
        "drop": 0,
    }
    summary.update(policy_drop=0, rate_limited=0)
    rows = [{"action": "masquerade", "packets": 1}] if nat else []
    return {
        **{"sources": [], "owners": [], "fail2ban": None, "conntrack": conntrack, "rules": list(rules)},
        **{"nat": {"present": nat, "total": len(rows), "rules": rows}, "summary": summary, "total": len(rules)},
        "truncated": False,
    }


def sockets(port: int, address: str | None, established: int, **more: t.Any) -> Facts:
    """Return one row of peer_connections, a service without an address."""
    keepalive = {"armed": 0, "off": established, "unknown": 0, "remaining_s": None, "time_s": None, "unanswered": 0}
    row = {"port": port, "address": address, "loopback": False, "established": established, "keepalive": keepalive}
    quiet = {"sockets": 0, "stalled": 0, "retransmits_max": 0}
    return {
        **row,
        "sockets": established,
        "states": {},
        "retransmitting": quiet,
        "zero_window": 0,
        "idle_max_s": 60,
        **more,
    }


def connections(
    services: t.Sequence[Facts] = (), remotes: t.Sequence[Facts] = (), details: t.Sequence[Facts] = ()
) -> Facts:
    """Return the fact peer_connections."""
    return {
        "sources": [],
        "services": list(services),
        "remotes": list(remotes),
        "details": list(details),
        "truncated": False,
    }


def load(uptime_s: int = UP_S, **more: t.Any) -> Facts:
    """Return the fact peer_load of a container."""
    boot = {"time": "2026-10-20T12:00:00Z", "uptime_s": uptime_s}
    services = {"failed": [], "started_recently": []}
    return {"sources": [], "container": "systemd-nspawn", "boot": boot, "services": services, "clock": {}, **more}


def sysctls(**values: int) -> Facts:
    """Return the fact peer_sysctls; double underscores stand for dots below net."""
    keepalive = {"time_s": 7200, "intvl_s": 75, "probes": 9, "detection_s": 7875}
    running = {"net." + name.replace("__", "."): {"running": value} for name, value in values.items()}
    return {"sources": [], "keepalive": keepalive, "values": running, "drifted": [], "ignored": []}


def probed(kind: str, port: int = PORT, address: str = DB, phase: str = "connect", **more: t.Any) -> Facts:
    """Return one row that a peer tried."""
    ping = {"sent_packets": 3, "received_packets": 3, "loss_percent": 0.0}
    tried = {"address": address, "family": "ipv4", "class": kind, "phase": phase, "error": None, "ping": ping, **more}
    return {"host": address, "port": port, "class": kind, "phase": phase, "error": None, "addresses": [tried]}


def fleet() -> dict[str, Facts]:
    """Return a healthy fleet: names to {status, reason, facts}; change what a fault changes."""
    shared: Facts = {"peer_tcp_counters": counters(), "peer_firewall": firewall(), "peer_load": load()}
    shared.update(peer_sysctls=sysctls(), peer_connections=connections())
    ssh = listener(22, "sshd")
    web: Facts = {
        "peer_interfaces": interfaces(
            link("eth0", "10.0.0.1", "02:00:00:00:00:01"), link("eth1", WEB, "02:00:00:00:01:01")
        ),
        "peer_routes": routes(ROUTER[0], "eth1"),
        "peer_listening_ports": listening(ssh),
    }
    database: Facts = {
        "peer_interfaces": interfaces(
            link("eth0", "10.0.0.2", "02:00:00:00:00:02"), link("eth1", DB, "02:00:00:00:02:02")
        ),
        "peer_routes": routes(ROUTER[1], "eth1"),
        "peer_listening_ports": listening(ssh, listener(PORT)),
    }
    router: Facts = {
        "peer_interfaces": interfaces(
            link("eth0", "10.0.0.9", "02:00:00:00:00:09"),
            link("eth1", ROUTER[0], "02:00:00:00:01:09"),
            link("eth2", ROUTER[1], "02:00:00:00:02:09"),
        ),
        "peer_routes": routes(None, ""),
        "peer_listening_ports": listening(ssh),
    }
    own = {"web1": web, "db1": database, "router": router}
    return {
        name: {"status": "ok", "reason": "", "facts": copy.deepcopy({**shared, **facts})} for name, facts in own.items()
    }


@functools.lru_cache(maxsize=1)
def topics() -> dict[str, list[Facts]]:
    """Return the topics of the catalogue that is shipped: {rules, fixes, causes}, and {path_kinds}."""
    variables: Facts = {}
    for path in sorted((ROOT / "roles/diagnose/vars/main").glob("*.yml")):
        variables.update(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    parts = ("rules", "fixes", "causes")
    found: Facts = {
        part: [variables[name] for name in variables if name.startswith("diagnose_%s_" % part)] for part in parts
    }
    return {**found, "path_kinds": variables["diagnose_path_kinds"]}
