# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which flows there are to look at: the one that the user named, or those that peers point to."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import itertools
import typing as t

from ._address_book import parsed_address, plain_address
from ._flow_pairs import Fleet, pairs
from ._hints import ORIGINS, Hint
from ._readings import Row, port_of, rows, text
from ._scene import Ends, probe_rows
from ._topology import way

Entry = t.Mapping[str, t.Any]

MAX_FLOWS = 100
MAX_EACH = 30
MAX_ADDRESSES = 8


def flows(fleet: Fleet, given: Entry) -> list[Ends]:
    """Return the flows of a run, 100 at most: those that were named, else those that peers point to.

    `given` holds `client server server_address port` as the user wrote them. A client or a server alone narrows what
    peers point to.
    """
    client, server, port = _end(fleet, given.get("client")), _server(fleet, given), port_of(given.get("port"))
    if client and server:
        return list(itertools.islice(named_flows(fleet, given, client, server), MAX_FLOWS))
    found = _found(fleet)
    if client or server or port:
        own = [ends for ends in found if _fits(ends, client, server, port)]
        named = [Ends(None, server, _given_address(given), port, "named")] if server else []
        return (named + own)[:MAX_FLOWS]
    return found


def _end(fleet: Fleet, value: t.Any) -> str | None:
    if type(value) is not str or not value.strip():
        return None
    return fleet.book.named(value.strip()) or value.strip()


def _server(fleet: Fleet, given: Entry) -> str | None:
    return _end(fleet, given.get("server")) or _end(fleet, given.get("server_address"))


def _given_address(given: Entry) -> str | None:
    written = given.get("server_address")
    return plain_address(written) if type(written) is str and parsed_address(written) else None


def _fits(ends: Ends, client: str | None, server: str | None, port: int | None) -> bool:
    wanted = ((client, ends.client), (server, ends.server), (port, ends.port))
    return all(asked is None or seen in (asked, None) for asked, seen in wanted)


def named_flows(fleet: Fleet, given: Entry, client: str, server: str) -> t.Iterator[Ends]:
    """Yield the named flow once for each address of the server that the client has a way to."""
    port = port_of(given.get("port"))
    tried = probe_rows(fleet.facts_of(client)) if client in fleet.book else []
    for address in _server_addresses(fleet, given, client, server, tried):
        yield Ends(client, server, address, port, "named")
        if port is None:
            for other in _bad_ports(tried, address):
                yield Ends(client, server, address, other, "named")


def _server_addresses(fleet: Fleet, given: Entry, client: str, server: str, tried: list[Row]) -> t.Sequence[str | None]:
    wanted = _given_address(given)
    if wanted:
        return [wanted]
    known = fleet.book.addresses(server)[:MAX_ADDRESSES]
    if not known and parsed_address(server):
        return [plain_address(server)]
    if not known:
        answers = [text(one, "address") for row in tried if row.get("host") == server for one in rows(row, "addresses")]
        return [plain_address(one) for one in dict.fromkeys(answers) if one] or [None]
    return [one for one in known if fleet.has_way(client, one)] or known


def _bad_ports(tried: list[Row], address: str | None) -> list[int]:
    found = []
    for row in tried:
        port = port_of(row.get("port"))
        bad = [one for one in rows(row, "addresses") if text(one, "class") != "ok"]
        if port and any(plain_address(text(one, "address")) == address for one in bad):
            found.append(port)
    return found


def _found(fleet: Fleet) -> list[Ends]:
    """Return the flows that peers point to, some of each kind, the most telling kinds first, each once."""
    found: dict[tuple[t.Any, ...], Ends] = {}
    kinds = [_resolved(fleet, fleet.hints.by_origin[origin]) for origin in ORIGINS] + [pairs(fleet)]
    for kind in kinds:
        for ends in itertools.islice(kind, MAX_EACH):
            found.setdefault((*ends.place, ends.address), ends)
    return list(found.values())[:MAX_FLOWS]


def _resolved(fleet: Fleet, hints: t.Iterable[Hint]) -> t.Iterator[Ends]:
    for hint in hints:
        client = (fleet.book.named(hint.client) or plain_address(hint.client)) if hint.client else None
        if client not in fleet.book and (hint.origin == "ssh" or (hint.origin == "rule" and not hint.port)):
            continue  # scanners and people: the log of sshd and the bans count them already
        if hint.through:
            yield from _through(fleet, hint, client)
            continue
        server = hint.server or (fleet.book.named(hint.address) if hint.address else None) or hint.address
        if server and server != client:
            address = _address(fleet, hint, client, server)
            yield Ends(client, server, address, hint.port, hint.origin)


def _address(fleet: Fleet, hint: Hint, client: str | None, server: str) -> str | None:
    if hint.address and parsed_address(hint.address):
        return plain_address(hint.address)
    known = fleet.book.addresses(server)
    return next((one for one in known if client and fleet.has_way(client, one)), None)


def _through(fleet: Fleet, hint: Hint, client: str | None) -> t.Iterator[Ends]:
    """Yield a flow that passes the peer whose rule hit, to a peer that listens on the rule's port."""
    clients = [client] if client in fleet.book else [name for name in fleet.names if name != hint.through]
    listening = fleet.hints.listeners.get(hint.port or 0, [])
    servers = [name for name in listening if name != hint.through and _is_destination(fleet, hint, name)]
    for server in servers[:5]:
        for origin in [name for name in clients if name and name != server][:8]:
            for address in fleet.book.addresses(server):
                passed = way(fleet.book, fleet.facts_of, origin, address)
                if passed.arrived and hint.through in [hop.name for hop in passed.hops]:
                    example = "rule" if client else "example"
                    yield Ends(origin, server, address, hint.port, example)
                    return


def _is_destination(fleet: Fleet, hint: Hint, server: str) -> bool:
    if not hint.address or not parsed_address(hint.address):
        return True
    return fleet.book.holds(server, hint.address)


def flow_name(ends: Ends) -> str:
    """Return the name of a flow in the report: `web1 -> db1:5432`."""
    port = ":%d" % ends.port if ends.port else ""
    client = "any client" if ends.client is None or ends.origin == "example" else ends.client
    return "%s -> %s%s" % (client, ends.server, port)
