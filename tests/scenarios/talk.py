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
    except TimeoutError as error:
        return errno.errorcode.get(error.errno or 0, "timeout")
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))


def converse(connection: socket.socket, given: argparse.Namespace) -> str:
    """Say something after each pause and wait for an answer; in the end only listen for a while if asked to."""
    said = given.say.encode().decode("unicode_escape").encode() if given.say else b"x" * (given.bytes - 1) + b"\n"
    for pause in given.pauses.split(","):
        time.sleep(float(pause))
        connection.sendall(said)
        if not given.mute and not connection.recv(1000):
            return "EOF"
    if given.listen:
        connection.settimeout(given.listen)
        while connection.recv(1000):
            pass
        return "EOF"
    return "ok"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--pauses", default="0")
    parser.add_argument("--timeout", type=float, default=4)
    parser.add_argument("--bytes", type=int, default=6)
    parser.add_argument("--listen", type=float, default=0)
    parser.add_argument("--say", default="")
    parser.add_argument("--mute", action="store_true")
    parser.add_argument("--keepalive", action="store_true")
    print(talk(parser.parse_args()))
