# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections from recorded dumps and /proc/net, compared with what ss printed of the same sockets."""

from __future__ import annotations

import json
import pathlib
import random
import socket
import struct
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _connection_details,
    _connection_groups,
    _connection_lines,
    _connection_rows,
    _netlink,
    _tcp_info,
)

FIXTURES = pathlib.Path(__file__).resolve().parents[3] / "fixtures" / "connection"
CASES = sorted(path.stem for path in FIXTURES.glob("*.txt"))
EXACT = (
    *("state", "local_address", "local_port", "remote_address", "remote_port", "receive_queue", "send_queue"),
    "timer",
)
TICKS_PER_S = 100
A_MOMENT_MS = 1500
"""What may pass between two ways of recording, with the precision of ss."""

Shown = t.Dict[str, t.Any]


def family(case: str) -> int:
    """Return the address family of a case."""
    return socket.AF_INET6 if case.startswith("tcp6") else socket.AF_INET


def shown(row: _connection_rows.Row, of: int) -> Shown:
    """Return a row as ss names things."""
    status, local_port, remote_port, ends, measures = row
    expires_ms, received, sent = _connection_rows.MEASURES.unpack(measures)
    return {
        "state": _connection_rows.STATES[status[0]],
        "timer": _connection_details.TIMERS[status[1]],
        "tries": status[2],
        "local_address": text(of, ends[:16]),
        "local_port": socket.ntohs(local_port),
        "remote_address": text(of, ends[16:32]),
        "remote_port": socket.ntohs(remote_port),
        "expires_ms": expires_ms,
        "receive_queue": received,
        "send_queue": sent,
    }


def text(of: int, raw: bytes) -> str:
    """Return an address without a zone."""
    packed = _connection_groups.address_of(of, raw, b"")
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


def expected(case: str) -> list[Shown]:
    """Return what ss printed, without zones."""
    rows = json.loads((FIXTURES / (case + ".json")).read_text())
    for row in rows:
        row["local_address"] = row["local_address"].partition("%")[0]
    return sorted(rows, key=ports)


def ports(row: Shown) -> tuple[int, int]:
    """Return what tells the connections of a recording apart."""
    return row["local_port"], row["remote_port"]


def netlink_rows(case: str) -> list[Shown]:
    """Return the rows of a recorded dump."""
    buffer = memoryview((FIXTURES / (case + ".bin")).read_bytes())
    return sorted((shown(row, family(case)) for row in _connection_rows.rows_of(buffer)), key=ports)


def picked(rows: t.Iterable[Shown]) -> list[Shown]:
    """Return the fields that must be equal."""
    return [{name: row[name] for name in EXACT} for row in rows]


@pytest.mark.parametrize("case", CASES)
def test_netlink_shows_what_ss_shows(case: str) -> None:
    rows, witnessed = netlink_rows(case), expected(case)
    assert picked(rows) == picked(witnessed)
    for row, other in zip(rows, witnessed):
        assert abs(row["tries"] - other["tries"]) <= 1
        if row["tries"] == other["tries"]:
            coarse = 60000 if other["expires_ms"] >= 600000 else A_MOMENT_MS
            assert abs(row["expires_ms"] - other["expires_ms"]) <= coarse


@pytest.mark.parametrize("case", CASES)
def test_proc_net_shows_the_same_sockets(case: str) -> None:
    lines = (FIXTURES / (case + ".txt")).read_text().splitlines()
    rows = [shown(row, family(case)) for row in _connection_lines.parse_connections(lines, TICKS_PER_S)]
    rows.sort(key=ports)
    assert picked(rows) == picked(expected(case))
    for row, other in zip(rows, netlink_rows(case)):
        # Of a half-open connection it counts timeouts, netlink also replies to repeated SYNs.
        assert abs(row["tries"] - other["tries"]) <= 1 or row["state"] == "SYN_RECV"
        if row["tries"] == other["tries"]:
            assert abs(row["expires_ms"] - other["expires_ms"]) <= A_MOMENT_MS


