# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server with one habit: serve.py HABIT PORT [ADDRESS].

echo     answers each line
deaf     never reads, so input stays in its receive queue
stalled  never accepts, with a backlog of one
silent   like stalled, and leaves clients waiting that come too late
rude     closes each connection half a second after it was accepted, whatever is unread
linger   answers once and ends each connection with a reset, on purpose
hungry   answers and keeps eight mebibytes for each line
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
import time

LINGER_0 = struct.pack("ii", 1, 0)
EATEN: list[bytearray] = []


def echo(connection: socket.socket) -> None:
    while line := connection.recv(1000):
        connection.sendall(line)


def deaf(connection: socket.socket) -> None:
    time.sleep(1000)
    connection.close()


def rude(connection: socket.socket) -> None:
    time.sleep(0.5)


def linger(connection: socket.socket) -> None:
    connection.sendall(connection.recv(1000))
    time.sleep(0.2)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_0)


def hungry(connection: socket.socket) -> None:
    while line := connection.recv(1000):
        EATEN.append(bytearray(b"x" * (8 << 20)))
        connection.sendall(line)


HABITS = {"echo": echo, "deaf": deaf, "rude": rude, "linger": linger, "hungry": hungry}
NEVER_ACCEPT = ("stalled", "silent")


def serve(habit: str, port: int, address: str = "") -> None:
    """Serve until killed."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    if habit == "stalled":
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 30)
    listener.listen(1 if habit in NEVER_ACCEPT else 128)
    while habit in NEVER_ACCEPT:
        time.sleep(1000)
    while True:
        try:
            connection, dummy = listener.accept()
        except OSError:
            time.sleep(0.2)
            continue
        threading.Thread(target=answer, args=(habit, connection), daemon=True).start()


def answer(habit: str, connection: socket.socket) -> None:
    """Serve one connection in its own thread."""
    with connection:
        try:
            HABITS[habit](connection)
        except OSError:
            pass


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), *sys.argv[3:4])
