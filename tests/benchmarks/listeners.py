# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners: sock_diag and one walk of /proc against `ss` and against the module of community.general."""

from __future__ import annotations

import re
import typing as t

from . import hold_sockets, payload
from .measure import collector, in_turn, process
from .rows import Options, Row, compare, memory, ratio

LISTENERS = 10_000
LISTENERS_OF_MODULES = 1_000
CONNECTED_SOCKETS = 100_000
FIRST_PORT = 2_000
OWNER = re.compile(r'"([^"]*)",pid=(\d+)')


def parse_ss(output: bytes) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return address, port and owners of each row of `ss -tlnp`."""
    found = []
    for line in output.decode().splitlines()[1:]:
        words = line.split(None, 5)
        address, _separator, port = words[3].rpartition(":")
        found.append((address, port, OWNER.findall(words[5]) if len(words) > 5 else []))
    return found


def rows(options: Options) -> t.Iterator[Row]:
    """Yield the rows for listeners."""
    ours, owners = collector("_listeners"), "ss -tlnp".split()
    count, of_modules = options.size(LISTENERS), options.size(LISTENERS_OF_MODULES)
    module = payload.subject("netdoctor.connection_reset.listening_port_facts")
    standard = payload.subject("community.general.listen_ports_facts", command="ss")
    held = hold_sockets.start("listen", FIRST_PORT, of_modules, per_process=100)
    yield compare(
        options,
        f"listening_port_facts as module, {of_modules} listeners",
        "listen_ports_facts as module",
        0.01,
        module,
        standard,
        warm=False,
    )
    (tenth,) = in_turn(options.rounds, ours)
    held += hold_sockets.start("listen", FIRST_PORT + of_modules, count - of_modules, per_process=100)
    full, peer = in_turn(options.rounds, ours, process(owners, parse=parse_ss))
    yield ratio(f"listeners with owners, {count}", "ss -tlnp, parsed", 0.8, full, peer)
    yield from memory("listening_port_facts", full, tenth)
    hold_sockets.stop(held)
    yield from beside_connections(options)


def beside_connections(options: Options) -> t.Iterator[Row]:
    """Yield the row for few listeners on a host with many connections."""
    sockets = options.size(CONNECTED_SOCKETS)
    held = hold_sockets.start("listen", FIRST_PORT, 100, per_process=10)
    held += hold_sockets.start("connect", FIRST_PORT + 1_000, sockets // 2)
    name = f"listeners with owners beside {sockets} connections"
    yield compare(options, name, "ss -tlnp", 0.15, collector("_listeners"), process("ss -tlnp".split()))
    hold_sockets.stop(held)
