# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections against real sockets on loopback: each class in each phase."""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
import threading
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _connect

WISHES = _connect.Wishes(connect_s=2.0, banner_s=0.5, hold_s=0.0, hold_send=b"")


def listener() -> socket.socket:
    """Return a listening socket on a free port of loopback."""
    found = socket.socket()
    found.bind(("127.0.0.1", 0))
    found.listen(8)
    return found


@contextlib.contextmanager
def service(answer: t.Callable[[socket.socket], None]) -> t.Iterator[tuple[str, int]]:
    """Accept one connection on loopback and hand it to `answer`."""
    waiting = listener()

    def serve() -> None:
        connection, dummy = waiting.accept()
        with connection:
            answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield waiting.getsockname()
    finally:
        thread.join(5)
        waiting.close()


def reset(connection: socket.socket) -> None:
    """Close so that the kernel sends a reset instead of an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_a_banner_is_read_and_escaped() -> None:
    with service(lambda connection: connection.sendall(b"SSH-2.0-x\x1b[1m\r\n")) as address:
        result = _connect.try_connection(socket.AF_INET, address, WISHES)
    assert (result["class"], result["phase"]) == ("ok", "banner")
    assert result["banner"] == "SSH-2.0-x\\x1b[1m"
    assert result["source"] == "127.0.0.1"
    assert result["connect_ms"] >= 0


def test_refused() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        result = _connect.try_connection(socket.AF_INET, free.getsockname(), WISHES)
    assert (result["class"], result["phase"], result["error"]) == ("refused", "connect", "Connection refused")


def test_reset_before_the_banner() -> None:
    with service(reset) as address:
        result = _connect.try_connection(socket.AF_INET, address, WISHES)
    assert (result["class"], result["phase"]) == ("reset", "banner")


def test_orderly_end_before_the_banner() -> None:
    with service(lambda connection: None) as address:
        result = _connect.try_connection(socket.AF_INET, address, WISHES)
    assert (result["class"], result["phase"], result["error"]) == ("closed", "banner", None)


def test_silence_is_no_error() -> None:
    with service(lambda connection: connection.recv(1) and None) as address:
        result = _connect.try_connection(socket.AF_INET, address, WISHES._replace(banner_s=0.05))
    assert (result["class"], result["banner"]) == ("ok", None)


def test_a_held_connection_answers_in_the_end() -> None:
    wishes = _connect.Wishes(2.0, 0.0, 0.1, b"ping")
    with service(lambda connection: connection.sendall(connection.recv(10))) as address:
        result = _connect.try_connection(socket.AF_INET, address, wishes)
    assert (result["class"], result["phase"]) == ("ok", "hold")
    assert result["held_s"] >= 0.1


def test_a_held_connection_is_reset_when_it_speaks() -> None:
    def read_then_reset(connection: socket.socket) -> None:
        connection.recv(10)
        reset(connection)

    wishes = _connect.Wishes(2.0, 0.0, 0.05, b"ping")
    with service(read_then_reset) as address:
        result = _connect.try_connection(socket.AF_INET, address, wishes)
    assert (result["class"], result["phase"]) == ("reset", "hold")


def test_a_held_connection_is_closed_early() -> None:
    wishes = _connect.Wishes(2.0, 0.0, 5.0, b"")
    with service(lambda connection: None) as address:
        result = _connect.try_connection(socket.AF_INET, address, wishes)
    assert (result["class"], result["phase"]) == ("closed", "hold")
    assert result["held_s"] < 5


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(OSError(errno.EHOSTUNREACH, ""), "host_unreachable", id="host"),
        pytest.param(OSError(errno.ENETUNREACH, ""), "net_unreachable", id="network"),
        pytest.param(OSError(errno.ETIMEDOUT, ""), "timed_out", id="kernel-gave-up"),
        pytest.param(socket.timeout("timed out"), "timed_out", id="we-gave-up"),
        pytest.param(OSError(errno.EPIPE, ""), "reset", id="pipe"),
        pytest.param(OSError(errno.EADDRNOTAVAIL, ""), "other", id="no-local-port"),
    ],
)
def test_classes(error: OSError, expected: str) -> None:
    assert _connect.class_of(error) == expected
