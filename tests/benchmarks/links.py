# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links: rtnetlink against `ip` and against the standard fact module."""

from __future__ import annotations

import json
import subprocess
import typing as t

from . import payload
from .measure import collector, in_turn, process
from .rows import Options, Row, compare, memory, ratio

LINKS = 4000
LINKS_OF_MODULES = 1000


def add_links(first: int, count: int) -> None:
    """Make links d<first> and following: pairs of veth like those of containers, one end of each up with an address."""
    lines = []
    for number in range(first, first + count, 2):
        lines.append(f"link add d{number} type veth peer name d{number + 1}")
        lines.append(f"address add 10.{number >> 8}.{number & 255}.1/24 dev d{number}")
        lines.append(f"link set d{number} up")
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)


def rows(options: Options) -> t.Iterator[Row]:
    """Yield the rows for links."""
    ours = collector("_interfaces")
    module = payload.subject("netdoctor.connection_reset.interface_facts")
    standard = payload.subject("ansible.builtin.setup", gather_subset=["!all", "!min", "network"])
    add_links(0, options.size(LINKS) // 10)
    (tenth,) = in_turn(options.rounds, ours)
    add_links(options.size(LINKS) // 10, options.size(LINKS_OF_MODULES) - options.size(LINKS) // 10)
    yield compare(
        options,
        f"interface_facts as module, {options.size(LINKS_OF_MODULES)} links",
        "setup (network) as module",
        0.02,
        module,
        standard,
        warm=False,
    )
    add_links(options.size(LINKS_OF_MODULES), options.size(LINKS) - options.size(LINKS_OF_MODULES))
    full, peer = in_turn(options.rounds, ours, process("ip -j -s -s link".split(), parse=json.loads))
    yield ratio(f"interface_facts, {options.size(LINKS)} links", "ip -j -s -s link, json.loads", 1.0, full, peer)
    yield from memory("interface_facts", full, tenth)
