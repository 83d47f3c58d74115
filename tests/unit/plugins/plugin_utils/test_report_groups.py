# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts have in common, and what to do first."""

from __future__ import annotations

# pylint: disable=disallowed-name
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils import _report_groups as report_groups
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._report_causes import causes
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._report_chart import WIDTH, state_bar
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._report_host_details import anchors
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._report_html import render_html
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._report_markdown import render_markdown
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._report_steps import first_steps, headline
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils import report_samples

THREE = report_samples.recorded("three_hosts")


def test_groups_are_ordered_by_severity_then_hosts() -> None:
    groups = report_groups.by_rule(report_groups.findings_of(THREE, "deviation"))
    assert [(one["rule"], one["hosts"]) for one in groups] == [
        ("listener-overflows", ["db1"]),
        ("keepalive-idle-time", ["db1", "web1"]),
        ("sshd-maxstartups-drops", ["db1"]),
        ("tcp-retries2", ["web1"]),
    ]


def test_hosts_with_the_same_value_fix_or_evidence_are_one_entry() -> None:
    model = THREE["findings"][0]
    other_fix = {"text": "Other.", "command": None, "task": None}
    findings = [
        {**model, "host": "a"},
        {**model, "host": "b", "evidence": []},
        {**model, "host": "c", "observed": 7, "fix": other_fix},
        {**model, "host": None, "fix": None},
    ]
    (group,) = report_groups.by_rule(findings)
    assert group["hosts"] == ["a", "b", "c", "the fleet"]
    assert [(one["observed"], one["hosts"]) for one in group["variants"]] == [
        ("184 packets", ["a", "b", "the fleet"]),
        ("7 packets", ["c"]),
    ]
    assert [one["hosts"] for one in group["evidence"]] == [["a", "c", "the fleet"]]
    assert [one["hosts"] for one in group["fixes"]] == [["a", "b"], ["c"]]
    assert group["fixes"][1] == {**other_fix, "hosts": ["c"]}


def test_unreachable_hosts_are_no_gap_of_what_was_observed() -> None:
    document = report_samples.recorded("three_hosts")
    document["hosts"]["web2"]["not_observed"] = [{"what": "everything", "why": "unreachable"}]
    assert [one["hosts"] for one in report_groups.not_observed(document)] == [["db1"], ["db1"]]


@pytest.mark.parametrize(
    ("hosts", "flows", "scope", "place"),
    [
        pytest.param(["the fleet"], [], "the fleet", "the fleet", id="fleet"),
        pytest.param(["the fleet"], ["a -> b:22"], "1 flow", "a -> b:22", id="flow"),
        pytest.param(["the fleet"], ["a -> b:22", "a -> c:22"], "2 flows", "a -> b:22 +1 more", id="flows"),
        pytest.param(["a"], [], "1 host", "a", id="host"),
        pytest.param(["a1", "a2"], ["a -> b:22"], "2 hosts", "a[1-2]", id="hosts with a flow"),
    ],
)
def test_scope_and_place(hosts: list[str], flows: list[str], scope: str, place: str) -> None:
    group = {"hosts": hosts, "flows": flows}
    assert (report_groups.scope_of(group), report_groups.place_of(group)) == (scope, place)


def test_a_value_of_many_flows_is_told_once() -> None:
    model = {**THREE["findings"][0], "host": None}
    findings = [{**model, "flow": "web1 -> db1:%d" % port} for port in (22, 80, 443)]
    (group,) = report_groups.by_rule(findings)
    assert [(one["flows"], one["hosts"]) for one in group["variants"]] == [
        (["web1 -> db1:22", "web1 -> db1:80", "web1 -> db1:443"], ["the fleet"])
    ]


def test_unreachable_by_class() -> None:
    (entry,) = report_groups.unreachable(THREE)
    assert (entry["kind"], entry["hosts"]) == ("timed_out", ["web2"])
    assert entry["reasons"] == [{"host": "web2", "reason": THREE["hosts"]["web2"]["reason"]}]


