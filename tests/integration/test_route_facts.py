# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""route_facts on real hosts: against what ip(8) prints there, and with routes that fail."""

from __future__ import annotations

import contextlib
import json

import pytest

MODULE = "netdoctor.connection_reset.route_facts"
USERS = pytest.mark.parametrize("user", ["root", "ansible"])
HOSTS = pytest.mark.parametrize("host", ["h001", "router"])
VERSIONS = pytest.mark.parametrize("version", [4, 6])
NOT_SHOWN = ("local", "broadcast", "anycast", "multicast")


def ip(fleet, host, *words):
    """What `ip -j` prints on a host."""
    return json.loads(fleet.exec(host, "ip", "-j", *words).stdout or "[]")


def fact_of(run_module, host, user="root", **arguments):
    result = run_module(host, MODULE, arguments, user=user)
    assert result["changed"] is False
    return result["ansible_facts"]["peer_routes"]


@contextlib.contextmanager
def changed(fleet, host, *words):
    """`ip` with the words and `add`, undone with `del` afterwards."""
    fleet.exec(host, "ip", *(word if word != "ADD" else "add" for word in words)).check_returncode()
    try:
        yield
    finally:
        fleet.exec(host, "ip", *(word if word != "ADD" else "del" for word in words)).check_returncode()


def destination(row, version):
    """The destination that `ip` prints, with a prefix length."""
    anywhere, bits = {4: ("0.0.0.0/0", "/32"), 6: ("::/0", "/128")}[version]
    name = anywhere if row["dst"] == "default" else row["dst"]
    return name if "/" in name else name + bits


@HOSTS
@USERS
@VERSIONS
def test_routes_are_those_of_ip(fleet, run_module, host, user, version):
    told = ip(fleet, host, f"-{version}", "route", "show", "table", "all")
    expected = {
        (destination(row, version), row.get("gateway"), row.get("dev"), row.get("metric", 0), row.get("table", "main"))
        for row in told
        if row.get("type") not in NOT_SHOWN
    }
    fact = fact_of(run_module, host, user)
    found = {
        tuple(row[key] for key in ("destination", "gateway", "interface", "metric", "table"))
        for row in fact["default_routes"] + fact["rejecting_routes"] + fact["routes"]
        if row["family"] == f"ipv{version}"
    }
    assert found == expected
    assert fact[f"ipv{version}"]["total"] == len(told)
    assert not fact["truncated"] and all(source["status"] == "ok" for source in fact["sources"])


@HOSTS
@USERS
def test_rules_and_forwarding(fleet, run_module, host, user):
    fact = fact_of(run_module, host, user)
    told = [("ipv4", row["priority"]) for row in ip(fleet, host, "rule")]
    told += [("ipv6", row["priority"]) for row in ip(fleet, host, "-6", "rule")]
    assert [(row["family"], row["priority"]) for row in fact["rules"]] == told
    forwards = fleet.exec(host, "cat", "/proc/sys/net/ipv4/ip_forward").stdout.strip() == "1"
    assert fact["ipv4"]["forwarding"] is forwards is (host == "router")


@USERS
@VERSIONS
def test_lookups_are_those_of_ip(fleet, run_module, user, version):
    targets = [fleet.address("h002", version), fleet.address("h003", version), fleet.address("h001", version)]
    fact = fact_of(run_module, "h001", user, targets=targets)
    assert [row["address"] for row in fact["lookups"]] == targets
    for row in fact["lookups"]:
        told = ip(fleet, "h001", "route", "get", row["address"])[0]
        expected = (told.get("gateway"), told["dev"], told["prefsrc"], told.get("type", "unicast"))
        assert (row["gateway"], row["interface"], row["source"], row["type"]) == expected
        assert row["ok"] and row["mtu_bytes"] == (65536 if row["interface"] == "lo" else 1500)
    assert fact["unreachable_targets"] == []


@pytest.mark.parametrize(
    ("kind", "error"), [("blackhole", "EINVAL"), ("unreachable", "EHOSTUNREACH"), ("prohibit", "EACCES")]
)
@VERSIONS
def test_a_route_that_rejects(fleet, run_module, kind, error, version):
    address = fleet.address("h002", version)
    target = f"{address}/{32 if version == 4 else 128}"
    with changed(fleet, "h001", f"-{version}", "route", "ADD", kind, target):
        fact = fact_of(run_module, "h001", "ansible", targets=[address])
    (row,) = fact["lookups"]
    assert (row["ok"], row["error"], row["type"]) == (False, error, kind)
    assert fact["unreachable_targets"] == [address]
    assert [(row["destination"], row["type"]) for row in fact["rejecting_routes"]] == [(target, kind)]


def test_a_name_with_a_family_that_leads_nowhere(fleet, run_module):
    fleet.exec("h001", "sh", "-c", f"printf '{fleet.address('h002')} two\\n2001:db8:99::2 two\\n' >> /etc/hosts")
    try:
        with changed(fleet, "h001", "-6", "route", "ADD", "unreachable", "2001:db8:99::/64"):
            fact = fact_of(run_module, "h001", "ansible", targets=["two", "x" * 64])
    finally:
        fleet.exec("h001", "sh", "-c", "grep -v ' two$' /etc/hosts > /tmp/hosts; cat /tmp/hosts > /etc/hosts")
    assert {row["address"]: row["ok"] for row in fact["lookups"]} == {
        fleet.address("h002"): True,
        "2001:db8:99::2": False,
    }
    assert fact["unreachable_targets"] == []
    assert [row["address"] for row in fact["partly_unreachable"]] == ["2001:db8:99::2"]
    assert [row["target"] for row in fact["unresolved_targets"]] == ["x" * 64]


