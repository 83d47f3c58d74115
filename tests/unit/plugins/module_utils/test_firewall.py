# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that can hit TCP, as nftables and iptables print them."""

from __future__ import annotations

import json
import pathlib

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _bounds,
    _conntrack,
    _firewall,
    _iptables,
    _read,
)

FIXTURES = pathlib.Path(__file__).parents[3] / "fixtures" / "firewall"


def read(case: str) -> str:
    return (FIXTURES / case).read_text(encoding="utf-8")


def expected(case: str) -> object:
    return json.loads(read(case))


@pytest.mark.parametrize("case", ["iptables-save-1.8.9-debian-12"])
def test_iptables(case: str) -> None:
    saved = _iptables.parse_save(read(case + ".txt"))
    found = {
        "blocking": _iptables.blocking(saved, "ip"),
        "translating": [_iptables.told(rule) for rule in _iptables.translating(saved, "ip")],
    }
    assert found == expected(case + ".json")
    assert saved.in_nftables and saved.tables == ["filter", "nat"]


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        pytest.param("-A INPUT -p tcp -m multiport --dports 80,443 -j DROP", "ports", "80,443", id="multiport"),
        pytest.param("-A INPUT ! -s 10.0.0.0/8 -j DROP", "source", "not 10.0.0.0/8", id="negated"),
        pytest.param("-A INPUT -j REJECT", "reject_type", "icmp-port-unreachable", id="default-reject"),
        pytest.param(
            '-A INPUT -m comment --comment "a b -j ACCEPT" -j DROP', "comment", "a b -j ACCEPT", id="quoted-comment"
        ),
        pytest.param(
            r'-A INPUT -m comment --comment "he said \"no\" -j ACCEPT" -j DROP',
            "comment",
            'he said "no" -j ACCEPT',
            id="quotes-in-quotes",
        ),
        pytest.param("-A INPUT -m comment --comment -j -j DROP", "comment", "-j", id="comment-like-an-option"),
        pytest.param("-A INPUT -m comment --comment --dport -j DROP", "ports", None, id="comment-like-a-port"),
        pytest.param("-A INPUT -m conntrack --ctstate INVALID -j DROP", "ct_state", "invalid", id="state"),
        pytest.param("-A INPUT -m set --match-set banned src -j DROP", "source_set", "banned", id="set"),
    ],
)
def test_what_a_rule_of_iptables_says(line: str, key: str, value: str) -> None:
    (found,) = _iptables.blocking(_iptables.parse_save("*filter\n%s\n" % line), "ip")
    assert found.get(key) == value


def test_packets_come_through_jumps() -> None:
    text = "*filter\n-A FORWARD -j one\n-A one -g two\n-A two -j DROP\n-A alone -j DROP\n"
    found = _iptables.blocking(_iptables.parse_save(text), "ip6")
    assert [(entry["chain"], entry["hooks"], entry["tool"]) for entry in found] == [
        ("two", ["forward"], "ip6tables"),
        ("alone", [], "ip6tables"),
    ]


@pytest.mark.parametrize("text", ["-A INPUT -j DROP\n", '*filter\n-A INPUT --comment "open\n', "*filter\n[1:2] -A\n"])
def test_a_broken_line_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="INPUT|-A"):
        _iptables.parse_save(text)


def test_names_of_strangers_are_escaped() -> None:
    saved = _iptables.parse_save('*filter\n-A INPUT -m comment --comment "\x1b[31m<b>" -j DROP\n')
    assert _iptables.blocking(saved, "ip")[0]["comment"] == "\\x1b[31m<b>"


def test_the_fact_stays_small_and_says_what_was_cut() -> None:
    rules = [{"action": "drop", "packets": number, "chain": "c" * 40} for number in range(2000)]
    fact = _firewall.bounded({"sources": [], "rules": rules})
    assert _bounds.size_bytes(fact) <= _bounds.FAMILY_BYTES
    assert fact["total"] == 2000 and fact["truncated"] is True
    assert fact["rules"][0]["packets"] == 1999


@pytest.mark.parametrize(
    ("name", "who"),
    [("f2b-sshd", "fail2ban"), ("DOCKER-USER", "docker"), ("KUBE-SERVICES", "kubernetes"), ("input", "")],
)
def test_owner(name: str, who: str) -> None:
    assert _firewall.owner(name) == (who, name)


def test_conntrack_of_a_recorded_namespace(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    assert _conntrack.collect() is None
    directory = tmp_path / "proc/sys/net/netfilter"
    directory.mkdir(parents=True)
    for name, value in (("count", "30"), ("max", "40"), ("tcp_timeout_established", "432000"), ("tcp_loose", "x")):
        (directory / ("nf_conntrack_" + name)).write_text(value + "\n", encoding="ascii")
    found = _conntrack.collect()
    assert found is not None
    assert found["occupancy_percent"] == 75.0 and found["buckets"] is None
    assert found["timeouts_s"] == {"established": 432000} and found["tcp"] == {"loose": None}


def test_what_moved_between_two_samples_comes_first() -> None:
    rules = [
        {"tool": "nftables", "handle": 1, "action": "drop", "packets": 900},
        {"tool": "nftables", "handle": 2, "action": "drop", "packets": 5, "packets_delta": 2},
    ]
    assert _firewall.summary(rules)["packets_delta"] == 2
    assert _firewall.summary(rules[:1])["packets_delta"] is None
    assert [rule["handle"] for rule in sorted(rules, key=_firewall.weight)] == [2, 1]
    assert _firewall.place(rules[0]) != _firewall.place(rules[1])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(
            {"packets": 1}, {"packets": 0, "reject_type": "tcp-reset"}, id="what hits before resets that do not"
        ),
        pytest.param({"packets": 1, "reject_type": "tcp-reset"}, {"packets": 9}, id="resets that hit"),
        pytest.param({"packets": 2}, {"packets": 1}, id="the busiest"),
        pytest.param({"packets": None}, {"packets": 0}, id="what does not count may hit"),
        pytest.param({"packets": 0, "ct_state": "invalid"}, {"packets": 0}, id="invalid packets"),
        pytest.param({"packets": 0, "action": "policy-drop"}, {"packets": 0}, id="what no rule takes"),
    ],
)
def test_the_rules_that_matter_come_first(first: dict[str, object], second: dict[str, object]) -> None:
    one, other = {"action": "drop", **first}, {"action": "drop", **second}
    assert sorted([other, one], key=_firewall.weight) == [one, other]
