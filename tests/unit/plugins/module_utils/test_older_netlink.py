# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Netlink messages of older kernels: as published, and recordings cut to the structures of each release.

Sizes are those of include/uapi/linux/{tcp,if_link,inet_diag,if_addr}.h at the tag of the release.
"""

from __future__ import annotations

import json
import pathlib
import socket
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _addresses,
    _connection_rows,
    _link_measures,
    _links,
    _sock_diag,
    _tcp_info,
)
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.module_utils.older_messages import older

FIXTURES = pathlib.Path(__file__).resolve().parents[3] / "fixtures"
RECORDED = ("tcp-linux-6.18.44", "tcp6-linux-6.18.44")
TCP_INFO_BYTES = {
    **{"3.10": 104, "3.15": 120, "4.1": 136, "4.2": 144, "4.6": 160, "4.9": 168, "4.10": 192, "4.19": 224},
    **{"5.4": 232, "6.2": 240, "6.7": 248},
}
CONNECTION_OF_4_9 = FIXTURES / "connection" / "tcp6-linux-4.9.info.bin"
CONNECTION_WITHOUT_INFO = (
    "6000000014000200010000000000000002010200eb1401bbc0a8b23c000000000000000000000000acd91783000000000000000000000000"
    "000000005203000000000000806000000000000000000000e8030000a8da29000500080000000000"
)
LO_BY_PYROUTE2 = (
    "4c0000001400020002010000c54e0000020880fe01000000080001007f000001080002007f000001070003006c6f00000800080080000000"
    "14000600ffffffffffffffff0501000005010000"
)


def recorded(folder: str, name: str) -> bytes:
    """Return the messages of a recording."""
    return (FIXTURES / folder / (name + ".bin")).read_bytes()


@pytest.mark.parametrize("release", TCP_INFO_BYTES)
@pytest.mark.parametrize("case", RECORDED)
def test_connections_do_not_depend_on_the_size_of_tcp_info(case: str, release: str) -> None:
    content = recorded("connection", case + ".info")
    knows_groups = int(release[0]) > 5
    cut = {_tcp_info.INFO: TCP_INFO_BYTES[release], **({} if knows_groups else {_sock_diag.CGROUP_ID: 0})}
    buffer = older(content, _sock_diag.MESSAGE.size, cut)
    assert len(buffer) < len(content)
    newest = list(_tcp_info.informed_rows(memoryview(content), {}))
    expected = [(row, info, group if knows_groups else None) for row, info, group in newest]
    assert list(_tcp_info.informed_rows(buffer, {})) == expected != []
    assert list(_connection_rows.rows_of(buffer)) == list(_connection_rows.rows_of(memoryview(content)))


def test_a_connection_of_linux_4_9() -> None:
    buffer = memoryview(CONNECTION_OF_4_9.read_bytes())
    expected = json.loads(CONNECTION_OF_4_9.with_name("tcp6-linux-4.9.json").read_text())
    ((row, info, group),) = _tcp_info.informed_rows(buffer, {})
    (entry,) = _sock_diag.parse_sockets(buffer)
    assert list(_connection_rows.rows_of(buffer)) == [row]
    assert info._asdict() == expected["tcp_info"]
    assert (group, shown(entry)) == (None, expected["socket"])


def shown(entry: _sock_diag.Socket) -> dict[str, t.Any]:
    """Return a socket with its addresses as text."""
    size = 4 if entry.family == socket.AF_INET else 16
    ends = (socket.inet_ntop(entry.family, end[:size]) for end in (entry.address, entry.peer_address))
    return {**entry._asdict(), **dict(zip(("address", "peer_address"), ends))}


def test_a_connection_of_a_kernel_that_sends_nothing_unasked() -> None:
    buffer = memoryview(bytes.fromhex(CONNECTION_WITHOUT_INFO))
    (entry,) = _sock_diag.parse_sockets(buffer)
    assert shown(entry) == {
        **{"family": 2, "state": 1, "timer": _connection_rows.KEEPALIVE, "retransmits": 0, "interface": 0},
        **{"port": 60180, "peer_port": 443, "address": "192.168.178.60", "peer_address": "172.217.23.131"},
        **{"expires_ms": 0x6080, "receive_queue": 0, "send_queue": 0, "uid": 1000, "inode": 0x29DAA8},
        **{"drops": None, "cgroup": None, "v6only": None},
    }
    assert len(list(_connection_rows.rows_of(buffer))) == 1
    assert list(_tcp_info.informed_rows(buffer, {})) == []


@pytest.mark.parametrize("release", ["6.1.176", "6.18.44"])
@pytest.mark.parametrize("table", ["tcp", "tcp6", "udp", "udp6"])
def test_listeners_without_what_old_kernels_do_not_say(table: str, release: str) -> None:
    content = recorded("listening_port", table + "-linux-" + release)
    cut = {_sock_diag.SKMEMINFO: 8 * 4, _sock_diag.SKV6ONLY: 0, _sock_diag.CGROUP_ID: 0}
    entries = list(_sock_diag.parse_sockets(older(content, _sock_diag.MESSAGE.size, cut)))
    newest = _sock_diag.parse_sockets(memoryview(content))
    assert entries == [entry._replace(drops=None, cgroup=None, v6only=None) for entry in newest] != []


CARRIER, CARRIER_CHANGES, NETNSID, UP_COUNT, DOWN_COUNT, STATS64 = 33, 35, 37, 47, 48, 23
LINKS = {
    "3.10": {CARRIER_CHANGES: 0, NETNSID: 0, UP_COUNT: 0, DOWN_COUNT: 0, STATS64: 23 * 8},
    "4.4": {UP_COUNT: 0, DOWN_COUNT: 0, STATS64: 23 * 8},
    "4.15": {UP_COUNT: 0, DOWN_COUNT: 0, STATS64: 24 * 8},
    "5.4": {STATS64: 24 * 8},
}


@pytest.mark.parametrize("kernel", LINKS)
@pytest.mark.parametrize("release", ["6.1.176", "6.18.44"])
def test_links_without_what_old_kernels_do_not_say(release: str, kernel: str) -> None:
    content, cut = recorded("interface", "links-linux-" + release), LINKS[kernel]
    missing = {_links.NAMES[kind]: None for kind, size in cut.items() if not size}
    expected = [
        {**link, **missing, "counters": link["counters"][: cut[STATS64] // 8]}
        for link, dummy in _links.parse_links(memoryview(content), {})
    ]
    links = [link for link, dummy in _links.parse_links(older(content, _links.IFINFO.size, cut), {})]
    assert links == expected != []
    for link in links:
        assert (_link_measures.losses_per_day(link, 1.0) is None) == (DOWN_COUNT in cut)
        assert "rx_otherhost_dropped" not in dict(zip(_links.COUNTERS, link["counters"]))


@pytest.mark.parametrize("cut", [{}, {_addresses.FLAGS: 0}], ids=["linux-3.14", "before"])
def test_an_address_as_pyroute2_recorded_it(cut: dict[int, int]) -> None:
    ((index, message),) = _addresses.split_addresses(older(bytes.fromhex(LO_BY_PYROUTE2), _addresses.IFADDR.size, cut))
    assert index == 1
    assert _addresses.parse_address(message) == {
        **{"address": "127.0.0.1", "family": "ipv4", "prefixlen": 8, "scope": "host", "flags": ["permanent"]},
        **{"label": "lo", "broadcast": None, "peer": None, "valid_s": None, "preferred_s": None},
    }
