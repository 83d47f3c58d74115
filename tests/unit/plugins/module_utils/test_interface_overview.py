# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said about all links together: measures, the worst of them, which links are shown first."""

from __future__ import annotations

import random
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _interface_overview,
    _interface_reading,
    _interfaces,
    _link_measures,
    _links,
    _shortlist,
)

UP = _links.IFF_UP
MEASURED = _link_measures.MEASURES


def link(index: int = 2, kind: bytes | None = None, carrier: int = 1, flags: int = UP, **more: t.Any) -> _links.Link:
    """Return a link as a parser gives it; `more` holds counters by name and other fields."""
    counters = dict.fromkeys(_links.COUNTERS, 0)
    counters.update((name, more.pop(name)) for name in list(more) if name in counters)
    row = {
        **_links.EMPTY,
        **{"index": index, "name": b"eth%d" % index, "kind": kind, "carrier": carrier, "flags": flags, "hardware": 1},
        **{"operstate": 6, "mtu": 1500, "carrier_down_count": 0, "counters": tuple(counters.values())},
        **more,
    }
    return {**row, "wire": _link_measures.is_wire(row)}


def observed(*links: _links.Link, days: float = 1.0, addressed: bool = False) -> _interface_overview.Overview:
    """Return the overview of links."""
    overview = _interface_overview.new_overview()
    for each in links:
        _interface_overview.observe(overview, each, _link_measures.measure(each, {}), addressed, days)
    return overview


@pytest.mark.parametrize(
    ("part", "packets", "expected"),
    [
        pytest.param(0, 1000, 0.0, id="nothing lost"),
        pytest.param(1, 999, 0.1, id="one in a thousand"),
        pytest.param(3, 7, None, id="too little traffic to say"),
        pytest.param(1000, 0, 100.0, id="all lost"),
        pytest.param(None, 5000, None, id="not counted"),
        pytest.param(1, 10**12, 0.0, id="less than four decimals show"),
    ],
)
def test_share(part: int | None, packets: int, expected: float | None) -> None:
    assert _link_measures.share(part, packets) == expected


def test_measures_of_a_link() -> None:
    lossy = link(rx_packets=9900, rx_errors=100, rx_missed_errors=100, tx_packets=990, tx_dropped=10, collisions=10)
    assert _link_measures.measure(lossy, {"qdisc_packets": 990, "qdisc_drops": 10}) == {
        "rx_error_percent": 1.0,
        "rx_missed_percent": 1.0,
        "rx_drop_percent": 0.0,
        "tx_error_percent": None,
        "tx_drop_percent": 1.0,
        "collision_percent": 1.0,
        "qdisc_drop_percent": 1.0,
    }


def test_an_older_kernel_sends_fewer_counters() -> None:
    measures = _link_measures.measure(link(counters=(5000, 5000, 1, 1, 50)), {})
    assert measures["rx_error_percent"] == pytest.approx(0.9901)
    assert measures["rx_missed_percent"] is measures["collision_percent"] is None
    assert set(measures) == set(MEASURED)


def test_a_quiet_link_has_no_measures() -> None:
    assert _link_measures.measure(link(rx_packets=10, tx_packets=3), {}) is _link_measures.UNMEASURED


@pytest.mark.parametrize(
    ("losses", "days", "expected"),
    [(0, 10.0, 0.0), (20, 10.0, 2.0), (3, 0.01, 3.0), (None, 1.0, None)],
    ids=["none", "two a day", "the first day counts as a whole", "not counted"],
)
def test_losses_per_day(losses: int | None, days: float, expected: float | None) -> None:
    assert _link_measures.losses_per_day(link(carrier_down_count=losses), days) == expected


@pytest.mark.parametrize(
    ("row", "wire", "physical"),
    [
        pytest.param(link(), True, True, id="hardware"),
        pytest.param(link(kind=b"veth"), True, False, id="veth"),
        pytest.param(link(kind=b"dummy"), False, False, id="dummy"),
        pytest.param(link(kind=b"wireguard", hardware=65534), False, False, id="wireguard"),
        pytest.param(link(hardware=772, flags=UP | _links.IFF_LOOPBACK), False, False, id="loopback"),
        pytest.param(link(hardware=32), True, True, id="InfiniBand"),
    ],
)
def test_what_is_a_wire(row: _links.Link, wire: bool, physical: bool) -> None:
    assert (_link_measures.is_wire(row), _link_measures.is_physical(row)) == (wire, physical)


def test_the_worst_link_is_named_for_each_measure() -> None:
    overview = observed(
        link(2, rx_packets=10000),
        link(3, rx_packets=9900, rx_errors=100, carrier_down_count=4),
        link(4, rx_packets=9999, rx_errors=1),
        link(5, kind=b"tun", rx_packets=9900, rx_errors=5000),
        days=2.0,
    )
    assert overview["worst"]["rx_error_percent"] == {"interface": "eth3", "value": 1.0}
    assert overview["worst"]["carrier_losses_per_day"] == {"interface": "eth3", "value": 2.0}
    assert overview["worst"]["collision_percent"] is None


