# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RETURN of every module beside what it gives on real hosts: no key without a description, no description too much."""

from __future__ import annotations

import ast
import itertools
import re
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import test_application_timeout_facts as timeouts
import yaml

TESTS = Path(__file__).resolve().parents[1]
MODULES = TESTS.parent / "plugins" / "modules"
ON_THE_CONTROLLER = {"evaluate", "plan_probes", "reach_peers", "report"}
OF_ANSIBLE = {"_ansible_no_log", "changed", "invocation", "warnings", "deprecations", "discovered_interpreter_python"}

Contains = dict[str, t.Any]

FIREWALL = """
table inet side {
  set banned { type ipv4_addr; elements = { 192.0.2.77 } }
  chain through { type filter hook forward priority 0; policy accept;
    ct state invalid counter drop
    iifname "eth1" oifname "eth2" ip saddr 192.0.2.1 ip daddr 192.0.2.2 \\
      tcp sport 1 tcp dport 2 counter drop comment "one"
    ip saddr @banned tcp dport 22 tcp flags syn limit rate 5/second counter reject with tcp reset
  }
}
"""
SOCKETS = """
import socket, time
server = socket.create_server(("127.0.0.1", 8771), backlog=8)
kept = [socket.create_connection(("127.0.0.1", 8771)) for dummy in range(2)]
open("/run/documented%s", "w").close()
time.sleep(900)
"""
IDLE = """
import socket, time
kept = [socket.create_connection(("%s", 22)) for dummy in range(2)]
open("/run/documented", "w").close()
time.sleep(900)
"""
LINKS_AND_ROUTES = """\
route add default table 100 nexthop via {gateway} dev {link} weight 2 nexthop via {gateway} dev {link} onlink
route add default table 101 via {gateway} dev {link} tos 0x10 advmss 1300 mtu lock 1400
-6 route add default table 100 dev {link} expires 600 pref high
-6 route add default table 101 from fd00:1::/64 dev {link}
nexthop add id 7 via {gateway} dev {link}
route add default table 102 nhid 7
link add documented-br type bridge
link add documented-dum type veth peer name documented-pee
link set documented-dum master documented-br
link set documented-dum up
"""
REFUSED = "import socket, time; time.sleep(1); socket.socket().connect_ex(('127.0.0.1', 9))"

ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "application_timeout_facts": {"sshd_match": {"user": "root", "host": "x", "addr": "192.0.2.1"}},
    "connection_facts": {"targets": [{"port": 22}]},
    "load_facts": {"window": 0.5},
    "peer_facts": {"gather_subset": ["all", "trace"], "window": 0.5, "probes": [{"host": "127.0.0.1", "port": 22}]},
    "reachability_info": {"targets": [{"host": "127.0.0.1", "port": 22}], "hold": 0.2},
    "reset_trace_info": {"seconds": 3},
    "route_facts": {"targets": ["192.0.2.1", "127.0.0.1"]},
    "tcp_counter_facts": {"window": 0.5},
}

NOT_ON_A_FLEET = {
    "application_timeout_facts": ("timeouts.", "applies_to_total conditional note"),
    "connection_facts": ("idle_without_keepalive.", "address direction idle_max_s port sockets"),
    "firewall_facts": ("rules.", "match packets_delta source_set xtables"),
    "interface_facts": (
        "interfaces.",
        "bond bond_member bridge_port_state ingress_drops qdisc_backlog_bytes qdisc_drops qdisc_overlimits"
        " qdisc_packets qdisc_requeues vlan_id vrf_table",
    ),
    "load_facts": ("clock.", "estimated_error_ms maximum_error_ms offset_ms"),
    "route_facts": ("default_routes.", "encapsulation"),
    "sshd_log_facts": ("", "cut truncated"),
}
"""Keys that need more than this fleet has, such as kernel modules, an hour of silence or 10 MB of logs: the unit tests
have them."""


