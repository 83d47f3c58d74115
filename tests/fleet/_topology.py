# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is in a fleet and with which addresses. Pure data: nothing here touches the machine.

    machine  fl-NAME 10.N.255.254/16 -- brm, management (SSH) -- eth0 of every host      10.N.x.y
                                        bra, data, segment a  -- eth1 of odd hosts       10.N+1.x.y   clients
                                        brb, data, segment b  -- eth1 of even hosts      10.N+2.x.y   servers
    router   eth0 management, eth1 on a (10.N+1.255.1), eth2 on b (10.N+2.255.1)

Without a router everybody is on segment a. IPv6 on the data segments: fd00:6e64:N:a::/64 and fd00:6e64:N:b::/64.
"""

from __future__ import annotations

from typing import Any

HOSTS_PER_STEP = 250  # hosts with the same third byte in their address
MACHINE_LAST = "255.254"
ROUTER_LAST = "255.1"
ROUTER_LAST6 = "ffff"


def plan(
    name: str, number: int, hosts: int, router: bool, layers: dict[str, list[str]], ipv6: bool = True
) -> dict[str, Any]:
    """Return the description of a whole fleet: {name, kind, number, ipv6, hosts: {host: ...}}.

    A host is {group, management, layers, links: [{segment, device, address, address6}], gateway, gateway6}.
    `layers` maps a host name, or "" for all hosts, to names of image layers.
    """
    members = {f"h{index:03d}": _host(number, index, router) for index in range(1, hosts + 1)}
    if router:
        members["router"] = _router(number)
    for host, member in members.items():
        member["layers"] = sorted({*layers.get("", []), *layers.get(host, [])})
    return {"name": name, "kind": "nspawn", "number": number, "ipv6": ipv6, "hosts": members}


def networks(number: int) -> list[str]:
    """Return the IPv4 networks of fleet number `number`: management, segment a, segment b."""
    return [f"10.{number + step}.0.0/16" for step in range(3)]


def address(number: int, segment: str, last: str) -> str:
    """Return an IPv4 address on the management network ("m") or a data segment ("a", "b")."""
    return f"10.{number + 'mab'.index(segment)}.{last}"


def _address6(number: int, segment: str, last: str) -> str:
    return f"fd00:6e64:{number}:{segment}::{last}"


def _link(number: int, segment: str, device: str, last: str, last6: str) -> dict[str, str]:
    addresses = {"address": address(number, segment, last), "address6": _address6(number, segment, last6)}
    return {"segment": segment, "device": device, **addresses}


def _host(number: int, index: int, router: bool) -> dict[str, Any]:
    step, rest = divmod(index - 1, HOSTS_PER_STEP)
    last = f"{step}.{rest + 1}"
    odd = index % 2 == 1
    segment = "a" if odd or not router else "b"
    return {
        "group": "clients" if odd else "servers",
        "management": address(number, "m", last),
        "links": [_link(number, segment, "eth1", last, str(index))],
        "gateway": address(number, segment, ROUTER_LAST) if router else None,
        "gateway6": _address6(number, segment, ROUTER_LAST6) if router else None,
    }


def _router(number: int) -> dict[str, Any]:
    links = (("a", "eth1"), ("b", "eth2"))
    return {
        "group": "routers",
        "management": address(number, "m", ROUTER_LAST),
        "links": [_link(number, segment, device, ROUTER_LAST, ROUTER_LAST6) for segment, device in links],
        "gateway": None,
        "gateway6": None,
    }
