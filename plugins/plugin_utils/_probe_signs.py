# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection that was tried says, held against the listeners of the peer that it went to."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import typing as t

from ._listeners_of import listening, ssh_ports
from ._readings import Number, Row, mapping, number, text
from ._scene import Scene
from ._signs import Signs, sign

UNREACHED = ("host_unreachable", "net_unreachable")
ENDED = ("reset", "closed")
PROXY_OF_CONTAINERS = ("docker-proxy", "rootlessport", "rootlesskit", "slirp4netns", "containers-rootlessport")
MOST_LOSS_PERCENT = 90
"""Above it nothing arrives at all, which is no loss but an outage."""


def probe_facts(scene: Scene) -> dict[str, t.Any] | None:
    """Return the facts below `flow.probe`, or None when this flow was not tried."""
    row = scene.probe
    if row is None:
        return None
    ping, mtu = mapping(row, "ping"), mapping(row, "path_mtu")
    return {
        "class": text(row, "class") or "other",
        "phase": text(row, "phase") or None,
        "error": text(row, "error") or None,
        "address": scene.ends.address,
        "connect_ms": number(row, "connect_ms"),
        "held_s": number(row, "held_s"),
        "banner": text(row, "banner") or None,
        "loss_percent": number(ping, "loss_percent"),
        "path_mtu_bytes": number(mtu, "mtu_bytes"),
        **probe_signs(scene, row),
    }


def probe_signs(scene: Scene, row: Row) -> Signs:
    """Return the signs of one tried connection."""
    kind, phase = text(row, "class"), text(row, "phase")
    refused = _refused(scene) if kind == "refused" else {}
    return {
        **{name: refused.get(name, []) for name in REFUSED.values()},
        "cut_after_accept": _cut_after_accept(scene) if kind in ENDED and phase == "banner" else [],
        "cut_by_ssh": _cut_by_ssh(scene) if kind in ENDED and phase == "banner" else [],
        "container_refused": _container(scene) if kind in ENDED and phase == "banner" else [],
        "unanswered": _unanswered(scene) if kind == "timed_out" and phase == "connect" else [],
        "unreachable": _unreachable(scene, row) if kind in UNREACHED else [],
        "lost": _lost(scene, row),
        "black_hole": _black_hole(scene, row),
    }


REFUSED = {"no": "nothing_listens", "elsewhere": "listens_elsewhere", "yes": "refused_despite_listener"}
"""The sign that a refusal is, by what listens at the server; without knowledge of it there is none."""


def _refused(scene: Scene) -> Signs:
    port = scene.ends.port
    if port is None or scene.target is None:
        return {}
    found = listening(scene.server_facts, port, scene.ends.address)
    if found.state == "no" and _is_redirected(scene, port):
        return {}
    what = {
        "no": "%s refuses port %d, and nothing listens there" % (scene.target, port),
        "elsewhere": "%s refuses %s port %d, and the listener is bound to %s"
        % (scene.target, scene.ends.address, port, _bound(found.rows)),
        "yes": "%s port %d is refused although %s listens there" % (scene.target, port, _name(found.rows)),
    }.get(found.state)
    if what is None:
        return {}
    culprit = None if found.state == "yes" else scene.target
    return {REFUSED[found.state]: [sign(scene.client, what, value="refused", culprit=culprit, port=port)]}


def _is_redirected(scene: Scene, port: int) -> bool:
    """Return whether the server passes the port on by NAT, so that no socket of its own has to listen."""
    rules = mapping(scene.server_facts, "peer_firewall", "nat").get("rules")
    wanted = [rule for rule in rules if type(rule) is dict] if type(rules) is list else []
    return any(rule.get("action") in ("dnat", "redirect") and text(rule, "ports") in ("", str(port)) for rule in wanted)


def _bound(rows: list[Row]) -> str:
    return ", ".join(dict.fromkeys(text(row, "address") for row in rows)) or "loopback"


def _name(rows: list[Row]) -> str:
    return next((text(row, "name") for row in rows if text(row, "name")), "a socket")


def _cut_after_accept(scene: Scene) -> list[Row]:
    if scene.ends.port in ssh_ports(scene.server_facts):
        return []
    what = "%s accepted the connection and ended it at once" % scene.where
    return [sign(scene.client, what, value=text(scene.probe, "class"), culprit=scene.target, port=scene.ends.port)]


def _cut_by_ssh(scene: Scene) -> list[Row]:
    if scene.ends.port not in ssh_ports(scene.server_facts):
        return []
    what = "sshd on %s accepted the connection and ended it before its banner" % scene.where
    return [sign(scene.client, what, value=text(scene.probe, "class"), culprit=scene.target, port=scene.ends.port)]


def _container(scene: Scene) -> list[Row]:
    if scene.ends.port is None:
        return []
    found = listening(scene.server_facts, scene.ends.port, scene.ends.address)
    if _name(found.rows) not in PROXY_OF_CONTAINERS:
        return []
    what = "%s on %s accepts for a container that does not" % (_name(found.rows), scene.where)
    return [sign(scene.target, what, value=_name(found.rows), culprit=scene.target, port=scene.ends.port)]


def _unanswered(scene: Scene) -> list[Row]:
    what = "no answer from %s to the connection attempts of %s" % (scene.where, scene.client)
    return [sign(scene.client, what, value="timed_out", port=scene.ends.port)]


def _unreachable(scene: Scene, row: Row) -> list[Row]:
    what = "%s reads %s for %s" % (scene.client, text(row, "error") or text(row, "class"), scene.ends.address)
    broken = scene.there.broken if scene.there else None
    return [sign(scene.client, what, value=text(row, "class"), culprit=broken)]


def _lost(scene: Scene, row: Row) -> list[Row]:
    loss = number(row, "ping", "loss_percent")
    sent = number(row, "ping", "sent_packets") or 0
    if loss is None or not sent or not 0 < loss <= MOST_LOSS_PERCENT:
        return []
    what = "%s lost %g %% of %d echo requests to %s" % (scene.client, loss, sent, scene.ends.address)
    return [sign(scene.client, what, value=loss)]


def _black_hole(scene: Scene, row: Row) -> list[Row]:
    mtu = mapping(row, "path_mtu")
    if mtu.get("black_hole") is not True:
        return []
    largest, believed = number(mtu, "mtu_bytes"), number(mtu, "link_mtu_bytes")
    what = "packets from %s to %s above %s bytes vanish without a message, the link has %s" % (
        *(scene.client, scene.ends.address, largest or "the smallest", believed),
    )
    return [sign(scene.client, what, value=largest, culprit=_narrowing(scene, largest))]


def _narrowing(scene: Scene, largest: Number | None) -> str | None:
    """Return the peer on the way whose link carries no more than what arrives."""
    steps = scene.there.steps[1:] if scene.there and largest else []
    return next((peer for peer, step in steps if step.mtu_bytes and step.mtu_bytes <= (largest or 0)), None)
