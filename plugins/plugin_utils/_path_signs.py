# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the way of a flow says: links that are down, peers without a route, addresses held twice, silent neighbours."""

from __future__ import annotations

import typing as t

from ._address_book import plain_address
from ._filter_signs import filter_signs
from ._readings import Row, number, rows, text
from ._routes_of import REJECTING, Step
from ._scene import Scene
from ._signs import Signs, sign
from ._topology import Way, is_asymmetric
from ._translation import is_stateful, translates

UNANSWERED = ("failed", "incomplete")
SMALLER_BY = 20
"""A link this many bytes narrower than that of the sender is a tunnel or a mistake."""


def path_facts(scene: Scene, boxes: t.Sequence[str]) -> dict[str, t.Any]:
    """Return the facts below `flow.path`; `boxes` are the names of the declared boxes on it."""
    there, back = scene.there, scene.back
    return {
        "hops": [hop.name for hop in scene.stations],
        "back": [hop.name for hop in back.hops] if back else [],
        "peers": scene.peers,
        "boxes": list(boxes),
        "target": scene.target,
        "complete": bool(there and there.arrived),
        "exact": bool(there and there.exact),
        "asymmetric": is_asymmetric(there, back),
        "translated_by": [name for name in scene.peers_between if translates(scene, name)],
        **way_signs(scene),
        **filter_signs(scene),
    }


def way_signs(scene: Scene) -> Signs:
    """Return the signs of routes, links and neighbours."""
    ways = [found for found in (scene.there, scene.back) if found]
    return {
        "links_down": _links_down(scene, ways),
        "no_route": [_no_route(found) for found in ways if found.broken and _counts(scene, found)],
        "one_way_state": _one_way_state(scene),
        "held_twice": _held_twice(scene),
        "wrong_neighbour": _wrong_neighbours(scene, ways),
        "silent_neighbours": _silent_neighbours(ways),
        "narrow_links": _narrow_links(ways),
    }


def _links_down(scene: Scene, ways: list[Way]) -> list[Row]:
    """Return the links without carrier that the ways go over, or that hold the address of an end."""
    used = {(peer, step.interface) for found in ways for peer, step in found.steps if step.interface}
    ends = {(scene.client, scene.client_address), (scene.target, scene.ends.address)}
    found = []
    for name in scene.peers:
        for link in rows(scene.facts_of(name), "peer_interfaces", "interfaces"):
            holds = {plain_address(text(row, "address")) for row in rows(link, "addresses")}
            concerned = (name, text(link, "name")) in used or any(
                name == end and address and plain_address(address) in holds for end, address in ends
            )
            alone = scene.ends.client is None and scene.ends.address is None and _was_in_use(link)
            if (concerned or alone) and _is_down(link):
                what = "%s on %s is down (%s)" % (link.get("name"), name, _state(link))
                found.append(sign(name, what, value=link.get("operstate"), culprit=name))
    return found


def _was_in_use(link: Row) -> bool:
    """Return whether a link with an address that others reach has carried packets; a spare one has not."""
    outer = any(row.get("scope") == "global" for row in rows(link, "addresses")) and link.get("wire") is True
    return outer and bool(number(link, "rx_packets"))


def _is_down(link: Row) -> bool:
    return (
        link.get("admin_up") is False
        or link.get("carrier") is False
        or link.get("operstate") in ("down", "lowerlayerdown")
    )


def _state(link: Row) -> str:
    return "administratively" if link.get("admin_up") is False else "no carrier"


def _counts(scene: Scene, found: Way) -> bool:
    """Return whether a way that breaks off is evidence: of a pair that nobody saw speaking only when it is forbidden.

    Peers have addresses of a family that they do not use with each other.
    """
    return scene.ends.origin != "counters" or found.steps[-1][1].kind in REJECTING


def _no_route(found: Way) -> Row:
    peer, step = found.steps[-1]
    what = "%s has no way to %s: %s" % (peer, found.address, step.kind if step.kind and not step.ok else step.error)
    return sign(peer, what, value=step.error, culprit=peer)


def _one_way_state(scene: Scene) -> list[Row]:
    """Return the peers that track connections and see only one direction of this one."""
    there, back = scene.there, scene.back
    if there is None or back is None or not is_asymmetric(there, back):
        return []
    one_way = {hop.name for hop in there.hops if hop.is_peer} ^ {hop.name for hop in back.hops if hop.is_peer}
    tracking = [name for name in sorted(one_way) if is_stateful(scene, name)]
    return [sign(name, "%s tracks connections and sees one direction only" % name, culprit=name) for name in tracking]


def _held_twice(scene: Scene) -> list[Row]:
    """Return the addresses of the ends that several peers hold on links that are up."""
    found = []
    for address in filter(None, (scene.ends.address, scene.client_address)):
        holders = scene.book.users(address)
        if len(holders) > 1:
            others = [name for name in holders if name not in (scene.target, scene.client, scene.server)]
            culprit = others[0] if len(others) == 1 else None
            what = "%s is configured on %s" % (address, " and ".join(holders))
            found.append(sign(holders[0], what, value=address, culprit=culprit, hosts=holders))
    return found


def _wrong_neighbours(scene: Scene, ways: list[Way]) -> list[Row]:
    """Return the next hops that a peer knows by the MAC of another peer than the one that should be there."""
    found = []
    for peer, step in (part for one in ways for part in one.steps):
        address = step.gateway or next(one.address for one in ways if (peer, step) in one.steps)
        seen = scene.book.holder_of_mac(step.neighbour_mac)
        owners = scene.book.owners(address)
        rightful = [name for name in owners if name in (scene.target, scene.client, scene.server)] or owners
        if seen and rightful and seen not in rightful:
            what = "%s sends packets for %s to the MAC of %s, not of %s" % (peer, address, seen, rightful[0])
            found.append(sign(peer, what, value=step.neighbour_mac, culprit=seen))
    return found


def _silent_neighbours(ways: list[Way]) -> list[Row]:
    found = []
    for one in ways:
        for peer, step in one.steps:
            if step.neighbour_state in UNANSWERED:
                asked = step.gateway or one.address
                found.append(
                    sign(peer, "%s gets no answer from its neighbour %s" % (peer, asked), value=step.neighbour_state)
                )
    return found


def _narrow_links(ways: list[Way]) -> list[Row]:
    """Return the steps after the first whose link carries less than the sender's own."""
    found = []
    for one in ways:
        first: Step | None = one.steps[0][1] if one.steps else None
        for peer, step in one.steps[1:]:
            if first and first.mtu_bytes and step.mtu_bytes and step.mtu_bytes + SMALLER_BY <= first.mtu_bytes:
                what = "%s on %s carries %d bytes, the sender's link %d" % (
                    *(step.interface, peer, step.mtu_bytes, first.mtu_bytes),
                )
                found.append(sign(peer, what, value=step.mtu_bytes, culprit=peer))
    return found
