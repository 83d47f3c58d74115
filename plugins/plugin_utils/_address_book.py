# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which peer holds an address or a MAC, over the whole fleet; built once, then asked by every flow."""

from __future__ import annotations

import collections
import functools
import ipaddress
import typing as t

from ._digest import global_addresses
from ._fleet import NOT_IN_USE, SHARED_ADDRESSES, SHARED_KINDS, SHARED_NAMES
from ._readings import rows, text, texts

Entry = t.Mapping[str, t.Any]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_OWNERS = 8
"""Owners kept of one address: more are a service address that stands on many hosts on purpose."""


@functools.lru_cache(maxsize=65536)
def plain_address(value: str) -> str:
    """Return an address as the kernel writes it, without zone, brackets and the IPv4-in-IPv6 prefix.

    What is no address is returned in lower case, so that names can be compared too.
    """
    parsed = parsed_address(value)
    return str(parsed) if parsed is not None else value.strip().lower()


@functools.lru_cache(maxsize=65536)
def parsed_address(value: str) -> Address | None:
    """Return an address ready for arithmetic, or None for what is none."""
    try:
        found = ipaddress.ip_address(value.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


class AddressBook:
    """Addresses and MACs of all peers."""

    def __init__(self) -> None:
        self._owners: dict[str, list[str]] = collections.defaultdict(list)
        self._addresses: dict[str, list[str]] = {}
        self._macs: dict[str, str] = {}
        self._used: collections.Counter[str] = collections.Counter()

    def add(self, name: str, facts: Entry) -> None:
        """Take one peer; each is to be given once. An inventory name that is an address is one of the peer's."""
        own = dict(own_addresses(facts))
        if not own and parsed_address(name) is not None:
            own = {plain_address(name): True}
        self._addresses[name] = list(own)
        for address, in_use in own.items():
            owners = self._owners[address]
            if len(owners) < MAX_OWNERS:
                owners.insert(len(owners) if not in_use else self._used[address], name)
                self._used[address] += in_use
        for link in rows(facts, "peer_interfaces", "interfaces"):
            mac = text(link, "mac")
            if mac and mac != "00:00:00:00:00:00":
                self._macs.setdefault(mac.lower(), name)

    def __contains__(self, name: object) -> bool:
        return name in self._addresses

    def addresses(self, name: str) -> list[str]:
        """Return the addresses at which others can reach a peer, in the order of its links."""
        return self._addresses.get(name, [])

    def holds(self, name: str, address: str) -> bool:
        """Return whether a peer holds an address."""
        return plain_address(address) in self._addresses.get(name, ())

    def owners(self, address: str) -> list[str]:
        """Return the peers that hold an address, those where its link is up first."""
        return self._owners.get(plain_address(address), [])

    def users(self, address: str) -> list[str]:
        """Return the peers that hold an address on a link that is up: more than one is a conflict."""
        return self.owners(address)[: self._used[plain_address(address)]]

    def owner(self, address: str, mac: str | None = None) -> str | None:
        """Return the peer that holds an address; of several the one with the MAC that was seen, else the first."""
        owners = self.owners(address)
        seen = self.holder_of_mac(mac)
        return seen if seen in owners else owners[0] if owners else None

    def holder_of_mac(self, mac: str | None) -> str | None:
        """Return the peer with a link of this MAC, or None."""
        return self._macs.get(mac.lower()) if mac else None

    def named(self, value: str) -> str | None:
        """Return the peer that an inventory name or an address means, or None for somebody outside the inventory."""
        return value if value in self._addresses else self.owner(value)


def own_addresses(facts: Entry) -> t.Iterator[tuple[str, bool]]:
    """Yield (address, whether its link is up) for the addresses that no other peer should hold."""
    for link, row in global_addresses(rows(facts, "peer_interfaces", "interfaces")):
        if not _is_common(link, row["address"]):
            yield plain_address(row["address"]), link.get("operstate") not in NOT_IN_USE
    for link in rows(facts, "peer_interfaces", "others"):
        for address in texts(link, "addresses"):
            if not _is_common(link, address.partition("/")[0]):
                yield plain_address(address.partition("/")[0]), link.get("operstate") not in NOT_IN_USE


def _is_common(link: Entry, address: str) -> bool:
    """Return whether an address stands on many hosts by intention: service addresses, networks of containers."""
    if link.get("kind") in SHARED_KINDS or SHARED_NAMES.match(str(link.get("name"))):
        return True
    parsed = parsed_address(address)
    return address in SHARED_ADDRESSES or parsed is None or parsed.is_loopback or parsed.is_link_local
