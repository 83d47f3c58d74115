# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traced resets of a flow: which peer's kernel sent them, in which state and why."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import typing as t

from ._address_book import parsed_address, plain_address
from ._readings import Row, mapping, moment, number, rows, text
from ._scene import Scene
from ._signs import Signs, sign
from ._translation import translates

Entry = t.Mapping[str, t.Any]

MOST_EVENTS = 20
MARGIN_S = 0.5
ANY = ""

FINGERPRINTS: tuple[tuple[str, str, str], ...] = (
    # state, reason, sign. The printed names count; the numbers moved between releases (include/net/rstreason.h).
    ("TCP_LISTEN", "INVALID_SYN", "traced_overflow"),
    (ANY, "TCP_ABORT_ON_CLOSE", "traced_unread_close"),
    (ANY, "TCP_DISCONNECT_WITH_DATA", "traced_linger"),
    ("TCP_ESTABLISHED", "TCP_STATE", "traced_destroyed"),
    (ANY, "TCP_KEEPALIVE_TIMEOUT", "traced_keepalive"),
    (ANY, "TCP_ABORT_ON_DATA", "traced_data_after_close"),
    ("TCP_TIME_WAIT", ANY, "traced_data_after_close"),
    (ANY, "TCP_TIMEWAIT_SOCKET", "traced_data_after_close"),
    ("TCP_SYN_SENT", "TCP_INVALID_ACK_SEQUENCE", "traced_collision"),
    (ANY, "TCP_ABORT_ON_MEMORY", "traced_memory"),
    (ANY, "TCP_RFC7323_PAWS", "traced_paws"),
    (ANY, "MPTCP_RST", "traced_mptcp"),
    ("TCP_CLOSE", "TCP_STATE", "traced_closed_state"),
    (ANY, "NO_SOCKET", "traced_unknown"),
    ("TCP_LISTEN", "TCP_FLAGS", "traced_unknown"),
)
NAMES = tuple(dict.fromkeys(name for _state, _reason, name in FINGERPRINTS)) + ("traced_forged", "traced_from_outside")


class Event(t.NamedTuple):
    """A traced reset: the peer that saw it, and the event as it was told."""

    peer: str
    row: Row


def trace_rows(facts: Entry) -> list[Row]:
    """Return the resets that were watched on a peer."""
    return rows(facts, "peer_reset_trace", "events")


def flow_events(scene: Scene) -> list[Event]:
    """Return the traced resets of the flow on all its peers, as they came, 20 of each."""
    found = []
    for name in scene.peers:
        own = [Event(name, row) for row in trace_rows(scene.facts_of(name)) if concerns(scene, name, row)]
        found += own[:MOST_EVENTS]
    return found


def concerns(scene: Scene, name: str, row: Row) -> bool:
    """Return whether a traced reset belongs to the flow.

    One of a listener names no partner: then the port and the peer have to do. NAT gives a flow other addresses on the
    far side, so on a peer between the ends the port alone counts. Loopback has to do with no flow of two peers, and
    what an end resets between two others, as a router does, is none of its own connections.
    """
    port = scene.ends.port
    if port is not None and port not in (row.get("source_port"), row.get("destination_port")):
        return False
    seen = {plain_address(text(row, key)) for key in ("source", "destination") if text(row, key)}
    if any(map(_is_loopback, seen)) and scene.client not in (None, scene.target):
        return False
    if name not in (scene.client, scene.target):
        return port is not None
    partners = set(_addresses(scene, scene.target if name == scene.client else scene.client))
    own = set(scene.book.addresses(name))
    if port is None and row.get("direction") == "forged" and not seen & own:
        return False
    return not (seen - own) or bool(seen & partners) or _is_hidden(scene)


def _is_loopback(address: str) -> bool:
    parsed = parsed_address(address)
    return parsed is not None and parsed.is_loopback


def _addresses(scene: Scene, name: str | None) -> list[str]:
    known = [scene.ends.address] if name == scene.target else [scene.client_address]
    return [*filter(None, known), *(scene.book.addresses(name) if name else [])]


