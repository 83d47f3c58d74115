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
from ._fact_paths import walk
from ._keepalive import running
from ._operators import is_number, is_scalar
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


class Fleet:
    """Takes peers one by one and keeps of each only what is compared, so that a large fleet stays small in memory."""

    def __init__(self) -> None:
        self._peers = 0
        self._classes: Named = collections.defaultdict(list)
        self._owners: Named = collections.defaultdict(list)
        self._subnets: dict[str, Named] = collections.defaultdict(lambda: collections.defaultdict(list))
        self._settings: dict[str, Named] = {name: collections.defaultdict(list) for name in COMPARED_SYSCTLS}

    def add(self, peer: Peer) -> None:
        """Take one peer; each is to be given once."""
        self._peers += 1
        if peer.status == "unreachable":
            self._classes[peer.facts["peer"]["reach"]["class"]].append(peer.name)
        for name in COMPARED_SYSCTLS:
            value = running(peer.facts, name)
            if is_scalar(value):
                self._settings[name][str(value)].append(peer.name)
        for link, row in _own_addresses(peer):
            self._add_address(peer.name, link, row)

    def _add_address(self, name: str, link: Entry, row: Entry) -> None:
        network = _network(row)
        if network is None:
            return
        _add_once(self._owners[row["address"]], name)
        if network.num_addresses > 2 and is_number(link.get("mtu")):
            _add_once(self._subnets[str(network)][link["mtu"]], name)

    def facts(self) -> dict[str, t.Any]:
        """Return the facts below `fleet` for rules of that scope; rows name at most 20 hosts, `count` says how many."""
        unreachable = sum(map(len, self._classes.values()))
        return {
            "peers": self._peers,
            "unreachable": unreachable,
            "unreachable_percent": round(100 * unreachable / self._peers) if self._peers else 0,
            "unreachable_by_class": [{"class": name, **named(hosts)} for name, hosts in self._classes.items()],
            "duplicate_addresses": [
                {"address": address, **named(hosts)} for address, hosts in self._owners.items() if len(hosts) > 1
            ],
            "mtu_differences": _differences("subnet", self._subnets),
            "sysctl_differences": _differences("name", self._settings),
        }


def _add_once(hosts: list[str], name: str) -> None:
    if not hosts or hosts[-1] != name:
        hosts.append(name)


def _differences(key: str, groups: t.Mapping[str, Named]) -> list[dict[str, t.Any]]:
    return [{key: name, "values": values_of(values)} for name, values in groups.items() if len(values) > 1]


def named(hosts: t.Sequence[str]) -> dict[str, t.Any]:
    """Return {count, hosts} with the first hosts only."""
    return {"count": len(hosts), "hosts": list(hosts[:MAX_HOSTS])}


def values_of(values: Named) -> list[dict[str, t.Any]]:
    """Return one row {value, count, hosts} per value, the rarest first: the odd ones out are the ones to look at."""
    return [{"value": value, **named(hosts)} for value, hosts in sorted(values.items(), key=lambda item: len(item[1]))]


def _own_addresses(peer: Peer) -> t.Iterator[tuple[Entry, Entry]]:
    """Yield (link, address) for the addresses that no other peer should hold."""
    links = walk(("peer_interfaces", "interfaces"), peer.facts)
    for link, row in global_addresses(links if isinstance(links, list) else []):
        if not is_shared(link, row):
            yield link, row


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
