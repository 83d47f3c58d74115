# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who sent the resets of a flow: which kernel, which rule or which box, how that is known, and why."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import typing as t

from ._counters_of import in_window
from ._ledger import Ledger
from ._listeners_of import listening
from ._probe_signs import UNREACHED
from ._readings import Row, rows, text
from ._reset_signs import reset_signs
from ._scene import Scene
from ._server_signs import server_signs
from ._signs import Signs
from ._socket_signs import socket_signs
from ._timeouts import Chain, is_short
from ._timers_of import FORGETS
from ._traces import flow_events, trace_signs

Sender = dict[str, t.Any]

SILENT = ("timed_out", *UNREACHED)
CERTAINTIES = ("traced", "counted", "inferred", "unknown")


class Known(t.NamedTuple):
    """What else is known of a flow when its resets are attributed: its signs below probe, path and chain."""

    probe: t.Mapping[str, t.Any]
    path: t.Mapping[str, t.Any]
    idle: t.Mapping[str, t.Any]
    chain: Chain
    boxes: t.Sequence[str]


def attribution(scene: Scene, ledger: Ledger, known: Known) -> dict[str, t.Any]:
    """Return the facts below `flow.attribution`: {sender, kind, certainty, reasons} and all signs.

    `sender` is a peer, a declared box or a gateway outside the inventory, None when it is not known. `kind` is
    `kernel` (TCP of that peer), `rule` (its firewall), `box`, `none` (nobody: there was no reset) or `unknown`.
    """
    events = flow_events(scene)
    signs: Signs = {**server_signs(scene), **socket_signs(scene), **reset_signs(scene, ledger, known.boxes)}
    traced = trace_signs(scene, events)
    signs.update(traced)
    signs.update(_disambiguated(scene, known, traced, signs))
    return {**sender(scene, known, signs), **signs}


def _disambiguated(scene: Scene, known: Known, traced: Signs, signs: Signs) -> Signs:
    """Return what a reset for an unknown connection means, by what else is known of the server and the path.

    The same state and reason stand for a closed port, a reboot, and an entry that a box forgot; those of a close with
    SO_LINGER 0 also for connections that waited in the queue of a listener that is gone.
    """
    strange = traced["traced_unknown"]
    refused = bool(known.probe.get("nothing_listens"))
    tracked = is_short(known.chain) and known.chain.first is not None and known.chain.first.effect == FORGETS
    closed = traced["traced_closed_state"]
    port = scene.ends.port
    gone = port is not None and listening(scene.server_facts, port, scene.ends.address).state == "no"
    host = known.chain.first.host if known.chain.first else None
    silent = text(scene.probe, "class") in SILENT or bool(known.path.get("drops"))
    return {
        "vanished_and_cut": signs["unread_received"] if signs["vanished"] else [],
        "stalled_on_narrow": _on_narrow(signs["stalled"], known.path.get("narrow_links") or []),
        "died_of_silence": signs["keepalive_died"] if silent else [],
        "traced_refused": strange if refused else [],
        "traced_half_open": strange if not refused and signs["rebooted"] else [],
        "traced_expired": [{**row, "culprit": host} for row in strange] if not refused and tracked else [],
        "linger_by_nginx": signs["linger"] if _nginx_aborts(scene) else [],
        "traced_linger": traced["traced_linger"] + ([] if gone else closed),
        "traced_listener_closed": closed if gone else [],
        "rebooted_and_reset": signs["unknown_received"] if signs["rebooted"] else [],
        "ended_and_cut": signs["restarted"] + signs["died"] if signs["unread_close"] else [],
    }


def _nginx_aborts(scene: Scene) -> bool:
    """Return whether nginx serves the port and is told to abort what timed out."""
    for row in rows(scene.server_facts, "peer_application_timeouts", "timeouts"):
        told = text(row, "software") == "nginx" and text(row, "name") == "reset_timedout_connection"
        ports = row.get("ports")
        if told and row.get("value") in (True, "on", 1) and scene.ends.port in (ports if type(ports) is list else []):
            return True
    return False