def test_a_rule_that_rejects(fleet, run_module):
    address = fleet.address("h002")
    with changed(fleet, "h001", "rule", "ADD", "pref", "99", "to", address, "prohibit"):
        fact = fact_of(run_module, "h001", "ansible", targets=[address])
    assert [(row["priority"], row["to"]) for row in fact["rejecting_rules"]] == [(99, f"{address}/32")]
    assert fact["lookups"][0]["error"] == "EACCES"


def test_the_route_of_another_table_is_named(fleet, run_module):
    address = fleet.address("h002")
    gateway = fleet.hosts["h001"]["gateway"]
    with changed(fleet, "h001", "route", "ADD", f"{address}/32", "via", gateway, "table", "4711"):
        with changed(fleet, "h001", "rule", "ADD", "pref", "98", "to", address, "lookup", "4711"):
            fact = fact_of(run_module, "h001", "ansible", targets=[address])
    (row,) = fact["lookups"]
    assert (row["ok"], row["table"], row["matched"]) == (True, "4711", f"{address}/32")


def test_a_next_hop_that_does_not_answer(fleet, run_module):
    silent = fleet.address("h003").rpartition(".")[0] + ".99"
    link = fleet.hosts["h001"]["links"][0]["device"]
    fleet.exec("h001", "ping", "-c", "1", "-W", "1", silent)
    fleet.exec("h001", "ip", "neigh", "replace", silent, "dev", link, "nud", "failed").check_returncode()
    fact = fact_of(run_module, "h001", "ansible", targets=[silent, fleet.address("h003")])
    assert [(row["target"], row["neighbour_state"]) for row in fact["unanswered_targets"]] == [(silent, "failed")]


SEND_LARGE = """
import socket, sys
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.IPPROTO_IP, 10, 2)
for size in (1450, 1450, 1450, 100):
    try:
        sender.sendto(bytes(size), (sys.argv[1], 9))
    except OSError:
        pass
    import time; time.sleep(0.2)
"""


def test_a_path_mtu_that_was_learned(fleet, run_module):
    """The router's leg to the servers takes 1400 bytes; h001 learns that from its message."""
    link = next(link["device"] for link in fleet.hosts["router"]["links"] if link["segment"] == "b")
    address = fleet.address("h002")
    fleet.exec("router", "ip", "link", "set", link, "mtu", "1400").check_returncode()
    try:
        fleet.exec("h001", "python3", "-c", SEND_LARGE, address).check_returncode()
        fact = fact_of(run_module, "h001", "ansible", targets=[address])
    finally:
        fleet.exec("router", "ip", "link", "set", link, "mtu", "1500").check_returncode()
        fleet.exec("h001", "ip", "route", "flush", "cache")
    (row,) = fact["lookups"]
    assert (row["pmtu_bytes"], row["mtu_bytes"], row["link_mtu_bytes"]) == (1400, 1400, 1500)
    assert 0 < row["pmtu_expires_s"] <= 600
    assert [(row["address"], row["pmtu_bytes"]) for row in fact["path_mtus"]] == [(address, 1400)]
    assert fact["smallest_path_mtu"] == {"address": address, "bytes": 1400}


def test_two_default_routes_and_an_answer_that_leaves_elsewhere(fleet, run_module):
    management = fleet.hosts["router"]["management"]
    with changed(fleet, "h001", "route", "ADD", "default", "via", management, "dev", "eth0", "metric", "500"):
        fact = fact_of(run_module, "h001", "ansible")
        own = fleet.hosts["h001"]["management"]
        expected = [{"source": own, "interface": "eth0", "leaves_by": "eth1"}]
        assert fact["asymmetric_sources"] == expected
        assert fact["equal_metric_defaults"] == []
        with changed(fleet, "h001", "route", "ADD", "default", "via", management, "table", "101"):
            with changed(fleet, "h001", "rule", "ADD", "pref", "97", "from", own, "lookup", "101"):
                assert fact_of(run_module, "h001", "ansible")["asymmetric_sources"] == []


def test_ten_thousand_routes_are_counted_and_few_shown(fleet, run_module):
    gateway = fleet.hosts["h003"]["gateway"]
    lines = [f"route add 100.{64 + (n >> 8)}.{n & 255}.0/24 via {gateway}" for n in range(10000)]
    fleet.exec("h003", "ip", "-batch", "-", input="\n".join(lines)).check_returncode()
    try:
        fact = fact_of(run_module, "h003", "ansible", max_routes=20)
    finally:
        fleet.exec("h003", "ip", "route", "flush", "root", "100.64.0.0/10")
    assert fact["ipv4"]["ordinary"] > 10000 and fact["truncated"]
    assert len(fact["routes"]) <= 20
    assert fact["ipv4"]["by_table"]["main"] > 10000
    assert [row["gateway"] for row in fact["default_routes"] if row["family"] == "ipv4"] == [gateway]
    assert len(json.dumps(fact)) <= 16 * 1024
