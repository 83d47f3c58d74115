# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Default routes that do not do what they should, names from iproute2's files, and targets as users write them."""

from __future__ import annotations

import pathlib
import socket
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _read,
    _route_defaults,
    _route_names,
    _route_targets,
    _routes,
)


def route(**more: t.Any) -> dict[str, t.Any]:
    """Return a default route."""
    usual = {"family": "ipv4", "table": "main", "destination": "0.0.0.0/0", "type": "unicast", "metric": 0}
    return {**usual, "gateway": "192.0.2.1", "interface": "eth0", "flags": [], **more}


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param([route(), route(family="ipv6")], ["ipv4", "ipv6"], id="both"),
        pytest.param([route(flags=["dead", "linkdown"])], [], id="link down"),
        pytest.param([route(type="unreachable")], [], id="rejecting"),
        pytest.param([route(table="100")], ["ipv4"], id="another table"),
    ],
)
def test_usable_families(routes: list[dict[str, t.Any]], expected: list[str]) -> None:
    assert _route_defaults.usable_families(routes) == expected


@pytest.mark.parametrize(
    ("routes", "count"),
    [
        pytest.param([route(type="blackhole")], 1, id="blackhole"),
        pytest.param([route(), route(type="blackhole", metric=100)], 0, id="backstop behind a real one"),
        pytest.param([route(metric=100), route(type="prohibit", metric=5)], 1, id="before a real one"),
        pytest.param([route(type="unreachable", table="100")], 0, id="end of a table of its own, as for a VRF"),
        pytest.param([route(family="ipv6", type="unreachable", metric=0xFFFFFFFF)], 0, id="the kernel's last resort"),
        pytest.param([], 0, id="none"),
    ],
)
def test_rejecting_defaults(routes: list[dict[str, t.Any]], count: int) -> None:
    assert len(_route_defaults.rejecting_defaults(routes)) == count


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        pytest.param([route(), route(interface="eth1")], [["eth0", "eth1"]], id="two links"),
        pytest.param([route(), route(interface="eth1", metric=600)], [], id="two metrics"),
        pytest.param([route(), route(interface="eth1", table="5")], [], id="two tables"),
        pytest.param([route(), route(gateway="192.0.2.2")], [], id="two routers on a link"),
        pytest.param([route(), route(interface="eth1", preference="low")], [], id="two preferences"),
        pytest.param([route(), route(interface="eth1", family="ipv6")], [], id="two families"),
    ],
)
def test_equal_metrics(routes: list[dict[str, t.Any]], expected: list[list[str]]) -> None:
    assert [row["interfaces"] for row in _route_defaults.equal_metrics(routes)] == expected


def test_a_multipath_route_is_down_when_all_its_hops_are() -> None:
    hop = {"gateway": "192.0.2.1", "interface": "eth0", "flags": ["dead", "linkdown"]}
    assert _route_defaults.is_down(route(nexthops=[hop, hop]))
    assert not _route_defaults.is_down(route(nexthops=[hop, {**hop, "flags": []}]))
    assert _route_defaults.dead_defaults([route(), route(flags=["linkdown"])]) == [route(flags=["linkdown"])]


def test_links_of_default_routes() -> None:
    routes = [route(), route(interface="eth1", table="5"), route(type="blackhole"), route(family="ipv6")]
    assert _route_defaults.default_links(routes, "ipv4") == ["eth0", "eth1"]


def lookup(target: str, ok: bool, state: str | None = None) -> dict[str, t.Any]:
    """Return the way to one address of a target."""
    row = {"target": target, "ok": ok, "address": "192.0.2.9", "gateway": None, "interface": "eth0"}
    return {**row, "error": None, "type": None, "neighbour_state": state}


def test_one_family_is_enough_to_reach_a_target() -> None:
    rows = [lookup("both", True), lookup("both", False), lookup("none", False), lookup("none", False)]
    assert _routes.unreachable(rows) == ["none"]
    assert [row["target"] for row in _routes.partly_unreachable(rows)] == ["both"]


def test_targets_that_do_not_answer() -> None:
    rows = [
        lookup("a", True, "failed"),
        lookup("b", True, "reachable"),
        lookup("c", True),
        lookup("d", True, "incomplete"),
    ]
    assert [row["target"] for row in _routes.unanswered(rows)] == ["a", "d"]


def test_names_are_merged_from_all_places(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, text in (
        ("usr/share/iproute2/rt_tables", "255\tlocal\n100\tshipped\n101\tkept\n"),
        ("etc/iproute2/rt_tables", "# reserved values\n100  uplink-a  # the first\n0xc8 hexadecimal\nnonsense\n"),
        ("etc/iproute2/rt_tables.d/more.conf", "300 from-a-directory\n"),
        ("etc/iproute2/rt_tables.d/more.conf.bak", "300 not-this\n"),
        ("etc/iproute2/rt_protos", "201 own\n"),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    names = _route_names.read_names()
    numbers = (254, 255, 100, 101, 200, 300, 4000000000)
    expected = ["main", "local", "uplink-a", "kept", "hexadecimal", "from-a-directory", "4000000000"]
    assert [names.table(number) for number in numbers] == expected
    assert (names.protocol(201), names.protocol(2), names.protocol(77)) == ("own", "kernel", "77")


def test_a_name_with_control_characters_is_escaped() -> None:
    assert _route_names.parse_names("7 red\x1b[31m\n") == {7: "red\\x1b[31m"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", (2, "192.0.2.1", None)),
        ("2001:db8::1", (10, "2001:db8::1", None)),
        ("[2001:db8::1]", (10, "2001:db8::1", None)),
        ("fe80::1%eth0", (10, "fe80::1", "eth0")),
        ("::ffff:192.0.2.1", (2, "192.0.2.1", None)),
        ("broker", None),
        ("192.0.2", None),
        ("192.0.2.0/24", None),
        ("", None),
    ],
)
def test_addresses_as_targets(text: str, expected: tuple[int, str, str | None] | None) -> None:
    target = _route_targets.parse_target(text)
    if expected is None:
        assert target is None
        return
    assert target is not None
    ((family, packed, zone),) = target.addresses
    assert (family, socket.inet_ntop(family, packed), zone) == expected


def test_names_are_resolved_and_others_told_apart() -> None:
    # A label of 64 characters is refused before any name server is asked.
    local, bad, address = _route_targets.resolve(["localhost", "x" * 64 + ".example", "192.0.2.1"])
    assert local.addresses and local.error is None
    assert bad.addresses == [] and bad.error
    assert address.name == "192.0.2.1"


def test_targets_are_bounded_and_named_once() -> None:
    names = ["192.0.2.1", "192.0.2.1"] + ["10.0.0.%d" % number for number in range(100)]
    targets = _route_targets.resolve(names)
    assert len(targets) == _route_targets.MOST_TARGETS
    assert len({target.name for target in targets}) == len(targets)


def test_a_name_that_no_codec_takes_is_an_answer_too() -> None:
    (target,) = _route_targets.resolve(["\udcff" * 3 + "." + "x" * 300])
    assert target.addresses == [] and target.error
