# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connect to an sshd and reset the connection before any login, as often as told: reset_sshd.py ADDRESS TIMES."""

from __future__ import annotations

import socket
import struct
import sys

RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER with no time to linger: close() sends RST, socket(7)

address, times = sys.argv[1], int(sys.argv[2])
for _attempt in range(times):
    with socket.create_connection((address, 22), timeout=5) as connection:
        connection.recv(256)  # the banner: sshd now waits for ours
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
