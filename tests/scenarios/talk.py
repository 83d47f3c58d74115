# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client: says something after each pause and prints how it ended."""

from __future__ import annotations

import argparse
import errno
import socket
import time


def talk(given: argparse.Namespace) -> str:
    """Return `ok`, `EOF`, `timeout` or the name of the error."""
    try:
        with socket.create_connection((given.host, given.port), given.timeout) as connection:
            if given.keepalive:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            return converse(connection, given)
    except TimeoutError:
        return "timeout"
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))


def converse(connection: socket.socket, given: argparse.Namespace) -> str:
    """Say a line after each pause and wait for an answer; in the end only listen for a while if asked to."""
    for pause in given.pauses.split(","):
        time.sleep(float(pause))
        connection.sendall(b"x" * (given.bytes - 1) + b"\n")
        if not connection.recv(100):
            return "EOF"
    if given.listen:
        connection.settimeout(given.listen)
        return "EOF" if not connection.recv(100) else "ok"
    return "ok"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--pauses", default="0")
    parser.add_argument("--timeout", type=float, default=4)
    parser.add_argument("--bytes", type=int, default=6)
    parser.add_argument("--listen", type=float, default=0)
    parser.add_argument("--keepalive", action="store_true")
    print(talk(parser.parse_args()))
