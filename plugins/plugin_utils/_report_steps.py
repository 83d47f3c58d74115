# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two things a reader wants first: what is wrong in one sentence, and what to do about it."""

from __future__ import annotations

import typing as t

from ._report_causes import blamed, place_of
from ._report_groups import of_weight, unreachable
from ._report_groups import place_of as place_of_group
from ._report_hosts import host_list
from ._report_text import block, counted, flow_text, plain, quantity

STEPS = 5


def headline(document: dict[str, t.Any]) -> tuple[str, str]:
    """Return (state, sentence): state is one of `critical warning ok`, for the colour."""
    summary = document["summary"]
    counts = summary["findings"]
    causes = blamed(document)
    if causes:
        return "critical", _cause_sentence(causes)
    if summary["unreachable"]:
        gone = "%d of %s cannot be reached" % (summary["unreachable"], counted(summary["hosts"], "host"))
        return "critical", "No root cause is proven, but %s." % gone
    for severity in ("critical", "warning"):
        if counts[severity]:
            return severity, "No root cause is proven; %s." % counted(counts[severity], severity + " finding")
    return _calm_sentence(document)


def _calm_sentence(document: dict[str, t.Any]) -> tuple[str, str]:
    hosts = document["hosts"].values()
    unknown = document["summary"]["findings"]["unknown"]
    if not hosts:
        return "warning", "No host was looked at."
    if unknown or any(host["status"] == "partial" for host in hosts):
        partial = sum(host["status"] == "partial" for host in hosts)
        missing = "%s could not be made" % counted(unknown, "check")
        seen = "%s seen only in part" % counted(partial, "host was", "hosts were")
        return "ok", "Nothing deviates, but %s." % " and ".join([missing] * bool(unknown) + [seen] * bool(partial))
    passed = sum(len(host["ok"]) for host in hosts)
    return "ok", "Healthy: %s, %s passed, nothing deviates." % (counted(len(hosts), "host"), counted(passed, "check"))


def _cause_sentence(causes: list[dict[str, t.Any]]) -> str:
    first = causes[0]
    verdict = "Root cause confirmed" if first["verdict"] == "confirmed" else "Likely root cause"
    where = ", on %s" % host_list(first["culprits"], 2, 80) if first["culprits"] else ""
    more = " (and %d more)" % (len(causes) - 1) if causes[1:] else ""
    return "%s: %s%s%s." % (verdict, plain(first["title"], 160).rstrip("."), where, more)


def first_steps(document: dict[str, t.Any], limit: int = STEPS) -> list[dict[str, t.Any]]:
    """Return [{text, where, command}]: cures of the root causes, access to lost hosts, then findings by severity.

    A step whose text or command was already named is left out: a cause and a setting often share the cure.
    """
    steps: list[dict[str, t.Any]] = []
    known: set[str] = set()
    for text, where, command in _candidates(document):
        step = {"text": plain(text, 600), "where": where, "command": block(command or "")}
        marks = {step["text"] + where, step["command"]} - {""}
        if not marks & known:
            steps.append(step)
            known |= marks
        if len(steps) == limit:
            break
    return steps


def _candidates(document: dict[str, t.Any]) -> t.Iterator[tuple[str, str, str | None]]:
    for cause in blamed(document):
        cure = cause["remediation"][0] if cause["remediation"] else {"text": cause["title"], "command": None}
        yield cure["text"], place_of(cause), cure["command"]
    for entry in unreachable(document):
        fix = entry["fix"] or {}
        text = fix.get("text") or "Restore Ansible's access (%s); nothing is known about these hosts." % entry["kind"]
        yield text, host_list(entry["hosts"]), fix.get("command")
    for group in of_weight(document):
        fix = group["fixes"][0] if group["fixes"] else {"text": group["title"], "command": None}
        yield fix["text"], place_of_group(group), fix["command"]


def coverage(document: dict[str, t.Any]) -> str:
    """Return what was looked at and over which time, as far as the document says so."""
    invocation = document["invocation"]
    logs = ["logs since %s" % plain(invocation["since"], 60)] if invocation["since"] else []
    counters = ["counters over %s" % quantity(invocation["window_s"], "s")] if invocation["window_s"] else []
    return "; ".join([purpose(document), *logs, *counters])


def purpose(document: dict[str, t.Any]) -> str:
    """Return what was looked at: the flow that was named, or every peer."""
    invocation = document["invocation"]
    if not invocation["server"]:
        return "audit of every peer"
    address = " (%s)" % plain(invocation["server_address"], 60) if invocation["server_address"] else ""
    return "flow %s%s" % (flow_text(invocation), address)
