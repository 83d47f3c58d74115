# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings that the user accepts for a reason, on some hosts, until a day."""

from __future__ import annotations

import datetime
import fnmatch
import re
import typing as t

from ._order import closest

FIELDS = ("rule", "host", "reason", "until")


class Waiver(t.NamedTuple):
    """One waiver: `matches` takes a host name; `until` is its last day as YYYY-MM-DD or None."""

    rule: str
    host: str
    reason: str
    until: str | None
    matches: t.Callable[[str], object]


class Waivers(t.NamedTuple):
    """The waivers in force by rule, and a sentence for each that has no effect."""

    by_rule: dict[str, list[Waiver]]
    warnings: list[str]


def in_force(entries: t.Sequence[t.Mapping[str, t.Any]], today: datetime.date, rules: t.Collection[str]) -> Waivers:
    """Return the waivers that count `today` (their last day included), for the rules in force.

    Raises ValueError with one line for each entry without a rule or a reason, or with a day that is none.
    """
    problems = [text for number, entry in enumerate(entries, 1) for text in _mistakes(number, entry)]
    if problems:
        raise ValueError("\n".join(problems))
    by_rule: dict[str, list[Waiver]] = {}
    warnings = []
    for entry in entries:
        waiver = _waiver(entry)
        warning = _without_effect(waiver, today, rules)
        if warning:
            warnings.append(warning)
        else:
            by_rule.setdefault(waiver.rule, []).append(waiver)
    return Waivers(by_rule, warnings)


def _waiver(entry: t.Mapping[str, t.Any]) -> Waiver:
    host = str(entry.get("host") or "*")
    until = str(entry["until"]) if entry.get("until") else None
    return Waiver(entry["rule"], host, entry["reason"], until, re.compile(fnmatch.translate(host)).match)


def _mistakes(number: int, entry: t.Mapping[str, t.Any]) -> list[str]:
    if not isinstance(entry, dict):
        return ["waiver %d: a mapping is needed" % number]
    name = "waiver %d (%s)" % (number, entry.get("rule", "no rule"))
    found = ["%s, %s: text is needed" % (name, key) for key in ("rule", "reason") if not _is_text(entry.get(key))]
    unknown = [key for key in entry if key not in FIELDS]
    found += ["%s, %s: there is no such field%s" % (name, key, closest(key, FIELDS)) for key in unknown]
    if entry.get("until") and _day(entry["until"]) is None:
        found.append("%s, until: %r is no day like 2027-01-31" % (name, entry["until"]))
    return found


def _is_text(value: t.Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _day(text: t.Any) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def _without_effect(waiver: Waiver, today: datetime.date, rules: t.Collection[str]) -> str:
    if waiver.rule not in rules:
        return "The waiver of %s has no effect: there is no such rule%s" % (waiver.rule, closest(waiver.rule, rules))
    last = _day(waiver.until) if waiver.until else None
    if last and last < today:
        return "The waiver of %s on %s ended on %s and is not applied." % (waiver.rule, waiver.host, waiver.until)
    return ""


def waiver_of(known: Waivers, rule: str, host: str | None) -> dict[str, t.Any] | None:
    """Return {reason, until} of the waiver for a finding, or None; a finding without a host needs the pattern `*`."""
    for waiver in known.by_rule.get(rule, ()):
        if waiver.matches(host) if host is not None else waiver.host == "*":
            return {"reason": waiver.reason, "until": waiver.until}
    return None