def _on_narrow(stalled: list[Row], narrow: t.Sequence[Row]) -> list[Row]:
    """Return the connections that repeat segments on a way that carries less than the sender's link."""
    return [
        {**row, "what": "%s, and %s" % (row["what"], narrow[0]["what"]), "culprit": narrow[0]["culprit"]}
        for row in stalled
        if narrow
    ]


def sender(scene: Scene, known: Known, signs: t.Mapping[str, t.Any]) -> Sender:
    """Return {sender, kind, certainty, reasons}: the first way of knowing that answers, the surest first."""
    for find in (_traced, _by_rule, _by_listener, _by_counters, _by_timer, _from_outside):
        found = find(scene, known, signs)
        if found:
            return found
    return {"sender": None, "kind": "unknown", "certainty": "unknown", "reasons": _missing(scene)}


def _answer(name: str | None, kind: str, certainty: str, rows: t.Sequence[Row]) -> Sender:
    return {"sender": name, "kind": kind, "certainty": certainty, "reasons": [row["what"] for row in rows]}


def _traced(scene: Scene, dummy: Known, signs: t.Mapping[str, t.Any]) -> Sender | None:
    sent = [row for name, rows in signs.items() if name.startswith("traced_") for row in rows]
    by_kernel = [row for row in sent if row["culprit"] and row["value"] != "forged"]
    if signs["traced_forged"]:
        return _answer(signs["traced_forged"][0]["host"], "rule", "traced", signs["traced_forged"])
    if by_kernel:
        return _answer(by_kernel[0]["host"], "kernel", "traced", by_kernel[:1])
    return _answer(None, "box", "traced", signs["traced_from_outside"]) if signs["traced_from_outside"] else None


def _by_rule(scene: Scene, known: Known, dummy: t.Mapping[str, t.Any]) -> Sender | None:
    rows = known.path.get("resets_now") or known.path.get("refuses_now")
    return _answer(rows[0]["host"], "rule", "counted", rows) if rows else None


def _by_listener(scene: Scene, known: Known, dummy: t.Mapping[str, t.Any]) -> Sender | None:
    rows = known.probe.get("nothing_listens") or known.probe.get("listens_elsewhere")
    if not rows:
        return None
    counted = in_window(scene.server_facts, "Tcp.OutRsts")
    return _answer(scene.target, "kernel", "counted" if counted else "inferred", rows)


def _by_counters(scene: Scene, dummy: Known, signs: t.Mapping[str, t.Any]) -> Sender | None:
    for name in ("overflow_resets", "unread_close", "rebooted_and_reset", "linger"):
        if signs[name]:
            return _answer(signs[name][0]["culprit"], "kernel", "counted", signs[name])
    if signs["keepalive_died"]:
        return _answer(signs["keepalive_died"][0]["host"], "kernel", "counted", signs["keepalive_died"])
    return None


def _by_timer(scene: Scene, known: Known, dummy: t.Mapping[str, t.Any]) -> Sender | None:
    for name in ("cut_by_proxy", "cut_by_tracking", "cut_by_box", "proxy_reset", "expired"):
        rows = known.idle.get(name)
        if rows:
            peer = rows[0]["culprit"] in scene.book
            return _answer(rows[0]["culprit"], "kernel" if peer else "box", "inferred", rows)
    return None


def _from_outside(scene: Scene, dummy: Known, signs: t.Mapping[str, t.Any]) -> Sender | None:
    rows = signs["from_outside"] or signs["refused_from_outside"]
    return _answer(rows[0]["culprit"], "box", "counted", rows) if rows else None


def _missing(scene: Scene) -> list[str]:
    """Return why the sender is not known: nothing was reset as far as anybody saw, or who was not watched."""
    tried = text(scene.probe, "class")
    if tried in ("ok", "timed_out"):
        return ["the connection that was tried met no reset"]
    blind = [name for name in scene.peers if in_window(scene.facts_of(name), "Tcp.OutRsts") is None]
    unknown = [hop.name for hop in scene.stations if not hop.is_peer]
    return [
        *("counters of %s were not watched" % name for name in blind),
        *("%s is no host of the inventory" % name for name in unknown),
    ]
