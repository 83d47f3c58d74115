# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rule says about one subject: a peer, a flow or the fleet."""

from __future__ import annotations

import typing as t

from ._bounded import bounded
from ._catalogue import Rule
from ._expressions import Expression
from ._fixes import Fixes
from ._operators import judge, recommended
from ._order import SEVERITIES, natural
from ._waivers import Waivers, waiver_of

Finding = dict[str, t.Any]
"""A finding of the report, and what the diagnosis reads and the report leaves out: see `INTERNAL`."""

INTERNAL = ("supports", "families")
"""Causes with the strength a finding speaks for them, and the families of facts it was found in."""


class Subject(t.NamedTuple):
    """What rules are applied to: facts of exact builtin types, and whose they are."""

    facts: t.Mapping[str, t.Any]
    host: str | None = None
    flow: str | None = None


def outcome(rule: Rule, subject: Subject) -> tuple[str, t.Any, str]:
    """Return (status, observed, detail) of one rule on one subject; the status is "" when the rule does not apply.

    It does not apply either when it cannot be judged without a family that the run was told to leave out.
    """
    status, observed, detail = _judged(rule, subject)
    if status == "unknown" and _left_out(rule, subject.facts):
        return "", None, ""
    return status, observed, detail


def _judged(rule: Rule, subject: Subject) -> tuple[str, t.Any, str]:
    if rule.when is not None:
        applies, detail = rule.when(subject.facts)
        if detail:
            return "unknown", None, _explained(rule.when, subject, detail)
        if not applies:
            return "", None, ""
    observed, detail = rule.fact(subject.facts)
    status = "unknown"
    if not detail:
        status, detail = judge(rule.fields["op"], observed, rule.fields.get("want"))
    return status, observed, detail and _explained(rule.fact, subject, detail)


def _left_out(rule: Rule, facts: t.Mapping[str, t.Any]) -> bool:
    """Return whether a rule looks at a family nobody asked for: one that failed is there, with sources that say so."""
    roots = rule.fact.roots | (rule.when.roots if rule.when else frozenset())
    return "peer_gathering" in facts and any(root.startswith("peer_") and root not in facts for root in roots)


def _explained(looked_for: Expression, subject: Subject, detail: str) -> str:
    absent = sorted(root for root in looked_for.roots if root not in subject.facts)
    return "%s was not gathered" % ", ".join(absent) if absent else detail


def finding(rule: Rule, subject: Subject, result: tuple[str, t.Any, str], fixes: Fixes, waived: Waivers) -> Finding:
    """Return the finding for an outcome that is not `ok`."""
    status, observed, detail = result
    fields = rule.fields
    deviates = status == "deviation"
    waiver = waiver_of(waived, rule.id, subject.host)
    found = {
        "rule": rule.id,
        "host": subject.host,
        "flow": subject.flow,
        "status": "waived" if waiver else status,
        "severity": fields["severity"],
        "title": fields["title"],
        "observed": bounded(observed),
        "recommended": recommended(fields["op"], fields.get("want"), fields.get("unit")),
        "unit": fields.get("unit"),
        "evidence": _evidence(rule, subject) if deviates else [],
        "why": fields["why"],
        "source": fields["source"],
        "fix": _fix(rule, subject, observed, fixes) if deviates else None,
        "supports": fields.get("supports") or {},
        "families": sorted(rule.fact.roots),
    }
    if waiver:
        found["waiver"] = waiver
    if detail:
        found["detail"] = detail
    return found


def _fix(rule: Rule, subject: Subject, observed: t.Any, fixes: Fixes) -> dict[str, t.Any] | None:
    derived = rule.fix_want(subject.facts).value if rule.fix_want else None
    return fixes(rule.id, rule.fields, subject.host, observed, derived)


def _evidence(rule: Rule, subject: Subject) -> list[t.Any]:
    if rule.evidence is None:
        return []
    rows = rule.evidence(subject.facts).value
    if rows is None:
        return []
    return t.cast("list[t.Any]", bounded(rows if isinstance(rows, list) else [rows]))


def ordered(findings: t.Iterable[Finding]) -> list[Finding]:
    """Return findings by severity, then rule, then host or flow; web2 stands before web10."""
    return sorted(
        findings,
        key=lambda found: (
            SEVERITIES.index(found["severity"]),
            found["rule"],
            natural(found["host"] or ""),
            found["flow"] or "",
        ),
    )
