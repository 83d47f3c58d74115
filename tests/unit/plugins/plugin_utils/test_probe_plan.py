# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which connections are tried from where."""

from __future__ import annotations

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._probe_plan import (
    MAX_TARGETS,
    addresses,
    open_ports,
    probe_targets,
)


def peer(*found: str, ports: tuple[int, ...] = (22,), link: str = "eth0") -> dict[str, object]:
    rows = [{"address": address} for address in found]
    listeners = [{"protocol": "tcp", "address": "0.0.0.0", "port": port} for port in ports]
    return {
        "peer_interfaces": {"interfaces": [{"name": link, "addresses": rows}]},
        "peer_listening_ports": {"listeners": listeners},
    }


FACTS = {"web": peer("192.0.2.1"), "db": peer("192.0.2.2", "2001:db8::2", ports=(22, 5432))}
NOTHING = {"client": "", "server": "", "server_address": "", "port": 0, "mode": "auto"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({}, {}, id="nothing-named"),
        pytest.param({"mode": "never", "client": "web", "server": "db"}, {}, id="never"),
        pytest.param({"client": "elsewhere", "server": "db"}, {}, id="client-outside"),
        pytest.param(
            {"client": "web", "server": "db", "port": 5432},
            {"web": [{"host": "192.0.2.2", "port": 5432}, {"host": "2001:db8::2", "port": 5432}]},
            id="every-address",
        ),
        pytest.param(
            {"client": "web", "server": "db", "server_address": "192.0.2.2"},
            {"web": [{"host": "192.0.2.2", "port": 22}, {"host": "192.0.2.2", "port": 5432}]},
            id="every-port",
        ),
        pytest.param(
            {"client": "web", "server": "db.example.com", "port": 1},
            {"web": [{"host": "db.example.com", "port": 1}]},
            id="server-outside",
        ),
        pytest.param(
            {"client": "web", "server": "db.example.com"},
            {"web": [{"host": "db.example.com", "port": 0}]},
            id="echo-only",
        ),
        pytest.param(
            {"mode": "all", "port": 22},
            {"web": [{"host": "192.0.2.2", "port": 22}], "db": [{"host": "192.0.2.1", "port": 22}]},
            id="all-pairs-one-port",
        ),
    ],
)
def test_targets(given: dict[str, object], expected: object) -> None:
    assert probe_targets(FACTS, {**NOTHING, **given}) == expected


def test_all_pairs_only_of_a_small_fleet_and_bounded() -> None:
    many = {"h%d" % number: peer("192.0.2.%d" % number, ports=(1, 2, 3, 4)) for number in range(1, 13)}
    found = probe_targets(many, {**NOTHING, "mode": "all"})
    assert {len(targets) for targets in found.values()} == {MAX_TARGETS}
    assert all(len({target["host"] for target in targets}) == 11 for targets in found.values())
    assert probe_targets({**many, "more": peer()}, {**NOTHING, "mode": "all"}) == {}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(peer("127.0.0.1", "::1", "fe80::1", "0.0.0.0", "garbage"), [], id="unreachable-kinds"),
        pytest.param(peer("172.17.0.1", link="docker0"), [], id="container-bridge"),
        pytest.param(peer("2001:db8::1", "192.0.2.1"), ["192.0.2.1", "2001:db8::1"], id="ipv4-first"),
        pytest.param({"peer_interfaces": {"interfaces": [None, 3]}}, [], id="wrong-types"),
        pytest.param({}, [], id="nothing-known"),
    ],
)
def test_addresses(found: dict[str, object], expected: list[str]) -> None:
    assert addresses(found) == expected


def test_ports_beyond_loopback() -> None:
    rows = [
        {"protocol": "tcp", "address": "127.0.0.1", "port": 25},
        {"protocol": "udp", "address": "0.0.0.0", "port": 53},
        {"protocol": "tcp", "address": "::", "port": 443},
        {"protocol": "tcp", "address": "192.0.2.1", "port": 80},
        {"protocol": "tcp", "address": "0.0.0.0", "port": None},
    ]
    assert open_ports({"peer_listening_ports": {"listeners": rows}}) == [80, 443]
