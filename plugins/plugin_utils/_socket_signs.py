# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sockets of both ends say about a flow: connections only one end knows, stuck ones, ones left half closed."""

from __future__ import annotations

import typing as t

from ._address_book import plain_address
from ._counters_of import uptime_s
from ._idle_signs import one_sided
from ._readings import Row, rows, text
from ._scene import Scene
from ._signs import Signs, sign
from ._sockets_of import Sockets, bad_sockets, toward

Entry = t.Mapping[str, t.Any]

STALE_CLOSE_WAIT = 3
"""Fewer connections that wait for the client's close are between two lines of its code."""


def socket_signs(scene: Scene) -> Signs:
    """Return the signs of sockets below `flow.attribution`."""
    groups = _groups(scene)
    missing = one_sided(scene)
    closed = _counted(groups, "zero_window", "%d connections of %s wait for a window of %s", scene)
    return {
        "half_open": [{**row, "culprit": scene.target} for row in missing if _booted_since(scene, groups)],
        "known_to_one_end": [row for row in missing if not _booted_since(scene, groups)],
        "stalled": _stalled(scene, groups),
        "closed_window": [{**row, "culprit": scene.target or scene.ends.server} for row in closed],
        "left_half_closed": _left_half_closed(scene, groups),
        "connecting": _counted(groups, "connecting", "%d connections of %s to %s get no answer", scene),
        "without_address": [
            row for name in (scene.client, scene.target) if name for row in _without_address(scene, name)
        ],
    }


def _groups(scene: Scene) -> list[Sockets]:
    if not (scene.client and scene.ends.address):
        return []
    return toward(scene.client, scene.client_facts, scene.ends.address, scene.ends.port)


def _booted_since(scene: Scene, groups: list[Sockets]) -> bool:
    """Return whether the server began after the client last heard of it on one of these connections."""
    up_s, client_up_s = uptime_s(scene.server_facts), uptime_s(scene.client_facts)
    idle_s = max((group.idle_s or 0 for group in groups), default=0)
    return up_s is not None and client_up_s is not None and up_s <= min(client_up_s, idle_s)


def _counted(groups: list[Sockets], name: str, words: str, scene: Scene) -> list[Row]:
    found = []
    for group in groups:
        count = getattr(group, name)
        if count:
            found.append(sign(group.host, words % (count, group.host, scene.where), value=count, port=group.port))
    return found


def _stalled(scene: Scene, groups: list[Sockets]) -> list[Row]:
    words = "%d connections of %s repeat what %s does not acknowledge"
    return _counted(groups, "stalled", words, scene) or [_single(scene, row) for row in _retransmitting(scene)]


def _retransmitting(scene: Scene) -> t.Iterator[Row]:
    if scene.client is None or scene.ends.address is None:
        return
    for row in bad_sockets(scene.client_facts):
        toward_server = plain_address(text(row, "remote_address")) == scene.ends.address
        port_fits = scene.ends.port in (None, row.get("remote_port"))
        if toward_server and port_fits and row.get("reason") == "retransmitting":
            yield row


def _single(scene: Scene, row: Row) -> Row:
    what = "a connection of %s to %s repeats a segment for the %s. time" % (
        scene.client,
        scene.where,
        row.get("retransmits"),
    )
    return sign(scene.client, what, value=row.get("retransmits"), port=scene.ends.port)


def _left_half_closed(scene: Scene, groups: list[Sockets]) -> list[Row]:
    many = [group for group in groups if group.close_wait >= STALE_CLOSE_WAIT]
    words = "%d connections that %s closed are still held open by %s"
    return [
        sign(one.host, words % (one.close_wait, scene.where, one.host), value=one.close_wait, culprit=one.host)
        for one in many
    ]


def _without_address(scene: Scene, name: str) -> list[Row]:
    """Return the connections of a peer whose local address it does not hold any more."""
    facts = scene.facts_of(name)
    links = rows(facts, "peer_interfaces", "interfaces")
    if not links or facts["peer_interfaces"].get("truncated") is not False:
        return []
    own = {plain_address(text(row, "address")) for link in links for row in rows(link, "addresses")}
    gone = {}
    for row in bad_sockets(facts):
        local = plain_address(text(row, "local_address"))
        if local and local not in own and not local.startswith("127."):
            gone[local] = sign(
                name, "%s has connections from %s, which it does not hold" % (name, local), value=local, culprit=name
            )
    return list(gone.values())
