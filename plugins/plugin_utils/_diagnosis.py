# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From findings to ranked causes: what a peer or a flow proves, what explains what, and what is to be done."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import typing as t

from ._background import BY_STRANGERS, INTENDED
from ._bounded import bounded
from ._culprits import culprit, hosts_of
from ._evidence import STRONGEST_FIRST, Asked, Entry, Finding, Piece, asked_of, concerns, is_at_server, strengths
from ._groups import Flows, Group, grouped, merge_culprits, merge_settings
from ._order import VERDICTS, natural
from ._reasons import Diagnosis, Judged, blamed, explained
from ._verdicts import score, verdict

MAX_EVIDENCE = 20
MAX_REMEDIATIONS = 10
SSH = 22


def diagnose(
    findings: t.Iterable[Finding],
    causes: t.Mapping[str, Entry],
    flows: Flows | None = None,
    is_peer: t.Callable[[str], bool] = bool,
) -> list[Diagnosis]:
    """Return the diagnoses that deviating findings add up to, the best proven first.

    A finding holds `supports`, causes with the strength it speaks for them; waived and unknown ones count nothing.
    `flows` gives {client, server, port, target, peers, named, ssh_ports, sender, story} for the names in the findings'
    `flow`. When one of them is named, what does not concern it is no more than possible. `is_peer` says whether an
    address belongs to a peer, so that what strangers leave in logs does not count.
    """
    known = flows or {}
    asked = asked_of(known.values())
    groups = merge_settings(grouped(findings, causes, known, asked))
    groups = merge_culprits(groups, lambda group: culprit(group, causes.get(group.cause, {}), known), known)
    found = [_judged(group, causes.get(group.cause, {}), known, asked, is_peer) for group in groups]
    return [entry for entry, _concerned in sorted(explained(blamed(found)), key=_rank)]


def _rank(judged: Judged) -> tuple[t.Any, ...]:
    entry, concerned = judged
    return (
        VERDICTS.index(entry["verdict"]),
        not concerned,
        -entry["score"],
        entry["cause"],
        [natural(host) for host in entry["hosts"]],
        entry["port"] or 0,
    )


def _judged(group: Group, cause: Entry, flows: Flows, asked: Asked | None, is_peer: t.Callable[[str], bool]) -> Judged:
    counted = strengths(group.pieces)
    concerned = asked is None or _concerns_asked(group, cause, flows, asked)
    found, points = verdict(counted), score(counted)
    strange = group.cause in BY_STRANGERS and not _is_of_peers(group, is_peer)
    if not concerned or group.cause in INTENDED or strange:
        found = "possible"
    return _entry(group, cause, flows, asked if concerned else None, (found, points)), concerned


def _concerns_asked(group: Group, cause: Entry, flows: Flows, asked: Asked) -> bool:
    if group.flow is not None:
        return any(flows.get(name, {}).get("named") for name in group.flows)
    hosts = [group.host] if group.host is not None else hosts_of(group, asked.peers)
    return any(concerns(group.cause, cause, host, asked.servers, asked.peers) for host in hosts)


def _is_of_peers(group: Group, is_peer: t.Callable[[str], bool]) -> bool:
    """Return whether evidence that strangers leave everywhere is about a flow, or names the address of a peer."""
    told = [row["address"] for piece in group.pieces for row in piece.rows if isinstance(row.get("address"), str)]
    return group.flow is not None or any(map(is_peer, told))


def _entry(group: Group, cause: Entry, flows: Flows, asked: Asked | None, worth: tuple[str, float]) -> Diagnosis:
    pieces = sorted(group.pieces, key=lambda piece: STRONGEST_FIRST.index(piece.strength))
    ends = _ends(group, cause, flows, asked, worth[0])
    own = [flows[name] for name in group.flows if name in flows]
    peers = {name for flow in own for name in flow.get("peers") or ()}
    senders = dict.fromkeys(flow["sender"] for flow in own if flow.get("sender"))
    stories = dict.fromkeys(flow["story"] for flow in own if flow.get("story"))
    to_blame = culprit(group, cause, flows)
    sender = to_blame if to_blame in senders else next(iter(senders)) if len(senders) == 1 else None
    return {
        "cause": group.cause,
        "title": cause.get("title", group.cause),
        "verdict": worth[0],
        "score": worth[1],
        "culprit": to_blame,
        "rst_sender": (sender if worth[0] != "possible" else None) or cause.get("rst_sender"),
        **ends,
        "hosts": hosts_of(group, peers),
        "evidence": _distinct(row for piece in pieces for row in _evidence(piece))[:MAX_EVIDENCE],
        "explanation": " ".join([*list(stories)[:1], cause.get("explanation", "")]).strip(),
        "remediation": _remediation(pieces, cause),
        "sources": list(cause.get("sources", ())),
    }


def _ends(group: Group, cause: Entry, flows: Flows, asked: Asked | None, found: str) -> Diagnosis:
    """Return {client, server, port}: of the flows, of the flow that was asked for, else what a host shows by itself."""
    own = [flows[name] for name in group.flows if name in flows]
    if own:
        each = {key: list(dict.fromkeys(flow.get(key) for flow in own)) for key in ("client", "server", "port")}
        return {key: values[0] if len(values) == 1 else None for key, values in each.items()}
    if asked is not None and group.host in asked.peers:
        return {"client": asked.client, "server": asked.server, "port": asked.port}
    if found == "possible" or group.host is None or not is_at_server(group.cause, cause):
        return {"client": None, "server": None, "port": None}
    told = {row["port"] for piece in group.pieces for row in piece.rows if type(row.get("port")) is int}
    port = told.pop() if len(told) == 1 else SSH if cause.get("group") == "sshd" else None
    return {"client": None, "server": group.host, "port": port}


def _evidence(piece: Piece) -> list[Diagnosis]:
    """Return the evidence of a piece: one entry per row of a flow, with its host; one for what a host shows."""
    finding, what = piece.finding, piece.finding["title"]
    told = [row for row in piece.rows if isinstance(row.get("what"), str)] if finding["flow"] is not None else []
    if not told:
        observed = bounded(finding["observed"])
        return [{"host": finding["host"], "what": what, "observed": observed, "strength": piece.strength}]
    return [
        {"host": row.get("host"), "what": what, "observed": bounded(row["what"]), "strength": piece.strength}
        for row in told
    ]


def _distinct(found: t.Iterable[Diagnosis]) -> list[Diagnosis]:
    return list({repr(row): row for row in found}.values())


def _remediation(pieces: t.Sequence[Piece], cause: Entry) -> list[Diagnosis]:
    fixes = [piece.finding["fix"] for piece in pieces if piece.finding["fix"] and piece.strength != "excluding"]
    own = [{"text": fix["text"], "command": fix["command"], "automatic": bool(fix["task"])} for fix in fixes]
    distinct = {entry["text"]: entry for entry in [*own, *cause.get("remediation", ())]}
    return list(distinct.values())[:MAX_REMEDIATIONS]
