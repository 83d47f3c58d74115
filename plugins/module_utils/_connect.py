# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP connection tried, its banner read, and held idle: how each ended, and in which phase."""

from __future__ import annotations

import errno
import select
import socket
import time
import typing as t

from ._text import clean

CLASSES = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.ETIMEDOUT: "timed_out",
    errno.EHOSTUNREACH: "host_unreachable",
    errno.EHOSTDOWN: "host_unreachable",
    errno.ENETUNREACH: "net_unreachable",
}
"""What an error of connect(2), recv(2) or send(2) means to whoever asked; every other one is `other`."""

BANNER_BYTES = 256


class Wishes(t.NamedTuple):
    """How long to wait for each phase (seconds), and what to send at the end of an idle phase."""

    connect_s: float
    banner_s: float
    hold_s: float
    hold_send: bytes


def class_of(error: OSError) -> str:
    """Return the class of an error; a time limit of ours counts as `timed_out`."""
    if isinstance(error, socket.timeout):
        return "timed_out"
    return CLASSES.get(error.errno or 0, "other")


def try_connection(family: int, address: tuple[t.Any, ...], wishes: Wishes) -> dict[str, t.Any]:
    """Return {class, phase, error, connect_ms, source, banner, held_s} of one connection to `address`.

    `phase` is the last one that was reached: `connect banner hold`. `banner` is null when nothing came, `held_s` when
    nothing was held. An orderly end by the other side during banner or hold is of class `closed`.
    """
    result: dict[str, t.Any] = {"class": "ok", "phase": "connect", "error": None, "connect_ms": None}
    result.update(source=None, banner=None, held_s=None)
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        _run(connection, address, wishes, result)
    except OSError as error:
        result["class"] = class_of(error)
        result["error"] = clean(error.strerror or str(error))
    finally:
        connection.close()
    return result


def _run(connection: socket.socket, address: tuple[t.Any, ...], wishes: Wishes, result: dict[str, t.Any]) -> None:
    started = time.monotonic()
    connection.settimeout(wishes.connect_s)
    try:
        connection.connect(address)
    except ConnectionResetError:  # a handshake that fails is refused: this one was complete, and the reset came at once
        result["phase"] = "banner" if wishes.banner_s else "hold" if wishes.hold_s else "connect"
        raise
    result["connect_ms"] = _ms_since(started)
    result["source"] = connection.getsockname()[0]
    if wishes.banner_s:
        result["phase"] = "banner"
        if not _read_banner(connection, wishes.banner_s, result):
            return
    if wishes.hold_s:
        result["phase"] = "hold"
        _hold(connection, wishes, result)


def _read_banner(connection: socket.socket, wait_s: float, result: dict[str, t.Any]) -> bool:
    """Read what the service says first; return whether the connection still stands. Silence is no error."""
    if not select.select([connection], [], [], wait_s)[0]:
        return True
    content = connection.recv(BANNER_BYTES)
    if not content:
        result["class"] = "closed"
        return False
    result["banner"] = clean(content.rstrip(b"\r\n"), BANNER_BYTES)
    return True


def _hold(connection: socket.socket, wishes: Wishes, result: dict[str, t.Any]) -> None:
    """Stay idle, then send what was asked for; an end in between is seen when it happens."""
    started = time.monotonic()
    try:
        while True:
            left = wishes.hold_s - (time.monotonic() - started)
            if left <= 0 or not select.select([connection], [], [], left)[0]:
                break
            if not connection.recv(4096):
                result["class"] = "closed"
                return
        if wishes.hold_send:
            _speak(connection, wishes, result)
    finally:
        result["held_s"] = round(time.monotonic() - started, 1)


def _speak(connection: socket.socket, wishes: Wishes, result: dict[str, t.Any]) -> None:
    """Send after the idle time: a box that forgot the connection answers with a reset, or not at all."""
    connection.settimeout(wishes.connect_s)
    connection.sendall(wishes.hold_send)
    if not connection.recv(4096):
        result["class"] = "closed"


def _ms_since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 1)
