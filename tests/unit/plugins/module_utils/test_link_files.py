# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links, addresses and routes from recorded files, compared with what ip(8) said of the same ones by netlink."""

from __future__ import annotations

import pathlib
import socket
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _address_files,
    _interfaces,
    _link_files,
    _read,
    _route_files,
    _routes,
)
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.module_utils.recordings import (
    FIXTURES,
    samples,
    write_tree,
)
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.module_utils.rtnetlink_recordings import told

KERNELS = ["6.1.176", "6.18.44"]
DEVICES = "sys/devices/virtual/net"


def files(kernel: str) -> dict[str, str]:
    """Return the recorded files by path."""
    return samples("interface", "files-linux-%s.txt" % kernel)[0]


def of_ip(folder: str, name: str, kernel: str) -> list[dict[str, t.Any]]:
    """Return what ip(8) said."""
    return told(FIXTURES / folder / ("%s-linux-%s.json" % (name, kernel)))


class Refused:
    """What socket.socket is where a sandbox refuses every socket."""

    def __init__(self, *dummy: object, **more: object) -> None:
        """Refuse as the kernel does."""
        raise PermissionError(1, "Operation not permitted")


@pytest.fixture(params=KERNELS)
def tree(request: pytest.FixtureRequest, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make the files of a kernel the only thing that can be read, with every socket refused; return the kernel."""
    kernel = str(request.param)
    write_tree(tmp_path, files(kernel))
    (tmp_path / "sys" / "class" / "net").mkdir(parents=True)
    for device in (tmp_path / DEVICES).iterdir():
        (tmp_path / "sys" / "class" / "net" / device.name).symlink_to("../../devices/virtual/net/" + device.name)
    (tmp_path / DEVICES / "p0" / "master").symlink_to("../br0")
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    monkeypatch.setattr(socket, "socket", Refused)
    return kernel


def test_links_are_those_of_ip(tree: str) -> None:
    expected = {row["ifname"]: row for row in of_ip("interface", "links", tree)}
    links = _link_files.read_files([])
    assert {link["name"].decode() for link in links} == set(expected)
    for link in links:
        row = expected[link["name"].decode()]
        assert (link["index"], link["mtu"]) == (row["ifindex"], row["mtu"])
        assert _link_files.details_of(link["name"].decode())["txqueuelen"] == row["txqlen"]
        assert _link_files.details_of(link["name"].decode())["alias"] == row.get("ifalias")
        if link["flags"] & 1:
            assert link["carrier"] == ("NO-CARRIER" not in row["flags"])


def test_kinds_are_as_far_as_files_tell(tree: str) -> None:
    kinds = {link["name"].decode(): link["kind"] for link in _link_files.read_files([])}
    assert (kinds["lo"], kinds["br0"], kinds["a0"]) == (None, b"bridge", b"virtual")


def test_a_port_knows_its_bridge(tree: str) -> None:
    links = {link["name"].decode(): link for link in _link_files.read_files([])}
    assert links["p0"]["master"] == links["br0"]["index"]


def test_interfaces_without_netlink(tree: str) -> None:
    fact = _interfaces.collect()
    statuses = {source["name"]: source["status"] for source in fact["sources"]}
    assert statuses["RTM_GETLINK, RTM_GETADDR"] == "denied"
    assert statuses["/proc/net/dev"] == statuses["/proc/net/if_inet6"] == "ok"
    assert statuses["SIOCGIFCONF"] == statuses["SIOCETHTOOL"] == "denied"
    assert fact["total"] == len(of_ip("interface", "links", tree))
    uplink = {row["name"]: row for row in fact["interfaces"]}["a0"]
    assert uplink["alias"] == "uplink to the rack" and uplink["promiscuous"]
    assert (uplink["speed_mbps"], uplink["duplex"], uplink["qdisc"]) == (10000, "full", None)
    assert {address["address"] for address in uplink["addresses"]} >= {"2001:db8:1::1", "2001:db8:1::2"}
    assert {"address": "2001:db8:1::3", "dad_failed": True}.items() <= fact["unusable_addresses"][0].items()
    assert fact["bridge_mtu_mismatches"] == [{"bridge": "br0", "bridge_mtu": 1500, "interface": "p0", "mtu": 1400}]
    assert fact["neighbours"]["ipv4"]["entries"] is None
    assert fact["neighbours"]["ipv4"]["occupancy_percent"] is fact["neighbour_table_fulls"] is None


def test_ipv6_addresses_are_those_of_ip(tree: str) -> None:
    expected = {
        (row["ifname"], info["local"], info["prefixlen"], info["scope"], bool(info.get("tentative")))
        for row in of_ip("interface", "addresses", tree)
        for info in row["addr_info"]
        if info["family"] == "inet6"
    }
    rows = _address_files.parse_if_inet6(files(tree)["/proc/net/if_inet6"])
    found = {(name, row["address"], row["prefixlen"], row["scope"], "tentative" in row["flags"]) for name, row in rows}
    assert found == expected


def test_routes_without_netlink(tree: str) -> None:
    fact = _routes.collect(targets=["192.0.2.10"])
    statuses = {source["name"]: source["status"] for source in fact["sources"]}
    assert statuses["RTM_GETROUTE ipv4"] == statuses["RTM_GETRULE ipv4"] == "denied"
    assert statuses["/proc/net/route"] == statuses["/proc/net/ipv6_route"] == "ok"
    gateways = {route["gateway"] for route in fact["default_routes"]}
    assert {"192.0.2.254", "192.0.2.253", "2001:db8:1::fe"} <= gateways
    rejecting = {(route["destination"], route["type"]) for route in fact["rejecting_routes"]}
    assert {
        ("10.66.0.0/16", "blackhole"),
        ("10.67.0.0/16", "unreachable"),
        ("2001:db8:66::/48", "unreachable"),
    } <= rejecting
    assert fact["ipv6"]["defaults"] == 1
    assert fact["rejecting_defaults"] == []
    assert fact["lookups"][0]["asked"] == "socket" and not fact["lookups"][0]["ok"]


@pytest.mark.parametrize("kernel", KERNELS)
def test_main_table_is_that_of_ip(kernel: str) -> None:
    rows = [row for row in of_ip("route", "routes-ipv4", kernel) if row.get("table") is None]
    expected = [(row["dst"].replace("default", "0.0.0.0/0"), row.get("metric", 0)) for row in rows]
    expected = [(name if "/" in name else name + "/32", metric) for name, metric in expected]
    found = [(row["destination"], row["metric"]) for row in _route_files.parse_route(files(kernel)["/proc/net/route"])]
    assert found == expected


def test_a_table_that_was_cut_loses_its_last_line(monkeypatch: pytest.MonkeyPatch) -> None:
    text = files(KERNELS[0])["/proc/net/route"]
    monkeypatch.setattr(_route_files, "BYTES", 1000)
    assert len(list(_route_files.parse_route(text[:1000]))) == len(text[:1000].splitlines()) - 2


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        pytest.param(_link_files.parse_net_dev, "heading\nheading\nnonsense\n", id="no colon"),
        pytest.param(_link_files.parse_net_dev, "heading\nheading\neth0: nonsense\n", id="no numbers"),
        pytest.param(lambda text: list(_address_files.parse_if_inet6(text)), "nonsense\n", id="address"),
        pytest.param(lambda text: list(_route_files.parse_route(text)), "heading\nnonsense\n", id="route"),
        pytest.param(lambda text: list(_route_files.parse_ipv6_route(text)), "nonsense\n", id="IPv6 route"),
    ],
)
def test_a_bad_line_is_named(parse: t.Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        parse(text)


def test_names_of_links_hold_any_character() -> None:
    text = "heading\nheading\n  a b:c: 1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0\nx:5 6 0 0 0 0 0 0 7 8 0 0 0 0 0 0\n"
    rows = _link_files.parse_net_dev(text)
    assert {name: (row["rx_bytes"], row["tx_packets"]) for name, row in rows.items()} == {"a b:c": (1, 4), "x": (5, 8)}


def test_an_older_kernel_shows_fewer_columns() -> None:
    rows = _link_files.parse_net_dev("heading\nheading\neth0: 1 2 3 4\n")
    assert rows == {"eth0": {"rx_bytes": 1, "rx_packets": 2, "rx_errors": 3, "rx_dropped": 4}}
