# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wires of a fleet: one network namespace per host, one more with all the bridges, one veth into the machine."""

from __future__ import annotations

import ipaddress
import json
import subprocess
from pathlib import Path
from typing import Any

import _machine
import _topology

NAMESPACES = Path("/run/netns")
NUMBERS = range(20, 248, 3)  # a fleet uses three second bytes of 10.0.0.0/8


def namespace(fleet: str, host: str) -> str:
    """Return the name of a host's network namespace; "sw" is the one with the bridges."""
    return f"fl-{fleet}-{host}"


def uplink(fleet: str) -> str:
    """Return the name of the only interface a fleet has in the machine's own network."""
    return f"fl-{fleet}"


def left(fleet: str) -> list[str]:
    """Return the names of the fleet's namespaces and links that exist, of a whole fleet or of a broken one."""
    links = [uplink(fleet)] if Path("/sys/class/net", uplink(fleet)).exists() else []
    return links + sorted(path.name for path in NAMESPACES.glob(f"fl-{fleet}-*"))


def free_number(wanted: int | None) -> int:
    """Return a fleet number whose three networks the machine has no route to, or `wanted` if it is free."""
    routes = _routed()
    for number in [wanted] if wanted is not None else NUMBERS:
        ours = [ipaddress.IPv4Network(network) for network in _topology.networks(number)]
        if not any(route.overlaps(network) for route in routes for network in ours):
            return number
    raise _machine.FleetError(
        f"the networks of --net {wanted} are in use: leave --net out"
        if wanted is not None
        else "no free network number: take a fleet down (list shows them)"
    )


def _routed() -> list[ipaddress.IPv4Network]:
    """The machine's IPv4 routes but the default ones. Every fleet has one, so it reserves its own networks."""
    routes = json.loads(_machine.run("ip", "-4", "-json", "route", "show", "table", "all"))
    return [ipaddress.IPv4Network(route["dst"]) for route in routes if route["dst"] not in ("default", "0.0.0.0/0")]


def reserve(fleet: str, number: int) -> None:
    """Create the bridges and the machine's interface; from now on the number is taken."""
    switch = namespace(fleet, "sw")
    _machine.run("ip", "netns", "add", switch)
    _batch(
        ["link set lo up"]
        + [
            line
            for bridge in ("brm", "bra", "brb")
            for line in (
                f"link add {bridge} type bridge forward_delay 0 stp_state 0 mcast_snooping 0",
                f"link set {bridge} up",
            )
        ],
        switch,
    )
    _batch(
        [
            f"link add {uplink(fleet)} type veth peer name machine netns {switch}",
            f"addr add {_topology.address(number, 'm', _topology.MACHINE_LAST)}/16 dev {uplink(fleet)}",
            f"link set {uplink(fleet)} up",
        ]
    )
    _batch(["link set machine master brm up"], switch)


def connect(plan: dict[str, Any]) -> None:
    """Create every host's namespace with its links, addresses and default routes."""
    fleet, hosts = plan["name"], plan["hosts"]
    _batch([f"netns add {namespace(fleet, host)}" for host in hosts])
    wires = []
    for host, member in hosts.items():
        for segment, device in [("m", "eth0")] + [(link["segment"], link["device"]) for link in member["links"]]:
            peer = f"peer name {device} netns {namespace(fleet, host)}"
            wires += [f"link add {host}{segment} master br{segment} type veth {peer}", f"link set {host}{segment} up"]
    _batch(wires, namespace(fleet, "sw"))
    for host, member in hosts.items():
        _batch(_addresses(member, plan["ipv6"]), namespace(fleet, host))


def _addresses(member: dict[str, Any], ipv6: bool) -> list[str]:
    lines = ["link set lo up", f"addr add {member['management']}/16 dev eth0", "link set eth0 up"]
    for link in member["links"]:
        lines += [f"addr add {link['address']}/16 dev {link['device']}"]
        # nodad: a service must be able to bind the address the moment the host is up
        lines += [f"addr add {link['address6']}/64 dev {link['device']} nodad"] if ipv6 else []
        lines += [f"link set {link['device']} up"]
    if member["gateway"]:
        lines += [f"route add default via {member['gateway']}"]
        lines += [f"-6 route add default via {member['gateway6']}"] if ipv6 else []
    return lines


def remove(fleet: str) -> None:
    """Remove what is left of the fleet's network; nothing to remove is fine."""
    for name in left(fleet):
        # The interface goes when its namespace does, so one that is gone by now is no error.
        words = ["netns", "del", name] if (NAMESPACES / name).exists() else ["link", "del", name]
        subprocess.run(["ip", *words], stderr=subprocess.DEVNULL, check=False)


def _batch(lines: list[str], inside: str | None = None) -> None:
    """Run many ip commands in one process, in a namespace or in the machine's own network."""
    words = ["ip", *(["-n", inside] if inside else []), "-batch", "-"]
    # "-6 route" is an option in the middle of a batch line, which ip does not take: its own process
    plain = [line for line in lines if not line.startswith("-6 ")]
    _machine.run(*words, stdin="\n".join(plain) + "\n")
    for line in lines:
        if line.startswith("-6 "):
            _machine.run("ip", *(["-n", inside] if inside else []), *line.split())
