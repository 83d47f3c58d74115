# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that hold sockets until they are told to stop: python hold_sockets.py listen|connect FIRST-PORT COUNT."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys

PER_PROCESS = 4000
"""Two descriptors for each connection have to fit under common limits."""


def listen(port: int, count: int) -> list[socket.socket]:
    """Return `count` listeners on 127.0.0.1 from `port` on."""
    return [socket.create_server(("127.0.0.1", port + place)) for place in range(count)]


def connect(port: int, count: int) -> list[socket.socket]:
    """Return both ends of `count` connections to one listener at `port`, and the listener."""
    held = [socket.create_server(("127.0.0.1", port))]
    for _connection in range(count):
        held.append(socket.create_connection(("127.0.0.1", port)))
        held.append(held[0].accept()[0])
    return held


def start(what: str, port: int, count: int, per_process: int = PER_PROCESS) -> list[subprocess.Popen[bytes]]:
    """Start processes that hold `count` in all, and return them when all of it is open."""
    started = []
    for first in range(0, count, per_process):
        step = first if what == "listen" else first // per_process
        words = [sys.executable, __file__, what, str(port + step), str(min(per_process, count - first))]
        started.append(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
    for process in started:
        if process.stdout is None or process.stdout.readline() != b"ready\n":
            raise RuntimeError(f"could not {what} from port {port} on")
    return started


def stop(started: list[subprocess.Popen[bytes]]) -> None:
    """Let the processes end."""
    for process in started:
        process.communicate()


def main() -> None:
    """Open, say so, and wait for the end of stdin."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held = {"listen": listen, "connect": connect}[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]))
    print("ready", flush=True)
    sys.stdin.read()
    del held


if __name__ == "__main__":
    main()
