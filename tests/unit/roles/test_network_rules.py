# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules on interfaces and routes, applied to recorded facts of healthy and faulty hosts."""

from __future__ import annotations

import copy
import json
import pathlib
import typing as t

import pytest
import yaml

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._catalogue import Rule, catalogue, merged
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._fact_paths import walk
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._findings import Subject, outcome

ROOT = pathlib.Path(__file__).resolve().parents[3]
TOPICS = sorted((ROOT / "roles" / "diagnose" / "vars" / "main").glob("*.yml"))
RECORDED = ROOT / "tests" / "fixtures" / "interface"
Facts = dict[str, t.Any]


def rules_of(*topics: str) -> list[Rule]:
    """Return the rules of topics, checked against all remediations and causes."""
    found: dict[str, list[t.Any]] = {"rules": [], "fixes": [], "causes": []}
    for path in TOPICS:
        for name, value in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            kind = name.split("_")[1]
            if kind in found and (kind != "rules" or path.stem in topics):
                found[kind].append(value)
    return catalogue(merged(found["rules"]), merged(found["fixes"]), merged(found["causes"]))


RULES = {rule.id: rule for rule in rules_of("interface", "route")}


def facts_of(host: str) -> Facts:
    """Return the recorded facts of a host."""
    (path,) = RECORDED.glob("facts-%s-linux-*.json" % host)
    return t.cast(Facts, json.loads(path.read_text(encoding="utf-8")))


def deviating(facts: Facts) -> dict[str, str]:
    """Return the severity of the rules that deviate, by their ids; a rule that is unknown fails the test."""
    found = {}
    for rule in RULES.values():
        status, dummy, detail = outcome(rule, Subject(facts, host="host"))
        assert status != "unknown", (rule.id, detail)
        if status == "deviation":
            found[rule.id] = rule.fields["severity"]
    return found


@pytest.mark.parametrize("host", ["container", "laptop"])
def test_healthy_hosts_have_nothing_to_say(host: str) -> None:
    assert deviating(facts_of(host)) == {}


def test_a_faulty_host() -> None:
    assert deviating(facts_of("faulty")) == {
        "interface-address-expires": "info",
        "interface-bridge-mtu": "warning",
        "interface-down-with-address": "warning",
        "interface-duplicate-address": "critical",
        "interface-mtu-below-minimum": "warning",
        "interface-shared-subnet": "info",
        "interface-strict-uplinks": "info",
        "neighbour-own-mac": "warning",
        "neighbour-unresolved": "info",
        "route-default-equal-metric": "warning",
        "route-default-link-down": "warning",
        "route-default-rejects": "critical",
        "route-gateway-silent": "warning",
        "route-rejecting-route": "info",
        "route-rejecting-rule": "warning",
        "route-target-silent": "critical",
        "route-target-unknown": "warning",
        "route-target-unreachable": "critical",
    }


LEARNED = {"address": "192.0.2.9", "pmtu_bytes": 1300, "expires_s": 500, "gateway": None, "interface": "eth0"}
CHANGES: dict[str, list[tuple[str, t.Any]]] = {
    "interface-receive-errors": [("worst.rx_error_percent", 2.5), ("interfaces.0.rx_error_percent", 2.5)],
    "interface-transmit-errors": [("worst.tx_error_percent", 0.5), ("interfaces.0.tx_error_percent", 0.5)],
    "interface-buffer-misses": [("worst.rx_missed_percent", 1.2), ("interfaces.0.rx_missed_percent", 1.2)],
    "interface-receive-drops": [("worst.rx_drop_percent", 12.0), ("interfaces.0.rx_drop_percent", 12.0)],
    "interface-transmit-drops": [("worst.tx_drop_percent", 3.0), ("interfaces.0.tx_drop_percent", 3.0)],
    "interface-queue-drops": [("worst.qdisc_drop_percent", 8.0), ("interfaces.0.qdisc_drops", 80)],
    "interface-collisions": [("worst.collision_percent", 4.0), ("interfaces.0.collisions", 400)],
    "interface-carrier-losses": [("worst.carrier_losses_per_day", 48.0), ("interfaces.0.carrier_losses_per_day", 48.0)],
    "interface-half-duplex": [("interfaces.0.duplex", "half")],
    "interface-bond-member-down": [("interfaces.0.bond_member", {"state": "backup", "mii_status": "down"})],
    "neighbour-table-ipv4": [("neighbours.ipv4.occupancy_percent", 96.0)],
    "neighbour-table-ipv6": [("neighbours.ipv6.occupancy_percent", 88.0)],
    "neighbour-table-overflowed": [("neighbour_table_fulls", 31)],
    "route-target-half-reachable": [("partly_unreachable", [{"target": "broker", "address": "2001:db8::7"}])],
    "route-default-missing": [("default_families", [])],
    "route-asymmetric": [("asymmetric_sources", [{"source": "192.0.2.4", "interface": "eth1", "leaves_by": "eth0"}])],
    "route-path-mtu-reduced": [("path_mtus", [LEARNED])],
    "route-path-mtu-tiny": [("smallest_path_mtu", {"address": "192.0.2.9", "bytes": 552})],
}


def changed(facts: Facts, rule_id: str) -> Facts:
    """Return facts with what a rule looks for."""
    found = copy.deepcopy(facts)
    fact = found["peer_routes" if rule_id.startswith("route") else "peer_interfaces"]
    for path, value in CHANGES[rule_id]:
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        place = walk(tuple(way), fact)
        place[last] = {"interface": "eth0", "value": value} if way == ["worst"] else value
    return found


@pytest.mark.parametrize("rule_id", sorted(CHANGES))
def test_one_fault_is_one_finding_with_evidence(rule_id: str) -> None:
    facts = changed(facts_of("container"), rule_id)
    assert list(deviating(facts)) == [rule_id]
    evidence = RULES[rule_id].evidence
    assert evidence is not None
    answer = evidence(facts)
    assert answer.detail == ""
    assert answer.value or rule_id == "route-default-missing"


def test_every_rule_is_seen_to_deviate() -> None:
    assert set(CHANGES) | set(deviating(facts_of("faulty"))) == set(RULES)


def test_rules_on_targets_need_targets() -> None:
    facts = facts_of("container")
    facts["peer_routes"].update(lookups=[], unreachable_targets=[], unresolved_targets=[])
    statuses = {rule_id: outcome(rule, Subject(facts))[0] for rule_id, rule in RULES.items()}
    assert {statuses[rule_id] for rule_id in statuses if rule_id.startswith("route-target")} == {""}
