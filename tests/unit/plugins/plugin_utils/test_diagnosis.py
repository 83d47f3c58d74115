# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What findings add up to: verdicts, culprits, merging."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._diagnosis import diagnose, score, verdict

CAUSES: dict[str, t.Any] = {
    "own": {"title": "Own", "rst_sender": ["remote-kernel"], "explanation": "e", "sources": ["s"]},
    "box": {"title": "Box", "rst_sender": ["middlebox", "remote-kernel"]},
    "silent": {"title": "Silent", "rst_sender": ["none"]},
}


def finding(cause: str, strength: str, host: str | None = "a", rule: str = "r", **fields: t.Any) -> dict[str, t.Any]:
    """Return a deviating finding that speaks for one cause."""
    return {
        "rule": rule,
        "host": host,
        "flow": None,
        "status": "deviation",
        "title": "Title of %s" % rule,
        "observed": 1,
        "evidence": [],
        "fix": None,
        "supports": {cause: strength},
        **fields,
    }


@pytest.mark.parametrize(
    ("strengths", "expected"),
    [
        (["setting"], "possible"),
        (["setting"] * 9, "possible"),
        (["supporting"], "possible"),
        (["supporting", "setting"], "likely"),
        (["supporting", "supporting"], "likely"),
        (["conclusive"], "confirmed"),
        (["conclusive", "excluding"], "possible"),
        (["conclusive", "supporting", "excluding"], "likely"),
        (["setting", "excluding"], "possible"),
    ],
    ids="-".join,
)
def test_verdict(strengths: list[str], expected: str) -> None:
    assert verdict(strengths) == expected


def test_settings_never_outweigh_one_piece_of_evidence() -> None:
    assert score(["setting"] * 50) < score(["supporting"]) < score(["conclusive"])


def test_evidence_of_one_host_adds_up() -> None:
    found = diagnose(
        [finding("own", "supporting", rule="x"), finding("own", "setting", rule="y"), finding("own", "setting", "b")],
        CAUSES,
    )
    assert [(one["verdict"], one["hosts"], one["culprit"]) for one in found] == [
        ("likely", ["a"], "a"),
        ("possible", ["b"], "b"),
    ]
    assert found[0]["evidence"] == [
        {"host": "a", "what": "Title of x", "observed": 1, "strength": "supporting"},
        {"host": "a", "what": "Title of y", "observed": 1, "strength": "setting"},
    ]
    assert (found[0]["title"], found[0]["explanation"], found[0]["sources"]) == ("Own", "e", ["s"])
    assert [(one["client"], one["server"], one["port"]) for one in found] == [(None, "a", None), (None, None, None)]


def test_the_same_setting_on_many_hosts_is_one_diagnosis() -> None:
    found = diagnose([finding("own", "setting", "web%d" % number) for number in (10, 2, 1)], CAUSES)
    assert [(one["verdict"], one["hosts"], one["culprit"]) for one in found] == [
        ("possible", ["web1", "web2", "web10"], None)
    ]
    assert found[0]["score"] == score(["setting"])


def test_evidence_is_not_merged_over_hosts() -> None:
    found = diagnose([finding("own", "conclusive", "a"), finding("own", "conclusive", "b")], CAUSES)
    assert [one["culprit"] for one in found] == ["a", "b"]


@pytest.mark.parametrize("status", ["waived", "unknown"])
def test_what_is_waived_or_unknown_counts_nothing(status: str) -> None:
    assert diagnose([finding("own", "conclusive", status=status)], CAUSES) == []


def test_what_only_speaks_against_a_cause_is_no_diagnosis() -> None:
    assert diagnose([finding("own", "excluding")], CAUSES) == []


@pytest.mark.parametrize(
    ("found", "culprit"),
    [
        pytest.param(finding("own", "supporting"), "a", id="its-own-kernel"),
        pytest.param(finding("box", "supporting"), None, id="perhaps-a-victim"),
        pytest.param(finding("box", "conclusive"), "a", id="proven-box-that-is-a-peer"),
        pytest.param(finding("box", "setting", evidence=[{"box": "nlb"}]), "nlb", id="declared-box"),
        pytest.param(finding("box", "setting", evidence=[{"box": "nlb"}, {"box": "fw"}]), None, id="one-of-two-boxes"),
        pytest.param(finding("own", "setting", evidence=[{"box": "nlb"}]), "a", id="box-is-not-to-blame"),
        pytest.param(
            finding("own", "setting", evidence=[{"box": "proxy", "cause": "own"}]), "proxy", id="box-of-that-kind"
        ),
        pytest.param(finding("silent", "supporting"), None, id="nobody-sends"),
        pytest.param(finding("silent", "conclusive"), "a", id="nobody-sends-but-proven-here"),
        pytest.param(finding("new", "supporting"), None, id="cause-without-entry"),
        pytest.param(finding("own", "conclusive", host=None), None, id="fleet"),
    ],
)
def test_culprit(found: dict[str, t.Any], culprit: str | None) -> None:
    assert diagnose([found], CAUSES)[0]["culprit"] == culprit


def test_a_finding_on_the_fleet_names_its_hosts() -> None:
    rows = [{"subnet": "x", "values": [{"value": 1, "hosts": ["b"]}, {"value": 2, "hosts": ["a10", "a9"]}]}]
    assert diagnose([finding("own", "supporting", host=None, evidence=rows)], CAUSES)[0]["hosts"] == ["a9", "a10", "b"]


def test_a_flow_has_its_two_ends() -> None:
    flows = {"f": {"client": "c", "server": "s", "port": 22}}
    found = diagnose([finding("own", "conclusive", host=None, flow="f")], CAUSES, flows)[0]
    assert (found["client"], found["server"], found["port"]) == ("c", "s", 22)


def test_remedies_of_the_findings_come_before_those_of_the_cause() -> None:
    causes = {"own": {**CAUSES["own"], "remediation": [{"text": "General.", "command": None, "automatic": False}]}}
    fix = {"text": "Set it.", "command": "x", "task": "- name: x\n"}
    found = diagnose([finding("own", "setting", host, fix=fix) for host in ("a", "b")], causes)
    assert found[0]["remediation"] == [
        {"text": "Set it.", "command": "x", "automatic": True},
        {"text": "General.", "command": None, "automatic": False},
    ]


def test_the_best_proven_comes_first() -> None:
    found = diagnose(
        [
            finding("own", "setting", "a"),
            finding("box", "supporting", "b"),
            finding("silent", "conclusive", "c"),
            finding("box", "supporting", "d", "x"),
            finding("box", "setting", "d", "y"),
        ],
        CAUSES,
    )
    assert [(one["verdict"], one["cause"]) for one in found] == [
        ("confirmed", "silent"),
        ("likely", "box"),
        ("possible", "box"),
        ("possible", "own"),
    ]


def test_evidence_is_bounded_and_hosts_are_not() -> None:
    found = diagnose([finding("own", "setting", "h%d" % number) for number in range(1000)], CAUSES)[0]
    assert (len(found["hosts"]), len(found["evidence"])) == (1000, 20)
