# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses from recorded RTM_NEWADDR messages, compared with what ip(8) printed of the same addresses."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _address_overview, _addresses
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.module_utils.rtnetlink_recordings import (
    answer,
    cases,
    name_of,
    told,
)

RECORDINGS = cases("interface", "addresses")
FLAGS_OF_IP = ("dadfailed", "tentative", "deprecated", "noprefixroute", "nodad", "secondary")
FOREVER = 0xFFFFFFFF


def overview(path: pathlib.Path) -> _address_overview.Addresses:
    """Return the overview of the addresses in a recording."""
    found = _address_overview.new_addresses()
    _address_overview.observe_messages(found, _addresses.split_addresses(answer(path)))
    return found


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_addresses_are_those_of_ip(path: pathlib.Path) -> None:
    expected = {
        (row["ifindex"], info["local"]): {
            "address": info["local"],
            "family": {"inet": "ipv4", "inet6": "ipv6"}[info["family"]],
            "prefixlen": info["prefixlen"],
            "scope": info["scope"],
            "label": info.get("label"),
            "broadcast": info.get("broadcast"),
            "peer": info.get("address"),
            "valid_s": None if info["valid_life_time"] == FOREVER else info["valid_life_time"],
            "preferred_s": None if info["preferred_life_time"] == FOREVER else info["preferred_life_time"],
            "flags": sorted(flag for flag in FLAGS_OF_IP if info.get(flag)),
        }
        for row in told(path)
        for info in row["addr_info"]
    }
    found: dict[tuple[int, str], dict[str, t.Any]] = {}
    for index, message in _addresses.split_addresses(answer(path)):
        row = _addresses.parse_address(message)
        row["flags"] = sorted(set(row["flags"]) & set(FLAGS_OF_IP))
        found[index, row["address"]] = row
    assert found == expected


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_the_overview_counts_all_and_finds_those_that_do_not_work(path: pathlib.Path) -> None:
    found = overview(path)
    rows = [info["family"] for row in told(path) for info in row["addr_info"]]
    assert (found["ipv4"], found["ipv6"]) == (rows.count("inet"), rows.count("inet6"))
    unusable = {(row["address"], "dadfailed" in row["flags"]) for dummy, row in found["unusable"]}
    assert ("2001:db8:1::3", True) in unusable
    reachable = {row["ifindex"] for row in told(path) if any(info["scope"] == "global" for info in row["addr_info"])}
    assert found["reachable"] == reachable


def row(address: str, prefix: int, family: str = "ipv4", scope: str = "global") -> dict[str, t.Any]:
    """Return an address as a parser gives it."""
    return {"address": address, "family": family, "prefixlen": prefix, "scope": scope, "flags": []}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([(1, row("10.0.0.1", 24)), (2, row("10.0.0.2", 24))], [("10.0.0.0/24", [1, 2])], id="same"),
        pytest.param([(1, row("10.0.0.1", 24)), (1, row("10.0.0.2", 24))], [], id="one link"),
        pytest.param([(1, row("10.0.0.1", 24)), (2, row("10.0.1.2", 24))], [], id="two networks"),
        pytest.param([(1, row("10.0.0.1", 32)), (2, row("10.0.0.1", 32))], [], id="host addresses"),
        pytest.param([(1, row("fe80::1", 64, "ipv6", "link")), (2, row("fe80::2", 64, "ipv6", "link"))], [], id="IPv6"),
        pytest.param([(1, row("0.0.0.0", 0)), (2, row("10.0.1.2", 0))], [("0.0.0.0/0", [1, 2])], id="no prefix"),
    ],
)
def test_shared_subnets(rows: list[tuple[int, dict[str, t.Any]]], expected: list[tuple[str, list[int]]]) -> None:
    found = _address_overview.new_addresses()
    for index, address in rows:
        _address_overview.observe_row(found, index, address)
    assert _address_overview.shared_subnets(found) == expected


def test_one_link_keeps_a_few_of_very_many() -> None:
    found = _address_overview.new_addresses()
    for number in range(1000):
        _address_overview.observe_row(found, 7, row("10.0.%d.%d" % divmod(number, 256), 32))
    assert found["totals"][7] == 1000
    assert len(_address_overview.rows_of(found, 7)) == _addresses.PER_LINK
    assert _address_overview.rows_of(found, 8) == []


@given(st.data())
def test_broken_messages_raise_nothing_but_value_error(data: st.DataObject) -> None:
    content = bytearray(answer(data.draw(st.sampled_from(RECORDINGS))))
    for dummy in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    found = _address_overview.new_addresses()
    messages = list(_addresses.split_addresses(memoryview(content)[: data.draw(st.integers(0, len(content)))]))
    for each in ([message] for message in messages):
        try:
            _address_overview.observe_messages(found, each)
            _addresses.parse_address(each[0][1])
        except ValueError:
            pass
    _address_overview.shared_subnets(found)
