# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""interface_facts on real hosts: against what ip(8) prints there, and with links that fail."""

from __future__ import annotations

import json
import time

import pytest

MODULE = "netdoctor.connection_reset.interface_facts"
USERS = pytest.mark.parametrize("user", ["root", "ansible"])
HOSTS = pytest.mark.parametrize("host", ["h001", "router"])


def ip(fleet, host, *words):
    """What `ip -j` prints on a host."""
    return json.loads(fleet.exec(host, "ip", "-j", *words).stdout or "[]")


def fact_of(run_module, host, user="root"):
    result = run_module(host, MODULE, user=user)
    assert result["changed"] is False
    return result["ansible_facts"]["peer_interfaces"]


def data_link(fleet, host):
    """The name of the link on which a host reaches the others."""
    return fleet.hosts[host]["links"][0]["device"]


@HOSTS
@USERS
def test_links_are_those_of_ip(fleet, run_module, host, user):
    expected = {row["ifname"]: row for row in ip(fleet, host, "-d", "-s", "link")}
    fact = fact_of(run_module, host, user)
    rows = {row["name"]: row for row in fact["interfaces"]}
    assert set(rows) == set(expected) and fact["total"] == len(expected) and not fact["truncated"]
    for name, row in rows.items():
        told = expected[name]
        same = {
            "index": told["ifindex"],
            "mac": told["address"],
            "mtu": told["mtu"],
            "operstate": told["operstate"].lower(),
            "type": told["link_type"],
            "kind": told.get("linkinfo", {}).get("info_kind"),
            "txqueuelen": told["txqlen"],
            "qdisc": told["qdisc"],
            "admin_up": "UP" in told["flags"],
            "parent_index": told.get("link_index"),
        }
        assert {key: row[key] for key in same} == same
        assert (
            row["rx_packets"] >= told["stats64"]["rx"]["packets"] and row["tx_bytes"] >= told["stats64"]["tx"]["bytes"]
        )
        assert row["rx_errors"] == told["stats64"]["rx"]["errors"] == 0


@HOSTS
@USERS
def test_addresses_are_those_of_ip(fleet, run_module, host, user):
    expected = {
        (row["ifname"], info["local"], info["prefixlen"], info["scope"], info.get("broadcast"), info.get("label"))
        for row in ip(fleet, host, "addr")
        for info in row["addr_info"]
    }
    found = {
        (row["name"], *(address[key] for key in ("address", "prefixlen", "scope", "broadcast", "label")))
        for row in fact_of(run_module, host, user)["interfaces"]
        for address in row["addresses"]
    }
    assert found == expected


@USERS
def test_settings_are_those_of_sysctl(fleet, run_module, user):
    for row in fact_of(run_module, "h001", user)["interfaces"]:
        for family in ("ipv4", "ipv6"):
            for name, value in row[family].items():
                own, everywhere = (
                    int(fleet.exec("h001", "cat", f"/proc/sys/net/{family}/conf/{link}/{name}").stdout)
                    for link in (row["name"], "all")
                )
                both = family == "ipv4" and (name.startswith("arp_") or name in ("rp_filter", "accept_local"))
                assert value == (max(own, everywhere) if both else own), (row["name"], family, name)


@USERS
def test_neighbours_are_those_of_ip(fleet, run_module, user):
    fleet.exec("h001", "ping", "-c", "1", "-W", "1", fleet.address("h003"))
    address, link = "10.255.255.253", data_link(fleet, "h001")
    fleet.exec("h001", "ip", "neigh", "replace", address, "dev", link, "nud", "failed").check_returncode()
    health = fact_of(run_module, "h001", user)["neighbours"]["ipv4"]
    states = [row["state"][0].lower() for row in ip(fleet, "h001", "-4", "neigh", "show", "nud", "all")]
    fleet.exec("h001", "ip", "neigh", "del", address, "dev", link).check_returncode()
    assert {"address": address, "state": "failed", "mac": None, "interface": link} in health["unresolved"]
    assert health["by_state"]["failed"] == states.count("failed")
    assert health["entries"] == sum(health["by_state"].values())
    assert health["gc_thresh3"] >= health["table_entries"] >= 1
    assert 0 <= health["occupancy_percent"] <= 100


