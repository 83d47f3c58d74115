# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interfaces and routes of the machine the tests run on: by netlink, and where a real seccomp filter refuses it."""

from __future__ import annotations

import json
import os
import pathlib
import platform
import subprocess
import sys
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _bounds, _interfaces, _netlink, _routes

PLUGINS = pathlib.Path(_netlink.__file__).resolve().parent.parent
SOCKET_CALL = {"x86_64": 41, "aarch64": 198}

SANDBOX = """
import ctypes, importlib, json, struct, sys
instructions = [
    (0x20, 0, 0, 0),                   # the number of the call
    (0x15, 0, 3, int(sys.argv[2])),    # not socket(): allowed
    (0x20, 0, 0, 16),                  # its first argument
    (0x15, 0, 1, 16),                  # not AF_NETLINK: allowed
    (0x06, 0, 0, 0x00050001),          # EPERM
    (0x06, 0, 0, 0x7FFF0000),          # allowed
]
code = b"".join(struct.pack("=HBBI", *words) for words in instructions)
space = ctypes.create_string_buffer(code)
program = struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(space))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program):
    sys.exit(77)
sys.path.insert(0, sys.argv[1])
collect = [importlib.import_module("module_utils." + name).collect for name in ("_interfaces", "_routes")]
json.dump([collect[0](), collect[1](targets=["127.0.0.1", "::1"])], sys.stdout)
"""


@pytest.fixture(scope="module")
def sandboxed() -> list[dict[str, t.Any]]:
    """Return both facts as a process gathers them that may not open netlink sockets."""
    number = SOCKET_CALL.get(platform.machine())
    if number is None:
        pytest.skip("the number of socket() is not known here")
    done = subprocess.run(
        [sys.executable, "-c", SANDBOX, str(PLUGINS), str(number)],
        env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"),
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip("no seccomp filters here")
    assert done.returncode == 0
    return t.cast("list[dict[str, t.Any]]", json.loads(done.stdout.decode()))


@pytest.fixture(scope="module")
def usual() -> list[dict[str, t.Any]]:
    """Return both facts as they are gathered without a sandbox."""
    facts = [_interfaces.collect(), _routes.collect(targets=["127.0.0.1", "::1"])]
    if any(source["status"] != "ok" for source in facts[0]["sources"] if source["name"].startswith("RTM_")):
        pytest.skip("netlink is refused here")
    return facts


def statuses(fact: dict[str, t.Any]) -> dict[str, str]:
    """Return the status of each source."""
    return {source["name"]: source["status"] for source in fact["sources"]}


def test_facts_are_bounded_and_plain(usual: list[dict[str, t.Any]]) -> None:
    for fact in usual:
        assert _bounds.size_bytes(fact) <= _bounds.FAMILY_BYTES
        assert json.loads(json.dumps(fact)) == fact


def test_loopback_is_known_everywhere(usual: list[dict[str, t.Any]]) -> None:
    interfaces, routes = usual
    assert interfaces["total"] >= 1
    local = next(row for row in routes["lookups"] if row["address"] == "127.0.0.1")
    assert (local["ok"], local["type"], local["interface"], local["asked"]) == (True, "local", "lo", "netlink")


def test_a_sandbox_is_said_in_the_sources(sandboxed: list[dict[str, t.Any]]) -> None:
    interfaces, routes = sandboxed
    assert statuses(interfaces)["RTM_GETLINK, RTM_GETADDR"] == "denied"
    assert statuses(interfaces)["/proc/net/dev"] == statuses(interfaces)["SIOCGIFCONF"] == "ok"
    assert statuses(routes)["RTM_GETROUTE ipv4"] == statuses(routes)["RTM_GETRULE ipv6"] == "denied"
    assert statuses(routes)["/proc/net/route"] == "ok"


def test_interfaces_are_the_same_without_netlink(
    usual: list[dict[str, t.Any]], sandboxed: list[dict[str, t.Any]]
) -> None:
    same = ("index", "mac", "mtu", "admin_up", "operstate", "txqueuelen", "speed_mbps", "driver", "ipv4", "ipv6")
    netlink = {row["name"]: row for row in usual[0]["interfaces"]}
    files = {row["name"]: row for row in sandboxed[0]["interfaces"]}
    assert set(netlink) & set(files)
    for name in set(netlink) & set(files):
        assert {key: files[name][key] for key in same} == {key: netlink[name][key] for key in same}
        assert addresses(files[name]) == addresses(netlink[name])


def addresses(row: dict[str, t.Any]) -> set[tuple[str, int]]:
    """Return the addresses of a link."""
    return {(address["address"], address["prefixlen"]) for address in row["addresses"]}


def test_lookups_go_by_a_socket_without_netlink(sandboxed: list[dict[str, t.Any]]) -> None:
    local = next(row for row in sandboxed[1]["lookups"] if row["address"] == "127.0.0.1")
    assert (local["ok"], local["source"], local["asked"]) == (True, "127.0.0.1", "socket")
    assert local["mtu_bytes"] > 0
