# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy rules and next hop objects from recorded messages, compared with what ip(8) printed of the same ones."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _nexthops, _route_names, _route_rules
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.module_utils.rtnetlink_recordings import (
    answer,
    cases,
    name_of,
    told,
)

RULES = cases("route", "rules-*")
NEXTHOPS = cases("route", "nexthops")
NUMBERS = _route_names.Names({}, {})
ACTIONS = {"6": "blackhole", "7": "unreachable", "8": "prohibit"}


def read(path: pathlib.Path) -> _route_rules.Rules:
    """Return the rules of a recording, with numbers for tables and protocols."""
    rules = _route_rules.new_rules()
    _route_rules.add_rules(answer(path), NUMBERS, rules)
    return rules


def of_ip(row: dict[str, t.Any], bits: int) -> dict[str, t.Any]:
    """Return what ip(8) printed with our keys; it leaves out a prefix length that is that of a host."""
    action = "goto" if "goto" in row else ACTIONS.get(row.get("action", ""), "table")
    ports = "%d-%d" % (row["sport_start"], row["sport_end"]) if "sport_start" in row else None
    found = {
        "priority": row["priority"],
        "action": action,
        "not": True if "not" in row else None,
        "from": None if row["src"] == "all" else "%s/%d" % (row["src"], row.get("srclen", bits)),
        "to": "%s/%d" % (row["dst"], row.get("dstlen", bits)) if "dst" in row else None,
        "iif": row.get("iif"),
        "oif": row.get("oif"),
        "fwmark": "%s/%s" % (row["fwmark"], row["fwmask"]) if "fwmark" in row else None,
        "uids": "%d-%d" % (row["uid_start"], row["uid_end"]) if "uid_start" in row else None,
        "ip_protocol": int(row["ipproto"].rpartition("-")[2]) if "ipproto" in row else None,
        "source_ports": ports,
        "destination_ports": str(row["dport"]) if "dport" in row else None,
        "table": row.get("table"),
        "goto": row.get("goto"),
        "suppress_prefixlength": row.get("suppress_prefixlen"),
        "l3mdev": True if "l3mdev" in row else None,
    }
    return {key: value for key, value in found.items() if value is not None}


@pytest.mark.parametrize("path", RULES, ids=name_of)
def test_rules_are_those_of_ip(path: pathlib.Path) -> None:
    bits = 128 if "ipv6" in path.name else 32
    rows = [{key: value for key, value in row.items() if key not in ("family", "protocol")} for row in read(path).shown]
    assert rows == [of_ip(row, bits) for row in told(path)]
    assert read(path).total == [len(rows)]


def test_rules_that_reject_are_found_beyond_the_bound() -> None:
    path = next(path for path in RULES if "ipv4" in path.name)
    rules = _route_rules.new_rules()
    harmless = next(iter(cases("route", "rules-ipv6")))
    for dummy in range(50):
        _route_rules.add_rules(answer(harmless), NUMBERS, rules)
    _route_rules.add_rules(answer(path), NUMBERS, rules)
    assert len(rules.shown) == _route_rules.MOST_RULES
    assert [row["action"] for row in rules.rejecting] == ["prohibit", "blackhole", "unreachable"]


@pytest.mark.parametrize("path", NEXTHOPS, ids=name_of)
def test_next_hops_are_those_of_ip(path: pathlib.Path) -> None:
    expected = [
        {
            "nexthop_id": row["id"],
            "gateway": row.get("gateway"),
            "members": [(member["id"], member.get("weight", 1)) for member in row.get("group", [])],
        }
        for row in told(path)
    ]
    rows = list(_nexthops.parse_nexthop_objects(answer(path)))
    assert [{key: row[key] for key in ("nexthop_id", "gateway", "members")} for row in rows] == expected


@given(st.data())
def test_broken_messages_raise_nothing_but_value_error(data: st.DataObject) -> None:
    content = bytearray(answer(data.draw(st.sampled_from(RULES + NEXTHOPS))))
    for dummy in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    buffer = memoryview(content)[: data.draw(st.integers(0, len(content)))]
    try:
        _route_rules.add_rules(buffer, NUMBERS, _route_rules.new_rules())
        list(_nexthops.parse_nexthop_objects(buffer))
    except ValueError:
        pass
