# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the counters of both ends say together about resets; background is subtracted before it counts."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import typing as t

from ._address_book import plain_address
from ._counters_of import in_window, moved, together, window_s
from ._filter_signs import scene_hits
from ._ledger import Ledger
from ._listeners_of import listening, ssh_ports
from ._readings import Number, Row, mapping, number, rows, text
from ._scene import Scene
from ._signs import Signs, sign
from ._translation import translates

Entry = t.Mapping[str, t.Any]

ON_CLOSE, ON_DATA, ON_TIMEOUT = "TcpExt.TCPAbortOnClose", "TcpExt.TCPAbortOnData", "TcpExt.TCPAbortOnTimeout"
LEAST_SHARE = 0.02
"""A busy service ends this part of its connections with a reset because clients leave early; that is no fault."""

LEAST_TRIES = 2
LEAST_REFUSED = 0.9
MOST_TRIES_PER_S = 6

SSHD_NOISE = (
    *("kexid-closed", "kexid-read-error", "kexid-invalid-identifier", "kexid-bad-banner-line", "banner-exchange-fatal"),
    *("bad-remote-protocol", "bad-protocol-identification", "no-identification-string", "unable-to-negotiate"),
    *("connection-closed-by", "connection-reset-by", "drop-connection", "libwrap-refused"),
)
"""Connections that scanners and health checks leave at sshd, which closes some of them with input unread."""


def reset_signs(scene: Scene, ledger: Ledger, boxes: t.Sequence[str]) -> Signs:
    """Return the signs of counters below `flow.attribution`; `boxes` are the declared ones."""
    closes = _aborts(scene, ledger, ON_CLOSE, "closed %d connections with input unread: %s")
    refused = _all_refused(scene, ledger)
    return {
        "unread_close": closes,
        "unread_received": _received(scene, ledger) if closes else [],
        "vanished": _vanished(scene, closes),
        "linger": _aborts(scene, ledger, ON_DATA, "aborted %d connections instead of closing them: %s"),
        "unknown_received": _unknown_received(scene, ledger),
        "all_refused": refused,
        "refused_by_kernel": _by_kernel(scene) if refused else [],
        "keepalive_died": _keepalive_died(scene),
        "gave_up": _gave_up(scene),
        "from_outside": _from_outside(scene, boxes),
        "refused_from_outside": _refused_from_outside(scene, boxes),
        "untranslated": _untranslated(scene, ledger),
    }


def _aborts(scene: Scene, ledger: Ledger, name: str, words: str) -> list[Row]:
    """Return the aborts of the server for which its client received resets, without those of scanned sshd."""
    row, client = ledger.of(scene.target), ledger.of(scene.client)
    count = row.aborts.get(name, 0) if row else 0
    if not row or not count or (scene.client is not None and (client is None or not client.received)):
        return []
    accepted = moved(scene.server_facts, "Tcp.PassiveOpens")
    opened = moved(scene.server_facts, "Tcp.ActiveOpens")
    if accepted is None or accepted.value <= (opened.value if opened else 0):
        return []
    if count < LEAST_SHARE * accepted.value or count <= sshd_noise(scene):
        return []
    told = words % (count, "in the window" if row.basis == "window" else "since a recent boot")
    return [sign(scene.target, "%s %s" % (scene.target, told), value=count, culprit=scene.target)]


def sshd_noise(scene: Scene) -> Number:
    """Return how many connections may have ended at sshd with a reset before a login, in its whole log.

    A client that is a peer counts its own resets, so strangers do not matter: only what sshd tells of that client does.
    """
    facts = scene.server_facts
    if scene.client is None:
        return sum(number(facts, "peer_sshd_log", "counts", kind) or 0 for kind in SSHD_NOISE)
    own = scene.book.addresses(scene.client)
    found: Number = 0
    for part in ("resets", "drops"):
        told = rows(facts, "peer_sshd_log", part, "by_address")
        found += sum(number(row, "count") or 0 for row in told if plain_address(text(row, "address")) in own)
        found += number(facts, "peer_sshd_log", part, "without_address") or 0
    return found


