# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a play in a few lines: what is wrong, where, what to do first and where the reports are."""

from __future__ import annotations

import os
import typing as t

from ._report_causes import blamed, place_of
from ._report_groups import flow_list, of_weight, scope_of, unreachable
from ._report_groups import place_of as place_of_group
from ._report_hosts import host_list
from ._report_steps import first_steps, headline, purpose
from ._report_text import counted, plain

WIDTH = 120
PLACE = 50
CAUSES, FINDINGS, CLASSES, STEPS = 3, 6, 3, 3
COLORS = {"critical": 31, "confirmed": 31, "unreachable": 31, "warning": 33, "likely": 33, "info": 36, "ok": 32}


def summary(document: dict[str, t.Any], paths: t.Iterable[str], color: bool = False) -> str:
    """Return at most 25 lines for people who look at a terminal; two for a healthy fleet.

    `paths` are the files that were written. `color` adds ANSI colours; nothing from a host can add its own.
    """
    state, sentence = headline(document)
    lines = [_painted(state, _cut(sentence), color)]
    if state != "ok" or document["summary"]["findings"]["unknown"]:
        lines += ["  " + _cut(_scope(document))]
        lines += _section([_row(kind, text, color) for kind, text in _wrong(document)])
        lines += _section(_steps(document))
    return "\n".join([*lines, *_notes(document), _reports(list(paths))]) + "\n"


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else text[: WIDTH - 3] + "..."


def _painted(kind: str, text: str, color: bool) -> str:
    return "\033[%dm%s\033[0m" % (COLORS[kind], text) if color else text


def _section(lines: list[str]) -> list[str]:
    return ["", *lines] if lines else []


def _scope(document: dict[str, t.Any]) -> str:
    totals = document["summary"]
    findings = ", ".join("%d %s" % (totals["findings"][key], key) for key in ("critical", "warning", "info"))
    unreachable_text = ", %d unreachable" % totals["unreachable"] if totals["unreachable"] else ""
    hosts = counted(totals["hosts"], "host")
    return "%s%s; findings: %s, %d unknown; %s" % (
        hosts, unreachable_text, findings, totals["findings"]["unknown"], purpose(document))  # fmt: skip


def _wrong(document: dict[str, t.Any]) -> list[tuple[str, str]]:
    """Return (kind, text) for causes, lost hosts and findings, worst first, each list cut with a count of the rest."""
    causes = [(one["verdict"], _cause(one)) for one in blamed(document)]
    lost = [("unreachable", "%s: %s" % (one["kind"], _where(one["hosts"]))) for one in unreachable(document)]
    found = [(one["severity"], "%s: %s" % (plain(one["title"], 70), _place(one))) for one in of_weight(document)]
    return _first(causes, CAUSES, "root causes") + _first(lost, CLASSES, "classes") + _first(found, FINDINGS, "rules")


def _first(rows: list[tuple[str, str]], limit: int, noun: str) -> list[tuple[str, str]]:
    rest = len(rows) - limit
    return rows[:limit] + ([("", "and %d more %s in the report" % (rest, noun))] if rest > 0 else [])


def _cause(cause: dict[str, t.Any]) -> str:
    place, flows = place_of(cause, PLACE), cause["flows"]
    return "%s%s%s" % (cause["title"], ": %s" % place if place else "", " (%s)" % flow_list(flows) if flows else "")


def _place(group: dict[str, t.Any]) -> str:
    text = place_of_group(group, 3, PLACE)
    return "%s, %s" % (scope_of(group), text) if len(group["hosts"]) > 1 else text


def _where(hosts: list[str]) -> str:
    text = host_list(hosts, 3, PLACE)
    return "%s, %s" % (counted(len(hosts), "host"), text) if len(hosts) > 1 else text


def _row(kind: str, text: str, color: bool) -> str:
    label = "%-11s" % kind.upper()
    return "  %s %s" % (_painted(kind, label, color) if kind else label, plain(text, WIDTH - 14))


def _steps(document: dict[str, t.Any]) -> list[str]:
    steps = first_steps(document, STEPS)
    lines = ["Do first:"] if steps else []
    for number, step in enumerate(steps, 1):
        where = " (%s)" % plain(step["where"], PLACE) if step["where"] else ""
        lines.append("  %d. %s%s" % (number, plain(step["text"], WIDTH - 5 - len(where)), where))
    return lines


def _notes(document: dict[str, t.Any]) -> list[str]:
    notes = document.get("warnings") or []
    more = " (and %d more in the report)" % (len(notes) - 1) if notes[1:] else ""
    return ["Note: %s%s" % (plain(notes[0], WIDTH - 40), more)] if notes else []


def _reports(paths: list[str]) -> str:
    """Return one line with the directory once, when all files share it."""
    directories = {os.path.dirname(path) for path in paths}
    if len(directories) != 1:
        return "Reports: %s" % (", ".join(plain(path, 200) for path in paths) or "none written")
    names = ", ".join(plain(os.path.basename(path), 60) for path in paths)
    return "Reports: %s (%s)" % (plain(directories.pop() or ".", 200), names)
