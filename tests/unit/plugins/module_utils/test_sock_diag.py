# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets from recorded netlink dumps and /proc/net, compared with what ss printed of the same sockets."""

from __future__ import annotations

import json
import pathlib
import random
import socket
import struct
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _netlink, _proc_sockets, _sock_diag

FIXTURES = pathlib.Path(__file__).resolve().parents[3] / "fixtures" / "listening_port"
DUMPS = sorted(path.stem for path in FIXTURES.glob("*.bin"))
BOTH = ("address", "port", "receive_queue", "uid", "inode")
NETLINK_ONLY = ("send_queue", "drops", "v6only")


def shown(entry: _sock_diag.Socket) -> dict[str, t.Any]:
    """Return a socket with its address as text."""
    length = 4 if entry.family == socket.AF_INET else 16
    return {**entry._asdict(), "address": socket.inet_ntop(entry.family, entry.address[:length])}


def picked(rows: t.Iterable[dict[str, t.Any]], names: tuple[str, ...]) -> list[dict[str, t.Any]]:
    """Return the named fields of rows in the order of inodes."""
    return [{name: row[name] for name in names} for row in sorted(rows, key=lambda row: row["inode"])]


@pytest.mark.parametrize("case", DUMPS)
def test_netlink_shows_what_ss_shows(case: str) -> None:
    expected = json.loads((FIXTURES / (case + ".json")).read_text())
    rows = [shown(entry) for entry in _sock_diag.parse_sockets(memoryview((FIXTURES / (case + ".bin")).read_bytes()))]
    assert picked(rows, BOTH + NETLINK_ONLY) == picked(expected, BOTH + NETLINK_ONLY)
    bound = {row["inode"]: bool(row["interface"]) for row in expected}
    assert {row["inode"]: bool(row["interface"]) for row in rows} == bound
    assert {row["state"] for row in rows} == {10 if case.startswith("tcp") else 7}
    assert all(isinstance(row["cgroup"], int) for row in rows)


@pytest.mark.parametrize("case", DUMPS)
def test_proc_net_shows_the_same_sockets(case: str) -> None:
    expected = json.loads((FIXTURES / (case + ".json")).read_text())
    state = "LISTEN" if case.startswith("tcp") else "CLOSE"
    rows = [shown(entry) for entry in _proc_sockets.parse_proc_net((FIXTURES / (case + ".txt")).read_text(), state)]
    assert picked(rows, BOTH) == picked(expected, BOTH)
    if state == "CLOSE":
        assert picked(rows, ("drops", "inode")) == picked(expected, ("drops", "inode"))


@pytest.mark.parametrize(
    "line",
    [
        "0: 0100007F:1538 00000000:0000 0A 00000000:0000",
        "0: 0100007F 00000000:0000 0A 00000000:00000003 00:0 0 112 0 24680",
        "0: 01007F:1538 00000000:0000 0A 00000000:00000003 00:0 0 112 0 24680",
        "0: 0100007G:1538 00000000:0000 0A 00000000:00000003 00:0 0 112 0 24680",
        "0: 0100007F:1538 00000000:0000 0A 00000000:00000003 00:0 0 root 0 24680",
        "garbage",
    ],
)
def test_a_broken_line_of_proc_net_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="no line of /proc/net"):
        list(_proc_sockets.parse_proc_net("header\n" + line, "LISTEN"))


def test_other_states_of_proc_net_are_passed_over() -> None:
    text = "header\n  1: 0100007F:1538 00000000:0000 01 broken\n\n"
    assert list(_proc_sockets.parse_proc_net(text, "LISTEN")) == []


@pytest.mark.parametrize("case", DUMPS)
def test_a_garbled_dump_neither_loops_nor_raises(case: str) -> None:
    content = (FIXTURES / (case + ".bin")).read_bytes()
    dice = random.Random(case)
    for _turn in range(300):
        garbled = bytearray(content[: dice.randrange(len(content) + 1)])
        for _byte in range(dice.randrange(1, 20) if garbled else 0):
            garbled[dice.randrange(len(garbled))] = dice.randrange(256)
        assert len(list(_sock_diag.parse_sockets(memoryview(garbled)))) <= len(garbled) // 16


def message(port: int, *extras: tuple[int, bytes]) -> bytes:
    """Return a message with one listener and the given attributes."""
    fields = (socket.AF_INET, 10, 0, 0, socket.htons(port), 0, bytes(16), bytes(16), 0, 0, 1, 2, 3, 4)
    body = _sock_diag.MESSAGE.pack(*fields) + b"".join(_netlink.attribute(kind, value) for kind, value in extras)
    return _netlink.request(_sock_diag.SOCK_DIAG_BY_FAMILY, body)


MEMORY = struct.pack("=9I", *range(9))
GROUP = struct.pack("=Q", 77)


@pytest.mark.parametrize(
    ("extras", "expected"),
    [
        pytest.param((), (None, None, None), id="none-before-5.9"),
        pytest.param(((7, MEMORY),), (8, None, None), id="memory"),
        pytest.param(((7, MEMORY[:32]),), (None, None, None), id="memory-without-drops"),
        pytest.param(((21, GROUP), (11, b"\1")), (None, 77, 1), id="group-and-v6only"),
        pytest.param(((11, b"\0"), (8, b"\0"), (21, GROUP), (7, MEMORY + GROUP)), (8, 77, 0), id="longer-memory"),
        pytest.param(((21, b"\0"),), (None, None, None), id="short-group"),
    ],
)
def test_attributes_of_other_kernels(
    extras: tuple[tuple[int, bytes], ...], expected: tuple[int | None, int | None, int | None]
) -> None:
    (entry,) = _sock_diag.parse_sockets(memoryview(message(22, *extras)))
    assert entry.port == 22
    assert (entry.drops, entry.cgroup, entry.v6only) == expected


def test_messages_of_one_size_may_hold_their_attributes_in_another_order() -> None:
    first = message(1, (7, MEMORY), (21, GROUP))
    second = message(2, (21, GROUP), (7, MEMORY))
    assert len(first) == len(second)
    entries = list(_sock_diag.parse_sockets(memoryview(first + second + first)))
    assert [(entry.port, entry.drops, entry.cgroup) for entry in entries] == [(1, 8, 77), (2, 8, 77), (1, 8, 77)]
