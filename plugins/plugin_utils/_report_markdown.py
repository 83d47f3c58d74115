# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""report.md: the report as a ticket takes it, short for three hosts and for three thousand."""

from __future__ import annotations

import typing as t

from . import _report_groups as report_groups
from ._markdown import code, fenced, folded, table, text
from ._report_causes import causes, place_of
from ._report_hosts import host_list, worst_states
from ._report_markdown_tables import PATHS, ROWS, other_paths, path_part, table_parts
from ._report_path import paths, with_paths
from ._report_steps import coverage, first_steps, headline
from ._report_text import counted, plain
from ._report_words import hosts_text

# A ticket of GitHub holds 65,536 characters; what does not fit here stands in report.html and report.json.
GROUPS_IN_FULL = 12
VARIANTS = 6
PROOFS = 2
CAUSES = 10
CURES = 5

Document = dict[str, t.Any]


def render_markdown(document: Document) -> str:
    """Return the document as Markdown; what hosts say stands in code spans, where nothing links, mentions or runs."""
    sections = (
        _heading,
        _steps,
        _causes,
        other_paths,
        _unreachable,
        table_parts,
        _findings,
        _not_observed,
        _waived,
        _hosts,
    )
    return "\n\n".join(part for section in sections for part in section(document)) + "\n"


def _heading(document: Document) -> list[str]:
    summary = document["summary"]
    counts, verdicts = summary["findings"], summary["diagnoses"]
    made = "Generated %(generated_at)s by netdoctor.connection_reset %(collection_version)s" % document
    origin = "%s; %s." % (text(made), text(coverage(document)))
    rows = [
        ["Hosts", "%d, of these %d unreachable" % (summary["hosts"], summary["unreachable"])],
        ["Root causes", ", ".join("%d %s" % (verdicts[key], key) for key in ("confirmed", "likely", "possible"))],
        ["Findings", ", ".join("%d %s" % (counts[k], k) for k in ("critical", "warning", "info", "unknown", "waived"))],
    ]
    notes = ["- %s" % text(note) for note in document.get("warnings", ())]
    first = ["# Connection reset report", "**%s**" % text(headline(document)[1]), origin, table(["", "Result"], rows)]
    return first + (["\n".join(notes)] if notes else [])


def _steps(document: Document) -> list[str]:
    steps = first_steps(document)
    items = [_step(number, step) for number, step in enumerate(steps, 1)]
    return ["## What to do first", "\n".join(items)] if items else []


def _step(number: int, step: Document) -> str:
    """Return an item of a numbered list; its command is indented so that it stays within the item."""
    mark = "%d. " % number
    where = " On %s." % code(step["where"]) if step.get("where") else ""
    command = "\n\n" + fenced(step["command"], "sh", " " * len(mark)) if step["command"] else ""
    return mark + text(step["text"]) + where + command


def _causes(document: Document) -> list[str]:
    found = with_paths(causes(document), paths(document))
    strong = [one for one in found if one["verdict"] != "possible"]
    weak = [one for one in found if one["verdict"] == "possible"]
    parts = [_cause(one) for one in strong[:CAUSES]]
    if len(strong) > CAUSES:
        parts.append("%d more in report.html." % (len(strong) - CAUSES))
    if weak:
        rows = [[text(one["title"]), code(place_of(one)), text(one["explanation"], 400)] for one in weak[:ROWS]]
        more = "\n\n%d more in report.html." % (len(weak) - ROWS) if len(weak) > ROWS else ""
        title = "%s: settings allow it, no evidence that it happened" % counted(len(weak), "possible cause")
        parts.append(folded(title, table(["Cause", "Where", "Explanation"], rows) + more))
    return ["## Root causes", *parts] if parts else []


