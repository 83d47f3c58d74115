# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A flow with all that is known of it: its ends, its way, what was tried, and the facts of everybody concerned."""

from __future__ import annotations

import typing as t

from ._address_book import AddressBook, plain_address
from ._listeners_of import listening
from ._readings import Row, rows, text
from ._topology import FactsOf, Hop, Way, between, way

Entry = t.Mapping[str, t.Any]


class Ends(t.NamedTuple):
    """The two ends of a flow: names of peers, or addresses of somebody outside the inventory.

    `client` and `port` are None when they are not known. `address` is the server's address that the client uses;
    `origin` says why the flow is looked at: `named` by the user, or what peers show of it.
    """

    client: str | None
    server: str
    address: str | None
    port: int | None
    origin: str

    @property
    def named(self) -> bool:
        """Return whether the user named this flow."""
        return self.origin == "named"

    @property
    def place(self) -> tuple[str | None, str, int | None]:
        """Return client, server and port, which several addresses of one server share."""
        return self.client, self.server, self.port


class Scene(t.NamedTuple):
    """A flow and what concerns it.

    `target` is the peer whose kernel takes the connection: the server, or a proxy that holds its address; None outside
    the inventory. `stations` lie between client and target. `probe` is the row of the address that was tried.
    """

    ends: Ends
    target: str | None
    there: Way | None
    back: Way | None
    stations: list[Hop]
    probe: Row | None
    book: AddressBook
    facts_of: FactsOf

    @property
    def client(self) -> str | None:
        """Return the client when it is a peer."""
        return self.ends.client if self.ends.client in self.book else None

    @property
    def peers_between(self) -> list[str]:
        """Return the peers on the way, without the two ends."""
        return [hop.name for hop in self.stations if hop.is_peer and hop.name not in (self.client, self.target)]

    @property
    def peers(self) -> list[str]:
        """Return all peers that this flow concerns, the client first."""
        found = [self.client, *self.peers_between, self.target, self.server]
        return list(dict.fromkeys(name for name in found if name is not None))

    @property
    def server(self) -> str | None:
        """Return the server when it is a peer."""
        return self.ends.server if self.ends.server in self.book else None

    @property
    def server_facts(self) -> Entry:
        """Return the facts of the peer that takes the connection; nothing when it is none."""
        return self.facts_of(self.target) if self.target else {}

    @property
    def client_facts(self) -> Entry:
        """Return the facts of the client; nothing when it is no peer."""
        return self.facts_of(self.client) if self.client else {}

    @property
    def client_address(self) -> str | None:
        """Return the address with which the client speaks, as its kernel chose it, else its first of that family."""
        if self.there and self.there.steps and self.there.steps[0][1].source:
            return self.there.steps[0][1].source
        return source_address(self.book, self.ends.client, self.ends.address)

    @property
    def where(self) -> str:
        """Return the server and port in words."""
        return "%s:%d" % (self.ends.server, self.ends.port) if self.ends.port else self.ends.server


def scene(book: AddressBook, facts_of: FactsOf, ends: Ends) -> Scene:
    """Return the scene of a flow."""
    client, address = ends.client, ends.address
    target = _target(book, facts_of, ends)
    there = back = None
    if client in book and address:
        there = way(book, facts_of, t.cast(str, client), address)
    if target and client and address:
        source = there.steps[0][1].source if there and there.steps else None
        reply_to = source or source_address(book, client, address)
        back = way(book, facts_of, target, reply_to) if reply_to else None
    return Scene(ends, target, there, back, between(there, back), probe_of(book, facts_of, ends), book, facts_of)


def _target(book: AddressBook, facts_of: FactsOf, ends: Ends) -> str | None:
    """Return the peer whose kernel takes the connection; a proxy that holds the address does when it listens there."""
    holder = book.owner(ends.address) if ends.address else None
    if ends.address and ends.server in book.owners(ends.address):
        return ends.server
    if holder and ends.server in book and holder != ends.server:
        proxied = ends.port and listening(facts_of(holder), ends.port, ends.address).state == "yes"
        return holder if proxied else ends.server
    return holder or (ends.server if ends.server in book else None)


def source_address(book: AddressBook, name: str | None, destination: str | None) -> str | None:
    """Return an address of a peer (or the address that `name` is) of the family of `destination`."""
    if name is None:
        return None
    known = book.addresses(name) or ([plain_address(name)] if name not in book else [])
    colon = ":" in (destination or "")
    return next((address for address in known if (":" in address) == colon), None)


def probe_rows(facts: Entry) -> list[Row]:
    """Return what a peer tried: one row {host, port, class, phase, addresses} for each target."""
    return rows(facts, "peer_probes", "probes")


def probe_of(book: AddressBook, facts_of: FactsOf, ends: Ends) -> Row | None:
    """Return the row of the address that the client tried: {host, port, address, class, phase, ping, path_mtu ...}."""
    if ends.client not in book or ends.address is None:
        return None
    for row in probe_rows(facts_of(t.cast(str, ends.client))):
        if ends.port is not None and row.get("port") != ends.port:
            continue
        for tried in rows(row, "addresses"):
            if plain_address(text(tried, "address")) == ends.address:
                return {"host": row.get("host"), "port": row.get("port"), **tried}
    return None
