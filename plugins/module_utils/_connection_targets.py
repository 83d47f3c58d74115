# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that somebody asked for by the address of the other end, a port of either end, or both."""

from __future__ import annotations

import socket
import typing as t

from ._connection_groups import address_of
from ._connection_lines import read_lines
from ._connection_rows import OPEN, SMALL, Row, read_rows
from ._connection_suspects import REASONS, TARGET, Suspect, Urgency, suspect
from ._listening_sockets import FAMILIES
from ._shortlist import Shortlist

MOST_TARGETS = 16
ORDINARY = (len(REASONS),)


class Target(t.NamedTuple):
    """An address (4 or 16 bytes) or None for any, and a port or 0 for any."""

    address: bytes | None
    port: int


def parse_targets(targets: t.Iterable[t.Mapping[str, t.Any]]) -> list[Target]:
    """Return the targets, at most 16, from {address, port}, one of which may be missing. Raises ValueError.

    {"address": "192.0.2.10", "port": 5672}
    """
    return [_target(target.get("address"), target.get("port")) for target in list(targets)[:MOST_TARGETS]]


def _target(address: str | None, port: int | None) -> Target:
    if not address and not port:
        raise ValueError("targets: an address or a port is needed")
    if port is not None and not 0 <= port < 65536:
        raise ValueError("targets: %r is no port" % port)
    return Target(_packed(address) if address else None, port or 0)


def _packed(address: str) -> bytes:
    text = address.partition("%")[0]
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return address_of(family, socket.inet_pton(family, text), b"")
        except OSError:
            continue
    raise ValueError("targets: %r is no address" % address)


def matching(targets: t.Sequence[Target], most: int) -> list[Suspect]:
    """Return at most `most` connections of the targets, those with trouble first."""
    found, urgency = Shortlist(most), Urgency()
    for number, target in enumerate(targets):
        for family, suffix in FAMILIES:
            for row in rows_on(family, suffix, target.port):
                rank = (TARGET, number, *(urgency[row[0]] or ORDINARY))
                if _goes_to(row, family, target.address) and found.wants(rank):
                    found.add(rank, suspect(rank, family, row))
    return found.rows()


def rows_on(family: int, suffix: str, port: int) -> t.Iterator[Row]:
    """Yield the connections with a port (host order; 0 for any) at either end; none where nothing can be read."""
    ports = ((port, 0), (0, port)) if port else ((0, 0),)
    try:
        for local_port, remote_port in ports:
            for rows in read_rows(family, OPEN | SMALL, local_port, remote_port):
                yield from rows
    except OSError:
        yield from _lines_on("/proc/net/tcp" + suffix, socket.htons(port))


def _lines_on(path: str, port: int) -> t.Iterator[Row]:
    try:
        yield from (row for row in read_lines(path) if not port or port in row[1:3])
    except (OSError, ValueError):
        return


def _goes_to(row: Row, family: int, address: bytes | None) -> bool:
    return address is None or address_of(family, row[3][16:32], b"")[:16] == address
