# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All addresses of the peer by link, bounded per link, and the subnets that several links share."""

from __future__ import annotations

import socket
import typing as t

from ._addresses import DADFAILED, IFADDR, PER_LINK, TENTATIVE, parse_address
from ._netlink import ATTRIBUTE

AF_INET, AF_INET6 = 2, 10
IFA_ADDRESS_OF_IPV4 = ATTRIBUTE.pack(8, 1)
SCOPE_GLOBAL = 0
NOT_USABLE = DADFAILED | TENTATIVE
LISTED = 6

Addresses = t.Dict[str, t.Any]


def new_addresses() -> Addresses:
    """Return the overview of no addresses."""
    return {"ipv4": 0, "ipv6": 0, "kept": {}, "totals": {}, "reachable": set(), "unusable": [], "subnets": {}}


def observe_messages(addresses: Addresses, found: t.Iterable[tuple[int, bytes]]) -> None:
    """Add addresses that are still netlink messages: most are never shown, so they are not parsed.

    `found` gives (index of the link, message). Raises ValueError for a broken one.
    """
    reachable = addresses["reachable"]
    for index, message in found:
        family, prefix, flags, scope = message[:4]
        addresses["ipv4" if family == AF_INET else "ipv6"] += 1
        _hold(addresses, index, message)
        if scope == SCOPE_GLOBAL:
            reachable.add(index)
            # IFA_ADDRESS comes first (inet_fill_ifaddr); on a point-to-point link it is the far end, but prefix is 32.
            if prefix < 32 and message[IFADDR.size :].startswith(IFA_ADDRESS_OF_IPV4):
                _add_subnet(addresses, index, message[IFADDR.size + ATTRIBUTE.size :][:4], prefix)
        if flags & NOT_USABLE and family == AF_INET6 and len(addresses["unusable"]) < LISTED:
            addresses["unusable"].append((index, parse_address(message)))


def observe_row(addresses: Addresses, index: int, row: dict[str, t.Any]) -> None:
    """Add one address that is parsed already."""
    addresses[row["family"]] += 1
    _hold(addresses, index, row)
    if row["scope"] == "global":
        addresses["reachable"].add(index)
        if row["family"] == "ipv4" and row["prefixlen"] < 32:
            _add_subnet(addresses, index, socket.inet_aton(row["address"]), row["prefixlen"])
    if {"dadfailed", "tentative"} & set(row["flags"]) and len(addresses["unusable"]) < LISTED:
        addresses["unusable"].append((index, row))


def _hold(addresses: Addresses, index: int, address: t.Any) -> None:
    kept, totals = addresses["kept"], addresses["totals"]
    if index not in totals:
        totals[index], kept[index] = 1, [address]
        return
    totals[index] += 1
    if totals[index] <= PER_LINK:
        kept[index].append(address)


def _add_subnet(addresses: Addresses, index: int, address: bytes, prefix: int) -> None:
    network = int.from_bytes(address, "big") >> (32 - prefix)
    addresses["subnets"].setdefault((network, prefix), set()).add(index)


def rows_of(addresses: Addresses, index: int) -> list[dict[str, t.Any]]:
    """Return the addresses of a link that were kept."""
    kept = addresses["kept"].get(index, ())
    return [parse_address(address) if isinstance(address, bytes) else address for address in kept]


def shared_subnets(addresses: Addresses) -> list[tuple[str, list[int]]]:
    """Return (network, indexes of its links) for IPv4 networks that stand on more than one link."""
    rows = []
    for (network, prefix), indexes in addresses["subnets"].items():
        if len(indexes) > 1:
            text = socket.inet_ntoa((network << (32 - prefix)).to_bytes(4, "big"))
            rows.append(("%s/%d" % (text, prefix), sorted(indexes)))
    return rows[:LISTED]
