# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An auth.log of any size that ends now: each 10 MiB are 24 hours, a tenth of the lines are sshd's."""

from __future__ import annotations

import datetime
import pathlib
import random

DAY_BYTES = 10 << 20
DAY_S = 86_400

SSHD = (
    "Connection reset by {address} port {port} [preauth]",
    "Connection reset by authenticating user admin {address} port {port} [preauth]",
    "Connection closed by {address} port {port} [preauth]",
    "Connection closed by invalid user test{pid} {address} port {port} [preauth]",
    "Failed password for invalid user test{pid} from {address} port {port} ssh2",
    "Accepted publickey for deploy from {address} port {port} ssh2: ED25519 SHA256:{pid}{port}{pid}{port}{pid}{port}",
    "Received disconnect from {address} port {port}:11: disconnected by user",
    "Disconnected from user deploy {address} port {port}",
    "error: kex_exchange_identification: Connection closed by remote host",
    "pam_unix(sshd:session): session opened for user deploy(uid=1000) by (uid=0)",
)
OTHERS = (
    "CRON[{pid}]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
    "CRON[{pid}]: pam_unix(cron:session): session closed for user root",
    "sudo:   deploy : TTY=pts/3 ; PWD=/home/deploy ; USER=root ; COMMAND=/usr/bin/systemctl reload unit{pid}",
    "sudo: pam_unix(sudo:session): session closed for user root",
    "systemd-logind[{pid}]: New session {port} of user deploy.",
    "systemd-logind[{pid}]: Session {port} logged out. Waiting for processes to exit.",
)


def day(now: datetime.datetime) -> str:
    """Return the lines of the 24 hours before `now`, with @A for the date they begin on and @B for the next one.

    RFC 3339 times with microseconds, as rsyslog of Debian 12 writes them.
    """
    choose, lines, size = random.Random(4711), [], 0
    begins = now - datetime.timedelta(seconds=DAY_S)
    while size < DAY_BYTES:
        time = begins + datetime.timedelta(seconds=DAY_S * size / DAY_BYTES)
        values = {"pid": choose.randrange(300, 99999), "port": choose.randrange(1024, 65535)}
        values["address"] = "198.51.100.%d" % choose.randrange(1, 255)
        text = choose.choice(OTHERS).format(**values)
        if choose.random() < 0.1:
            text = "sshd[{pid}]: ".format(**values) + choose.choice(SSHD).format(**values)
        mark = "@A" if time.date() == begins.date() else "@B"
        lines.append(f"{mark}{time:T%H:%M:%S.%f+00:00} host {text}\n")
        size += len(lines[-1]) + 8
    return "".join(lines)


def write(path: pathlib.Path, days: int, now: datetime.datetime) -> None:
    """Write the log of so many days; every day has the same lines at the same hours."""
    template = day(now)
    with path.open("w", encoding="ascii") as stream:
        for past in range(days, 0, -1):
            begins = (now - datetime.timedelta(seconds=DAY_S * past)).date()
            ends = begins + datetime.timedelta(days=1)
            stream.write(template.replace("@A", str(begins)).replace("@B", str(ends)))