@pytest.mark.parametrize("case", CASES)
def test_all_states_are_in_the_recordings(case: str) -> None:
    release = case.partition("-")[2]
    states = {row["state"] for name in ("tcp-", "tcp6-") for row in expected(name + release)}
    assert states == set(_connection_rows.STATES) - {"", "CLOSE", "LISTEN"}


@pytest.mark.parametrize("case", CASES)
def test_tcp_info_is_what_ss_shows(case: str) -> None:
    buffer = memoryview((FIXTURES / (case + ".info.bin")).read_bytes())
    witnessed = {ports(row): row for row in expected(case)}
    informed = list(_tcp_info.informed_rows(buffer, {}))
    assert len(informed) == sum(row["rto"] is not None for row in witnessed.values())
    for row, info, group in informed:
        other = witnessed[socket.ntohs(row[1]), socket.ntohs(row[2])]
        assert isinstance(group, int)
        assert info.cwnd == (other["cwnd"] or 0)
        assert info.pmtu == (other["pmtu"] or info.pmtu)
        assert info.unacked == (other["unacked"] or 0)
        assert info.lost == (other["lost"] or 0)
        for ours, theirs in (
            (info.last_data_sent_ms, "lastsnd"),
            (info.last_data_recv_ms, "lastrcv"),
            (info.last_ack_recv_ms, "lastack"),
        ):
            assert abs(ours - (other[theirs] or 0)) <= A_MOMENT_MS
        if row[0][2] == other["tries"]:
            assert round(info.rto_us / 1000) == other["rto"]
            assert info.backoff == (other["backoff"] or 0)


@pytest.mark.parametrize(
    "line",
    [
        "1: 0100007F:0016 0100007F:C1E2 01 00000000:00000000 02:00034A1C 00000000",
        "1: 0100007F 0100007F:C1E2 01 00000000:00000000 02:00034A1C 00000000 0 0 24680",
        "1: 01007F:0016 0100007F:C1E2 01 00000000:00000000 02:00034A1C 00000000 0 0 24680",
        "1: 0100007F:0016 0100007G:C1E2 01 00000000:00000000 02:00034A1C 00000000 0 0 24680",
        "1: 0100007F:10016 0100007F:C1E2 01 00000000:00000000 02:00034A1C 00000000 0 0 24680",
        "1: 0100007F:0016 0100007F:C1E2 101 00000000:00000000 02:00034A1C 00000000 0 0 24680",
        "1: 0100007F:0016 0100007F:C1E2 01 00000000:00000000 02:FFFFFFFFFFFFFFFF 00000000 0 0 24680",
        "garbage",
    ],
)
def test_a_broken_line_of_proc_net_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="no line of /proc/net/tcp"):
        list(_connection_lines.parse_connections(["  sl  local_address", line], TICKS_PER_S))


def test_listeners_and_empty_lines_of_proc_net_are_passed_over() -> None:
    lines = ["  sl  local_address", "0: 0100007F:1538 00000000:0000 0A broken", ""]
    assert list(_connection_lines.parse_connections(lines, TICKS_PER_S)) == []


def message(local_port: int, remote_port: int, *extras: tuple[int, bytes], state: int = 1) -> bytes:
    """Return a message with one IPv4 connection and the given attributes."""
    places = (socket.htons(local_port), socket.htons(remote_port), bytes(16), bytes(16))
    body = struct.pack("=BBBBHH16s16sI8xIIIII", socket.AF_INET, state, 2, 0, *places, 0, 5000, 6, 7, 0, 9)
    return _netlink.request(20, body + b"".join(_netlink.attribute(kind, value) for kind, value in extras))


