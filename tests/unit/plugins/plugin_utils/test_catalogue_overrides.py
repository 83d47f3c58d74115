# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user may change in the catalogue, and how mistakes are named."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._catalogue import catalogue, merged
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils.catalogue_samples import (
    CAUSES,
    FIXES,
    KEEPALIVE,
    REACHED,
    RULES,
)


def fields(overrides: dict[str, t.Any], rule: str = "keepalive-idle-time") -> t.Any:
    """Return the fields of a rule after `overrides`, or None when it is not in force."""
    found = {entry.id: entry.fields for entry in catalogue(RULES, FIXES, CAUSES, overrides)}
    return found.get(rule)


def test_rules_come_in_order_of_their_ids() -> None:
    assert [rule.id for rule in catalogue(RULES, FIXES, CAUSES)] == sorted(RULES)


def test_an_override_changes_one_field() -> None:
    assert fields({"keepalive-idle-time": {"want": 60}}) == {**KEEPALIVE, "want": 60}


def test_an_override_leaves_a_rule_out_and_in() -> None:
    assert fields({"keepalive-idle-time": {"enabled": False}}) is None
    assert fields({"keepalive-idle-time": {"enabled": True, "want": 60}})["want"] == 60


def test_an_override_with_all_fields_adds_a_rule() -> None:
    added = fields({"my-own": {**REACHED, "enabled": True}}, "my-own")
    assert added == REACHED


def test_a_new_rule_that_is_switched_off_is_not_there() -> None:
    assert fields({"my-own": {**REACHED, "enabled": False}}, "my-own") is None


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        pytest.param(
            {"keepalive-idle-tim": {"want": 60}},
            r'override keepalive-idle-tim: there is no such rule; did you mean "keepalive-idle-time"\? '
            r"\(a new rule also needs title, scope, fact",
            id="misspelt-rule",
        ),
        pytest.param({"keepalive-idle-tim": {"enabled": False}}, "there is no such rule; did you", id="misspelt-off"),
        pytest.param({"keepalive-idle-time": 60}, "a mapping of fields is needed", id="no-mapping"),
        pytest.param(
            {"keepalive-idle-time": {"wnat": 60}},
            'rule keepalive-idle-time, wnat: there is no such field; did you mean "want"',
            id="misspelt-field",
        ),
        pytest.param({"keepalive-idle-time": {"want": "60"}}, "want: '60' does not fit op le", id="want-as-text"),
        pytest.param(
            {"keepalive-idle-time": {"op": "eq", "want": None}}, "want: None does not fit op eq", id="no-want"
        ),
        pytest.param({"keepalive-idle-time": {"op": "less"}}, "op: 'less' is not one of eq, ne", id="operator"),
        pytest.param({"keepalive-idle-time": {"op": ["le"]}}, "op: .* is not one of", id="operator-as-list"),
        pytest.param({"keepalive-idle-time": {"severity": "error"}}, "severity: 'error' is not one of", id="severity"),
        pytest.param({"keepalive-idle-time": {"scope": "host"}}, "scope: 'host' is not one of", id="scope"),
        pytest.param({"keepalive-idle-time": {"fact": "a["}}, "rule keepalive-idle-time, fact: ", id="fact"),
        pytest.param({"keepalive-idle-time": {"fact": ""}}, "fact: an expression is needed", id="no-fact"),
        pytest.param({"keepalive-idle-time": {"when": "lenght(a)"}}, "when: there is no function lenght", id="when"),
        pytest.param({"keepalive-idle-time": {"evidence": 5}}, "evidence: an expression is needed", id="evidence"),
        pytest.param({"keepalive-idle-time": {"title": " "}}, "title: text is needed", id="title"),
        pytest.param(
            {"keepalive-idle-time": {"supports": {"keepalive-later-than-middlebx": "setting"}}},
            'no cause keepalive-later-than-middlebx; did you mean "keepalive-later-than-middlebox"',
            id="cause",
        ),
        pytest.param(
            {"keepalive-idle-time": {"supports": {"duplicate-ip": "strong"}}}, "'strong' is not one of", id="strength"
        ),
        pytest.param({"keepalive-idle-time": {"supports": ["x"]}}, "supports: a mapping", id="supports-as-list"),
        pytest.param(
            {"keepalive-idle-time": {"fix": "sysctls"}}, 'no remediation sysctls; did you mean "sysctl"', id="fix"
        ),
        pytest.param({"keepalive-idle-time": {"fix": "sysctl"}}, r"sysctl needs a value for \{name\}", id="no-data"),
        pytest.param({"keepalive-idle-time": {"fix": 5}}, "fix: the id of a remediation is needed", id="fix-number"),
        pytest.param({"keepalive-idle-time": {"fix": {"name": "x"}}}, "fix: the id of a", id="fix-without-id"),
        pytest.param(
            {"keepalive-idle-time": {"fix": {"id": "sysctl", "name": "x", "want_from": "a["}}},
            "fix, want_from: ",
            id="want-from",
        ),
        pytest.param(
            {"keepalive-idle-time": {"fix": {"id": "sysctl", "name": "x", "by_observed": 5}}},
            "fix, by_observed: a mapping",
            id="by-observed",
        ),
    ],
)
def test_a_mistake_names_the_rule_and_the_field(overrides: dict[str, t.Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        catalogue(RULES, FIXES, CAUSES, overrides)


def test_all_mistakes_are_named_at_once() -> None:
    overrides = {"keepalive-idle-time": {"want": "60", "severity": "error"}, "nope": {"want": 1}}
    with pytest.raises(ValueError, match="nope") as caught:
        catalogue(RULES, FIXES, CAUSES, overrides)
    assert len(str(caught.value).splitlines()) == 3


def test_topics_become_one_catalogue() -> None:
    assert merged([{"a": {"x": 1}}, {"b": {}}]) == {"a": {"x": 1}, "b": {}}
    with pytest.raises(ValueError, match="twice in the catalogue: a"):
        merged([{"a": {}}, {"a": {}, "b": {}}])
