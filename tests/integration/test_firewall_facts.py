# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Firewall rules of a real router, held against what nft itself lists."""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Iterator

import pytest

from tests.benchmarks import firewall

RunModule = t.Callable[..., dict[str, t.Any]]
MODULE = "netdoctor.connection_reset.firewall_facts"

RULES = """
table inet side {
  chain web { tcp dport { 80, 443 } counter reject with tcp reset
  }
  chain through { type filter hook forward priority 0; policy accept;
    ct state invalid counter drop
    tcp dport 4443 counter reject with tcp reset
    udp dport 53 counter drop
    tcp dport 22 limit rate over 100/second counter drop
    jump web
  }
}
"""
KNOCK = "import socket; s = socket.socket(); s.settimeout(3); s.connect_ex(('%s', 4443))"


@pytest.fixture(name="router")
def router_with_rules(fleet: t.Any) -> Iterator[t.Any]:
    """Put rules of nftables and of iptables on the router; take them away again."""
    fleet.exec("router", "nft", "-f", "-", input=RULES)
    fleet.exec("router", "iptables", "-A", "FORWARD", "-p", "tcp", "--dport", "4444", "-j", "REJECT")
    yield fleet
    fleet.exec("router", "nft", "delete", "table", "inet", "side")
    fleet.exec("router", "iptables", "-F", "FORWARD")


def test_every_blocking_rule_that_nft_lists_is_there_once(router: t.Any, run_module: RunModule) -> None:
    fact = run_module("router", MODULE)["ansible_facts"]["peer_firewall"]
    listed = json.loads(router.exec("router", "nft", "-j", "list", "table", "inet", "side").stdout)["nftables"]
    rules = [entry["rule"] for entry in listed if "rule" in entry]
    handles = {rule["handle"] for rule in rules if "jump" not in str(rule) and "udp" not in str(rule)}
    assert {rule["handle"] for rule in fact["rules"] if rule["table"] == "side"} == handles
    (saved,) = [rule for rule in fact["rules"] if rule["tool"] == "iptables"]
    assert (saved["ports"], saved["action"], saved["hooks"]) == ("4444", "reject", ["forward"])
    assert fact["total"] == len(handles) + 1 and fact["truncated"] is False


def test_of_many_rules_those_that_are_told_are_those_of_nft(fleet: t.Any, run_module: RunModule) -> None:
    fleet.exec("h003", "nft", "-f", "-", input=firewall.ruleset(400)).check_returncode()
    fact = run_module("h003", MODULE)["ansible_facts"]["peer_firewall"]
    listed = json.loads(fleet.exec("h003", "nft", "-j", "list", "ruleset").stdout)["nftables"]
    fleet.exec("h003", "nft", "flush", "ruleset")
    written = {entry["rule"]["handle"]: json.dumps(entry["rule"]["expr"]) for entry in listed if "rule" in entry}
    refusing = {handle for handle, text in written.items() if '"drop"' in text or '"reject"' in text}
    udp = {handle for handle, text in written.items() if '"protocol": "udp"' in text}
    named_map = {handle for handle, text in written.items() if "@verdicts" in text}
    assert fact["total"] == len((refusing | named_map) - udp) > 250
    assert fact["truncated"] is True and len(fact["rules"]) > 30
    for rule in fact["rules"]:
        values = ", ".join(rule.get(key, "") for key in ("ports", "source", "destination") if rule.get("match") is None)
        words = [word for word in re.split("[-/@, ]+", values) if word]
        assert rule["handle"] in refusing | named_map and all(word in written[rule["handle"]] for word in words), rule


def test_the_counter_of_a_rule_that_was_hit(router: t.Any, run_module: RunModule) -> None:
    address = router.exec("h002", "ip", "-4", "-br", "address", "show", "eth1").stdout.split()[2].split("/")[0]
    router.exec("h001", "python3", "-c", KNOCK % address)
    fact = run_module("router", MODULE)["ansible_facts"]["peer_firewall"]
    rule = next(rule for rule in fact["rules"] if rule.get("ports") == "4443")
    assert rule["packets"] >= 1 and rule["reject_type"] == "tcp-reset"
    assert fact["rules"][0] == rule


def test_a_window_tells_what_was_hit_in_it(router: t.Any, run_module: RunModule) -> None:
    options = {"gather_subset": ["firewall"], "window": 0.5}
    fact = run_module("router", "netdoctor.connection_reset.peer_facts", options)["ansible_facts"]["peer_firewall"]
    assert {rule["packets_delta"] for rule in fact["rules"]} == {0}


def test_without_rules(fleet: t.Any, run_module: RunModule) -> None:
    fact = run_module("h001", MODULE)["ansible_facts"]["peer_firewall"]
    assert (fact["rules"], fact["total"], fact["summary"]["total"]) == ([], 0, 0)
    assert fact["nat"] == {"present": False, "rules": [], "total": 0}


def test_an_ordinary_user_is_told_so(run_module: RunModule) -> None:
    fact = run_module("h001", MODULE, user="ansible")["ansible_facts"]["peer_firewall"]
    assert fact["rules"] is None and fact["nat"]["present"] is None
    assert {entry["status"] for entry in fact["sources"] if entry["name"] == "nftables"} == {"denied"}