def test_a_healthy_host_has_zeros_and_a_silent_one_nothing() -> None:
    assert observed(link(rx_packets=5000))["worst"]["rx_error_percent"]["value"] == 0.0
    assert observed(link(rx_packets=5))["worst"]["rx_error_percent"] is None


@pytest.mark.parametrize(
    ("row", "addressed", "found"),
    [
        pytest.param(link(carrier=0), True, True, id="NIC without carrier"),
        pytest.param(link(flags=0), True, True, id="NIC set down"),
        pytest.param(link(kind=b"veth", carrier=0), True, True, id="container without peer"),
        pytest.param(link(carrier=0), False, False, id="unused NIC"),
        pytest.param(link(), True, False, id="fine"),
        pytest.param(link(kind=b"bridge", carrier=0), True, False, id="docker0 without containers"),
        pytest.param(link(kind=b"tun", carrier=0), True, False, id="tunnel without program"),
    ],
)
def test_addressed_but_down(row: _links.Link, addressed: bool, found: bool) -> None:
    assert bool(observed(row, addressed=addressed)["addressed_but_down"]) is found


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        pytest.param([link(3, master=2), link(4, master=2)], [], id="same"),
        pytest.param([link(3, master=2, mtu=9000), link(4, master=2)], [9000], id="one larger"),
        pytest.param([link(3, master=7, mtu=9000), link(7, kind=b"bond")], [], id="a member of a bond"),
    ],
)
def test_bridge_mtu_mismatches(members: list[_links.Link], expected: list[int]) -> None:
    overview = observed(link(2, kind=b"bridge"), *members)
    assert [row["mtu"] for row in _interface_overview.bridge_mtu_mismatches(overview)] == expected


def test_a_bond_in_a_bridge_is_not_compared_with_its_own_members() -> None:
    overview = observed(link(2, kind=b"bridge"), link(3, kind=b"bond", master=2), link(4, master=3, mtu=9000))
    assert _interface_overview.bridge_mtu_mismatches(overview) == []


def test_the_summary_counts_kinds_and_states() -> None:
    summary = _interface_overview.summary_of(observed(link(2), link(3, kind=b"veth", carrier=0), link(4, operstate=2)))
    assert summary == {
        "admin_up": 3,
        "running": 2,
        "by_kind": {"none": 2, "veth": 1},
        "by_operstate": {"up": 2, "down": 1},
    }


def rank(row: _links.Link, addressed: bool = False) -> tuple[int, ...]:
    """Return the sort key of a link."""
    return _interface_reading._rank(row, _link_measures.measure(row, {}), addressed)


def test_what_is_shown_first() -> None:
    rows = [
        (link(9, rx_packets=9000, rx_errors=9), True),
        (link(8), True),
        (link(6, kind=b"bridge", carrier=0), True),
        (link(3, kind=b"veth", rx_packets=9000, rx_errors=9), False),
        (link(2, kind=b"veth"), False),
    ]
    shuffled = random.Random(4).sample(rows, len(rows))
    assert sorted(shuffled, key=lambda pair: rank(*pair)) == rows


def test_a_shortlist_keeps_the_best_of_many() -> None:
    numbers = list(range(1000))
    random.Random(1).shuffle(numbers)
    shortlist = _shortlist.Shortlist(10)
    for number in numbers:
        if shortlist.wants((number,)):
            shortlist.add((number,), "row %d" % number)
        assert len(shortlist.ranked) < 20
    assert shortlist.rows() == ["row %d" % number for number in range(10)]


def row(name: str, rp_filter: int, **more: t.Any) -> dict[str, t.Any]:
    """Return a shown link with an address."""
    address = {"family": "ipv4", "scope": "global"}
    return {
        **{"name": name, "carrier": True, "wire": True, "physical": False, "kind": "veth", "members": []},
        **{"addresses": [address], "ipv4": {"rp_filter": rp_filter}},
        **more,
    }


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([row("eth0", 1)], [], id="one uplink"),
        pytest.param([row("eth0", 1), row("eth1", 1)], ["eth0", "eth1"], id="two strict"),
        pytest.param([row("eth0", 2), row("eth1", 1)], ["eth1"], id="one strict"),
        pytest.param([row("eth0", 1), row("docker0", 1, kind="bridge")], [], id="container bridge"),
        pytest.param(
            [
                row("eth0", 1),
                row("br0", 1, kind="bridge", members=["eth1"]),
                row("eth1", 1, physical=True, addresses=[]),
            ],
            ["eth0", "br0"],
            id="bridge over hardware",
        ),
        pytest.param([row("eth0", 1), row("lo", 1, wire=False)], [], id="loopback"),
        pytest.param([row("eth0", 1), row("eth1", 1, carrier=False)], [], id="no carrier"),
    ],
)
def test_strict_uplinks(rows: list[dict[str, t.Any]], expected: list[str]) -> None:
    assert _interfaces.strict_uplinks(rows) == expected
