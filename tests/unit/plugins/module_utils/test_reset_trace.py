# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resets from tracepoints and from the wire, told apart and put together."""

from __future__ import annotations

import struct

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _reset_capture,
    _reset_events,
    _reset_join,
    _reset_trace,
)

SEND = "tcp_send_reset: skbaddr=00000000 skaddr=00000000 "
RECEIVE = "tcp_receive_reset: "
ADDRESSES = "saddr=10.0.0.1 daddr=10.0.0.2 saddrv6=::ffff:10.0.0.1 daddrv6=::ffff:10.0.0.2 sock_cookie=f075"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            SEND + "src=10.0.0.2:5000 dest=10.0.0.1:40000 state=UNKNOWN reason=NO_SOCKET",
            ("sent", "10.0.0.2", 5000, "10.0.0.1", 40000, "UNKNOWN", "NO_SOCKET"),
            id="linux-6.18-no-socket",
        ),
        pytest.param(
            SEND + "src=[2001:db8::2]:22 dest=[2001:db8::1]:4 state=TCP_CLOSE reason=TCP_ABORT_ON_CLOSE",
            ("sent", "2001:db8::2", 22, "2001:db8::1", 4, "TCP_CLOSE", "TCP_ABORT_ON_CLOSE"),
            id="linux-6.18-ipv6",
        ),
        pytest.param(
            SEND + "src=0.0.0.0:5000 dest=0.0.0.0:0 state=TCP_LISTEN reason=TCP_FLAGS",
            ("sent", None, 5000, None, None, "TCP_LISTEN", "TCP_FLAGS"),
            id="listener-names-nobody",
        ),
        pytest.param(
            SEND + "src=[::ffff:10.0.0.2]:80 dest=[::ffff:10.0.0.1]:9 state=TCP_ESTABLISHED",
            ("sent", "10.0.0.2", 80, "10.0.0.1", 9, "TCP_ESTABLISHED", None),
            id="linux-6.1-mapped-without-reason",
        ),
        pytest.param(
            RECEIVE + "family=AF_INET sport=40000 dport=5000 " + ADDRESSES,
            ("received", "10.0.0.2", 5000, "10.0.0.1", 40000, None, None),
            id="received",
        ),
        pytest.param(
            RECEIVE
            + "family=AF_INET6 sport=4 dport=22 saddr=0.0.0.0 daddr=0.0.0.0 saddrv6=2001:db8::1 daddrv6=2001:db8::2",
            ("received", "2001:db8::2", 22, "2001:db8::1", 4, None, None),
            id="received-ipv6",
        ),
    ],
)
def test_events(text: str, expected: tuple[object, ...]) -> None:
    event = _reset_events.parse_event("  <idle>-0       [001] b.s3.  4711.123456: " + text)
    assert event is not None and event["at_s"] == 4711.123456
    keys = ("direction", "source", "source_port", "destination", "destination_port", "state", "reason")
    assert tuple(event[key] for key in keys) == expected


@pytest.mark.parametrize(
    "line",
    [
        "",
        "CPU:1 [LOST 17 EVENTS]",
        " x-1 [0] 1.5: tcp_probe: src=1:2 dest=3:4",
        " x-1 [0] 1.5: tcp_receive_reset: family=AF_INET sport=a dport=b",
    ],
)
def test_other_lines_are_no_events(line: str) -> None:
    assert _reset_events.parse_event(line) is None


def test_the_name_of_a_process_cannot_forge_an_event() -> None:
    name = "1.1: tcp_send_r"
    line = "%16s-12      [001] ..s1. 4711.5: tcp_probe: src=1.1.1.1:1 dest=2.2.2.2:2" % name
    assert _reset_events.parse_event(line) is None
    line = "%16s-12      [001] ..s1. 4711.5: %ssrc=10.0.0.2:5 dest=10.0.0.1:4 state=UNKNOWN" % (name, SEND)
    event = _reset_events.parse_event(line)
    assert event is not None and (event["at_s"], event["source"]) == (4711.5, "10.0.0.2")


