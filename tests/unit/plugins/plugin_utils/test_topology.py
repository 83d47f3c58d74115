# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of a flow through the fleet."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._address_book import AddressBook, plain_address
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._routes_of import next_step
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._topology import (
    Hop,
    between,
    is_asymmetric,
    way,
)
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils.fleet_samples import (
    DB,
    ROUTER,
    WEB,
    Facts,
    fleet,
    interfaces,
    link,
    lookup,
    routes,
)

Named = dict[str, Facts]


def facts(**changed: Facts) -> Named:
    """Return the facts of the sample fleet by name, families of peers changed."""
    found = {name: peer["facts"] for name, peer in fleet().items()}
    for name, families in changed.items():
        found.setdefault(name, {}).update(families)
    return found


def book_of(known: Named) -> AddressBook:
    """Return the address book of peers."""
    book = AddressBook()
    for name, own in known.items():
        book.add(name, own)
    return book


def go(known: Named, start: str, address: str) -> t.Any:
    """Return the way through a fleet of these facts."""
    return way(book_of(known), lambda name: known.get(name, {}), start, address)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("Web1", "web1"),
    ],
)
def test_addresses_are_compared_as_the_kernel_writes_them(written: str, plain: str) -> None:
    assert plain_address(written) == plain


def test_the_router_lies_between_both_ends() -> None:
    there = go(facts(), "web1", DB)
    assert (there.hops, there.end, there.arrived, there.broken) == ([Hop("router", True)], "db1", True, None)
    assert [peer for peer, _step in there.steps] == ["web1", "router"]
    assert not there.exact


def test_on_one_network_nobody_lies_between() -> None:
    there = go(facts(), "web1", "10.0.0.2")
    assert (there.hops, there.end, there.arrived) == ([], "db1", True)


def test_the_kernels_own_answers_come_before_prefixes() -> None:
    asked = routes(None, "", [lookup(DB, "eth0", "10.0.0.9", source="10.0.0.1")])
    there = go(facts(web1={"peer_routes": asked}), "web1", DB)
    assert there.hops == [Hop("router", True)]
    assert there.steps[0][1].source == "10.0.0.1"


def test_the_longest_prefix_wins_then_the_lowest_metric() -> None:
    own = routes("10.1.255.9", "eth1")
    own["routes"] = [
        {"destination": "10.2.0.0/16", "type": "unicast", "gateway": "10.1.255.2", "interface": "eth1", "metric": 9},
        {"destination": "10.2.0.0/16", "type": "unicast", "gateway": ROUTER[0], "interface": "eth1", "metric": 1},
        {
            "destination": "10.2.0.0/17",
            "type": "unicast",
            "gateway": "10.1.9.9",
            "interface": "eth1",
            "flags": ["dead"],
        },
        {"destination": "10.2.0.0/24", "type": "unicast", "gateway": "10.1.9.9", "interface": "eth1", "table": "vpn"},
    ]
    assert go(facts(web1={"peer_routes": own}), "web1", DB).hops == [Hop("router", True)]


@pytest.mark.parametrize(
    ("destination", "kind", "error"),
    [
        ("10.2.0.0/16", "blackhole", "EINVAL"),
        ("10.2.0.2/32", "prohibit", "EACCES"),
        ("0.0.0.0/0", "unreachable", "EHOSTUNREACH"),
    ],
)
def test_a_route_that_rejects_ends_the_way(destination: str, kind: str, error: str) -> None:
    own = {
        **routes(None, ""),
        "rejecting_routes": [{"destination": destination, "type": kind, "table": "main", "metric": 0}],
    }
    there = go(facts(web1={"peer_routes": own}), "web1", DB)
    assert (there.broken, there.steps[-1][1].error, there.arrived) == ("web1", error, False)


@pytest.mark.parametrize(("truncated", "broken"), [(False, "web1"), (True, None)])
def test_a_missing_route_is_one_only_when_all_are_known(truncated: bool, broken: str | None) -> None:
    there = go(facts(web1={"peer_routes": {**routes(None, ""), "truncated": truncated}}), "web1", DB)
    assert there.broken == broken


def test_a_gateway_outside_the_inventory_has_its_address_as_name() -> None:
    known = facts(web1={"peer_routes": routes("10.1.255.77", "eth1")})
    there = go(known, "web1", DB)
    assert (there.hops, there.arrived, there.end) == ([Hop("10.1.255.77", False)], False, None)
    back = go(facts(db1={"peer_routes": routes("10.2.255.77", "eth1")}), "db1", WEB)
    assert [hop.name for hop in between(there, back)] == ["10.1.255.77", "10.2.255.77"]
    assert is_asymmetric(there, back) is None


def test_a_gateway_by_its_link_local_address_is_known_by_its_mac() -> None:
    asked = routes(None, "", [lookup("2001:db8::2", "eth1", "fe80::9", neighbour_mac="02:00:00:00:01:09")])
    assert go(facts(web1={"peer_routes": asked}), "web1", "2001:db8::2").hops[0] == Hop("router", True)


def test_routers_that_send_in_a_circle_are_left() -> None:
    loop = routes(None, "", [lookup("10.8.0.1", "eth1", WEB)])
    known = facts(router={"peer_routes": loop}, web1={"peer_routes": routes(ROUTER[0], "eth1")})
    there = go(known, "web1", "10.8.0.1")
    assert (there.arrived, there.end) == (False, None)


def test_another_way_back_is_asymmetric() -> None:
    second = {
        "peer_interfaces": interfaces(
            link("eth1", "10.1.255.2", "02:00:00:00:01:08"), link("eth2", "10.2.255.2", "02:00:00:00:02:08")
        ),
        "peer_routes": routes(None, ""),
    }
    known = facts(db1={"peer_routes": routes("10.2.255.2", "eth1")}, router2=second)
    there, back = go(known, "web1", DB), go(known, "db1", WEB)
    assert is_asymmetric(there, back) is True
    assert is_asymmetric(there, go(facts(), "db1", WEB)) is False


def test_an_address_on_a_link_that_is_down_still_has_its_owner() -> None:
    down = interfaces(link("eth1", DB, "02:00:00:00:02:02", operstate="down", carrier=False))
    book = book_of(facts(db1={"peer_interfaces": down}))
    assert (book.owners(DB), book.users(DB)) == (["db1"], [])


def test_of_two_owners_the_one_with_the_mac_is_meant() -> None:
    other = {"peer_interfaces": interfaces(link("eth1", DB, "02:00:00:00:02:04"))}
    book = book_of(facts(db2=other))
    assert (book.owner(DB), book.owner(DB, "02:00:00:00:02:04")) == ("db1", "db2")
    assert book.users(DB) == ["db1", "db2"]


def test_networks_of_containers_have_no_owner() -> None:
    book = book_of(facts(web1={"peer_interfaces": interfaces(link("docker0", "172.17.0.1", "02:42:00:00:00:01"))}))
    assert book.owner("172.17.0.1") is None


def test_a_name_that_is_an_address_is_its_own() -> None:
    book = book_of({"192.0.2.7": {}})
    assert book.named("192.0.2.7") == "192.0.2.7"
    assert book.owner("192.0.2.7") == "192.0.2.7"


@pytest.mark.parametrize("own", [{}, {"peer_routes": 5}, {"peer_routes": {}}, {"peer_interfaces": {"interfaces": [5]}}])
def test_facts_that_were_not_read_tell_no_step(own: Facts) -> None:
    assert next_step(own, DB) is None
