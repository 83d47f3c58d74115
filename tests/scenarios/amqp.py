# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An AMQP 0-9-1 client that agrees to no heartbeat: amqp.py HOST PORT PAUSE.

It logs in as guest, opens a channel, stays silent for so many seconds, opens another one, and prints how it ended.
"""

from __future__ import annotations

import errno
import socket
import struct
import sys
import time

START, START_OK = (10, 10), (10, 11)
TUNE, TUNE_OK = (10, 30), (10, 31)
OPEN, OPEN_OK = (10, 40), (10, 41)
CHANNEL_OPEN, CHANNEL_OPEN_OK = (20, 10), (20, 11)
METHOD, END = 1, b"\xce"


def short_string(text: bytes) -> bytes:
    return struct.pack(">B", len(text)) + text


def long_string(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


def say(connection: socket.socket, channel: int, method: tuple[int, int], arguments: bytes) -> None:
    """Send one method frame."""
    payload = struct.pack(">HH", *method) + arguments
    connection.sendall(struct.pack(">BHI", METHOD, channel, len(payload)) + payload + END)


def hear(connection: socket.socket, method: tuple[int, int]) -> bytes:
    """Return the arguments of the next frame; raises EOFError at the end, ValueError for another method."""
    dummy, dummy, size = struct.unpack(">BHI", exactly(connection, 7))
    payload = exactly(connection, size + 1)
    said = struct.unpack(">HH", payload[:4])
    if said != method:
        raise ValueError("method %s instead of %s" % (said, method))
    return payload[4:-1]


def exactly(connection: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        piece = connection.recv(count - len(found))
        if not piece:
            raise EOFError
        found += piece
    return found


def log_in(connection: socket.socket) -> None:
    """Do the handshake, with heartbeat 0."""
    connection.sendall(b"AMQP\x00\x00\x09\x01")
    hear(connection, START)
    say(
        connection,
        0,
        START_OK,
        long_string(b"") + short_string(b"PLAIN") + long_string(b"\0guest\0guest") + short_string(b"en_US"),
    )
    channels, frame, heartbeat = struct.unpack(">HIH", hear(connection, TUNE))
    if heartbeat:
        raise ValueError("the server wants a heartbeat of %d s" % heartbeat)
    say(connection, 0, TUNE_OK, struct.pack(">HIH", channels, frame, 0))
    say(connection, 0, OPEN, short_string(b"/") + short_string(b"") + b"\0")
    hear(connection, OPEN_OK)


def open_channel(connection: socket.socket, number: int) -> None:
    say(connection, number, CHANNEL_OPEN, short_string(b""))
    hear(connection, CHANNEL_OPEN_OK)


def converse(host: str, port: int, pause_s: float) -> str:
    """Return `ok`, `EOF`, `timeout` or the name of the error."""
    try:
        with socket.create_connection((host, port), 10) as connection:
            log_in(connection)
            open_channel(connection, 1)
            time.sleep(pause_s)
            open_channel(connection, 2)
            return "ok"
    except EOFError:
        return "EOF"
    except TimeoutError:
        return "timeout"
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))


if __name__ == "__main__":
    print(converse(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
