# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The timers that nginx says it starts, in its debugging log."""

from __future__ import annotations

import re

LINE = re.compile(r"\[debug\] \d+#\d+: \*(\d+) (.*)")
TIMER = re.compile(r"event timer add: \d+: (\d+):")
STEPS = {
    r"accept: ": ("client_header_timeout", ""),
    r"http client request body rest [1-9]": ("client_body_timeout", ""),
    r"http finalize request: -2": ("send_timeout", ""),
    r"reusable connection: 1": ("keepalive_timeout", ""),
    r"http upstream connect: -2": ("proxy_connect_timeout", ""),
    r"chain writer out: 0+$": ("proxy_read_timeout", ""),
    r"chain writer out: .*[1-9A-F]": ("proxy_send_timeout", ""),
    r"free keepalive peer: saving": ("keepalive_timeout", "upstream app"),
}
"""The timer that nginx starts next, by what it has just done, and whose it is when not that of the request's place."""


def parse_timers(log: str) -> dict[tuple[str, str], float]:
    """Return seconds by name of the timer and place, which stands in the request, from a debugging log.

    2026/11/29 11:27:09 [debug] 892#892: *1 accept: 10.60.0.1:42349 fd:7
    2026/11/29 11:27:09 [debug] 892#892: *1 event timer add: 7: 3000:29701960
    2026/11/29 11:27:09 [debug] 892#892: *1 http header: "From: server 8201"
    """
    timers: dict[str, dict[tuple[str, str], float]] = {}
    places: dict[str, str] = {}
    steps: dict[str, tuple[str, str]] = {}
    for connection, said in LINE.findall(log):
        started = TIMER.match(said)
        if started and connection in steps:
            timers.setdefault(connection, {})[steps.pop(connection)] = int(started[1]) / 1000
        elif said.startswith('http header: "From: '):
            places[connection] = said[20:].rstrip('"')
        elif said == "reusable connection: 0":
            steps.pop(connection, None)
        else:
            steps.update((connection, timer) for step, timer in STEPS.items() if re.match(step, said))
    return {
        (name, place or places[number]): seconds
        for number, found in timers.items()
        for (name, place), seconds in found.items()
    }
