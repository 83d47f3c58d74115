# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules, remediations and causes of a run: topics merged, the user's changes applied, everything checked."""

from __future__ import annotations

import typing as t

from ._expressions import Expression, expression
from ._fixes import fix_of, missing
from ._operators import OPERATORS
from ._order import SEVERITIES, closest

SCOPES = ("peer", "flow", "fleet")
STRENGTHS = ("setting", "supporting", "conclusive", "excluding")
FIELDS = (
    *("title", "scope", "when", "fact", "op", "want", "unit", "severity", "supports", "evidence", "why", "source"),
    *("fix", "examples"),
)
REQUIRED = ("title", "scope", "fact", "op", "severity", "why", "source")
EXPRESSIONS = ("when", "fact", "evidence")

Entry = t.Mapping[str, t.Any]
Entries = t.Mapping[str, Entry]


class Rule(t.NamedTuple):
    """A rule ready for use: its id, its fields as written, its expressions compiled."""

    id: str
    fields: Entry
    when: Expression | None
    fact: Expression
    evidence: Expression | None
    fix_want: Expression | None = None


def merged(topics: t.Iterable[Entries]) -> dict[str, Entry]:
    """Return the entries of all topics as one mapping. Raises ValueError for an id that stands in two of them."""
    entries: dict[str, Entry] = {}
    for topic in topics:
        twice = sorted(set(entries) & set(topic))
        if twice:
            raise ValueError("defined twice in the catalogue: %s" % ", ".join(twice))
        entries.update(topic)
    return entries


def catalogue(rules: Entries, fixes: Entries, causes: Entries, overrides: Entries | None = None) -> list[Rule]:
    """Return the rules of a run in order of their ids, with `overrides` applied.

    An override changes fields of a rule, adds a rule when it has all of its fields, or leaves one out with
    `enabled: false`. Raises ValueError with one line for each mistake, naming the rule and the field.
    """
    chosen, problems = overridden(rules, overrides or {})
    for rule_id, fields in chosen.items():
        problems += ["rule %s, %s" % (rule_id, text) for text in mistakes(fields, fixes, causes)]
    if problems:
        raise ValueError("\n".join(problems))
    return [_rule(rule_id, chosen[rule_id]) for rule_id in sorted(chosen)]


def _rule(rule_id: str, fields: Entry) -> Rule:
    compiled = {name: expression(fields[name]) if fields.get(name) else None for name in EXPRESSIONS}
    want_from = fix_of(fields).get("want_from")
    fact = t.cast(Expression, compiled["fact"])
    return Rule(
        rule_id, fields, compiled["when"], fact, compiled["evidence"], expression(want_from) if want_from else None
    )


def overridden(rules: Entries, overrides: Entries) -> tuple[dict[str, Entry], list[str]]:
    """Return the rules after `overrides`, and one line for each override that cannot be applied."""
    chosen, problems = dict(rules), []
    for rule_id, changes in overrides.items():
        if not isinstance(changes, dict):
            problems.append("override %s: a mapping of fields is needed" % rule_id)
            continue
        fields = {**rules.get(rule_id, {}), **{name: changes[name] for name in changes if name != "enabled"}}
        lacking = [name for name in REQUIRED if name not in fields]
        if changes.get("enabled") is False and rule_id in rules:
            del chosen[rule_id]
        elif lacking:
            problems.append(_unknown_rule(rule_id, lacking, rules))
        elif changes.get("enabled", True) is not False:
            chosen[rule_id] = fields
    return chosen, problems


def _unknown_rule(rule_id: str, lacking: t.Sequence[str], rules: Entries) -> str:
    return "override %s: there is no such rule%s (a new rule also needs %s)" % (
        rule_id,
        closest(rule_id, rules),
        ", ".join(lacking),
    )


def mistakes(fields: Entry, fixes: Entries, causes: Entries) -> list[str]:
    """Return one line, beginning with the name of the field, for each mistake in a rule."""
    found = ["%s: there is no such field%s" % (name, closest(name, FIELDS)) for name in fields if name not in FIELDS]
    found += ["%s: missing" % name for name in REQUIRED if name not in fields]
    if found:
        return found
    found += [_closed(fields, name, allowed) for name, allowed in CLOSED.items()]
    found += ["%s: text is needed" % name for name in ("title", "why", "source") if not _is_text(fields[name])]
    found += [_expression(fields, name) for name in EXPRESSIONS]
    found += [_want(fields), *_supports(fields.get("supports"), causes), *_fix(fields, fixes)]
    return [text for text in found if text]


CLOSED = {"scope": SCOPES, "severity": SEVERITIES, "op": tuple(OPERATORS)}


def _is_text(value: t.Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _closed(fields: Entry, name: str, allowed: t.Sequence[str]) -> str:
    return "" if fields[name] in allowed else "%s: %r is not one of %s" % (name, fields[name], ", ".join(allowed))


def _expression(fields: Entry, name: str) -> str:
    text = fields.get(name)
    if text is None and name != "fact":
        return ""
    if not _is_text(text):
        return "%s: an expression is needed" % name
    try:
        expression(t.cast(str, text))
    except ValueError as error:
        return "%s: %s" % (name, str(error).strip().replace("\n", " "))
    return ""


def _want(fields: Entry) -> str:
    operator = OPERATORS.get(fields["op"]) if isinstance(fields["op"], str) else None
    if operator is None or operator.accepts(fields.get("want")):
        return ""
    return "want: %r does not fit op %s" % (fields.get("want"), fields["op"])


def _supports(supports: t.Any, causes: Entries) -> list[str]:
    if supports is None:
        return []
    if not isinstance(supports, dict):
        return ["supports: a mapping of causes to strengths is needed"]
    unknown = [name for name in supports if name not in causes]
    wrong = ["supports: there is no cause %s%s" % (name, closest(name, causes)) for name in unknown]
    return wrong + [
        "supports: %r is not one of %s" % (strength, ", ".join(STRENGTHS))
        for strength in supports.values()
        if strength not in STRENGTHS
    ]


def _fix(fields: Entry, fixes: Entries) -> list[str]:
    if fields.get("fix") is None:
        return []
    data = fix_of(fields)
    if not isinstance(data, dict) or not isinstance(data.get("id"), str):
        return ["fix: the id of a remediation is needed"]
    bad = _expression(data, "want_from")
    if bad:
        return ["fix, %s" % bad]
    if not isinstance(data.get("by_observed", {}), dict):
        return ["fix, by_observed: a mapping of observed values to remediations is needed"]
    names = [data["id"], *data.get("by_observed", {}).values()]
    wrong = ["fix: there is no remediation %s%s" % (name, closest(name, fixes)) for name in names if name not in fixes]
    return wrong or [
        "fix: %s needs a value for {%s}" % (name, placeholder)
        for name in names
        for placeholder in missing(fixes[name], data, fields)
    ]
