# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of each flow and its way held side by side: flows of a fleet with their facts below `flow`."""

from __future__ import annotations

import functools
import typing as t

from ._address_book import AddressBook
from ._attribution import Known, attribution
from ._flow_pairs import Fleet
from ._flows import flow_name, flows
from ._hints import Hints
from ._idle_signs import idle_signs
from ._keepalive import Hop
from ._ledger import Ledger
from ._listeners_of import SSH, ssh_ports
from ._path_signs import path_facts
from ._peers import Peer
from ._probe_signs import probe_facts
from ._readings import Row
from ._scene import Ends, Scene, scene
from ._timeouts import chain, chain_facts

Entry = t.Mapping[str, t.Any]
Given = t.Mapping[str, t.Any]

KEPT_PEERS = 256
"""Facts of so many peers are kept while flows are looked at; a flow concerns a handful."""


class Flow(t.NamedTuple):
    """A flow that was correlated: its name in the report, its facts below `flow`, and whose it is."""

    name: str
    facts: Entry
    ends: Ends | None = None
    peers: t.Sequence[str] = ()


class Correlation:
    """Takes peers one by one, keeps of each only what points to flows, then looks at the flows."""

    def __init__(self) -> None:
        self._book, self._hints, self._ledger = AddressBook(), Hints(), Ledger()
        self._names: list[str] = []

    def add(self, peer: Peer) -> None:
        """Take one peer; each is to be given once, in the order of the report."""
        self._names.append(peer.name)
        self._book.add(peer.name, peer.facts)
        self._hints.add(peer.name, peer.facts)
        self._ledger.add(peer.name, peer.facts)

    def is_peer(self, address: str) -> bool:
        """Return whether an address belongs to a peer."""
        return self._book.owner(address) is not None

    def named(self, value: str) -> str | None:
        """Return the peer that an inventory name or an address means, or None."""
        return self._book.named(value)

    def flows(self, facts_of: t.Callable[[str], Entry], given: Given, hops: t.Sequence[Hop]) -> list[Flow]:
        """Return the flows with their facts, 100 at most.

        `facts_of` gives the facts of a peer once more, nothing for a name that is none. `hops` are the declared boxes.
        """
        known = functools.lru_cache(maxsize=KEPT_PEERS)(facts_of)
        fleet = Fleet(self._book, self._hints, self._ledger, known, self._names)
        scenes = [scene(self._book, known, ends) for ends in flows(fleet, given)]
        everywhere = bool(scenes) and all(one.ends.named and is_direct(one) for one in scenes)
        found = [self._flow(one, [] if is_direct(one) and not everywhere else hops) for one in scenes]
        return _uniquely_named(found)

    def _flow(self, of: Scene, hops: t.Sequence[Hop]) -> Flow:
        return Flow(flow_name(of.ends), {"flow": flow_facts(of, hops, self._ledger)}, of.ends, of.peers)


def is_direct(of: Scene) -> bool:
    """Return whether two peers share a network, so that no declared box can lie between them.

    When the user names a flow and declares boxes, and all its ways are direct, the boxes are there all the same.
    """
    return of.there is not None and of.there.arrived and not of.there.hops and of.target is not None


def flow_facts(of: Scene, hops: t.Sequence[Hop], ledger: Ledger) -> dict[str, t.Any]:
    """Return {client server address port origin named path chain attribution probe} of one flow."""
    names = [hop.name for hop in hops]
    probe = probe_facts(of)
    path = path_facts(of, names)
    timers = chain(of, hops)
    idle = idle_signs(of, timers, ledger, path["invalid_hit"])
    ends: Row = {key: getattr(of.ends, key) for key in ("client", "server", "address", "port", "origin", "named")}
    return {
        **ends,
        "ssh_ports": list(dict.fromkeys([*ssh_ports(of.server_facts), SSH])),
        "probe": probe,
        "path": path,
        "chain": {**chain_facts(timers), **idle},
        "attribution": attribution(of, ledger, Known(probe or {}, path, idle, timers, names)),
    }


def _uniquely_named(found: t.Sequence[Flow]) -> list[Flow]:
    """Return the flows with the address in the name of those that several addresses share, so that names are keys."""
    counted: dict[str, int] = {}
    for flow in found:
        counted[flow.name] = counted.get(flow.name, 0) + 1
    named = []
    for number, flow in enumerate(found):
        shared = counted[flow.name] > 1
        address = flow.ends.address if flow.ends else None
        name = "%s (%s)" % (flow.name, address or "address %d" % number) if shared else flow.name
        named.append(flow._replace(name=name))
    return named
