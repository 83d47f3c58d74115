# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many clients at the same moment: burst.py HOST PORT COUNT. Prints how often each end was seen, as JSON."""

from __future__ import annotations

import collections
import errno
import json
import selectors
import socket
import sys
import time


def burst(host: str, port: int, count: int, wait_s: float = 3.0) -> dict[str, int]:
    """Return the numbers of connections by how they ended; those still open after `wait_s` are `open`."""
    chooser = selectors.DefaultSelector()
    ends: collections.Counter[str] = collections.Counter()
    for dummy in range(count):
        connection = socket.socket()
        connection.setblocking(False)
        connection.connect_ex((host, port))
        chooser.register(connection, selectors.EVENT_WRITE)
    deadline = time.monotonic() + wait_s
    while chooser.get_map() and time.monotonic() < deadline:
        for key, _events in chooser.select(0.2):
            step(chooser, key, ends)
    ends["open"] = len(chooser.get_map())
    return dict(ends)


def step(chooser: selectors.BaseSelector, key: selectors.SelectorKey, ends: collections.Counter[str]) -> None:
    """Greet as soon as a connection stands, and note how it ends."""
    connection = key.fileobj
    assert isinstance(connection, socket.socket)
    try:
        if key.events == selectors.EVENT_WRITE:
            code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, "")
            connection.sendall(b"SSH-2.0-burst\r\n")
            chooser.modify(connection, selectors.EVENT_READ)
        elif not connection.recv(1000):
            ends["EOF"] += 1
            chooser.unregister(connection)
    except OSError as error:
        ends[errno.errorcode.get(error.errno or 0, "?")] += 1
        chooser.unregister(connection)


if __name__ == "__main__":
    print(json.dumps(burst(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
