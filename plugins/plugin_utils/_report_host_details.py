# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page says about each single host, short: the findings themselves are explained once, in their groups."""

from __future__ import annotations

import collections
import re
import typing as t

from ._order import SEVERITIES
from ._report_groups import UNREACHABLE, title_of
from ._report_text import flow_text, plain, quantity

FACTS = 24
VALUE_CHARACTERS = 160
UNITS = {"_s": "s", "_ms": "ms", "_bytes": "bytes", "_packets": "packets"}
"""Endings of a fact's name that say its unit."""

UNSAFE_IN_ID = re.compile("[^A-Za-z0-9]+")
STATUSES = ("deviation", "unknown", "waived")
CHECKS = {"deviation": "deviate", "unknown": "unknown", "waived": "waived", "ok": "pass"}

Document = dict[str, t.Any]


def anchors(prefix: str, names: t.Iterable[str]) -> dict[str, str]:
    """Return an id for every name: letters, digits and hyphens only, no two alike."""
    used: collections.Counter[str] = collections.Counter()
    found = {}
    for name in names:
        anchor = ("%s-%s" % (prefix, UNSAFE_IN_ID.sub("-", name)[:60].strip("-").lower())).strip("-")
        used[anchor] += 1
        found[name] = "%s--%d" % (anchor, used[anchor]) if used[anchor] > 1 else anchor
    return found


def with_anchors(groups: list[Document]) -> list[Document]:
    """Return groups of findings, each with the id of its place on the page."""
    ids = anchors("finding", ["%s %s" % (group["rule"], group["severity"]) for group in groups])
    return [{**group, "anchor": anchor} for group, anchor in zip(groups, ids.values(), strict=True)]


def host_details(document: Document, states: dict[str, str], groups: list[Document]) -> list[Document]:
    """Return one entry per host, in the order of `states`.

    An entry holds {name, anchor, state, status, gist, reason, rows, not_observed, facts}. `rows` are its findings,
    {kind, title, observed, recommended, flow, target}: kind is the severity, or the status of one that is no deviation;
    target is the id of the finding's group. `facts` are (name, text).
    """
    targets = {(group["rule"], group["severity"]): group["anchor"] for group in groups}
    rows: dict[str, list[Document]] = {name: [] for name in states}
    for finding in sorted(document["findings"], key=_gravity):
        if finding["rule"] != UNREACHABLE and finding["host"] in rows:
            rows[finding["host"]].append(_row(finding, targets))
    ids = anchors("host", states)
    return [_entry(document["hosts"][name], name, ids[name], state, rows[name]) for name, state in states.items()]


def _gravity(finding: Document) -> tuple[int, int, str]:
    return STATUSES.index(finding["status"]), SEVERITIES.index(finding["severity"]), finding["rule"]


def _row(finding: Document, targets: dict[tuple[str, str], str]) -> Document:
    deviates = finding["status"] == "deviation"
    return {
        "kind": finding["severity"] if deviates else finding["status"],
        "title": title_of(finding),
        "observed": plain(quantity(finding["observed"], finding.get("unit")), VALUE_CHARACTERS) if deviates else "",
        "recommended": plain(finding["recommended"] or "", VALUE_CHARACTERS) if deviates else "",
        "flow": flow_text(finding["flow"]),
        "target": targets.get((plain(finding["rule"], 1200), finding["severity"]), "") if deviates else "",
    }


def _entry(host: Document, name: str, anchor: str, state: str, rows: list[Document]) -> Document:
    gaps = [{key: plain(gap[key], VALUE_CHARACTERS) for key in ("what", "why")} for gap in host["not_observed"]]
    return {
        "name": plain(name, 120),
        "anchor": anchor,
        "state": state,
        "status": host["status"],
        "reason": plain(host["reason"] or ""),
        "gist": _gist(host),
        "rows": rows,
        "not_observed": gaps,
        "facts": [_fact(*pair) for pair in list(host["facts"].items())[:FACTS]],
    }


def _gist(host: Document) -> str:
    """Return the line beside a closed host: how its checks ended, or why there were none."""
    if host["status"] == "unreachable":
        return plain(host["reason"] or "no reason given", 120)
    shown = [(key, word) for key, word in CHECKS.items() if host["checks"][key] or key == "ok"]
    return ", ".join("%d %s" % (host["checks"][key], word) for key, word in shown)


def _fact(name: str, value: t.Any) -> tuple[str, str]:
    unit = next((unit for ending, unit in UNITS.items() if name.endswith(ending)), None)
    label = name[: -len(unit) - 1] if unit else name
    return plain(label.replace("_", " "), 60), plain(quantity(value, unit), VALUE_CHARACTERS)
