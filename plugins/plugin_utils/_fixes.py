# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remediations: their text, shell lines and Ansible task with the placeholders filled in."""

from __future__ import annotations

import re
import typing as t

import yaml

from ._operators import is_number, judge, nearest, shown

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
NOT_DATA = ("id", "by_observed", "want_from")

Entry = t.Mapping[str, t.Any]
Fix = dict[str, t.Any]


def placeholders(value: t.Any) -> set[str]:
    """Return the names of the placeholders in all texts of a remediation."""
    if isinstance(value, str):
        return set(PLACEHOLDER.findall(value))
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set().union(*(placeholders(part) for part in parts))


def fix_of(rule: Entry) -> Entry:
    """Return the id of a rule's remediation and the data beside it; empty when the rule has none."""
    chosen = rule.get("fix") or {}
    return {"id": chosen} if isinstance(chosen, str) else chosen


def missing(fix: Entry, data: Entry, rule: Entry) -> list[str]:
    """Return the placeholders of `fix` that neither the rule nor the data beside its id give a value."""
    given = {*data, "host"} | ({"want"} if "want" in rule or "want_from" in data else set())
    return sorted(placeholders(fix) - given)


def filled(value: t.Any, values: Entry) -> t.Any:
    """Return `value` with placeholders replaced in all its texts; a text that is one placeholder takes the type."""
    if isinstance(value, dict):
        return {filled(key, values): filled(part, values) for key, part in value.items()}
    if isinstance(value, list):
        return [filled(part, values) for part in value]
    if not isinstance(value, str):
        return value
    whole = PLACEHOLDER.fullmatch(value)
    if whole and whole.group(1) in values:
        return values[whole.group(1)]
    return PLACEHOLDER.sub(lambda found: shown(values.get(found.group(1), found.group())), value)


def with_steps(fixes: t.Mapping[str, Entry]) -> dict[str, Entry]:
    """Return remediations, those with `steps` having the command and the task of the one that `steps` names by its id.

    The data beside the id fill the placeholders of the other. Raises ValueError when there is none, or it has none.
    """
    return {name: _with_steps(name, fix, fixes) if "steps" in fix else fix for name, fix in fixes.items()}


def _with_steps(name: str, fix: Entry, fixes: t.Mapping[str, Entry]) -> Entry:
    steps = fix["steps"]
    other = fixes.get(steps["id"], {})
    if "command" not in other:
        raise ValueError("remediation %s: there are no steps in %s" % (name, steps["id"]))
    return {"text": fix["text"], **{part: filled(other[part], steps) for part in ("command", "task") if part in other}}


def rendered(
    rule: Entry, fixes: t.Mapping[str, Entry], host: str | None, observed: t.Any, derived: t.Any = None
) -> Fix | None:
    """Return {text, command, task} for a deviation of `rule`, or None when the rule has no remediation.

    `task` is YAML, one item of a list of tasks. {want} is the value the fix sets: the number `derived` from the facts,
    else the `want` beside the fix's id unless it fails the rule, else what the rule wants. No text of a peer gets
    into a command.
    """
    data = fix_of(rule)
    if not data:
        return None
    by_observed = data.get("by_observed", {})
    fix = fixes[by_observed.get(observed, data["id"]) if isinstance(observed, str) else data["id"]]
    values = {name: value for name, value in data.items() if name not in NOT_DATA}
    values.update(host=host or "", want=derived if is_number(derived) else _target(rule, data, observed))
    task = filled(fix["task"], values) if fix.get("task") else None
    return {
        "text": shown(filled(fix["text"], values)),
        "command": shown(filled(fix["command"], values)) if fix.get("command") else None,
        "task": _yaml(task) if task else None,
    }


class _Dumper(yaml.SafeDumper):
    """Writes a text of several lines as a block, and lists further in, the way people write tasks."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent a list in a mapping, which PyYAML does not."""
        super().increase_indent(flow, False)


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def _yaml(task: t.Any) -> str:
    return str(yaml.dump([task], Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120))


def _target(rule: Entry, data: Entry, observed: t.Any) -> t.Any:
    want = rule.get("want")
    if "want" in data and judge(rule["op"], data["want"], want)[0] != "deviation":
        return data["want"]
    return nearest(rule["op"], observed, want)


class Fixes:
    """Remediations rendered once for all hosts that share one; writing YAML costs more than judging a rule."""

    def __init__(self, fixes: t.Mapping[str, Entry]) -> None:
        self._fixes = fixes
        self._by_host = {name: "host" in placeholders(fix) for name, fix in fixes.items()}
        self._known: dict[tuple[t.Any, ...], Fix | None] = {}

    def __call__(self, rule_id: str, rule: Entry, host: str | None, observed: t.Any, derived: t.Any) -> Fix | None:
        """Return what `rendered` does."""
        data = fix_of(rule)
        varied = bool(data.get("by_observed"))
        mine = host if varied or self._by_host.get(data.get("id", "")) else None
        seen = observed if varied and isinstance(observed, str) else None
        below = rule["op"] == "between" and nearest("between", observed, rule["want"])
        key = (rule_id, mine, seen, below, derived if is_number(derived) else None)
        if key not in self._known:
            self._known[key] = rendered(rule, self._fixes, mine, observed, derived)
        return self._known[key]
