# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""junit.xml: one suite per host and one for the root causes, as Jenkins and GitLab read them (junit-10.xsd)."""

from __future__ import annotations

import re
import typing as t
from xml.etree import ElementTree

from ._report_causes import flow_of
from ._report_groups import UNREACHABLE, evidence_rows, host_of
from ._report_hosts import host_list, in_order
from ._report_steps import headline
from ._report_text import block, evidence_lines, flow_text, plain, quantity

TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")

Outcome = tuple[str, dict[str, str], str]
"""Element below the testcase, its attributes and its text."""


def render_junit(document: dict[str, t.Any]) -> str:
    """Return the document as JUnit XML.

    Failures are critical and warning deviations and the causes that are more than possible; deviations of severity
    info pass with a note; unknown and waived findings are skipped; an unreachable host is an error.
    """
    findings: dict[str, list[dict[str, t.Any]]] = {}
    for finding in document["findings"]:
        findings.setdefault(host_of(finding), []).append(finding)
    root = ElementTree.Element("testsuites", {"name": plain("Connection reset diagnosis: " + headline(document)[1])})
    stamp = TIMESTAMP.match(document["generated_at"])
    common = {"timestamp": stamp.group()} if stamp else {}
    _add_suite(root, "root causes", common, [_cause_case(one) for one in document["diagnoses"]])
    for name in in_order([*document["hosts"], *findings]):
        host = document["hosts"].get(name)
        _add_suite(root, name, common, _host_cases(host, findings.get(name, [])))
    _add_totals(root, list(root), ("tests", "failures", "errors"))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n%s\n' % ElementTree.tostring(root, encoding="unicode")


Case = tuple[str, Outcome | None]


def _host_cases(host: dict[str, t.Any] | None, findings: list[dict[str, t.Any]]) -> list[Case]:
    cases: list[Case] = [(rule, None) for rule in host["ok"]] if host else []
    cases += [(_case_name(one), _outcome(one)) for one in findings]
    if host and host["status"] == "unreachable" and not any(one["rule"] == UNREACHABLE for one in findings):
        cases.append((UNREACHABLE, ("error", {"type": "other", "message": plain(host["reason"] or "unreachable")}, "")))
    return sorted(cases, key=lambda case: case[0])


def _case_name(finding: dict[str, t.Any]) -> str:
    flow = flow_text(finding["flow"])
    return "%s [%s]" % (finding["rule"], flow) if flow else finding["rule"]


def _outcome(finding: dict[str, t.Any]) -> Outcome:
    comparison = "%s: observed %s" % (plain(finding["title"]), quantity(finding["observed"], finding.get("unit")))
    if finding["recommended"]:
        comparison += ", recommended %s" % plain(finding["recommended"])
    status = finding["status"]
    if status == "waived":
        return "skipped", {"message": _waiver_text(finding.get("waiver") or {})}, ""
    if status == "unknown":
        return "skipped", {"message": "unknown: %s" % plain(finding.get("detail") or "the fact is missing")}, ""
    if finding["rule"] == UNREACHABLE:
        return "error", {"type": plain(finding["observed"], 60), "message": _reason(finding)}, _explanation(finding)
    if finding["severity"] == "info":
        return "system-out", {}, comparison
    return "failure", {"type": finding["severity"], "message": comparison}, _explanation(finding)


def _waiver_text(waiver: dict[str, t.Any]) -> str:
    until = " until %s" % plain(waiver["until"], 40) if waiver.get("until") else ""
    return "waived%s: %s" % (until, plain(waiver.get("reason") or "no reason given"))


def _reason(finding: dict[str, t.Any]) -> str:
    return "; ".join(evidence_lines(finding["evidence"])) or plain(finding["title"])


def _explanation(finding: dict[str, t.Any]) -> str:
    """Return why the finding matters, its evidence and its fix: the text below a failure."""
    fix = finding["fix"] or {}
    parts = [plain(finding["why"] or "", 1200), *evidence_lines(finding["evidence"])]
    parts += [block(fix[key]) for key in ("text", "command", "task") if fix.get(key)]
    return "\n".join(part for part in parts if part)


def _cause_case(diagnosis: dict[str, t.Any]) -> Case:
    place = flow_of(diagnosis) or diagnosis["culprit"] or ", ".join(diagnosis["hosts"][:3])
    name = "%s [%s]" % (diagnosis["cause"], place) if place else diagnosis["cause"]
    culprit = " Culprit: %s." % plain(diagnosis["culprit"], 100) if diagnosis["culprit"] else ""
    message = "%s: %s.%s" % (diagnosis["verdict"], plain(diagnosis["title"]).rstrip("."), culprit)
    rows = evidence_rows(diagnosis["evidence"])
    seen = ["%s: %s: %s" % (host_list(one["hosts"]), one["what"], one["observed"]) for one in rows]
    cures = [block(one[key]) for one in diagnosis["remediation"] for key in ("text", "command") if one[key]]
    text = "\n".join([plain(diagnosis["explanation"], 1200), *seen, *cures])
    if diagnosis["verdict"] == "possible":
        return name, ("system-out", {}, "%s\n%s" % (message, text))
    return name, ("failure", {"type": diagnosis["verdict"], "message": message}, text)


def _add_suite(root: ElementTree.Element, name: str, common: dict[str, str], cases: list[Case]) -> None:
    label = plain(name, 200)
    suite = ElementTree.SubElement(root, "testsuite", {"name": label, **common, "time": "0"})
    for case_name, outcome in cases:
        attributes = {"name": plain(case_name, 400), "classname": label, "time": "0"}
        case = ElementTree.SubElement(suite, "testcase", attributes)
        if outcome:
            ElementTree.SubElement(case, outcome[0], outcome[1]).text = outcome[2] or None
    kinds = [outcome[0] for _name, outcome in cases if outcome]
    counts = {"tests": len(cases), "failures": kinds.count("failure"), "errors": kinds.count("error")}
    suite.attrib.update({key: "%d" % count for key, count in counts.items()}, skipped="%d" % kinds.count("skipped"))


def _add_totals(root: ElementTree.Element, suites: list[ElementTree.Element], keys: tuple[str, ...]) -> None:
    for key in keys:
        root.set(key, "%d" % sum(int(suite.get(key, "0")) for suite in suites))
    root.set("time", "0")