DONE = struct.pack("=IHHIIi", 20, 3, 2, 1, 0, 0)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"".join(message(22, port) for port in range(1, 40)), id="one-length"),
        pytest.param(b"".join(message(22, port) for port in range(1, 40)) + DONE, id="one-length-with-end"),
        pytest.param(
            b"".join(message(22, port, *([(8, b"x")] * (port % 2))) for port in range(1, 40)) + DONE, id="mixed"
        ),
        pytest.param(message(22, 1) + message(22, 2, (8, b"x")) * 38, id="first-differs"),
    ],
)
def test_rows_do_not_depend_on_the_lengths_of_messages(content: bytes) -> None:
    rows = list(_connection_rows.rows_of(memoryview(content)))
    assert len(rows) == 39
    assert {(socket.ntohs(row[1]), row[0], _connection_rows.MEASURES.unpack(row[4])) for row in rows} == {
        (22, bytes((1, 2, 0)), (5000, 6, 7))
    }


def test_other_messages_are_passed_over() -> None:
    other = _netlink.request(77, bytes(72))
    content = other + message(22, 1) + other + DONE
    assert len(list(_connection_rows.rows_of(memoryview(content)))) == 1
    assert list(_connection_rows.rows_of(memoryview(other * 3))) == []
    assert list(_connection_rows.rows_of(memoryview(b""))) == []


@pytest.mark.parametrize("case", [case + suffix for case in CASES for suffix in (".bin", ".info.bin")])
def test_a_garbled_dump_neither_loops_nor_raises(case: str) -> None:
    content = (FIXTURES / case).read_bytes()
    uniform = b"".join(message(22, port) for port in range(1, 20))
    dice = random.Random(case)
    for turn in range(300):
        whole = content if turn % 3 else uniform
        garbled = bytearray(whole[: dice.randrange(len(whole) + 1)])
        for _byte in range(dice.randrange(1, 20) if garbled else 0):
            garbled[dice.randrange(len(garbled))] = dice.randrange(256)
        assert len(list(_connection_rows.rows_of(memoryview(garbled)))) <= len(garbled) // 16
        assert len(list(_tcp_info.informed_rows(memoryview(garbled), {}))) <= len(garbled) // 16


INFO = bytes(range(104))


@pytest.mark.parametrize(
    ("extras", "group"),
    [
        pytest.param(((2, INFO),), None, id="no-group"),
        pytest.param(((21, b"\x07" + bytes(7)), (2, INFO + INFO)), 7, id="group-first"),
        pytest.param(((2, INFO), (21, b"\x07" + bytes(7))), 7, id="group-last"),
    ],
)
def test_attributes_of_tcp_info(extras: tuple[tuple[int, bytes], ...], group: int | None) -> None:
    known: _tcp_info.Places = {}
    for _turn in range(2):
        ((row, info, found),) = _tcp_info.informed_rows(memoryview(message(22, 1, *extras)), known)
        assert found == group
        assert (info.retransmits, info.probes, info.backoff) == (2, 3, 4)
        assert (info.rto_us, info.unacked, info.lost) == struct.unpack("=8xI12xI4xI", INFO[:36])
        assert (info.last_data_sent_ms, info.last_data_recv_ms) == struct.unpack("=44xI4xI", INFO[:56])
        assert (info.cwnd, info.total_retrans) == struct.unpack("=80xI16xI", INFO)


def test_a_tcp_info_that_is_missing_or_short_gives_nothing() -> None:
    content = message(22, 1) + message(22, 2, (2, INFO[:100])) + message(22, 3, (2, INFO))
    assert [socket.ntohs(row[2]) for row, _info, _group in _tcp_info.informed_rows(memoryview(content), {})] == [3]


def test_messages_of_one_size_may_hold_their_attributes_in_another_order() -> None:
    group = (21, b"\x07" + bytes(7))
    first, second = message(22, 1, (2, INFO), group), message(22, 2, group, (2, INFO))
    assert len(first) == len(second)
    found = list(_tcp_info.informed_rows(memoryview(first + second + first), {}))
    assert [(socket.ntohs(row[2]), info.backoff, number) for row, info, number in found] == [
        (1, 4, 7),
        (2, 4, 7),
        (1, 4, 7),
    ]