def _received(scene: Scene, ledger: Ledger) -> list[Row]:
    client = ledger.of(scene.client)
    if client is None or not client.received:
        return []
    what = "%s received %d resets on connections that stood" % (scene.client, client.received)
    return [sign(scene.client, what, value=client.received, culprit=scene.target)]


def _vanished(scene: Scene, closes: list[Row]) -> list[Row]:
    """Return that the server ended connections and that nothing listens on the port any more.

    What goes on to end connections in the window is another service, and not the one that vanished.
    """
    if not closes or scene.ends.port is None or scene.ends.port in ssh_ports(scene.server_facts):
        return []
    if in_window(scene.server_facts, ON_CLOSE):
        return []
    if listening(scene.server_facts, scene.ends.port, None).state != "no":
        return []
    what = "%s cut connections with input unread, and nothing listens on port %d now" % (scene.target, scene.ends.port)
    return [sign(scene.target, what, value=closes[0]["value"], culprit=scene.target, port=scene.ends.port)]


def _unknown_received(scene: Scene, ledger: Ledger) -> list[Row]:
    """Return the resets that the client received from a server that did not know the connection."""
    row, received = ledger.of(scene.target), ledger.unexplained(scene.client)
    if row is None or not row.others or not received:
        return []
    what = "%s received %d resets that no application sent, and %s sent %d for connections it did not know" % (
        *(scene.client, received, scene.target, row.others),
    )
    return [sign(scene.client, what, value=received, culprit=scene.target)]


def _all_refused(scene: Scene, ledger: Ledger) -> list[Row]:
    """Return that every connection the client tried in the window was refused, by as many resets of the server.

    A scanner is refused in bursts and finds an open port now and then; a client that only knows one port does not.
    """
    seconds, row = window_s(scene.client_facts), ledger.in_window(scene.target)
    tried, failed = (in_window(scene.client_facts, "Tcp." + name) or 0 for name in ("ActiveOpens", "AttemptFails"))
    if not seconds or row is None or row.basis != "window" or failed < LEAST_TRIES:
        return []
    refused = LEAST_REFUSED * tried <= failed <= row.others and failed <= MOST_TRIES_PER_S * seconds
    if not refused or text(scene.probe, "class") == "ok":
        return []
    what = "all %d connections that %s tried in %g s were refused, and %s sent %d resets without a socket" % (
        *(failed, scene.client, seconds, scene.target, row.others),
    )
    return [sign(scene.client, what, value=failed, culprit=scene.target)]


def _by_kernel(scene: Scene) -> list[Row]:
    """Return that no rule on the way rejected a packet in the window and no queue overflowed."""
    overflowed = in_window(scene.server_facts, "TcpExt.ListenOverflows")
    if overflowed or any(hit.moved and hit.rule.get("action") == "reject" for hit in scene_hits(scene)):
        return []
    what = "no rule of %s rejected a packet in the window, and no queue of %s overflowed" % (
        *(", ".join(scene.peers), scene.target),
    )
    return [sign(scene.target, what, value=0, culprit=scene.target)]


def _keepalive_died(scene: Scene) -> list[Row]:
    """Return the connections that keepalive ended at either end."""
    found = []
    for name in filter(None, (scene.client, scene.target)):
        ended = _ended_in_silence(scene.facts_of(name))
        if ended.by_keepalive:
            what = "keepalive of %s ended %d connections %s" % (name, ended.by_keepalive, ended.when)
            found.append(sign(name, what, value=ended.by_keepalive))
    return found


def _gave_up(scene: Scene) -> list[Row]:
    """Return the connections that an end gave up because what it sent again was not acknowledged."""
    found = []
    for name in filter(None, (scene.client, scene.target)):
        ended = _ended_in_silence(scene.facts_of(name))
        if ended.by_repeating:
            what = "%s gave up %d connections for want of an answer %s" % (name, ended.by_repeating, ended.when)
            found.append(sign(name, what, value=ended.by_repeating))
    return found


class Silence(t.NamedTuple):
    """How many connections of a peer ended because nobody answered, by what ended them."""

    by_keepalive: Number
    by_repeating: Number
    when: str


