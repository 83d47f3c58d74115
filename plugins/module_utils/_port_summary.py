# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports of the peer taken together, whether their endpoints are shown one by one or not."""

from __future__ import annotations

import typing as t

from ._endpoints import NEARLY_FULL_PERCENT, Endpoint, is_v6only, is_wildcard
from ._port_ranges import PORTS, parse_ports, ports_text
from ._read import read_text

MOST_PORTS = 20
SSH_PORT = 22
SSH_UNITS = ("ssh.service", "sshd.service", "ssh.socket", "sshd.socket")
EPHEMERAL = "/proc/sys/net/ipv4/ip_local_port_range"
RESERVED = "/proc/sys/net/ipv4/ip_local_reserved_ports"

Rows = t.Sequence[t.Mapping[str, t.Any]]


def port_lists(every: t.Iterable[Endpoint]) -> dict[str, str]:
    """Return {tcp, udp, tcp_loopback, udp_loopback}: ports that others can reach, and those that only the host can.

    Written as ranges: `22,80,8000-8010`.
    """
    found: dict[str, set[int]] = {"tcp": set(), "udp": set(), "tcp_loopback": set(), "udp_loopback": set()}
    for endpoint in every:
        found[endpoint.protocol + ("_loopback" if endpoint.loopback else "")].add(endpoint.port)
    for protocol in ("tcp", "udp"):
        found[protocol + "_loopback"] -= found[protocol]
    return {name: ports_text(ports) for name, ports in found.items()}


def summary(every: t.Sequence[Endpoint], rows: Rows) -> dict[str, t.Any]:
    """Return counts over all endpoints, and the ports (at most 20 of each kind) that a reader may wonder about."""
    tcp = [endpoint for endpoint in every if endpoint.protocol == "tcp"]
    percents = [endpoint.percent or 0.0 for endpoint in tcp]
    reachable = [endpoint for endpoint in tcp if not endpoint.loopback]
    ports = {endpoint.port for endpoint in reachable}
    return {
        "tcp": len(tcp),
        "udp": len(every) - len(tcp),
        "wildcard": sum(map(is_wildcard, every)),
        "loopback": sum(endpoint.loopback for endpoint in every),
        "accept_queues_full": sum(percent >= 100 for percent in percents),
        "accept_queues_nearly_full": sum(NEARLY_FULL_PERCENT <= percent < 100 for percent in percents),
        "fullest_accept_queue_percent": max(percents, default=0.0),
        "ssh_listeners": _ssh_listeners(reachable, rows),
        "loopback_only_ports": _first({endpoint.port for endpoint in tcp} - ports),
        "ipv6_only_ports": _first(_ipv6_only(reachable)),
        "ephemeral_ports": _first(_ephemeral(ports)),
    }


def _first(ports: t.Iterable[int]) -> list[int]:
    return sorted(ports)[:MOST_PORTS]


def _ssh_listeners(reachable: t.Iterable[Endpoint], rows: Rows) -> int:
    """Return how many endpoints are on port 22 or, as far as the holders are known, of sshd."""
    by_port = {(e.protocol, e.family, e.address, e.port) for e in reachable if e.port == SSH_PORT}
    others = [row for row in rows if row["port"] != SSH_PORT and row["protocol"] == "tcp" and not row["loopback"]]
    return len(by_port) + sum(row["name"] == "sshd" or row["unit"] in SSH_UNITS for row in others)


def _ipv6_only(reachable: t.Sequence[Endpoint]) -> set[int]:
    """Return ports on which all IPv6 addresses listen and refuse IPv4, while nothing listens there for IPv4."""
    ipv4 = {endpoint.port for endpoint in reachable if is_v6only(endpoint) is not True}
    return {endpoint.port for endpoint in reachable if is_wildcard(endpoint) and endpoint.port not in ipv4}


def _ephemeral(ports: t.Iterable[int]) -> set[int]:
    """Return ports that an outgoing connection may take while their service restarts."""
    words = (read_text(EPHEMERAL).text or "").split()
    if len(words) != 2 or not "".join(words).isdigit():
        return set()
    low, high = map(int, words)
    text = (read_text(RESERVED).text or "").strip()
    reserved = parse_ports(text) if PORTS.fullmatch(text) else []
    inside = {port for port in ports if low <= port <= high}
    return {port for port in inside if not any(first <= port <= last for first, last in reserved)}