def _document(**changes: t.Any) -> dict[str, t.Any]:
    return report_samples.counted({**report_samples.recorded("healthy"), **changes})


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(
            THREE,
            ("critical", "Root cause confirmed: %s, on db1 (and 1 more)." % THREE["diagnoses"][0]["title"]),
            id="confirmed",
        ),
        pytest.param(
            _document(diagnoses=THREE["diagnoses"][1:]),
            ("critical", "Likely root cause: Accept queue overflows, connections are lost without a word, on db1."),
            id="likely",
        ),
        pytest.param(
            report_samples.counted({**THREE, "diagnoses": THREE["diagnoses"][2:]}),
            ("critical", "No root cause is proven, but 1 of 3 hosts cannot be reached."),
            id="unreachable",
        ),
        pytest.param(
            _document(findings=THREE["findings"][:1]),
            ("critical", "No root cause is proven; 1 critical finding."),
            id="critical",
        ),
        pytest.param(
            _document(findings=THREE["findings"][3:5]),
            ("warning", "No root cause is proven; 2 warning findings."),
            id="warning",
        ),
        pytest.param(
            _document(findings=THREE["findings"][7:]),
            ("ok", "Nothing deviates, but 1 check could not be made."),
            id="unknown",
        ),
        pytest.param(
            _document(hosts={"db1": THREE["hosts"]["db1"]}),
            ("ok", "Nothing deviates, but 1 host was seen only in part."),
            id="partial",
        ),
        pytest.param(_document(hosts={}), ("warning", "No host was looked at."), id="no host"),
        pytest.param(_document(), ("ok", "Healthy: 3 hosts, 75 checks passed, nothing deviates."), id="healthy"),
    ],
)
def test_headline(document: dict[str, t.Any], expected: tuple[str, str]) -> None:
    assert headline(document) == expected


def test_first_steps_name_causes_lost_hosts_and_findings_once() -> None:
    steps = [(one["where"], one["text"].split(" on ")[0].split(",")[0]) for one in first_steps(THREE)]
    assert steps == [
        ("db1", "Raise MaxStartups"),
        ("db1", "Raise the backlog of PostgreSQL and net.core.somaxconn to 4096"),
        ("web2", "Check power"),
        ("db1, web1", "Set net.ipv4.tcp_keepalive_time to 60"),
    ]


def _same_cause_on(hosts: list[str]) -> dict[str, t.Any]:
    """Return a document in which the first diagnosis of the three hosts is made once for each of `hosts`."""
    model = THREE["diagnoses"][0]
    places = [
        {
            **model,
            "culprit": name,
            "server": name,
            "hosts": [name],
            "explanation": "On %s." % name,
            "evidence": [{**model["evidence"][0], "host": name}],
        }
        for name in hosts
    ]
    return report_samples.counted({**report_samples.recorded("healthy"), "diagnoses": places})


def test_one_cause_in_many_places_is_one_entry() -> None:
    document = _same_cause_on(["db%d" % number for number in range(1, 301)])
    (cause,) = causes(document)
    assert (len(cause["hosts"]), len(cause["flows"]), len(cause["places"])) == (300, 300, 300)
    assert cause["places"][1] == {"culprit": "db2", "flow": "web1 -> db2:22", "explanation": "On db2."}
    assert [(one["observed"], len(one["hosts"])) for one in cause["evidence"]] == [("41", 300)]
    assert headline(document)[1].endswith("(MaxStartups), on db[1-300].")
    assert [one["where"] for one in first_steps(document)] == ["db[1-300]"]
    assert render_html(document).count('class="card confirmed"') == 1
    assert len(render_markdown(document)) < 5000


def test_cause_is_not_folded_over_verdicts() -> None:
    document = _same_cause_on(["db1", "db2"])
    document["diagnoses"][1]["verdict"] = "likely"
    assert [(one["verdict"], one["culprits"], one["places"]) for one in causes(document)] == [
        ("confirmed", ["db1"], []),
        ("likely", ["db2"], []),
    ]


def test_anchors_are_safe_and_distinct() -> None:
    names = ["a.b", "a-b", "<x>", "ü", "é", "", "a" * 500, "a" * 501, "a-b--2"]
    found = anchors("host", names)
    assert len(set(found.values())) == len(names)
    assert all(anchor.replace("-", "").isalnum() and anchor.isascii() for anchor in found.values())
    assert found["a.b"] == "host-a-b"


def test_single_bad_host_of_thousands_is_visible() -> None:
    bar = state_bar({"h%d" % number: "critical" if number == 7 else "ok" for number in range(5000)})
    assert [(one["state"], one["hosts"]) for one in bar] == [("critical", 1), ("ok", 4999)]
    assert bar[0]["width"] >= 8
    assert sum(one["width"] for one in bar) == pytest.approx(WIDTH, abs=1)
