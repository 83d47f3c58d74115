# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is different from the last report: findings and root causes that came, and those that went."""

from __future__ import annotations

import typing as t

from ._report_hosts import name_key
from ._report_text import flow_text, plain

DIFF_LINES = 400

Document = dict[str, t.Any] | None
Key = tuple[str, ...]


def changes(old: Document, new: Document) -> dict[str, list[dict[str, t.Any]]]:
    """Return {new: [...], resolved: [...]}: the findings of only one of two report documents.

    A finding is the same when host, rule, flow and status are; a value that only moved is no change. `old` may be None
    (no report yet) or anything that was read where a report should be: what is no finding in it counts as nothing.
    """
    before, after = _by_key(_findings(old)), _by_key(_findings(new))
    return {
        "new": [after[key] for key in _ordered(after) if key not in before],
        "resolved": [before[key] for key in _ordered(before) if key not in after],
    }


def _ordered(entries: dict[Key, t.Any]) -> list[Key]:
    return sorted(entries, key=lambda key: tuple(name_key(part) for part in key))


def _findings(document: t.Any) -> list[dict[str, t.Any]]:
    return [one for one in _entries(document, "findings") if _has_text(one, ("rule", "status"))]


def _diagnoses(document: t.Any) -> list[dict[str, t.Any]]:
    return [one for one in _entries(document, "diagnoses") if _has_text(one, ("cause", "verdict"))]


def _entries(document: t.Any, key: str) -> list[t.Any]:
    entries = document.get(key) if isinstance(document, dict) else None
    return entries if isinstance(entries, list) else []


def _has_text(entry: t.Any, keys: tuple[str, ...]) -> bool:
    return isinstance(entry, dict) and all(isinstance(entry.get(key), str) for key in keys)


def _by_key(findings: list[dict[str, t.Any]]) -> dict[Key, dict[str, t.Any]]:
    return {_key(one): one for one in findings}


def _key(finding: dict[str, t.Any]) -> Key:
    named = (finding.get("host") or "", finding["rule"], flow_text(finding.get("flow")), finding["status"])
    return tuple(plain(part, 200) for part in named)


def as_diff(old: Document, new: Document) -> dict[str, str]:
    """Return {before, after, before_header, after_header} as Ansible's --diff shows it: only lines that changed.

    One line per root cause above possible and per finding: `web1: keepalive-idle-time deviation (warning)`.
    """
    changed = changes(old, new)
    causes_before, causes_after = _cause_lines(old), _cause_lines(new)
    gone = [line for line in causes_before if line not in causes_after]
    came = [line for line in causes_after if line not in causes_before]
    return {
        "before_header": "last report",
        "after_header": "this report",
        "before": _text(gone + [_finding_line(one) for one in changed["resolved"]]),
        "after": _text(came + [_finding_line(one) for one in changed["new"]]),
    }


def _cause_lines(document: Document) -> list[str]:
    shown = [one for one in _diagnoses(document) if one["verdict"] != "possible"]
    lines = ["%s root cause: %s%s" % (one["verdict"], plain(one["cause"], 100), _place(one)) for one in shown]
    return sorted(set(lines))


def _place(diagnosis: dict[str, t.Any]) -> str:
    ends = {key: diagnosis.get(key) for key in ("client", "server", "port")}
    flow = flow_text(ends) if diagnosis.get("server") else ""
    culprit = plain(diagnosis["culprit"], 100) if diagnosis.get("culprit") else ""
    return "".join([" on %s" % culprit if culprit else "", " (%s)" % flow if flow else ""])


def _finding_line(finding: dict[str, t.Any]) -> str:
    host, rule, flow, status = _key(finding)
    where = "%s%s" % (host or "fleet", " (%s)" % flow if flow else "")
    return "%s: %s %s (%s)" % (where, rule, status, plain(finding.get("severity") or "", 20))


def _text(lines: list[str]) -> str:
    more = ["... and %d more" % (len(lines) - DIFF_LINES)] if len(lines) > DIFF_LINES else []
    return "".join(line + "\n" for line in lines[:DIFF_LINES] + more)
