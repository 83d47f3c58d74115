# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""junit.xml as Jenkins and GitLab read it: elements, attributes and counts of junit-10.xsd, and what fails."""

from __future__ import annotations

import typing as t
from xml.etree import ElementTree

import hypothesis
import pytest
from hypothesis import strategies

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._report_junit import render_junit
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils import report_samples

OUTCOMES = {"failure", "error", "skipped", "system-out"}
ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "testcase": {"name", "classname", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"message"},
    "system-out": set(),
}
CHILDREN = {"testsuites": {"testsuite"}, "testsuite": {"testcase"}, "testcase": OUTCOMES}


def _root(document: dict[str, t.Any]) -> ElementTree.Element:
    return ElementTree.fromstring(render_junit(document).encode("utf-8"))


@pytest.mark.parametrize("name", ["healthy", "three_hosts", "fleet", "hostile"])
def test_elements_attributes_and_counts(name: str) -> None:
    made = {"fleet": lambda: report_samples.fleet(50), "hostile": report_samples.hostile}
    root = _root(made[name]() if name in made else report_samples.recorded(name))
    for element in root.iter():
        assert set(element.attrib) <= ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
    for suite in root:
        kinds = [child.tag for case in suite for child in case]
        assert int(suite.attrib["tests"]) == len(suite)
        for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[key]) == kinds.count(tag)
    for key in ("tests", "failures", "errors"):
        assert int(root.attrib[key]) == sum(int(suite.attrib[key]) for suite in root)


def _case(suite_name: str, case_name: str) -> tuple[str, str | None, str]:
    """Return (outcome, type, message) of a case of the three hosts."""
    root = _root(report_samples.recorded("three_hosts"))
    case = root.find("testsuite[@name='%s']/testcase[@name='%s']" % (suite_name, case_name))
    assert case is not None
    for child in case:
        return child.tag, child.get("type"), child.get("message") or child.text or ""
    return "passed", None, ""


@pytest.mark.parametrize(
    ("suite", "case", "outcome", "kind", "message"),
    [
        ("db1", "keepalive-interval", "passed", None, ""),
        ("db1", "listener-overflows", "failure", "critical", "observed 184 packets, recommended at most 0 packets"),
        ("web1", "keepalive-idle-time", "failure", "warning", "observed 7200 s (2 h), recommended at most 120 s"),
        ("web1", "tcp-retries2", "system-out", None, "observed 15"),
        ("web1", "conntrack-occupancy", "skipped", None, "unknown: peer_firewall was not gathered"),
        ("web1", "sshd-client-alive-interval", "skipped", None, "waived until 2027-01-31: hardening guide"),
        ("web2", "peer-unreachable", "error", "timed_out", "Connection timed out"),
        ("root causes", "sshd-maxstartups [web1 -> db1:22]", "failure", "confirmed", "Culprit: db1."),
        ("root causes", "accept-queue-overflow-silent [web1 -> db1:5432]", "failure", "likely", "Accept queue"),
        ("root causes", "keepalive-later-than-middlebox [db1, web1]", "system-out", None, "possible:"),
    ],
)
def test_outcome(suite: str, case: str, outcome: str, kind: str | None, message: str) -> None:
    found = _case(suite, case)
    assert found[:2] == (outcome, kind)
    assert message in found[2]


@hypothesis.given(text=strategies.text(max_size=60))
@hypothesis.settings(max_examples=60, deadline=None)
def test_any_text_gives_xml_that_parses(text: str) -> None:
    document = report_samples.recorded("three_hosts")
    document["findings"][0].update(title=text, observed=text, why=text, evidence=[text], rule=text)
    assert _root(document).tag == "testsuites"


def test_unreachable_host_without_a_finding_is_an_error_too() -> None:
    document = report_samples.recorded("three_hosts")
    document["findings"] = [one for one in document["findings"] if one["host"] != "web2"]
    case = _root(document).find("testsuite[@name='web2']/testcase/error")
    assert case is not None
    assert case.get("message") == "ssh: connect to host 10.20.1.12 port 22: Connection timed out"


def test_finding_of_the_fleet_has_a_suite() -> None:
    document = report_samples.recorded("three_hosts")
    document["findings"].append({**document["findings"][0], "host": None, "rule": "fleet-rule"})
    assert _root(document).find("testsuite[@name='the fleet']/testcase[@name='fleet-rule']/failure") is not None
