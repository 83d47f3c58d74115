# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Netlink over a socket: what ends a dump, what is an error, and what broken messages do."""

from __future__ import annotations

import errno
import socket
import struct
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _netlink

Pair = t.Tuple[socket.socket, socket.socket]
MULTI = 0x2


def message(kind: int, payload: bytes = b"", flags: int = MULTI) -> bytes:
    """Return a message as the kernel sends it."""
    return _netlink.HEADER.pack(16 + len(payload), kind, flags, 1, 4711) + payload


def done(code: int = 0, flags: int = MULTI) -> bytes:
    """Return the end of a dump."""
    return message(_netlink.NLMSG_DONE, struct.pack("=i", code), flags)


@pytest.fixture
def pair() -> t.Iterator[Pair]:
    """Return two connected sockets that keep message boundaries, as netlink does."""
    kernel, program = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    program.settimeout(2)
    with kernel, program:
        yield kernel, program


def taken(pair: Pair, parts: list[bytes], many: bool = True) -> tuple[list[bytes], list[str]]:
    """Send the parts and return the buffers that come out, and the remarks."""
    kernel, program = pair
    for part in parts:
        kernel.send(part)
    remarks: list[str] = []
    return [bytes(buffer) for buffer in _netlink.received(program, many, remarks)], remarks


ROW = message(16, b"abcdefgh")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([ROW, done()], [ROW], id="end in a buffer of its own"),
        pytest.param([ROW + ROW, ROW + done()], [ROW + ROW, ROW + done()], id="end behind rows, since Linux 6.10"),
        pytest.param([done()], [], id="nothing"),
    ],
)
def test_a_dump_ends(pair: Pair, parts: list[bytes], expected: list[bytes]) -> None:
    assert taken(pair, parts) == (expected, [])


def test_one_answer_is_enough_without_a_dump(pair: Pair) -> None:
    assert taken(pair, [message(16, b"abcd", flags=0)], many=False) == ([message(16, b"abcd", flags=0)], [])


@pytest.mark.parametrize(
    ("parts", "number"),
    [
        pytest.param([message(_netlink.NLMSG_ERROR, struct.pack("=i", -errno.EPERM))], errno.EPERM, id="refused"),
        pytest.param([ROW, done(-errno.EOPNOTSUPP)], errno.EOPNOTSUPP, id="error in NLMSG_DONE"),
        pytest.param([ROW + done(-errno.EMSGSIZE)], errno.EMSGSIZE, id="error in NLMSG_DONE behind rows"),
    ],
)
def test_errors_of_the_kernel_are_raised(pair: Pair, parts: list[bytes], number: int) -> None:
    with pytest.raises(_netlink.KernelError) as raised:
        taken(pair, parts)
    assert raised.value.errno == number


def test_an_acknowledgement_is_no_error(pair: Pair) -> None:
    assert taken(pair, [message(_netlink.NLMSG_ERROR, struct.pack("=i", 0))]) == ([], [])


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([message(16, flags=MULTI | 0x10), done()], id="seen at a row"),
        pytest.param([ROW, done(flags=MULTI | 0x10)], id="seen at the end"),
        pytest.param([ROW + done(flags=MULTI | 0x10)], id="seen behind rows"),
    ],
)
def test_a_table_that_changes_meanwhile_is_remarked_once(pair: Pair, parts: list[bytes]) -> None:
    assert taken(pair, parts)[1] == [_netlink.CHANGED]


def test_what_does_not_fit_is_an_error_not_a_cut_row(pair: Pair) -> None:
    with pytest.raises(OSError) as raised:
        taken(pair, [bytes(_netlink.BUFFER_BYTES + 1)])
    assert raised.value.errno == errno.EMSGSIZE


def test_silence_ends_in_an_error(pair: Pair) -> None:
    pair[1].settimeout(0.01)
    with pytest.raises(OSError):
        taken(pair, [ROW])


def test_messages_stop_at_a_broken_length() -> None:
    whole = ROW + ROW
    assert [end - start for dummy, start, end in _netlink.messages(memoryview(whole))] == [8, 8]
    assert len(list(_netlink.messages(memoryview(whole[:-1])))) == 1
    assert list(_netlink.messages(memoryview(struct.pack("=IHHII", 3, 16, 0, 0, 0)))) == []
    assert len(list(_netlink.messages(memoryview(ROW + done() + ROW)))) == 1


def test_attributes_stop_at_a_broken_length() -> None:
    content = _netlink.attribute(3, b"eth0\0") + _netlink.attribute(0x8004, b"\1\2\3\4")
    found = _netlink.attributes(memoryview(content), 0, len(content))
    assert (_netlink.string(found[3]), bytes(found[4])) == (b"eth0", b"\1\2\3\4")
    assert list(_netlink.attributes(memoryview(content), 0, len(content), {4})) == [4]
    assert list(_netlink.attributes(memoryview(content), 0, len(content) - 1)) == [3]
    assert _netlink.attributes(memoryview(b"\0\0\0\0\0\0\0\0"), 0, 8) == {}


def test_tally_counts_only_what_is_alike() -> None:
    rows = message(16, b"a___") + message(16, b"b___") + message(16, b"a___")
    assert _netlink.tally(memoryview(rows), "10xc") == {(20, 16, b"a"): 2, (20, 16, b"b"): 1}
    assert _netlink.tally(memoryview(rows + done()), "10xc") == {(20, 16, b"a"): 2, (20, 16, b"b"): 1}
    assert _netlink.tally(memoryview(rows + message(16, b"longer__")), "10xc") is None
    assert _netlink.tally(memoryview(b""), "10xc") is None


@given(st.binary(max_size=200))
def test_no_bytes_make_it_loop_or_raise(content: bytes) -> None:
    buffer = memoryview(content)
    for dummy, start, end in _netlink.messages(buffer):
        assert 0 <= start <= end <= len(content)
    for payload in _netlink.attributes(buffer, 0, len(content)).values():
        assert _netlink.number(payload) is not None
    _netlink.tally(buffer, "10xBBHI")


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"\x0a\x00\x00\x01", "10.0.0.1"),
        (bytes(15) + b"\1", "::1"),
        (bytes(10) + b"\xff\xff\x0a\x00\x00\x01", "::ffff:10.0.0.1"),
        (None, None),
    ],
    ids=str,
)
def test_addresses_have_no_zone(payload: bytes | None, expected: str | None) -> None:
    assert _netlink.address_text(memoryview(payload) if payload else None) == expected


def test_an_address_of_another_length_is_bad() -> None:
    with pytest.raises(ValueError):
        _netlink.address_text(memoryview(b"\1\2\3"))
