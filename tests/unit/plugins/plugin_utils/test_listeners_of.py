# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a peer listens where a client connects to."""

from __future__ import annotations

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._listeners_of import listening as found_at
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._listeners_of import ssh_ports
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils.fleet_samples import (
    DB,
    Facts,
    listener,
    listening,
)

V6 = {"family": "ipv6", "address": "::", "wildcard": True}


@pytest.mark.parametrize(
    ("rows", "address", "state"),
    [
        pytest.param([listener(5000)], DB, "yes", id="all-addresses"),
        pytest.param([listener(5000, address=DB)], DB, "yes", id="this-address"),
        pytest.param([listener(5000, address="10.0.0.2")], DB, "elsewhere", id="another-address"),
        pytest.param([listener(5000, address="127.0.0.1")], DB, "elsewhere", id="loopback"),
        pytest.param([listener(5000, **V6)], DB, "yes", id="ipv6-takes-ipv4"),
        pytest.param([listener(5000, **{**V6, "v6only": True})], DB, "elsewhere", id="ipv6-only"),
        pytest.param([listener(5000)], "2001:db8::2", "elsewhere", id="ipv4-only"),
        pytest.param([listener(5000)], None, "yes", id="any-address"),
        pytest.param([listener(22)], DB, "no", id="another-port"),
        pytest.param([], DB, "no", id="nothing"),
    ],
)
def test_a_listener_takes_what_comes_to_its_address(rows: list[Facts], address: str | None, state: str) -> None:
    assert found_at({"peer_listening_ports": listening(*rows)}, 5000, address).state == state


@pytest.mark.parametrize(
    ("fact", "state"),
    [
        pytest.param({}, "unknown", id="not-read"),
        pytest.param({"listeners": [], "truncated": True, "ports": {"tcp": "22,4990-5010"}}, "unknown", id="left-out"),
        pytest.param(
            {"listeners": [], "truncated": True, "ports": {"tcp": "22,80-90"}}, "no", id="not-among-all-ports"
        ),
        pytest.param({"listeners": [], "truncated": True, "ports": {"tcp": "22,80..."}}, "unknown", id="cut"),
        pytest.param({"listeners": [], "truncated": False, "sources": [{"status": "denied"}]}, "unknown", id="denied"),
    ],
)
def test_absence_is_known_only_when_all_were_read(fact: Facts, state: str) -> None:
    assert found_at({"peer_listening_ports": fact}, 5000, DB).state == state


def test_ssh_is_where_sshd_listens() -> None:
    assert ssh_ports({"peer_listening_ports": listening(listener(2222, "sshd"), listener(80))}) == [2222]
    assert ssh_ports({}) == [22]


def test_a_queue_is_full_at_its_limit() -> None:
    full = listener(5000, accept_queue={"length": 2, "limit": 1, "saturation_percent": 100.0})
    assert found_at({"peer_listening_ports": listening(full)}, 5000, DB).full == full
    assert found_at({"peer_listening_ports": listening(listener(5000))}, 5000, DB).full is None
