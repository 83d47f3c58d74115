# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What shows only when peers are held side by side: shared addresses, MTUs and settings that differ."""

from __future__ import annotations

import collections
import ipaddress
import re
import typing as t

from ._digest import global_addresses
from ._expressions import walk
from ._keepalive import running
from ._peers import Peer

Entry = t.Mapping[str, t.Any]
Named = dict[t.Any, list[str]]

COMPARED_SYSCTLS = (
    *("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes"),
    *("net.ipv4.tcp_retries2", "net.ipv4.tcp_timestamps", "net.ipv4.tcp_syncookies"),
    *("net.ipv4.tcp_abort_on_overflow", "net.core.somaxconn"),
)

# The same address on every host is the rule there: loopback and dummy links carry anycast and service addresses.
SHARED_KINDS = ("dummy", "loopback")
NOT_IN_USE = ("down", "lowerlayerdown", "notpresent")
SHARED_NAMES = re.compile(
    r"lo$|docker\d|br-[0-9a-f]{12}$|cni|cbr|flannel|cali|virbr|lxcbr|lxdbr|podman|kube-|nodelocaldns"
)

# What VirtualBox and QEMU give every guest on a network of its own.
SHARED_ADDRESSES = frozenset({"10.0.2.15"})

MAX_HOSTS = 20


def fleet_facts(peers: t.Sequence[Peer]) -> dict[str, t.Any]:
    """Return the facts below `fleet` for rules of that scope; rows name at most 20 hosts, `count` says how many."""
    owners: Named = collections.defaultdict(list)
    subnets: dict[str, Named] = collections.defaultdict(lambda: collections.defaultdict(list))
    settings: dict[str, Named] = {name: collections.defaultdict(list) for name in COMPARED_SYSCTLS}
    for peer in peers:
        _add_addresses(peer, owners, subnets)
        for name in COMPARED_SYSCTLS:
            value = running(peer.facts, name)
            if value is not None:
                settings[name][str(value)].append(peer.name)
    unreachable = [peer for peer in peers if peer.status == "unreachable"]
    return {
        "peers": len(peers),
        "unreachable": len(unreachable),
        "unreachable_percent": round(100 * len(unreachable) / len(peers)) if peers else 0,
        "unreachable_by_class": by_class(unreachable),
        "duplicate_addresses": [
            {"address": address, **named(hosts)} for address, hosts in owners.items() if len(hosts) > 1
        ],
        "mtu_differences": [
            {"subnet": subnet, "values": values_of(mtus)} for subnet, mtus in subnets.items() if len(mtus) > 1
        ],
        "sysctl_differences": [
            {"name": name, "values": values_of(values)} for name, values in settings.items() if len(values) > 1
        ],
    }


def by_class(unreachable: t.Sequence[Peer]) -> list[dict[str, t.Any]]:
    """Return one row {class, count, hosts} for each way in which peers were not reached."""
    classes: Named = collections.defaultdict(list)
    for peer in unreachable:
        classes[peer.facts["peer"]["reach"]["class"]].append(peer.name)
    return [{"class": name, **named(hosts)} for name, hosts in classes.items()]


def named(hosts: t.Sequence[str]) -> dict[str, t.Any]:
    """Return {count, hosts} with the first hosts only."""
    return {"count": len(hosts), "hosts": list(hosts[:MAX_HOSTS])}


def values_of(values: Named) -> list[dict[str, t.Any]]:
    """Return one row {value, count, hosts} per value, the rarest first: the odd ones out are the ones to look at."""
    return [{"value": value, **named(hosts)} for value, hosts in sorted(values.items(), key=lambda item: len(item[1]))]


def _add_addresses(peer: Peer, owners: Named, subnets: dict[str, Named]) -> None:
    links = walk(("peer_interfaces", "interfaces"), peer.facts)
    for link, row in global_addresses(links if isinstance(links, list) else []):
        network = None if is_shared(link, row) else _network(row)
        if network is None:
            continue
        if peer.name not in owners[row["address"]]:
            owners[row["address"]].append(peer.name)
        if network.num_addresses > 2 and link.get("mtu") and peer.name not in subnets[str(network)][link["mtu"]]:
            subnets[str(network)][link["mtu"]].append(peer.name)


def is_shared(link: Entry, row: Entry) -> bool:
    """Return whether an address may stand on many hosts by intention, or is not in use because its link is down."""
    if link.get("kind") in SHARED_KINDS or SHARED_NAMES.match(str(link.get("name"))):
        return True
    return link.get("operstate") in NOT_IN_USE or row["address"] in SHARED_ADDRESSES


def _network(row: Entry) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        interface = ipaddress.ip_interface("%s/%s" % (row["address"], row.get("prefixlen", "")))
    except ValueError:
        return None
    return None if interface.ip.is_loopback or interface.ip.is_link_local else interface.network