def segment(source: bytes, destination: bytes, flags: int, window: int = 0) -> bytes:
    """Return an IPv4 or IPv6 packet with a TCP segment of port 5000 to 40000."""
    tcp = struct.pack("!HHIIBBHHH", 5000, 40000, 7, 8, 0x50, flags, window, 0, 0)
    if len(source) == 4:
        return struct.pack("!BBHHHBBH", 0x45, 0, 40, 99, 0, 61, 6, 0) + source + destination + tcp
    return struct.pack("!IHBB", 0x60000000, 20, 6, 60) + source + destination + tcp


def test_a_segment_of_ipv4() -> None:
    packet = segment(bytes([10, 0, 0, 2]), bytes([10, 0, 0, 1]), 0x14, 64)
    event = _reset_capture.parse_segment(packet, "eth1", _reset_capture.OUTGOING)
    assert event == {
        "direction": "out",
        "method": "capture",
        "interface": "eth1",
        "source": "10.0.0.2",
        "source_port": 5000,
        "destination": "10.0.0.1",
        "destination_port": 40000,
        "flags": "RST,ACK",
        "ttl": 61,
        "window": 64,
        "ip_id": 99,
        "sequence": 7,
    }


def test_a_segment_of_ipv6() -> None:
    packet = segment(bytes(15) + b"\x02", bytes(15) + b"\x01", 0x04)
    event = _reset_capture.parse_segment(packet, "eth1", 0)
    assert event is not None
    assert (event["direction"], event["source"], event["ttl"], event["ip_id"]) == ("in", "::2", 60, None)
    assert event["flags"] == "RST"


@pytest.mark.parametrize(
    "packet", [b"", b"E", bytes(40), segment(bytes(4), bytes(4), 0x10), segment(bytes(4), bytes(4), 4)[:30]]
)
def test_what_is_no_reset_is_left_out(packet: bytes) -> None:
    assert _reset_capture.parse_segment(packet, "eth1", 0) is None


def run(program: bytes, packet: bytes) -> int:
    """Run a classic BPF program of the instructions used here, as the kernel would, and return its verdict."""
    accumulator = index = place = 0
    lines = list(struct.iter_unpack("=HBBI", program))
    while True:
        code, yes, no, value = lines[place]
        place += 1
        if code == _reset_capture.RETURN:
            return value
        if code in (_reset_capture.LOAD_BYTE, _reset_capture.LOAD_BYTE_X, _reset_capture.LOAD_HALF):
            start = value + (index if code == _reset_capture.LOAD_BYTE_X else 0)
            size = 2 if code == _reset_capture.LOAD_HALF else 1
            if start + size > len(packet):
                return 0
            accumulator = int.from_bytes(packet[start : start + size], "big")
        elif code == _reset_capture.LOAD_LENGTH:
            index = (packet[value] & 15) * 4
        elif code == _reset_capture.AND:
            accumulator &= value
        else:
            true = accumulator == value if code == _reset_capture.EQUAL else accumulator & value
            place += yes if true else no


V4, V6 = bytes([10, 0, 0, 1]), bytes(15) + b"\x01"


@pytest.mark.parametrize(
    ("packet", "accepted"),
    [
        pytest.param(segment(V4, V4, 0x04), True, id="rst"),
        pytest.param(segment(V4, V4, 0x14), True, id="rst-ack"),
        pytest.param(segment(V4, V4, 0x10), False, id="ack"),
        pytest.param(segment(V6, V6, 0x14), True, id="ipv6-rst"),
        pytest.param(segment(V6, V6, 0x12), False, id="ipv6-syn-ack"),
        pytest.param(
            b"\x46" + segment(V4, V4, 0)[1:20] + b"\x01\x01\x01\x00" + segment(V4, V4, 4)[20:], True, id="ip-options"
        ),
        pytest.param(segment(V4, V4, 4)[:6] + b"\x00\x10" + segment(V4, V4, 4)[8:], False, id="later-fragment"),
        pytest.param(segment(V4, V4, 4)[:9] + b"\x11" + segment(V4, V4, 4)[10:], False, id="udp"),
        pytest.param(b"\x00" * 60, False, id="neither"),
    ],
)
def test_the_filter_in_the_kernel(packet: bytes, accepted: bool) -> None:
    assert bool(run(_reset_capture.program(), packet)) is accepted


