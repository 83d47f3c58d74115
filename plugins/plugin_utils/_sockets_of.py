# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The TCP sockets of a peer that belong to a flow: how many, how idle, and whether keepalive guards them."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import typing as t

from ._address_book import plain_address
from ._readings import Number, Row, mapping, number, port_of, rows, text

Entry = t.Mapping[str, t.Any]

LONG_LIVED_S = 3
"""A connection without data for so long is no short request that one peer saw and the other did not."""

STALLED_RETRANSMITS = 3


class Sockets(t.NamedTuple):
    """The sockets toward one destination, or of one service.

    `armed off unknown` say of how many established ones keepalive is on: another timer hides it. `remaining_s` is
    the longest time to the next probe, `keepalive_s` the idle time before the first probe that they use at least.
    """

    host: str
    port: int
    address: str | None
    established: int
    armed: int
    off: int
    unknown: int
    remaining_s: Number | None
    keepalive_s: Number | None
    idle_s: Number | None
    stalled: int
    zero_window: int
    close_wait: int
    connecting: int


def remotes(name: str, facts: Entry) -> list[Sockets]:
    """Return the groups of sockets that a peer opened, by the address and port they go to; loopback aside."""
    found = [
        _sockets(name, row) for row in rows(facts, "peer_connections", "remotes") if row.get("loopback") is not True
    ]
    return [group for group in found if group is not None and group.address]


def services(name: str, facts: Entry) -> list[Sockets]:
    """Return the groups of sockets that came to a port of a peer."""
    found = [
        _sockets(name, row) for row in rows(facts, "peer_connections", "services") if row.get("loopback") is not True
    ]
    return [group for group in found if group is not None]


def _sockets(name: str, row: Row) -> Sockets | None:
    port = port_of(row.get("port"))
    if port is None:
        return None
    return Sockets(
        host=name,
        port=port,
        address=plain_address(text(row, "address")) if text(row, "address") else None,
        established=_count(row, "established"),
        armed=_count(row, "keepalive", "armed"),
        off=_count(row, "keepalive", "off"),
        unknown=_count(row, "keepalive", "unknown"),
        remaining_s=number(row, "keepalive", "remaining_s", "max"),
        keepalive_s=number(row, "keepalive", "time_s"),
        idle_s=number(row, "idle_max_s"),
        stalled=_count(row, "retransmitting", "stalled"),
        zero_window=_count(row, "zero_window"),
        close_wait=_count(row, "states", "CLOSE_WAIT"),
        connecting=_count(row, "states", "SYN_SENT"),
    )


def _count(row: Row, *path: str) -> int:
    found = number(row, *path)
    return int(found) if found is not None and found > 0 else 0


def toward(name: str, facts: Entry, address: str, port: int | None) -> list[Sockets]:
    """Return the groups of a peer's sockets that go to an address (and port, when it is known)."""
    wanted = plain_address(address)
    return [group for group in remotes(name, facts) if group.address == wanted and port in (None, group.port)]


def accepted(name: str, facts: Entry, port: int | None) -> list[Sockets]:
    """Return the groups of sockets that came to a port of a peer, to any when it is not known."""
    return [group for group in services(name, facts) if port in (None, group.port)]


def accepted_from(facts: Entry, port: int, address: str) -> int | None:
    """Return how many sockets on a port came from an address, or None when that is not shown.

    The fact names the three busiest remote addresses of a service, so one that is missing of more is not known.
    """
    fact = mapping(facts, "peer_connections")
    if type(fact.get("services")) is not list:
        return None
    for row in rows(fact, "services"):
        if row.get("port") == port and row.get("loopback") is not True:
            shown = {plain_address(text(one, "address")): _count(one, "count") for one in rows(row, "top_remotes")}
            known = plain_address(address) in shown or number(row, "remotes") == len(shown)
            return shown.get(plain_address(address), 0) if known else None
    return 0 if fact.get("truncated") is False else None


def remote_addresses(facts: Entry) -> t.Iterator[tuple[str, int]]:
    """Yield (address, port of the service) of the busiest clients of each service that a peer shows."""
    for row in rows(facts, "peer_connections", "services"):
        port = port_of(row.get("port"))
        if port is not None and row.get("loopback") is not True:
            for one in rows(row, "top_remotes"):
                if text(one, "address"):
                    yield plain_address(text(one, "address")), port


def bad_sockets(facts: Entry) -> list[Row]:
    """Return the single sockets that the fact shows because something is wrong with them."""
    return [row for row in rows(facts, "peer_connections", "details") if text(row, "reason") not in ("", "target")]
