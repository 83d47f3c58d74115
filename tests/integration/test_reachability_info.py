# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections between real hosts, and how each of them ends."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

import pytest

RunModule = t.Callable[..., dict[str, t.Any]]
MODULE = "netdoctor.connection_reset.reachability_info"

RULES = """
table inet side {
  chain through { type filter hook forward priority 0; policy accept;
    tcp dport 4451 counter drop
    tcp dport 4452 counter reject with tcp reset
    tcp dport 4453 counter reject with icmpx host-unreachable
  }
}
"""


@pytest.fixture(name="server")
def address_of_the_server(fleet: t.Any) -> Iterator[str]:
    """Return the server's address behind a router that swallows, resets and refuses."""
    fleet.exec("router", "nft", "-f", "-", input=RULES)
    yield fleet.exec("h002", "ip", "-4", "-br", "address", "show", "eth1").stdout.split()[2].split("/")[0]
    fleet.exec("router", "nft", "delete", "table", "inet", "side")


@pytest.mark.parametrize("user", ["root", "ansible"])
def test_each_end_has_its_class(server: str, run_module: RunModule, user: str) -> None:
    ports = {22: "ok", 4450: "refused", 4451: "timed_out", 4452: "refused", 4453: "host_unreachable"}
    targets = [{"host": server, "port": port} for port in ports]
    rows = run_module("h001", MODULE, {"targets": targets, "timeout": 2}, user=user)["reachability"]
    assert {row["port"]: row["class"] for row in rows} == ports
    assert {row["phase"] for row in rows} == {"connect", "banner"}
    banner = rows[0]["addresses"][0]["banner"]
    assert banner.startswith("SSH-2.0-OpenSSH")


def test_loss_and_path_mtu(server: str, fleet: t.Any, run_module: RunModule) -> None:
    fleet.exec("router", "ip", "link", "set", "eth2", "mtu", "1400")
    try:
        (row,) = run_module("h001", MODULE, {"targets": [{"host": server}]})["reachability"]
    finally:
        fleet.exec("router", "ip", "link", "set", "eth2", "mtu", "1500")
        fleet.exec("h001", "ip", "route", "flush", "cache")
    (address,) = row["addresses"]
    assert (row["class"], address["ping"]["loss_percent"]) == ("ok", 0.0)
    assert address["path_mtu"] == {"mtu_bytes": 1400, "link_mtu_bytes": 1500, "black_hole": False}


def test_an_address_without_a_route(run_module: RunModule, fleet: t.Any) -> None:
    fleet.exec("h001", "ip", "route", "add", "unreachable", "192.0.2.9")
    (row,) = run_module("h001", MODULE, {"targets": [{"host": "192.0.2.9", "port": 22}], "ping": 0})["reachability"]
    fleet.exec("h001", "ip", "route", "del", "unreachable", "192.0.2.9")
    assert (row["class"], row["phase"]) == ("host_unreachable", "connect")