def captured(direction: str, source: str, destination: str, at_s: float = 1.0, sequence: int = 7) -> dict[str, object]:
    ends = {"source": source, "source_port": 5000, "destination": destination, "destination_port": 40000}
    wire = {"flags": "RST", "ttl": 64, "window": 0, "ip_id": 0, "interface": "eth0", "sequence": sequence}
    return {"at_s": at_s, "direction": direction, **ends, **wire}


def traced(direction: str, source: str | None, destination: str | None, at_s: float = 1.01) -> dict[str, object]:
    ports = {"source_port": 5000, "destination_port": 40000 if destination else None}
    ends = {"source": source, "destination": destination, **ports}
    return {"at_s": at_s, "direction": direction, **ends, "state": "UNKNOWN", "reason": "NO_SOCKET"}


LOCAL = {"10.0.0.1"}


@pytest.mark.parametrize(
    ("trace", "capture", "expected", "elsewhere"),
    [
        pytest.param(
            [traced("sent", "10.0.0.1", "10.0.0.9")],
            [captured("out", "10.0.0.1", "10.0.0.9")],
            [("sent", "NO_SOCKET", "RST")],
            0,
            id="both-records-of-one-reset",
        ),
        pytest.param(
            [traced("sent", None, None)],
            [captured("out", "10.0.0.1", "10.0.0.9")],
            [("sent", "NO_SOCKET", "RST")],
            0,
            id="listener-found-by-its-segment",
        ),
        pytest.param([traced("sent", "10.0.0.1", "10.0.0.9")], [], [("sent", "NO_SOCKET", None)], 0, id="trace-only"),
        pytest.param([traced("sent", "10.7.7.7", "10.0.0.9")], [], [], 1, id="another-namespace"),
        pytest.param(
            [traced("sent", "10.0.0.1", "10.0.0.9", at_s=5.0)],
            [captured("out", "10.0.0.1", "10.0.0.9")],
            [("sent", None, "RST"), ("sent", "NO_SOCKET", None)],
            0,
            id="too-far-apart",
        ),
        pytest.param([], [captured("in", "10.0.0.9", "10.0.0.1")], [("received", None, "RST")], 0, id="received"),
        pytest.param([], [captured("out", "10.0.0.9", "10.0.0.8")], [("forged", None, "RST")], 0, id="forged"),
        pytest.param(
            [],
            [captured("in", "10.0.0.9", "10.0.0.8"), captured("out", "10.0.0.9", "10.0.0.8", 1.02)],
            [("forwarded", None, "RST")],
            0,
            id="forwarded",
        ),
        pytest.param(
            [],
            [captured("in", "10.0.0.9", "10.0.0.8", sequence=1), captured("out", "10.0.0.9", "10.0.0.8", sequence=2)],
            [("forged", None, "RST")],
            0,
            id="another-segment-is-no-twin",
        ),
    ],
)
def test_join(
    trace: list[dict[str, object]],
    capture: list[dict[str, object]],
    expected: list[tuple[object, ...]],
    elsewhere: int,
) -> None:
    events, others = _reset_join.join(trace, capture, LOCAL)
    assert [(event["direction"], event["reason"], event["flags"]) for event in events] == expected
    assert others == elsewhere


def test_times_are_utc_to_the_millisecond() -> None:
    assert _reset_trace.moment(0.25) == "1970-01-01T00:00:00.250Z"
