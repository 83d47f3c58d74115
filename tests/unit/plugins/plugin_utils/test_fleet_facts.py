# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers held side by side."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._fleet import Fleet
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._peers import Peer, observed_peer


def link(name: str, address: str, **fields: t.Any) -> dict[str, t.Any]:
    """Return one row of `peer_interfaces` with one address."""
    host, _slash, prefix = address.partition("/")
    row = {"address": host, "prefixlen": int(prefix), "scope": fields.pop("scope", "global")}
    return {"name": name, "mtu": 1500, "operstate": "up", "kind": None, "addresses": [row], **fields}


def peer(name: str, *links: dict[str, t.Any], **sysctls: t.Any) -> Peer:
    """Return a peer with links and sysctls, a double underscore for a dot."""
    values = {key.replace("__", "."): {"running": value} for key, value in sysctls.items()}
    facts = {"peer_interfaces": {"interfaces": list(links)}, "peer_sysctls": {"values": values}}
    return observed_peer(name, {"status": "ok", "facts": facts}, [])


def lost(name: str, message: str) -> Peer:
    """Return a peer that was not reached."""
    return observed_peer(name, {"status": "unreachable", "reason": message}, [])


def fleet_facts(peers: list[Peer]) -> dict[str, t.Any]:
    """Return what all of `peers` show side by side."""
    fleet = Fleet()
    for one in peers:
        fleet.add(one)
    return fleet.facts()


def test_an_address_on_two_peers_is_found() -> None:
    fleet = fleet_facts([peer("a", link("eth0", "192.0.2.1/24")), peer("b", link("eth0", "192.0.2.1/24"))])
    assert fleet["duplicate_addresses"] == [{"address": "192.0.2.1", "count": 2, "hosts": ["a", "b"]}]


@pytest.mark.parametrize(
    "shared",
    [
        pytest.param(link("docker0", "172.17.0.1/16", kind="bridge"), id="docker"),
        pytest.param(link("br-0123456789ab", "172.18.0.1/16", kind="bridge"), id="docker-network"),
        pytest.param(link("virbr0", "192.168.122.1/24", kind="bridge"), id="libvirt"),
        pytest.param(link("lo", "192.0.2.53/32"), id="anycast-on-loopback"),
        pytest.param(link("any0", "192.0.2.53/32", kind="dummy"), id="anycast-on-dummy"),
        pytest.param(link("kube-ipvs0", "10.96.0.1/32", kind="dummy"), id="service-addresses"),
        pytest.param(link("eth0", "10.0.2.15/24"), id="guest-of-virtualbox"),
        pytest.param(link("eth0", "fe80::1/64", scope="link"), id="link-local"),
        pytest.param(link("eth0", "169.254.1.1/32"), id="link-local-ipv4"),
        pytest.param(link("eth1", "192.0.2.1/24", operstate="down"), id="link-down"),
        pytest.param({"name": "eth0", "mtu": 1500}, id="no-addresses"),
        pytest.param("eth0", id="no-row"),
    ],
)
def test_addresses_that_may_be_shared_are_not(shared: dict[str, t.Any]) -> None:
    assert fleet_facts([peer("a", shared), peer("b", shared)])["duplicate_addresses"] == []


def test_an_address_twice_on_one_peer_is_its_own_affair() -> None:
    twice = [link("eth0", "192.0.2.1/24"), link("eth1", "192.0.2.1/24")]
    assert fleet_facts([peer("a", *twice)])["duplicate_addresses"] == []


def test_mtus_of_one_network_are_compared() -> None:
    fleet = fleet_facts(
        [
            peer("a", link("eth0", "192.0.2.1/24")),
            peer("b", link("eth0", "192.0.2.2/24")),
            peer("c", link("eth0", "192.0.2.3/24", mtu=9000)),
            peer("d", link("eth0", "198.51.100.1/24", mtu=1400)),
            peer("e", link("wg0", "192.0.2.9/32", mtu=1420)),
        ]
    )
    assert fleet["mtu_differences"] == [
        {
            "subnet": "192.0.2.0/24",
            "values": [{"value": 9000, "count": 1, "hosts": ["c"]}, {"value": 1500, "count": 2, "hosts": ["a", "b"]}],
        }
    ]


def test_settings_that_differ_are_named_with_the_odd_ones_first() -> None:
    fleet = fleet_facts(
        [peer(name, net__ipv4__tcp_keepalive_time=60) for name in ("a", "b")]
        + [peer("c", net__ipv4__tcp_keepalive_time=7200), peer("d")]
    )
    assert fleet["sysctl_differences"] == [
        {
            "name": "net.ipv4.tcp_keepalive_time",
            "values": [{"value": "7200", "count": 1, "hosts": ["c"]}, {"value": "60", "count": 2, "hosts": ["a", "b"]}],
        }
    ]


def test_unreachable_peers_are_counted_by_class() -> None:
    fleet = fleet_facts([lost("a", "Connection refused"), lost("b", "Connection refused"), peer("c")])
    assert (fleet["peers"], fleet["unreachable"], fleet["unreachable_percent"]) == (3, 2, 67)
    assert fleet["unreachable_by_class"] == [{"class": "refused", "count": 2, "hosts": ["a", "b"]}]


def test_rows_name_a_bounded_number_of_hosts() -> None:
    fleet = fleet_facts([peer("h%d" % number, link("eth0", "192.0.2.1/24")) for number in range(300)])
    row = fleet["duplicate_addresses"][0]
    assert (row["count"], len(row["hosts"])) == (300, 20)


def test_no_peers_at_all() -> None:
    assert fleet_facts([])["unreachable_percent"] == 0
