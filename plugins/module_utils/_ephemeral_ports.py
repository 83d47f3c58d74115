# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of the range for local ports the connections to one destination use up."""

from __future__ import annotations

import heapq
import typing as t

from ._connection_groups import OTHERS, Group
from ._connection_limits import Limits
from ._connection_summary import address_text

MOST_SHOWN = 3


def ephemeral_ports(groups: t.Iterable[Group], limits: Limits) -> dict[str, t.Any]:
    """Return the range, how many of its ports are not reserved, and the destinations that use most of them.

    A local port can be used once for each local address, remote address and remote port, TIME_WAIT included. Source:
    net/ipv4/inet_hashtables.c __inet_hash_connect().
    """
    used = ((count, local, group) for group in groups if not group.incoming for local, count in group.locals.items())
    busiest = heapq.nlargest(MOST_SHOWN, (entry for entry in used if entry[2].address != OTHERS), key=lambda e: e[0])
    rows = [_row(count, local, group, limits.ports) for count, local, group in busiest]
    return {
        "first": limits.ephemeral[0] if limits.ephemeral else None,
        "last": limits.ephemeral[1] if limits.ephemeral else None,
        "usable": limits.ports,
        "used_percent_max": max((row["used_percent"] for row in rows), default=0.0) if limits.ports else None,
        "busiest": rows,
    }


def _row(count: int, local: bytes, group: Group, usable: int | None) -> dict[str, t.Any]:
    return {
        "source": address_text(local),
        "address": address_text(group.address),
        "port": group.port,
        "used": count,
        "time_wait": group.sums.get("TIME_WAIT", 0),
        "used_percent": round(100 * count / usable, 1) if usable else None,
    }
