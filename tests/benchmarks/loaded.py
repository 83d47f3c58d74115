# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bundle on a host with much of everything: it must cost little more than `ping`, and its facts stay small."""

from __future__ import annotations

import typing as t

from . import firewall, hold_sockets, links, payload, routes
from .measure import in_turn
from .rows import KIB, Options, Row, ratio

SOCKETS = 100_000
ROUTES = 100_000
LINKS = 1_000


def rows(options: Options) -> t.Iterator[Row]:
    """Yield the rows for a loaded host."""
    bundle = payload.subject("netdoctor.connection_reset.peer_facts")
    ping = payload.subject("ansible.builtin.ping")
    links.add_links(0, options.size(LINKS))
    routes.add_gateways()
    routes.add_routes(0, options.size(ROUTES))
    held = hold_sockets.start("connect", 3_000, options.size(SOCKETS) // 2)
    ours, theirs = in_turn(options.rounds, bundle, ping)
    firewall.add_rules(options.size(firewall.RULES))  # not before: connection tracking of the sockets starts with them
    guarded, theirs_then = in_turn(options.rounds, bundle, ping)
    hold_sockets.stop(held)
    yield ratio("peer_facts as module, loaded host", "ping as module", 2.2, ours, theirs)
    rules = f"and {options.size(firewall.RULES)} firewall rules"
    yield ratio(f"peer_facts as module, loaded host {rules}", "ping as module", 2.6, guarded, theirs_then)
    largest = max(sample.result_bytes for sample in [*ours, *guarded])
    yield Row(f"peer_facts, result of a loaded host {rules}", "", largest / KIB, 64.0, "KiB")
