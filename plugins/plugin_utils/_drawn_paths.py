# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of each diagnosed flow: its stations, the timers on each, and where the reset came from."""

from __future__ import annotations

import typing as t

from ._correlation import Flow
from ._flow_digest import ENDED, story
from ._readings import Row, mapping, rows, text, texts
from ._shown import shown

Entry = t.Mapping[str, t.Any]

MAX_PATHS = 12
MAX_TIMERS = 6
TIMER = ("what", "after_s", "effect", "layer", "armed", "place")
CERTAIN = ("traced", "counted", "inferred", "unknown")


def drawn_paths(flows: t.Sequence[Flow], diagnoses: t.Sequence[Entry]) -> dict[str, t.Any]:
    """Return {rows, total, truncated}: a path per flow that a diagnosis above `possible` is about, and the named ones.

    A diagnosis that merges several flows takes the one that shows most: who sent the reset, and from where to where.
    """
    chosen: dict[str, tuple[Flow, list[str]]] = {}
    for diagnosis in diagnoses:
        fitting = [flow for flow in flows if diagnosis["verdict"] != "possible" and fits(diagnosis, flow)]
        if fitting:
            told = _told_of(diagnosis, fitting)
            best = min(fitting, key=lambda flow: (_ends(flow) not in told, *_telling(diagnosis, flow)))
            chosen.setdefault(best.name, (best, []))[1].append(diagnosis["cause"])
    for flow in flows:
        if mapping(flow.facts, "flow").get("named") is True:
            chosen.setdefault(flow.name, (flow, []))
    return shown([path(flow, list(dict.fromkeys(causes))) for flow, causes in chosen.values()], MAX_PATHS)


def fits(diagnosis: Entry, flow: Flow) -> bool:
    """Return whether a diagnosis may be about a flow: what it names of ends and culprit is the flow's."""
    facts = mapping(flow.facts, "flow")
    named = [(diagnosis[key], facts.get(key)) for key in ("client", "server", "port") if diagnosis[key] is not None]
    if any(asked != known for asked, known in named):
        return False
    around = {*flow.peers, *texts(facts, "path", "hops"), *texts(facts, "path", "boxes"), facts.get("server")}
    return bool(named or diagnosis["culprit"]) and (diagnosis["culprit"] is None or diagnosis["culprit"] in around)


def _told_of(diagnosis: Entry, fitting: t.Sequence[Flow]) -> list[tuple[t.Any, ...]]:
    """Return server and port of the flow that the explanation begins with, so that words and drawing agree."""
    stories = [(story(flow.facts["flow"]), flow) for flow in fitting]
    return [_ends(flow) for words, flow in stories if diagnosis["explanation"].startswith(words)][:1]


def _ends(flow: Flow) -> tuple[t.Any, ...]:
    facts = mapping(flow.facts, "flow")
    return facts.get("server"), facts.get("port")


def _telling(diagnosis: Entry, flow: Flow) -> tuple[t.Any, ...]:
    """Return a key that is least for the flow that shows most of a diagnosis."""
    facts = mapping(flow.facts, "flow")
    sender, certainty = text(facts, "attribution", "sender"), text(facts, "attribution", "certainty")
    ended = text(facts, "probe", "class")
    return (
        facts.get("named") is not True,
        not sender or sender not in (diagnosis["culprit"], diagnosis["rst_sender"]),
        CERTAIN.index(certainty) if certainty in CERTAIN else len(CERTAIN),
        ended not in ENDED,
        text(facts, "origin") == "example" or not facts.get("client"),
        mapping(facts, "path").get("complete") is not True,
    )


def path(flow: Flow, causes: t.Sequence[str]) -> Row:
    """Return one path as the report holds it; `causes` are ids of the diagnoses that it belongs to."""
    facts = mapping(flow.facts, "flow")
    attribution = mapping(facts, "attribution")
    client = None if text(facts, "origin") == "example" else facts.get("client")
    reset = {key: attribution.get(key) for key in ("sender", "kind", "certainty")}
    return {
        "flow": flow.name,
        "client": client,
        "server": facts.get("server"),
        "address": facts.get("address"),
        "port": facts.get("port"),
        "stations": stations(facts, client),
        "back": texts(facts, "path", "back"),
        "asymmetric": mapping(facts, "path").get("asymmetric") is True,
        "exact": mapping(facts, "path").get("exact") is True,
        "ended": text(facts, "probe", "class") or None,
        "reset": {**reset, "reasons": texts(attribution, "reasons")[:3]},
        "story": story(facts),
        "causes": list(causes),
    }


def stations(facts: Row, client: str | None) -> list[Row]:
    """Return the stations from client to server, each {name, role, timers}.

    Roles are `client hop box proxy server`, and `outside` for a sender of resets that is none of the others.
    """
    target, server = text(facts, "path", "target"), text(facts, "server")
    names: dict[str, str] = {client or "any client": "client"}
    for role, key in (("hop", "hops"), ("box", "boxes")):
        for name in texts(facts, "path", key):
            names.setdefault(name, role)
    sender = text(facts, "attribution", "sender")
    known = sender in (*names, target, server)
    if not known and (sender or text(facts, "attribution", "kind") == "box"):
        names[sender or "somebody on the way"] = "outside"
    for role, name in (("proxy", target), ("server", server)):
        if name and (role == "server" or name != server):
            names.pop(name, None)
            names[name] = role
    timers = rows(facts, "chain", "timers")
    first = mapping(facts, "chain", "first")
    return [{"name": name, "role": role, "timers": _timers(name, timers, first)} for name, role in names.items()]


def _timers(name: str, timers: t.Sequence[Row], first: Row) -> list[Row]:
    """Return the timers of a station in the order in which they fire; `first` marks the one that ends the flow."""
    own = [timer for timer in timers if timer.get("host") == name]
    return [{**{key: timer.get(key) for key in TIMER}, "first": timer == first} for timer in own[:MAX_TIMERS]]
