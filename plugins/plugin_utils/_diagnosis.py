# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From findings to ranked causes: what a peer proves by itself, and how much all findings together say."""

from __future__ import annotations

import typing as t

from ._bounded import bounded
from ._order import VERDICTS, natural

Entry = t.Mapping[str, t.Any]
Finding = t.Mapping[str, t.Any]

WEIGHTS = {"supporting": 0.3, "conclusive": 0.9}
SETTINGS_TOGETHER = 0.2
AGAINST = 0.5

STRONGEST_FIRST = ("conclusive", "supporting", "setting", "excluding")
OWN_SIDE = frozenset({"remote-kernel", "remote-app", "local-kernel"})

MAX_EVIDENCE = 20
MAX_REMEDIATIONS = 10


class Piece(t.NamedTuple):
    """One finding as evidence for one cause."""

    strength: str
    finding: Finding


class Group(t.NamedTuple):
    """All that speaks for and against one cause at one place: a host, a flow, or (both None) the fleet."""

    cause: str
    host: str | None
    flow: str | None
    pieces: list[Piece]


def diagnose(
    findings: t.Iterable[Finding], causes: t.Mapping[str, Entry], flows: t.Mapping[str, Entry] | None = None
) -> list[dict[str, t.Any]]:
    """Return the diagnoses that deviating findings add up to, the best proven first.

    A finding holds `supports`, causes with the strength it speaks for them; waived and unknown ones count nothing.
    `flows` gives {client, server, port} for the names in the findings' `flow`.
    """
    groups = merge_settings(grouped(findings))
    found = [diagnosis(group, causes.get(group.cause, {}), flows or {}) for group in groups]
    return sorted(
        found,
        key=lambda entry: (
            VERDICTS.index(entry["verdict"]),
            -entry["score"],
            entry["cause"],
            [natural(host) for host in entry["hosts"]],
        ),
    )


def grouped(findings: t.Iterable[Finding]) -> list[Group]:
    """Return the evidence by cause and place; a group holds at least one piece that speaks for its cause."""
    groups: dict[tuple[str, str | None, str | None], Group] = {}
    for finding in findings:
        if finding["status"] != "deviation":
            continue
        for cause, strength in finding["supports"].items():
            key = (cause, finding["host"], finding["flow"])
            groups.setdefault(key, Group(*key, [])).pieces.append(Piece(strength, finding))
    return [group for group in groups.values() if any(piece.strength != "excluding" for piece in group.pieces)]


def merge_settings(groups: t.Iterable[Group]) -> list[Group]:
    """Return the groups with those of one cause that hold nothing but settings made one, whatever their hosts."""
    kept: list[Group] = []
    settings: dict[str, Group] = {}
    for group in groups:
        if any(piece.strength != "setting" for piece in group.pieces):
            kept.append(group)
        elif group.cause in settings:
            first = settings[group.cause]
            settings[group.cause] = Group(group.cause, None, None, first.pieces + group.pieces)
        else:
            settings[group.cause] = group
    return kept + list(settings.values())


def verdict(strengths: t.Sequence[str]) -> str:
    """Return `confirmed`, `likely` or `possible`.

    Confirmed needs something conclusive and nothing against it; likely needs two pieces, one of which is more than
    a setting; settings alone, or a single piece, make a cause possible.
    """
    proofs = strengths.count("conclusive")
    if proofs and "excluding" not in strengths:
        return "confirmed"
    stronger = proofs + strengths.count("supporting")
    return "likely" if stronger and stronger + strengths.count("setting") >= 2 else "possible"


def score(strengths: t.Sequence[str]) -> float:
    """Return how much speaks for a cause, from 0 to 1; each piece for it raises the score, one against lowers it.

    Pieces are taken as independent. Settings count together and stay below one supporting piece.
    """
    doubt = SETTINGS_TOGETHER * 0.5 ** strengths.count("setting") + 1 - SETTINGS_TOGETHER
    for strength in strengths:
        doubt *= 1 - WEIGHTS.get(strength, 0.0)
    return round((1 - doubt) * AGAINST ** strengths.count("excluding"), 4)


def diagnosis(group: Group, cause: Entry, flows: t.Mapping[str, Entry]) -> dict[str, t.Any]:
    """Return one diagnosis of the report for one group."""
    pieces = sorted(group.pieces, key=lambda piece: STRONGEST_FIRST.index(piece.strength))
    strengths = _strengths(pieces)
    flow = flows.get(group.flow or "", {})
    return {
        "cause": group.cause,
        "title": cause.get("title", group.cause),
        "verdict": verdict(strengths),
        "score": score(strengths),
        "culprit": culprit(group, cause),
        "rst_sender": cause.get("rst_sender"),
        **{key: flow.get(key) for key in ("client", "server", "port")},
        "hosts": hosts_of(pieces),
        "evidence": [_evidence(piece) for piece in pieces[:MAX_EVIDENCE]],
        "explanation": cause.get("explanation", ""),
        "remediation": _remediation(pieces, cause),
        "sources": list(cause.get("sources", ())),
    }


def _strengths(pieces: t.Sequence[Piece]) -> list[str]:
    """Return the strengths that count: one rule that deviates on many hosts is one piece, not many."""
    return [strength for strength, _rule in dict.fromkeys((piece.strength, piece.finding["rule"]) for piece in pieces)]


def culprit(group: Group, cause: Entry) -> str | None:
    """Return who is to blame: the declared box that the evidence names, or the peer when its own side resets.

    A box counts when the cause lies on the path, or is the one that its kind is known for. A peer where a middlebox
    is suspected may be the victim; it is named only with conclusive evidence.
    """
    senders = set(cause.get("rst_sender") or ())
    rows = [
        row for piece in group.pieces for row in piece.finding["evidence"] if isinstance(row, dict) and "box" in row
    ]
    boxes = {row["box"] for row in rows if row.get("cause") == group.cause or not senders <= OWN_SIDE}
    if boxes:
        return boxes.pop() if len(boxes) == 1 else None
    proven = any(piece.strength == "conclusive" for piece in group.pieces)
    return group.host if proven or (senders and senders <= OWN_SIDE) else None


def hosts_of(pieces: t.Sequence[Piece]) -> list[str]:
    """Return the hosts concerned in natural order; a finding on the fleet names its hosts in its evidence."""
    names: set[str] = set()
    for finding in (piece.finding for piece in pieces):
        names.update([finding["host"]] if finding["host"] is not None else _named_hosts(finding["evidence"]))
    return sorted(names, key=natural)


def _named_hosts(value: t.Any) -> list[str]:
    if isinstance(value, list):
        return [host for row in value for host in _named_hosts(row)]
    if not isinstance(value, dict):
        return []
    own = [host for host in value.get("hosts", ()) if isinstance(host, str)]
    return own + [host for key, part in value.items() if key != "hosts" for host in _named_hosts(part)]


def _evidence(piece: Piece) -> dict[str, t.Any]:
    finding = piece.finding
    return {
        "host": finding["host"],
        "what": finding["title"],
        "observed": bounded(finding["observed"]),
        "strength": piece.strength,
    }


def _remediation(pieces: t.Sequence[Piece], cause: Entry) -> list[dict[str, t.Any]]:
    fixes = [piece.finding["fix"] for piece in pieces if piece.finding["fix"] and piece.strength != "excluding"]
    own = [{"text": fix["text"], "command": fix["command"], "automatic": bool(fix["task"])} for fix in fixes]
    distinct = {entry["text"]: entry for entry in [*own, *cause.get("remediation", ())]}
    return list(distinct.values())[:MAX_REMEDIATIONS]
