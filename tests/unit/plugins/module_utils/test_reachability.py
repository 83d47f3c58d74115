# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Echo packets, and many targets in one call."""

from __future__ import annotations

import socket
import time

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _echo, _reachability
from ansible_collections.netdoctor.connection_reset.plugins.module_utils._connect import Wishes

PROBE = _reachability.Probe(Wishes(1.0, 0.0, 0.0, b""), ping_count=0, ping_s=0.2, path_mtu=False)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(bytes.fromhex("0001f203f4f5f6f7"), 0x220D, id="rfc-1071-example"),
        pytest.param(b"\x01", 0xFEFF, id="odd-length"),
        pytest.param(b"\xff\xff", 0, id="all-ones"),
    ],
)
def test_checksum(content: bytes, expected: int) -> None:
    assert _echo.checksum(content) == expected


def test_a_request_with_its_checksum_sums_to_zero() -> None:
    assert _echo.checksum(_echo.request(socket.AF_INET, 7, 9, 56)) == 0


@pytest.mark.parametrize(
    ("packet", "raw", "expected"),
    [
        pytest.param(bytes([0, 0, 0, 0, 0, 7, 0, 9]), False, 9, id="datagram"),
        pytest.param(bytes([0x45] + [0] * 19) + bytes([0, 0, 0, 0, 0, 7, 0, 9]), True, 9, id="raw-with-header"),
        pytest.param(bytes([0x45] + [0] * 19) + bytes([0, 0, 0, 0, 0, 8, 0, 9]), True, None, id="of-another-program"),
        pytest.param(bytes([8, 0, 0, 0, 0, 7, 0, 9]), False, None, id="a-request"),
        pytest.param(b"\x00", False, None, id="short"),
        pytest.param(b"", True, None, id="empty"),
    ],
)
def test_replies(packet: bytes, raw: bool, expected: int | None) -> None:
    assert _echo.reply_sequence(socket.AF_INET, packet, raw, 7) == expected


def test_a_name_that_does_not_exist() -> None:
    (result,) = _reachability.examine_all([("host.invalid", 22)], PROBE, 4, 10)
    assert (result["class"], result["phase"], result["addresses"]) == ("name_error", "resolve", [])


def test_a_name_that_cannot_be_one() -> None:
    (result,) = _reachability.examine_all([("a" * 300 + ".\ud800", 22)], PROBE, 4, 10)
    assert result["class"] in ("name_error", "other")


def listening() -> socket.socket:
    """Return a listening socket on a free port of loopback."""
    found = socket.socket()
    found.bind(("127.0.0.1", 0))
    found.listen(64)
    return found


def test_many_targets_keep_their_order() -> None:
    with listening() as listener, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        ports = [listener.getsockname()[1], free.getsockname()[1]] * 10
        results = _reachability.examine_all([("127.0.0.1", port) for port in ports], PROBE, 4, 10)
    assert [result["port"] for result in results] == ports
    assert [result["class"] for result in results] == ["ok", "refused"] * 10


def test_the_time_limit_holds_for_all() -> None:
    probe = PROBE._replace(wishes=Wishes(1.0, 0.0, 30.0, b""))
    with listening() as listener:
        started = time.monotonic()
        (result,) = _reachability.examine_all([listener.getsockname()], probe, 4, 0.2)
    assert time.monotonic() - started < 5
    assert (result["class"], result["phase"]) == ("timed_out", "queued")


def test_echo_on_loopback_or_the_reason_why_not() -> None:
    probe = PROBE._replace(ping_count=2, path_mtu=True)
    row = _reachability.examine("127.0.0.1", 0, probe)["addresses"][0]
    if row["ping"]["sent_packets"]:
        assert row["ping"]["loss_percent"] == 0.0
        assert row["path_mtu"]["mtu_bytes"] >= 1280 and row["path_mtu"]["black_hole"] is False
    else:
        assert row["ping"]["error"] == "ICMP sockets are not allowed here"