def documentation(module: str) -> Contains:
    """Return RETURN of a module."""
    for node in ast.parse((MODULES / f"{module}.py").read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "RETURN":
            return t.cast(Contains, yaml.safe_load(ast.literal_eval(node.value)))
    raise AssertionError(f"{module} has no RETURN")


def documented(contains: Contains, before: str = "") -> Iterator[str]:
    """Yield the path of every key of RETURN."""
    for key, entry in contains.items():
        yield before + key
        yield from documented(entry.get("contains", {}), f"{before}{key}.")


def given(value: dict[str, t.Any], contains: Contains, prose: str = "", before: str = "") -> Iterator[str]:
    """Yield the path of every key of a result as far as RETURN goes into it; not those that its prose names."""
    for key, content in value.items():
        if key in OF_ANSIBLE or (key not in contains and f"C({key})" in prose):
            continue
        yield before + key
        entry = contains.get(key, {})
        for part in content if isinstance(content, list) else [content]:
            if isinstance(part, dict) and "contains" in entry:
                yield from given(part, entry["contains"], str(entry["description"]), f"{before}{key}.")


@pytest.fixture(scope="module", name="busy")
def hosts_with_something_of_everything(fleet: t.Any) -> Iterator[t.Any]:
    """The fleet with rules, namespaces, idle connections and a route of its own kind."""
    fleet.exec("router", "nft", "-f", "-", input=FIREWALL).check_returncode()
    timeouts.write(fleet, "h003", "/etc/haproxy/haproxy.cfg", timeouts.HAPROXY)
    words = {"gateway": fleet.address("router"), "link": fleet.hosts["h003"]["links"][0]["device"]}
    for line in LINKS_AND_ROUTES.format(**words).splitlines():
        timeouts.said(fleet, "h003", "ip", *line.split())
    fleet.exec("h003", "ip", "netns", "add", "inside").check_returncode()
    fleet.exec("h003", "ip", "-n", "inside", "link", "set", "lo", "up").check_returncode()
    run = ("systemd-run", "--quiet", "--collect")
    inside = ("ip", "netns", "exec", "inside", "python3", "-c", SOCKETS % "-inside")
    fleet.exec("h003", *run, "--unit=documented-inside", *inside).check_returncode()
    fleet.exec("h003", *run, "--unit=documented", "python3", "-c", IDLE % fleet.address("h001")).check_returncode()
    yield fleet
    for version, table in itertools.product(("-4", "-6"), ("100", "101", "102")):
        fleet.exec("h003", "ip", version, "route", "flush", "table", table)
    for link in ("documented-dum", "documented-br"):
        fleet.exec("h003", "ip", "link", "del", link)
    fleet.exec("h003", "ip", "nexthop", "del", "id", "7")
    fleet.exec("h003", "systemctl", "stop", "documented", "documented-inside")
    fleet.exec("h003", "ip", "netns", "del", "inside")
    fleet.exec("router", "nft", "delete", "table", "inet", "side")


@pytest.mark.parametrize("module", sorted({path.stem for path in MODULES.glob("[a-z]*.py")} - ON_THE_CONTROLLER))
def test_every_key_is_documented_and_every_documented_key_comes(
    busy: t.Any, run_module: t.Callable[..., dict[str, t.Any]], module: str
) -> None:
    contains = documentation(module)
    seen: set[str] = set()
    for host, user in (("h003", "root"), ("router", "root"), ("h001", "root"), ("h003", "ansible")):
        if module == "reset_trace_info":
            busy.exec(host, "systemd-run", "--quiet", "--collect", "python3", "-c", REFUSED)
        result = run_module(host, f"netdoctor.connection_reset.{module}", ARGUMENTS.get(module), user=user)
        assert not result.get("failed"), result
        seen |= set(given(result, contains))
    expected = set(documented(contains))
    assert seen - expected == set()
    assert expected - seen == rare(module, contains)


def rare(module: str, contains: Contains) -> set[str]:
    """Return the paths of the keys in NOT_ON_A_FLEET."""
    parent, keys = NOT_ON_A_FLEET.get(module, ("", ""))
    (fact,) = contains.get("ansible_facts", {}).get("contains", {"": None}) if keys else [""]
    return {f"ansible_facts.{fact}.{parent}{key}" for key in keys.split()}


@pytest.mark.parametrize("module", NOT_ON_A_FLEET)
def test_keys_that_no_fleet_has_are_held_by_unit_tests(module: str) -> None:
    held = [path.read_text() for path in TESTS.glob("unit/plugins/module_utils/*.py")]
    held += [path.read_text() for path in TESTS.glob("fixtures/*/*.json")]
    words = set(re.findall(r"\w+", " ".join(held)))
    assert set(NOT_ON_A_FLEET[module][1].split()) - words == set()
