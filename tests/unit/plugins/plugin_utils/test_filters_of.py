# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rules of a firewall can hit a flow."""

from __future__ import annotations

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._filters_of import (
    Packet,
    describe,
    hits,
    matches,
    rule_ports,
)
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils.fleet_samples import (
    DB,
    PORT,
    WEB,
    Facts,
    firewall,
    rule,
)

PACKET = Packet(WEB, DB, PORT)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, True),
        ({"ports": "5000"}, True),
        ({"ports": "22, 5000"}, True),
        ({"ports": "4000-6000"}, True),
        ({"ports": "4000:6000"}, True),
        ({"ports": "22"}, False),
        ({"ports": "not 22"}, True),
        ({"ports": "not 5000"}, False),
        ({"ports": "@web"}, True),
        ({"source": "10.1.0.0/16"}, True),
        ({"source": "10.1.0.0-10.1.0.9"}, True),
        ({"source": "not 10.1.0.0/16"}, False),
        ({"source": "192.0.2.1"}, False),
        ({"destination": "10.2.0.2"}, True),
        ({"destination": "2001:db8::/32"}, False),
        ({"source_ports": "5000"}, False),
        ({"ports": "nonsense"}, False),
    ],
    ids=str,
)
def test_a_rule_matches_by_ports_and_addresses(more: Facts, expected: bool) -> None:
    assert matches(rule("reject", "input", **more), PACKET) is expected


def test_what_is_not_known_of_a_packet_matches() -> None:
    assert matches(rule("reject", "input", ports="22", source="192.0.2.1"), Packet(None, None, None))


@pytest.mark.parametrize(
    ("hook", "parts"),
    [
        ("input", ["server"]),
        ("output", ["client"]),
        ("forward", ["path"]),
        ("prerouting", ["server", "path"]),
        ("", []),
    ],
)
def test_a_rule_counts_where_the_packet_passes(hook: str, parts: list[str]) -> None:
    facts = {"peer_firewall": firewall(rule("drop", hook))}
    assert [part for part in ("client", "server", "path") if hits("h", facts, part, PACKET)] == parts


def test_what_moved_and_names_the_flow_comes_first() -> None:
    rules = [
        rule("drop", "input", 900),
        rule("reject", "input", 5, ports="5000", handle=2),
        rule("reject", "input", 5, packets_delta=3, handle=3),
    ]
    found = hits("db1", {"peer_firewall": firewall(*rules)}, "server", PACKET)
    assert [(hit.rule["handle"], hit.moved, hit.exact) for hit in found] == [(3, 3, False), (2, 0, True), (4, 0, False)]


def test_a_rule_reads_as_a_sentence() -> None:
    own = rule("reject", "input", 12, ports="5000", reject_type="tcp-reset", packets_delta=4)
    hit = hits("db1", {"peer_firewall": firewall(own)}, "server", PACKET)[0]
    words = "nftables fault/c handle 4 rejects port 5000 with tcp-reset, 12 packets, 4 of them in the window"
    assert describe(hit) == words


@pytest.mark.parametrize(
    ("written", "ports"), [("80, 443", [80, 443]), ("1-1024", []), ("", []), ("@set", []), ("22, 80-90", [22])]
)
def test_single_ports_of_a_rule(written: str, ports: list[int]) -> None:
    assert rule_ports({"ports": written}) == ports