def _is_hidden(scene: Scene) -> bool:
    """Return whether nothing is known of the partner's address: no client was named, or NAT may have changed it."""
    return scene.client is None or bool(scene.peers_between)


def fingerprint(row: Row) -> str | None:
    """Return the sign that state and reason of a reset are, or None when they say nothing."""
    state, reason = text(row, "state"), text(row, "reason")
    for wanted_state, wanted_reason, name in FINGERPRINTS:
        if wanted_state in (ANY, state) and (reason.startswith(wanted_reason) if wanted_reason else True) and reason:
            return name
    return None


def trace_signs(scene: Scene, events: t.Sequence[Event]) -> Signs:
    """Return the signs of traced resets below `flow.attribution`."""
    found: Signs = {name: [] for name in NAMES}
    for event in events:
        if event.row.get("direction") == "sent":
            name = fingerprint(event.row)
            if name:
                found[name].append(_sent(event))
        elif event.row.get("direction") == "forged":
            found["traced_forged"].append(_forged(event))
    found["traced_from_outside"] = from_outside(scene)
    return found


def _sent(event: Event) -> Row:
    row = event.row
    reason = " ".join(filter(None, (text(row, "state"), text(row, "reason"))))
    what = "the kernel of %s sent a reset from port %s to %s: %s" % (
        *(event.peer, row.get("source_port"), text(row, "destination") or "an unknown partner", reason),
    )
    return sign(event.peer, what, value=text(row, "reason"), culprit=event.peer, time=row.get("time"))


def _forged(event: Event) -> Row:
    what = "%s sent a reset in the name of %s port %s" % (
        *(event.peer, text(event.row, "source") or "another host", event.row.get("source_port")),
    )
    return sign(event.peer, what, value="forged", culprit=event.peer, time=event.row.get("time"))


def from_outside(scene: Scene) -> list[Row]:
    """Return the resets that the client received although nobody who was watched sent or passed them on.

    It takes that the purported sender was watched at that moment and that none of its events were left out; otherwise
    nothing follows.
    """
    if scene.client is None or scene.target is None:
        return []
    fact = mapping(scene.facts_of(scene.target), "peer_reset_trace")
    if not trace_known(scene.facts_of(scene.target)) or fact.get("truncated") is True or number(fact, "lost"):
        return []
    rows_of = {name: trace_rows(scene.facts_of(name)) for name in scene.peers}
    sent = [row for found in rows_of.values() for row in found if row.get("direction") in ("sent", "forged")]
    hidden = any(translates(scene, name) for name in scene.peers_between)
    words = "%s received a reset in the name of %s, which sent none" % (scene.client, scene.where)
    return [
        sign(scene.client, words, value=row.get("ttl"), time=row.get("time"))
        for row in rows_of[scene.client]
        if row.get("direction") == "received" and concerns(scene, scene.client, row) and _was_watched(fact, row)
        if plain_address(text(row, "source")) in (scene.ends.address, "")
        if not any(_is_same(row, other, hidden) for other in sent)
    ][:MOST_EVENTS]


def _is_same(received: Row, sent: Row, hidden: bool) -> bool:
    """Return whether two ends saw one reset; a listener names no partner, and NAT changes the port of the client."""
    if received.get("source_port") != sent.get("source_port"):
        return False
    return hidden or sent.get("destination_port") in (None, received.get("destination_port"))


def _was_watched(fact: Row, row: Row) -> bool:
    """Return whether a moment lies well within the time that the other end was watched; clocks differ a little."""
    began, window_s, when = moment(fact.get("began_at")), number(fact, "window_s"), moment(row.get("time"))
    if began is None or window_s is None or when is None:
        return True
    return began + MARGIN_S <= when <= began + window_s - MARGIN_S


def trace_known(facts: Entry) -> bool:
    """Return whether resets were watched on a peer."""
    fact = facts.get("peer_reset_trace")
    return type(fact) is dict and type(fact.get("events")) is list
