# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes: an rtnetlink dump summarised as it comes, against `ip`."""

from __future__ import annotations

import subprocess
import typing as t

from .measure import collector, in_turn, process
from .rows import Options, Row, memory, ratio

ROUTES = 500_000


def add_routes(first: int, count: int) -> None:
    """Make `count` routes through a link of its own, from 20.0.0.0/30 on."""
    lines = []
    for number in range(first, first + count):
        address = (20 << 24) + number * 4
        dotted = ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))
        lines.append(f"route add {dotted}/30 via 192.0.2.{1 + number % 250}")
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)


def add_gateways() -> None:
    """Make the link to the gateways of `add_routes`."""
    lines = ["link add near type veth peer name far", "address add 192.0.2.254/24 dev near"]
    lines += ["link set far up", "link set near up"]
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)


def rows(options: Options) -> t.Iterator[Row]:
    """Yield the rows for routes."""
    ours, count = collector("_routes"), options.size(ROUTES)
    add_gateways()
    add_routes(0, count // 10)
    (tenth,) = in_turn(options.rounds, ours)
    add_routes(count // 10, count - count // 10)
    full, peer = in_turn(options.rounds, ours, process("ip -j route".split()))
    yield ratio(f"route_facts, {count} routes", "ip -j route", 0.8, full, peer)
    yield from memory("route_facts", full, tenth)