def _cause(cause: Document) -> str:
    facts = [
        ("Culprit", host_list(cause["culprits"])),
        ("Reset sent by", cause["rst_sender"]),
        ("Flow", report_groups.flow_list(cause["flows"], 3)),
        ("Hosts", host_list(cause["hosts"])),
        ("Cause", cause["cause"]),
    ]
    seen = [
        [code(host_list(one["hosts"])), text(one["what"]), code(one["observed"]), text(one["strength"])]
        for one in cause["evidence"][:ROWS]
    ]
    parts = [
        "### %s: %s" % (plain(cause["verdict"], 20).capitalize(), text(cause["title"])),
        text(cause["explanation"]) if cause["explanation"] else "",
        "\n".join("- %s: %s" % (name, code(value)) for name, value in facts if value),
        *(path_part(one) for one in cause["paths"][:PATHS]),
        table(["Hosts", "Evidence", "Observed", "Strength"], seen) if seen else "",
        "\n".join(_step(number, cure) for number, cure in enumerate(cause["remediation"][:CURES], 1)),
        "Sources: %s" % "; ".join(text(one, 300) for one in cause["sources"]) if cause["sources"] else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _unreachable(document: Document) -> list[str]:
    entries = report_groups.unreachable(document)
    rows = [
        [code(one["kind"]), str(len(one["hosts"])), code(host_list(one["hosts"])), code(one["reasons"][0]["reason"])]
        for one in entries[:ROWS]
    ]
    return ["## Unreachable peers", table(["Class", "Hosts", "Which", "First reason"], rows)] if rows else []


def _findings(document: Document) -> list[str]:
    groups = report_groups.by_rule(report_groups.findings_of(document, "deviation"))
    full = [one for one in groups if one["severity"] != "info"][:GROUPS_IN_FULL]
    rest = [one for one in groups if one not in full]
    parts = [_group(one) for one in full]
    if rest:
        titles = ["Severity", "Finding", "Observed", "Recommended", "Where"]
        parts.append(table(titles, [_group_row(one) for one in rest]))
    return ["## Findings", *parts] if parts else []


def _group_row(group: Document) -> list[str]:
    values = [code(group["variants"][0][key], 120) for key in ("observed", "recommended")]
    return [text(group["severity"]), text(group["title"]), *values, code(report_groups.place_of(group))]


def _group(group: Document) -> str:
    rows = [[code(one["observed"]), code(one["recommended"]), code(report_groups.place_of(one))]
            for one in group["variants"][:VARIANTS]]  # fmt: skip
    hidden = len(group["variants"]) - VARIANTS
    fix = group["fixes"][0] if group["fixes"] else {"text": "", "command": "", "task": ""}
    heading = "### %s: %s" % (group["severity"].capitalize(), text(group["title"]))
    parts = [
        "%s (%s)" % (heading, report_groups.scope_of(group)),
        table(["Observed", "Recommended", "Where"], rows),
        "%d more values in report.html." % hidden if hidden > 0 else "",
        "\n".join(_proof(one, group) for one in group["evidence"][:PROOFS]),
        "%s Source: %s. Rule: %s." % (text(group["why"]), text(group["source"]).rstrip("."), code(group["rule"])),
        "**Fix.** %s" % text(fix["text"]) if fix["text"] else "",
        fenced(fix["command"], "sh") if fix["command"] else "",
        folded("As an Ansible task", fenced(fix["task"], "yaml")) if fix["task"] else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _proof(proof: Document, group: Document) -> str:
    """Return the evidence of some hosts as list items; who they are is said when they are not all."""
    where = "" if proof["hosts"] == group["hosts"] else "%s: " % code(host_list(proof["hosts"]))
    return "\n".join("- %s%s" % (where, code(line)) for line in proof["lines"])


def _not_observed(document: Document) -> list[str]:
    gaps = [(one["what"], one["why"], one["how"], hosts_text(one)) for one in document["blind_spots"]["rows"]]
    gaps += [
        (one["what"], one["why"], one["how"], host_list(one["hosts"])) for one in report_groups.not_observed(document)
    ]
    gaps += [
        ("Check: " + one["title"], one["detail"], "", host_list(one["hosts"]))
        for one in report_groups.unknown(document)
    ]
    rows = [[text(what), text(why), text(how) if how else "", code(hosts)] for what, why, how, hosts in gaps[:ROWS]]
    more = ["%d more in report.html." % (len(gaps) - ROWS)] if len(gaps) > ROWS else []
    return ["## Not observed", table(["What", "Why", "To observe it", "Hosts"], rows), *more] if gaps else []


def _waived(document: Document) -> list[str]:
    rows = [[text(one["title"]), code(one["observed"], 120), text(one["reason"]), text(one["until"]),
             code(host_list(one["hosts"]))] for one in report_groups.waived(document)[:ROWS]]  # fmt: skip
    return ["## Waived", table(["Finding", "Observed", "Reason", "Until", "Hosts"], rows)] if rows else []


def _hosts(document: Document) -> list[str]:
    by_state: dict[str, list[str]] = {}
    for name, state in worst_states(document).items():
        by_state.setdefault(state, []).append(name)
    rows = [[state, str(len(names)), code(host_list(names, 8))] for state, names in by_state.items()]
    return ["## Hosts by worst finding", table(["Worst", "Hosts", "Which"], rows)] if rows else []
