# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules on application timeouts, applied to what the configurations of the fixtures give."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
import yaml

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._catalogue import Rule, catalogue, merged
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._findings import Subject, outcome

ROOT = pathlib.Path(__file__).resolve().parents[3]
TOPICS = sorted((ROOT / "roles" / "diagnose" / "vars" / "main").glob("*.yml"))
RECORDED = ROOT / "tests" / "fixtures" / "application_timeout"
CASES = [path.stem for path in sorted(RECORDED.glob("*.json"))]
Facts = dict[str, t.Any]


def rules_of(topic: str) -> list[Rule]:
    """Return the rules of a topic, checked against all remediations and causes."""
    found: dict[str, list[t.Any]] = {"rules": [], "fixes": [], "causes": []}
    for path in TOPICS:
        for name, value in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            kind = name.split("_")[1]
            if kind in found and (kind != "rules" or path.stem == topic):
                found[kind].append(value)
    return catalogue(merged(found["rules"]), merged(found["fixes"]), merged(found["causes"]))


RULES = rules_of("application_timeout")


def outcomes(case: str) -> dict[str, tuple[str, str, str]]:
    """Return (status, severity, detail) by rule for the rules that apply to a recorded case."""
    facts = {"peer_application_timeouts": json.loads((RECORDED / (case + ".json")).read_text(encoding="utf-8"))}
    found = {}
    for rule in RULES:
        status, dummy, detail = outcome(rule, Subject(facts, host="host"))
        if status:
            found[rule.id] = (status, rule.fields["severity"], detail)
    return found


def deviating(case: str) -> dict[str, str]:
    """Return the severity of the rules that deviate, by their ids."""
    return {rule: severity for rule, (status, severity, dummy) in outcomes(case).items() if status == "deviation"}


@pytest.mark.parametrize("case", CASES)
def test_no_rule_is_at_a_loss(case: str) -> None:
    assert [(rule, detail) for rule, (status, dummy, detail) in outcomes(case).items() if status == "unknown"] == []


@pytest.mark.parametrize(
    "case",
    [
        *("apache-2.4-debian-12", "nginx-1.22-debian-12", "postgresql-15-debian-12", "rabbitmq-3.10-debian-12"),
        *("redis-7.0-debian-12", "sshd-9.2-debian-12", "haproxy-2.6-debian-12", "mysql-10.11-mariadb-debian-12"),
    ],
)
def test_packages_as_they_are_installed_show_nothing_above_info(case: str) -> None:
    assert set(deviating(case).values()) <= {"info"}


def test_a_debian_host_with_sshd_only() -> None:
    assert deviating("sshd-9.2-debian-12") == {
        "sshd-client-alive-off": "info",
        "sshd-losses-unlogged": "info",
        "sshd-max-startups-start": "info",
    }


FAULTS = {
    "sshd-8.0-rhel-8-hardened": {
        "sshd-client-alive-count-zero": "warning",
        "sshd-few-sessions": "info",
        "sshd-looks-up-names": "info",
    },
    "sshd-9.8-penalties-and-match": {
        "application-config-broken": "warning",
        "sshd-ends-idle-sessions": "info",
        "sshd-max-startups-start": "info",
        "sshd-persource-limit": "info",
    },
    "rabbitmq-3.12-new-format": {
        "rabbitmq-heartbeat-off": "warning",
        "rabbitmq-keepalive-off": "info",
    },
    "rabbitmq-3.6-classic": {
        "rabbitmq-backlog-small": "info",
        "rabbitmq-heartbeat-long": "warning",
        "rabbitmq-keepalive-off": "info",
        "rabbitmq-resets-on-close": "info",
    },
    "haproxy-2.9-quotes-and-variables": {
        "application-config-broken": "warning",
        "haproxy-keepalive-off": "info",
        "haproxy-tcp-idle-short": "warning",
    },
    "nginx-1.18-proxy-and-stream": {
        "nginx-backlog-small": "info",
        "nginx-keepalive-short": "info",
        "nginx-requests-few": "info",
        "nginx-resets-on-timeout": "warning",
        "nginx-stream-idle-short": "info",
        "nginx-stream-keepalive-off": "info",
        "nginx-upstream-keepalive-long": "info",
    },
    "systemd-252-accept-and-masks": {
        "application-config-broken": "warning",
        "systemd-socket-connections-few": "info",
        "systemd-socket-keepalive-off": "info",
    },
}


@pytest.mark.parametrize("case", list(FAULTS))
def test_what_is_wrong_is_found(case: str) -> None:
    assert deviating(case) == FAULTS[case]


def test_every_rule_is_met_by_a_case_and_missed_by_another() -> None:
    met: dict[str, set[str]] = {}
    for case in CASES:
        for rule, (status, *dummy) in outcomes(case).items():
            met.setdefault(rule, set()).add(status)
    assert [rule.id for rule in RULES if not {"ok", "deviation"} <= met.get(rule.id, set())] == []
