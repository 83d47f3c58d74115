# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that stopped accepting: the accept queue of port 7000 is full and stays so."""

from __future__ import annotations

import socket
import threading

PORT = 7000
BACKLOG = 3  # the kernel keeps one connection more than this

listener = socket.create_server(("", PORT), backlog=BACKLOG)
waiting = [socket.create_connection(("127.0.0.1", PORT), timeout=5) for _connection in range(BACKLOG + 1)]
threading.Event().wait()
