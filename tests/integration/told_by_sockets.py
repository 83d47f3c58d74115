# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel says of the listening sockets of a process; the connections that it accepts inherit these options."""

from __future__ import annotations

import json
import typing as t

import running_fleet

PIDFD_GETFD = 438
LOOK = f"""
import ctypes, json, os, socket, struct, subprocess, sys
system, found = ctypes.CDLL(None, use_errno=True), {{}}
for pid in map(int, subprocess.check_output(["pgrep", "-x", sys.argv[1]]).split()):
    process = os.pidfd_open(pid)
    for name in os.listdir("/proc/%d/fd" % pid):
        if not os.readlink("/proc/%d/fd/%s" % (pid, name)).startswith("socket:"):
            continue
        one = socket.socket(fileno=system.syscall({PIDFD_GETFD}, process, int(name), 0))
        if one.family == socket.AF_UNIX or not one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            continue
        linger = struct.unpack("ii", one.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8))
        timers = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        found[one.getsockname()[1]] = [
            bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)),
            *(one.getsockopt(socket.IPPROTO_TCP, timer) for timer in timers), bool(linger[0]), linger[1]]
print(json.dumps(found))
"""


class Options(t.NamedTuple):
    """Options of a listening socket; times in seconds."""

    keepalive: bool
    idle_s: int
    interval_s: int
    probes: int
    linger: bool
    linger_s: int


def listening(fleet: running_fleet.RunningFleet, host: str, process: str) -> dict[int, Options]:
    """Return the options of the sockets on which processes of this name listen, by port."""
    looked = fleet.exec(host, "python3", "-", process, input=LOOK)
    assert looked.returncode == 0, looked.stderr
    return {int(port): Options(*options) for port, options in json.loads(looked.stdout).items()}
