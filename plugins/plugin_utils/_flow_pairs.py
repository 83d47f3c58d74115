# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows between peers that have trouble and peers that may be its reason, from counters and sockets alone."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import typing as t

from ._address_book import AddressBook
from ._hints import Hints
from ._ledger import Ledger
from ._readings import port_of, rows, text
from ._routes_of import next_step
from ._scene import Ends, source_address
from ._sockets_of import remote_addresses, remotes
from ._timers_of import PROCESSES
from ._topology import FactsOf

Entry = t.Mapping[str, t.Any]

SMALL_FLEET = 12
MOST_PAIRS = 10


class Fleet(t.NamedTuple):
    """What all peers together tell of flows."""

    book: AddressBook
    hints: Hints
    ledger: Ledger
    facts_of: FactsOf
    names: t.Sequence[str]

    def has_way(self, client: str, address: str) -> bool:
        """Return whether a client reaches an address as far as its routes tell, and has one of that family itself."""
        if client not in self.book:
            return True
        step = next_step(self.facts_of(client), address)
        return (step is None or step.ok) and source_address(self.book, client, address) is not None


def pairs(fleet: Fleet) -> t.Iterator[Ends]:
    """Yield the flows between peers with trouble and peers that may be its reason.

    In a small fleet any two may have to do with each other; in a large one their sockets must say so.
    """
    small = len(fleet.names) <= SMALL_FLEET
    senders = fleet.ledger.senders()[:MOST_PAIRS]
    clients = dict.fromkeys([*fleet.ledger.receivers()[:MOST_PAIRS], *fleet.ledger.troubled()[:MOST_PAIRS]])
    servers = list(dict.fromkeys([*senders, *(fleet.names if small else [])]))
    for client in clients:
        for server in servers:
            if server != client:
                yield from _pair(fleet, client, server, small)


def _pair(fleet: Fleet, client: str, server: str, small: bool) -> t.Iterator[Ends]:
    found = _linked(fleet, client, server)
    if small:
        ports = timed_ports(fleet.facts_of(server)) or [None]
        addresses = [one for one in fleet.book.addresses(server) if fleet.has_way(client, one)]
        found += [(address, port) for address in addresses[:3] for port in ports]
    for address, port in dict.fromkeys(found):
        yield Ends(client, server, address, port, "counters")


def _linked(fleet: Fleet, client: str, server: str) -> list[tuple[str | None, int | None]]:
    own = set(fleet.book.addresses(server))
    outgoing = [
        (group.address, group.port) for group in remotes(client, fleet.facts_of(client)) if group.address in own
    ]
    callers = set(fleet.book.addresses(client))
    incoming = [(None, port) for address, port in remote_addresses(fleet.facts_of(server)) if address in callers]
    found: list[tuple[str | None, int | None]] = [*outgoing, *incoming]
    return list(dict.fromkeys(found))[:4]


def timed_ports(facts: Entry) -> list[int | None]:
    """Return the ports of software that ends idle connections or sends heartbeats, sshd aside."""
    found: dict[int | None, None] = {}
    for row in rows(facts, "peer_application_timeouts", "timeouts"):
        timed = row.get("kind") in ("idle_timeout", "heartbeat") and row.get("software") != "sshd"
        ports = row.get("ports")
        if timed and type(ports) is list and text(row, "software") in PROCESSES.values():
            found.update((port, None) for port in map(port_of, ports) if port)
    return list(found)[:4]