def test_healthy_hosts_have_no_trouble(fleet, run_module):
    for host in ("h001", "h002", "router"):
        fact = fact_of(run_module, host)
        assert not [
            name for name in ("addressed_but_down", "unusable_addresses", "bridge_mtu_mismatches") if fact[name]
        ]
        assert all(source["status"] == "ok" for source in fact["sources"] if source["name"].startswith("RTM_"))


SEND_MANY = """
import contextlib, socket, sys
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _number in range(1500):
    with contextlib.suppress(OSError):
        sender.sendto(bytes(200), (sys.argv[1], 9))
"""


@pytest.fixture
def spare(fleet):
    """A link pair on h003 that nobody else uses; the other end is down, so it has no carrier."""
    fleet.exec("h003", "ip", "link", "add", "spare0", "type", "veth", "peer", "name", "spare1").check_returncode()
    fleet.exec("h003", "ip", "addr", "add", "198.18.5.1/24", "dev", "spare0").check_returncode()
    fleet.exec("h003", "ip", "link", "set", "spare0", "up").check_returncode()
    yield "spare0"
    fleet.exec("h003", "ip", "link", "del", "spare0").check_returncode()


def test_a_link_without_carrier(fleet, run_module, spare):
    fact = fact_of(run_module, "h003", "ansible")
    expected = [{"interface": spare, "admin_up": True, "carrier": False, "operstate": "lowerlayerdown"}]
    assert fact["addressed_but_down"] == expected
    assert fact["interfaces"][0]["name"] == spare
    fleet.exec("h003", "ip", "link", "set", "spare1", "up").check_returncode()
    fact = fact_of(run_module, "h003", "ansible")
    assert fact["addressed_but_down"] == []
    row = {row["name"]: row for row in fact["interfaces"]}[spare]
    assert (row["carrier"], row["parent"], row["parent_in_other_namespace"]) == (True, "spare1", False)


def test_lost_packets_are_counted(fleet, run_module, spare):
    """A queue that lets nothing through drops what is sent to a neighbour that does not exist."""
    fleet.exec("h003", "ip", "link", "set", "spare1", "up").check_returncode()
    for words in (
        ("tc", "qdisc", "add", "dev", spare, "root", "tbf", "rate", "8kbit", "burst", "2kb", "limit", "3kb"),
        ("ip", "neigh", "add", "198.18.5.9", "lladdr", "02:00:00:00:00:09", "dev", spare),
        ("python3", "-c", SEND_MANY, "198.18.5.9"),
    ):
        fleet.exec("h003", *words).check_returncode()
    told = json.loads(fleet.exec("h003", "tc", "-j", "-s", "qdisc", "show", "dev", spare).stdout)[0]
    fact = fact_of(run_module, "h003", "ansible")
    row = {row["name"]: row for row in fact["interfaces"]}[spare]
    assert row["qdisc_drops"] == told["drops"] > 1000
    assert row["qdisc_drop_percent"] > 90
    assert fact["worst"]["qdisc_drop_percent"] == {"interface": spare, "value": row["qdisc_drop_percent"]}


def test_another_host_has_the_address(fleet, run_module):
    taken = "2001:db8:dad::1/64"
    first, second = data_link(fleet, "h001"), data_link(fleet, "h003")
    fleet.exec("h003", "ip", "-6", "addr", "add", taken, "dev", second, "nodad").check_returncode()
    fleet.exec("h001", "ip", "-6", "addr", "add", taken, "dev", first).check_returncode()
    try:
        time.sleep(2.5)
        fact = fact_of(run_module, "h001", "ansible")
    finally:
        fleet.exec("h001", "ip", "-6", "addr", "del", taken, "dev", first)
        fleet.exec("h003", "ip", "-6", "addr", "del", taken, "dev", second)
    found = [(row["interface"], row["address"], row["dad_failed"]) for row in fact["unusable_addresses"]]
    assert found == [(first, "2001:db8:dad::1", True)]