def _ended_in_silence(facts: Entry) -> Silence:
    """Return how keepalive and retransmission ended connections, over one time.

    Both count TCPAbortOnTimeout. Only retransmission counts TCPTimeouts, which tries to connect do as well, and only
    keepalive sends a reset. Source: net/ipv4/tcp_timer.c; measured on Linux 6.18.
    """
    names = (ON_TIMEOUT, "TcpExt.TCPTimeouts", "TcpExt.TCPSynRetrans", "TcpExt.TCPKeepAlive", "Tcp.OutRsts")
    found = together(facts, *names)
    ended, timeouts, of_connects, probes, sent = (one.value if one else 0 for one in found)
    repeated = max(0, timeouts - of_connects)
    probed = probes or found[3] is None
    by_keepalive = min(max(0, ended - repeated), sent) if probed else 0
    when = "in the window" if found[0] and found[0].basis == "window" else "since a recent boot"
    return Silence(by_keepalive, ended - by_keepalive if repeated else 0, when)


def _from_outside(scene: Scene, boxes: t.Sequence[str]) -> list[Row]:
    """Return that a tried connection was reset while no peer on the way sent a reset."""
    tried = (text(scene.probe, "class"), text(scene.probe, "phase"))
    if tried not in (("reset", "banner"), ("reset", "hold")) or not _all_silent(scene):
        return []
    what = "%s was reset by %s, yet none of %s sent a reset" % (scene.client, scene.where, ", ".join(scene.peers))
    return [sign(scene.client, what, value="reset", culprit=_stranger(scene, boxes), port=scene.ends.port)]


def _refused_from_outside(scene: Scene, boxes: t.Sequence[str]) -> list[Row]:
    """Return that a tried connection was refused although the server listens and no peer on the way refused it."""
    port = scene.ends.port
    if text(scene.probe, "class") != "refused" or port is None or not _all_silent(scene):
        return []
    if listening(scene.server_facts, port, scene.ends.address).state != "yes":
        return []
    what = "%s is refused by %s, yet none of %s sent a reset" % (scene.client, scene.where, ", ".join(scene.peers))
    return [sign(scene.client, what, value="refused", culprit=_stranger(scene, boxes), port=port)]


def _all_silent(scene: Scene) -> bool:
    """Return whether all peers of the flow were watched meanwhile, and none sent a reset, by TCP or by a rule."""
    others = [name for name in scene.peers if name != scene.client]
    if scene.client is None or scene.target is None or not others:
        return False
    facts = [scene.facts_of(name) for name in others]
    watched = all(window_s(one) and in_window(one, "Tcp.OutRsts") == 0 for one in facts)
    known = all(type(mapping(one, "peer_firewall").get("rules")) is list for one in facts)
    return watched and known and not any(hit.moved or _uncounted(hit.rule) for hit in scene_hits(scene))


def _uncounted(rule: Row) -> bool:
    return rule.get("action") == "reject" and rule.get("packets") is None


def _stranger(scene: Scene, boxes: t.Sequence[str]) -> str | None:
    """Return the only box that can have done it: the declared one, or the only gateway outside the inventory."""
    unknown = [*boxes, *(hop.name for hop in scene.stations if not hop.is_peer)]
    return unknown[0] if len(unknown) == 1 else None


def _untranslated(scene: Scene, ledger: Ledger) -> list[Row]:
    """Return that NAT let packets pass untranslated, so that the client reset connections it did not know."""
    row = ledger.of(scene.client)
    if row is None or not row.others or not scene.client:
        return []
    found = []
    for name in scene.peers_between:
        strange = moved(scene.facts_of(name), "conntrack.invalid")
        rules = rows(scene.facts_of(name), "peer_firewall", "rules")
        dropped = any("invalid" in text(rule, "ct_state") for rule in rules)
        if translates(scene, name) and strange and strange.value and not dropped:
            what = "%s met packets of no known connection (%s) and passes them on, and %s reset %d strange ones" % (
                *(name, strange, scene.client, row.others),
            )
            found.append(sign(name, what, value=strange.value, culprit=name))
    return found
