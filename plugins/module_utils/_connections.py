# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections of the peer: established and ending TCP sockets, summarised by service and by destination."""

from __future__ import annotations

import itertools
import typing as t

from ._bounds import FAMILY_BYTES, size_bytes, take
from ._cgroups import units_of_groups
from ._connection_groups import Group
from ._connection_limits import read_limits
from ._connection_reading import Reading, Sources, read_connections
from ._connection_summary import most_urgent, row
from ._connection_suspects import Suspect
from ._connection_totals import overview
from ._ephemeral_ports import ephemeral_ports
from ._namespace_connections import net_namespaces
from ._network_namespaces import own_namespace
from ._read import source

Row = t.Dict[str, t.Any]

MOST_ROWS = 24
MOST_DETAILS = 20
NAMESPACE_BYTES = 3 * 1024
DETAIL_BYTES = 5 * 1024
"""Kept free for single connections; what they do not need goes to services and destinations."""

WALK_SOCKETS = 20000
"""On a host with more connections the walk for their processes would cost more than all the rest."""


def collect(targets: t.Iterable[t.Mapping[str, t.Any]] = ()) -> Row:
    """Return the fact `peer_connections`: what the TCP sockets that do not listen amount to.

    Services and destinations with trouble come first, then the largest ones. `targets`, {address, port} of which one
    may be missing, adds the connections with that other end to `details`. Raises ValueError for a bad target.

    What is rarely needed is imported when it is: each byte of it is compiled on the peer at every run.
    """
    wanted = _asked_for(targets)
    limits = read_limits()
    sources: Sources = []
    reading = read_connections(limits.ephemeral, sources)
    groups = list(reading.groups.rows.values())
    fact = {
        "sources": sources,
        "net_namespace": own_namespace(),
        **overview(groups, limits),
        "ephemeral_ports": ephemeral_ports(groups, limits),
    }
    fact["net_namespaces"], said = net_namespaces(limits.keepalive_s, NAMESPACE_BYTES)
    sources.append(said)
    _fill(fact, reading, groups, _details(reading, [*wanted, *reading.suspects.rows()], sources))
    return fact


def _asked_for(targets: t.Iterable[t.Mapping[str, t.Any]]) -> list[Suspect]:
    if not targets:
        return []
    from ._connection_targets import matching, parse_targets

    return matching(parse_targets(targets), MOST_DETAILS)


def _details(reading: Reading, suspects: t.Sequence[Suspect], sources: Sources) -> list[Row]:
    if not suspects:
        return []
    from ._connection_details import details

    once: dict[tuple[t.Any, ...], Suspect] = {}
    for suspect in suspects:
        once.setdefault((suspect.family, *suspect.row[1:4]), suspect)
    chosen = list(once.values())[:MOST_DETAILS]
    walk = reading.established <= WALK_SOCKETS
    rows, held = details(chosen, reading.table, walk)
    unheld = sum(row["inode"] is not None and row["pid"] is None for row in rows)
    if unheld and not walk:
        sources.append(source("/proc/PID/fd", "absent", "not read: beside so many connections it takes too long"))
    elif unheld and held and held.denied:
        detail = "root would add the processes of %d of the connections in details" % unheld
        sources.append(source("/proc/PID/fd", "denied", detail))
    return rows


def _fill(fact: Row, reading: Reading, groups: t.Sequence[Group], found: t.Sequence[Row]) -> None:
    """Add services, destinations and single connections, as many as there is room for."""
    services = sum(group.incoming for group in groups)
    fact.update(services_total=services, remotes_total=len(groups) - services, details_total=len(found))
    fact.update(counted_completely=reading.groups.complete, truncated=False, services=[], remotes=[], details=[])
    reserved = size_bytes(take(found, DETAIL_BYTES))
    shown = take(_rows(reading, groups), FAMILY_BYTES - size_bytes(fact) - reserved)
    fact["services"] = [row for incoming, row in shown if incoming]
    fact["remotes"] = [row for incoming, row in shown if not incoming]
    fact["details"] = take(found, FAMILY_BYTES - size_bytes(fact))
    fact["truncated"] = len(shown) < len(groups) or len(fact["details"]) < len(found)


def _rows(reading: Reading, groups: t.Sequence[Group]) -> list[tuple[bool, Row]]:
    """Return rows to show and whether each is a service; services and destinations in turn, the most urgent first."""
    services = most_urgent((group for group in groups if group.incoming), MOST_ROWS)
    remotes = most_urgent((group for group in groups if not group.incoming), MOST_ROWS)
    chosen = [group for pair in itertools.zip_longest(services, remotes) for group in pair if group]
    listening = reading.listening
    numbers = [group.cgroup or (listening.get(group.port) if group.incoming else None) for group in chosen]
    units = units_of_groups({number for number in numbers if number})
    return [
        (group.incoming, row(group, group.port in listening, units.get(number or 0)))
        for group, number in zip(chosen, numbers)
    ]
