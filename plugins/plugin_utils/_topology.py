# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of a flow through the fleet, there and back, hop by hop, from the routes of all peers on it."""

from __future__ import annotations

import typing as t

from ._address_book import AddressBook, plain_address
from ._routes_of import Step, next_step

Entry = t.Mapping[str, t.Any]
FactsOf = t.Callable[[str], Entry]

MAX_HOPS = 16


class Hop(t.NamedTuple):
    """One station after the start: a peer by its name, or a gateway outside the inventory by its address."""

    name: str
    is_peer: bool


class Way(t.NamedTuple):
    """The way from a peer to an address.

    `steps` are (peer, what it does with the packets); `hops` the stations between start and end; `end` the peer that
    holds the address, None when nobody known does. `arrived` says that the last step leads to the address itself,
    `broken` names the peer that has no way to it, `exact` that the kernel of every station was asked.
    """

    start: str
    address: str
    hops: list[Hop]
    steps: list[tuple[str, Step]]
    end: str | None
    arrived: bool
    broken: str | None = None
    exact: bool = True


def way(book: AddressBook, facts_of: FactsOf, start: str, address: str) -> Way:
    """Return the way from a peer to an address, as far as the routes of peers tell; 16 hops at most."""
    hops: list[Hop] = []
    steps: list[tuple[str, Step]] = []
    at = start
    for _hop in range(MAX_HOPS):
        if book.holds(at, address):
            return Way(start, address, hops[:-1], steps, at, True, exact=_exact(steps))
        step = next_step(facts_of(at), address)
        if step is None:
            break
        steps.append((at, step))
        if not step.ok:
            return Way(start, address, hops, steps, None, False, broken=at, exact=_exact(steps))
        if step.gateway is None:
            return Way(start, address, hops, steps, book.owner(address, step.neighbour_mac), True, exact=_exact(steps))
        owner = book.owner(step.gateway, step.neighbour_mac) or book.holder_of_mac(step.neighbour_mac)
        hops.append(Hop(owner or plain_address(step.gateway), owner is not None))
        if owner is None or owner in [peer for peer, _step in steps]:
            break
        at = owner
    return Way(start, address, hops, steps, None, False, exact=False)


def _exact(steps: t.Sequence[tuple[str, Step]]) -> bool:
    return all(step.how == "lookup" for _peer, step in steps)


def between(there: Way | None, back: Way | None) -> list[Hop]:
    """Return the stations between client and server as both ways tell them together, the client's side first.

    A way that ends at a gateway outside the inventory is continued with what the other end knows of its own side.
    """
    if there is None or (not there.arrived and not there.hops and back is not None):
        return list(reversed(back.hops)) if back else []
    if there.arrived or there.broken or back is None:
        return there.hops
    known = {hop.name for hop in there.hops}
    return there.hops + [hop for hop in reversed(back.hops) if hop.name not in known]


def is_asymmetric(there: Way | None, back: Way | None) -> bool | None:
    """Return whether packets come back another way than they go, or None when one of the ways is not known whole."""
    if there is None or back is None or not (there.arrived and back.arrived):
        return None
    return [hop.name for hop in there.hops] != [hop.name for hop in reversed(back.hops)]
