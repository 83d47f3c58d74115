# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next hop of a peer toward an address: the kernel's own answer where it was asked, else the longest prefix."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import functools
import ipaddress
import typing as t

from ._address_book import Address, parsed_address, plain_address
from ._digest import global_addresses
from ._readings import Row, number, rows, text

Entry = t.Mapping[str, t.Any]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

REJECTING = {"blackhole": "EINVAL", "prohibit": "EACCES", "unreachable": "EHOSTUNREACH"}
"""What connect(2) says of a route of this type: fib_props of net/ipv4/fib_semantics.c."""

DOWN = frozenset(("dead", "linkdown"))
LISTS = ("default_routes", "routes", "rejecting_routes")


class Step(t.NamedTuple):
    """What a peer does with packets to an address.

    `how` is `lookup` (asked of the kernel), `route` (longest prefix of the routes that were listed) or `link` (the
    address is on a network of a link). `gateway` is None when the address is on the link itself.
    """

    ok: bool
    how: str
    interface: str | None
    gateway: str | None
    error: str | None = None
    kind: str | None = None
    source: str | None = None
    mtu_bytes: int | float | None = None
    neighbour_mac: str | None = None
    neighbour_state: str | None = None


def next_step(facts: Entry, address: str) -> Step | None:
    """Return what a peer does with packets to an address, or None when its routes were not read.

    Without a lookup, routes of other tables and routes beyond the bound of the fact are not known, so the answer is the
    best one and not always the kernel's.
    """
    target = parsed_address(address)
    if target is None or not (facts.get("peer_routes") or facts.get("peer_interfaces")):
        return None
    return _looked_up(facts, plain_address(address)) or _by_prefix(facts, target)


def _looked_up(facts: Entry, address: str) -> Step | None:
    for row in rows(facts, "peer_routes", "lookups"):
        if plain_address(text(row, "address")) == address:
            return Step(
                ok=row.get("ok") is True,
                how="lookup",
                interface=text(row, "interface") or None,
                gateway=text(row, "gateway") or None,
                error=text(row, "error") or None,
                kind=text(row, "type") or None,
                source=text(row, "source") or None,
                mtu_bytes=number(row, "mtu_bytes"),
                neighbour_mac=text(row, "neighbour_mac") or None,
                neighbour_state=text(row, "neighbour_state") or None,
            )
    return None


def _by_prefix(facts: Entry, target: Address) -> Step | None:
    candidates = [
        *((network, 0, _from_link(link)) for network, link in _own_networks(facts, target)),
        *((network, number(row, "metric") or 0, _from_route(row)) for network, row in _routes(facts, target)),
    ]
    if candidates:
        best = max(candidates, key=lambda found: (found[0].prefixlen, -found[1]))[2]
        return _completed(facts, best, target)
    known = _complete(facts)
    return Step(ok=False, how="route", interface=None, gateway=None, error="ENETUNREACH") if known else None


def _complete(facts: Entry) -> bool:
    """Return whether all routes were read and shown, so that a missing one is missing on the peer too."""
    routes = facts.get("peer_routes")
    if type(routes) is not dict or type(routes.get("routes")) is not list or routes.get("truncated") is not False:
        return False
    return all(row.get("status") in ("ok", "absent") for row in rows(routes, "sources"))


def _completed(facts: Entry, step: Step, target: Address) -> Step:
    """Return a step with what its link decides when the route does not: the source address and the MTU."""
    near = parsed_address(step.gateway) if step.gateway else target
    if not step.source and near is not None:
        step = step._replace(source=_source(facts, step.interface, near))
    if step.mtu_bytes is None:
        links = [link for link in rows(facts, "peer_interfaces", "interfaces") if link.get("name") == step.interface]
        step = step._replace(mtu_bytes=number(links[0], "mtu") if links else None)
    return step


def _source(facts: Entry, interface: str | None, near: Address) -> str | None:
    """Return the address with which a peer speaks over a link: the one in the network of the next hop, else the first.

    Source: net/ipv4/devinet.c inet_select_addr().
    """
    found = []
    for link, row in global_addresses(rows(facts, "peer_interfaces", "interfaces")):
        network = _network("%s/%s" % (row["address"], row.get("prefixlen")))
        if link.get("name") == interface and network is not None and network.version == near.version:
            found.append((near not in network, plain_address(row["address"])))
    return min(found, key=lambda one: one[0])[1] if found else None


def _own_networks(facts: Entry, target: Address) -> t.Iterator[tuple[Network, Row]]:
    links = rows(facts, "peer_interfaces", "interfaces")
    for link, row in global_addresses(links):
        network = _network("%s/%s" % (row["address"], row.get("prefixlen")))
        if network is not None and network.version == target.version and target in network:
            yield network, t.cast(Row, link)


def _routes(facts: Entry, target: Address) -> t.Iterator[tuple[Network, Row]]:
    for name in LISTS:
        for row in rows(facts, "peer_routes", name):
            network = _network(text(row, "destination"))
            in_use = row.get("table") in ("main", None, "local") and not DOWN & set(_flags(row))
            if in_use and network is not None and network.version == target.version and target in network:
                yield network, row


def _flags(row: Row) -> list[t.Any]:
    found = row.get("flags")
    return [flag for flag in found if type(flag) is str] if type(found) is list else []


def _from_link(link: Row) -> Step:
    return Step(ok=True, how="link", interface=text(link, "name") or None, gateway=None, mtu_bytes=number(link, "mtu"))


def _from_route(row: Row) -> Step:
    hop = next(iter(rows(row, "nexthops")), row)
    kind = text(row, "type") or "unicast"
    return Step(
        ok=kind not in REJECTING,
        how="route",
        interface=text(hop, "interface") or None,
        gateway=text(hop, "gateway") or None,
        error=REJECTING.get(kind),
        kind=kind,
        source=text(row, "source") or None,
        mtu_bytes=number(row, "mtu_bytes"),
    )


@functools.lru_cache(maxsize=16384)
def _network(value: str) -> Network | None:
    try:
        return ipaddress.ip_network(value, strict=False)
    except ValueError:
        return None
