# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which connections to try from which peer, so that a fault shows while counters are watched."""

from __future__ import annotations

import ipaddress
import typing as t

Entry = t.Mapping[str, t.Any]
Target = dict[str, t.Any]

MODES = ("auto", "all", "never")
MAX_PORTS = 8
MAX_TARGETS = 24
MAX_PEERS = 12
CONTAINER_LINKS = ("docker", "br-", "virbr", "cni", "veth", "lxc", "podman", "flannel", "cali")
"""Beginnings of names of links whose addresses stand on many hosts and are reached from none."""


def probe_targets(facts: t.Mapping[str, Entry], given: Entry) -> dict[str, list[Target]]:
    """Return the {host, port} targets to try, by the name of the peer that tries them.

    `facts` maps the names of peers that could be read to their facts; `given` holds `client server server_address port`
    as the user named them, and the `mode`: `auto` tries the named connection, `all` every pair of a fleet of up to 12
    peers as well, `never` nothing.
    """
    if given["mode"] == "never":
        return {}
    client, server = given.get("client"), given.get("server") or given.get("server_address")
    if client and server:
        return {client: named(facts, given)} if client in facts else {}
    if given["mode"] == "all" and len(facts) <= MAX_PEERS:
        return {name: to_all_others(facts, name, given.get("port") or 0) for name in facts}
    return {}


def named(facts: t.Mapping[str, Entry], given: Entry) -> list[Target]:
    """Return the targets of the connection that the user named."""
    server = facts.get(given.get("server") or "", {})
    hosts = [given["server_address"]] if given.get("server_address") else addresses(server) or [given["server"]]
    ports = [given["port"]] if given.get("port") else open_ports(server) or [0]
    return [{"host": host, "port": port} for port in ports for host in hosts][:MAX_TARGETS]


def to_all_others(facts: t.Mapping[str, Entry], origin: str, port: int) -> list[Target]:
    """Return the targets of one peer of a small fleet: first one port of every other peer, then the next port."""
    found = []
    for place in range(MAX_PORTS):
        for name, peer in facts.items():
            ports = [port] if port else open_ports(peer)
            if name != origin and place < max(1, len(ports)):
                found += [{"host": host, "port": ports[place] if ports else 0} for host in addresses(peer)[:1]]
    return found[:MAX_TARGETS]


def addresses(peer: Entry) -> list[str]:
    """Return the addresses at which others can reach a peer, IPv4 first."""
    links = _rows(peer.get("peer_interfaces"), "interfaces")
    rows = [row for link in links if _is_outer(link) for row in _rows(link, "addresses")]
    found = {str(row["address"]): None for row in rows if _is_global(str(row.get("address")))}
    return sorted(found, key=lambda address: ":" in address)


def open_ports(peer: Entry) -> list[int]:
    """Return the TCP ports that listen beyond loopback, the lowest first."""
    rows = _rows(peer.get("peer_listening_ports"), "listeners")
    ports = {row["port"] for row in rows if row.get("protocol") == "tcp" and _is_open(str(row.get("address")))}
    return sorted(port for port in ports if isinstance(port, int))[:MAX_PORTS]


def _rows(value: t.Any, key: str) -> list[t.Mapping[str, t.Any]]:
    rows = value.get(key) if isinstance(value, t.Mapping) else None
    return [row for row in rows if isinstance(row, t.Mapping)] if isinstance(rows, list) else []


def _is_outer(link: Entry) -> bool:
    return not str(link.get("name", "")).startswith(CONTAINER_LINKS)


def _is_global(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast)


def _is_open(text: str) -> bool:
    try:
        return not ipaddress.ip_address(text).is_loopback
    except ValueError:
        return text in ("", "*")
