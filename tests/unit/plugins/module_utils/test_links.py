# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links from recorded RTM_NEWLINK messages, compared with what ip(8) printed of the same links."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _interface_overview,
    _link_details,
    _links,
)
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.module_utils.rtnetlink_recordings import (
    answer,
    cases,
    name_of,
    told,
)

RECORDINGS = cases("interface", "links")
# What ip(8) calls a counter, and the kernel.
RX = {name: "rx_" + name for name in ("bytes", "packets", "errors", "dropped", "crc_errors", "missed_errors")}
TX = {name: "tx_" + name for name in ("bytes", "packets", "errors", "dropped", "carrier_errors", "aborted_errors")}


def parsed(path: pathlib.Path) -> list[tuple[_links.Link, dict[str, t.Any]]]:
    """Return the links of a recording with their details."""
    return [(link, _link_details.parse_details(view)) for link, view in _links.parse_links(answer(path), {})]


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_links_are_those_of_ip(path: pathlib.Path) -> None:
    expected = [
        {
            "index": row["ifindex"],
            "name": row["ifname"],
            "mtu": row["mtu"],
            "operstate": row["operstate"].lower(),
            "type": row["link_type"],
            "kind": row.get("linkinfo", {}).get("info_kind"),
            "master": row.get("master"),
            "up": "UP" in row["flags"],
            "no_carrier": "NO-CARRIER" in row["flags"],
        }
        for row in told(path)
    ]
    links = [link for link, dummy in parsed(path)]
    names = {link["index"]: link["name"].decode() for link in links}
    assert expected == [
        {
            "index": link["index"],
            "name": link["name"].decode(),
            "mtu": link["mtu"],
            "operstate": _interface_overview.operstate_text(link["operstate"]),
            "type": _links.HARDWARE[link["hardware"]],
            "kind": _interface_overview.kind_text(link["kind"]),
            "master": names.get(link["master"]),
            "up": bool(link["flags"] & _links.IFF_UP),
            "no_carrier": bool(link["flags"] & _links.IFF_UP and not link["carrier"]),
        }
        for link in links
    ]


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_counters_are_those_of_ip(path: pathlib.Path) -> None:
    for row, (link, dummy) in zip(told(path), parsed(path)):
        counters = dict(zip(_links.COUNTERS, link["counters"]))
        rx, tx = row["stats64"]["rx"], row["stats64"]["tx"]
        assert {mine: counters[mine] for mine in RX.values()} == {mine: rx[theirs] for theirs, mine in RX.items()}
        assert {mine: counters[mine] for mine in TX.values()} == {mine: tx[theirs] for theirs, mine in TX.items()}
        assert (counters["collisions"], counters["multicast"]) == (tx["collisions"], rx["multicast"])
        assert link["carrier_changes"] == tx["carrier_changes"]


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_details_are_those_of_ip(path: pathlib.Path) -> None:
    for row, (dummy, details) in zip(told(path), parsed(path)):
        assert details["txqueuelen"] == row["txqlen"]
        assert details["qdisc"] == row["qdisc"]
        assert details["promiscuous"] == (row["promiscuity"] > 0)
        assert details["alias"] == row.get("ifalias")
        assert details["xdp"] is False
        assert details["ipv6"]["mtu"] == row["mtu"]


def test_what_only_a_kind_has() -> None:
    newest_with_all_kinds = next(path for path in RECORDINGS if "6.1." in path.name)
    links = {link["name"].decode(): details for link, details in parsed(newest_with_all_kinds)}
    assert links["bond0"]["bond"]["mode"] == "active-backup"
    assert links["bond0"]["bond"]["miimon_ms"] == 100
    assert links["d1"]["bond_member"] == {"state": "active", "mii_status": "up", "link_failures": 0}
    assert links["br0"]["bridge"] == {"stp": True, "vlan_filtering": False}
    assert links["p0"]["bridge_port_state"] == "disabled"
    assert links["d0.5"]["vlan_id"] == 5
    assert links["vrf9"]["vrf_table"] == 900


def test_settings_are_by_name() -> None:
    ipv4 = parsed(RECORDINGS[0])[0][1]["ipv4"]
    assert set(ipv4) == set(_link_details.IPV4_SETTINGS)
    assert ipv4["accept_redirects"] == 1 and ipv4["rp_filter"] == 0


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_places_learned_from_one_link_fit_the_next(path: pathlib.Path) -> None:
    learned: _links.Layouts = {}
    first = [link for link, dummy in _links.parse_links(answer(path), learned)]
    assert [link for link, dummy in _links.parse_links(answer(path), learned)] == first
    alone = [_links.parse_link(view, {}) for dummy, view in _links.parse_links(answer(path), {})]
    assert alone == first


@given(st.data())
def test_broken_messages_neither_raise_nor_loop(data: st.DataObject) -> None:
    content = bytearray(answer(data.draw(st.sampled_from(RECORDINGS))))
    for dummy in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    for link, view in _links.parse_links(memoryview(content)[:cut], {}):
        assert isinstance(link["counters"], tuple)
        _link_details.parse_details(view)
