# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remediations come out as text, shell lines and a task, and never with a peer's text in them."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._fixes import (
    Fixes,
    missing,
    placeholders,
    rendered,
    with_steps,
)

SYSCTL = {
    "text": "Set {name} to {want}.",
    "command": "sysctl -w {name}={want}",
    "task": {
        "name": "Set {name}",
        "ansible.builtin.copy": {"dest": "/etc/sysctl.d/90-x.conf", "content": "{name} = {want}\n", "mode": "0644"},
        "vars": {"wanted": "{want}", "plain": 5},
    },
}
BY_HOST = {"text": "Log in to {host}.", "command": "ssh {host}"}
FIXES = {"sysctl": SYSCTL, "by-host": BY_HOST, "refused": {"text": "Start it."}}


def rule(**fields: t.Any) -> dict[str, t.Any]:
    """Return the fields of a rule that matter here."""
    return {"op": "le", "want": 120, "fix": {"id": "sysctl", "name": "net.x"}, **fields}


def test_placeholders_are_filled_in_text_command_and_task() -> None:
    fix = rendered(rule(), FIXES, "web1", 7200)
    assert fix is not None
    assert fix["text"] == "Set net.x to 120."
    assert fix["command"] == "sysctl -w net.x=120"
    assert "content: |" in fix["task"]
    assert yaml.safe_load(fix["task"]) == [
        {
            "name": "Set net.x",
            "ansible.builtin.copy": {"dest": "/etc/sysctl.d/90-x.conf", "content": "net.x = 120\n", "mode": "0644"},
            "vars": {"wanted": 120, "plain": 5},
        }
    ]


@pytest.mark.parametrize(
    ("fields", "observed", "derived", "target"),
    [
        pytest.param({}, 7200, None, 120, id="what-the-rule-wants"),
        pytest.param({"fix": {"id": "sysctl", "name": "x", "want": 60}}, 7200, None, 60, id="better-value-of-the-fix"),
        pytest.param(
            {"want": 30, "fix": {"id": "sysctl", "name": "x", "want": 60}}, 7200, None, 30, id="not-when-it-would-fail"
        ),
        pytest.param(
            {"op": "eq", "want": True, "fix": {"id": "sysctl", "name": "x", "want": 60}}, 1, None, 60, id="other-kind"
        ),
        pytest.param({"op": "between", "want": [4, 9]}, 2, None, 4, id="near-bound"),
        pytest.param({"op": "in", "want": [2, 0]}, 1, None, 2, id="first-choice"),
        pytest.param({}, 7200, 45, 45, id="derived-number"),
        pytest.param({}, 7200, "45; reboot", 120, id="derived-text-is-not-used"),
    ],
)
def test_the_value_that_a_fix_sets(fields: dict[str, t.Any], observed: t.Any, derived: t.Any, target: t.Any) -> None:
    fix = rendered(rule(**fields), FIXES, None, observed, derived)
    assert fix is not None
    assert yaml.safe_load(fix["task"])[0]["vars"]["wanted"] == target


def test_the_class_of_a_failure_chooses_the_fix() -> None:
    chosen = rule(op="eq", want="ok", fix={"id": "by-host", "by_observed": {"refused": "refused"}})
    fixes = Fixes(FIXES)
    assert fixes("r", chosen, "web1", "refused", None) == {"text": "Start it.", "command": None, "task": None}
    assert fixes("r", chosen, "web1", "reset", None)["text"] == "Log in to web1."  # type: ignore[index]
    assert fixes("r", chosen, "web2", "reset", None)["text"] == "Log in to web2."  # type: ignore[index]
    assert fixes("r", chosen, "web2", ["not", "a", "class"], None)["text"] == "Log in to web2."  # type: ignore[index]


def test_a_fix_is_rendered_once_for_all_hosts_that_share_it() -> None:
    fixes = Fixes(FIXES)
    assert fixes("r", rule(), "web1", 7200, None) is fixes("r", rule(), "web2", 300, None)
    assert fixes("r", rule(), "web1", 7200, 45) is not fixes("r", rule(), "web2", 7200, 60)


def test_a_rule_without_a_fix_has_none() -> None:
    assert rendered(rule(fix=None), FIXES, "web1", 1) is None


def test_missing_names_the_placeholders_without_a_value() -> None:
    assert placeholders(SYSCTL) == {"name", "want"}
    assert missing(SYSCTL, {"id": "sysctl"}, {"op": "empty"}) == ["name", "want"]
    assert missing(SYSCTL, {"id": "sysctl", "name": "x", "want_from": "a.b"}, {"op": "empty"}) == []


def test_a_remediation_takes_the_steps_of_another() -> None:
    own = {"text": "Raise {name}.", "steps": {"id": "sysctl", "name": "net.y", "want": 5}}
    fixes = with_steps({**FIXES, "own": own})
    assert fixes["own"]["text"] == "Raise {name}."
    assert fixes["own"]["command"] == "sysctl -w net.y=5"
    assert fixes["own"]["task"]["vars"] == {"wanted": 5, "plain": 5}
    assert fixes["sysctl"] == SYSCTL


def test_what_the_steps_leave_open_comes_from_the_rule() -> None:
    fixes = with_steps({**FIXES, "own": {"text": "Raise it.", "steps": {"id": "sysctl", "want": "{value}"}}})
    fix = rendered(rule(fix={"id": "own", "name": "net.z", "value": 7}), fixes, "web1", 7200)
    assert fix is not None and fix["command"] == "sysctl -w net.z=7"


@pytest.mark.parametrize("steps", ["none", "refused", "own"])
def test_steps_that_are_not_there_are_a_mistake_of_the_catalogue(steps: str) -> None:
    with pytest.raises(ValueError, match="own: there are no steps in " + steps):
        with_steps({**FIXES, "own": {"text": "Raise it.", "steps": {"id": steps}}})
