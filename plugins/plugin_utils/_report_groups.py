# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts have in common: findings by rule, unreachable peers by class, missing observations by reason."""

from __future__ import annotations

import typing as t

from ._evidence import STRONGEST_FIRST
from ._order import SEVERITIES
from ._report_hosts import host_list, in_order, name_key
from ._report_text import and_more, counted, evidence_lines, flow_text, plain, quantity

UNREACHABLE = "peer-unreachable"
"""Id of the finding that stands for a host nobody could look at."""

FLEET = "the fleet"
"""Stands for the host of a finding that concerns no single one."""

Finding = dict[str, t.Any]


def findings_of(document: dict[str, t.Any], status: str) -> list[Finding]:
    """Return the findings with this status, those for unreachable peers aside (`unreachable` has them)."""
    return [one for one in document["findings"] if one["status"] == status and one["rule"] != UNREACHABLE]


def by_rule(findings: t.Iterable[Finding]) -> list[dict[str, t.Any]]:
    """Return one group per rule and severity, worst first, then those with most hosts.

    A group holds {rule, title, severity, why, source, hosts, flows, variants: [{observed, recommended, hosts, flows}],
    evidence: [{lines, hosts}], fixes: [{text, command, task, hosts}]}; in these three lists hosts with the same are one
    entry, most hosts first.
    """
    return _worst_first(map(_group, _lists_by_rule(findings)))


def of_weight(document: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """Return the groups of deviations that are more than a remark, in outline: without variants and evidence."""
    findings = [one for one in findings_of(document, "deviation") if one["severity"] != "info"]
    return _worst_first(map(_outline, _lists_by_rule(findings)))


def _lists_by_rule(findings: t.Iterable[Finding]) -> t.Iterable[list[Finding]]:
    return _collected(findings, lambda one: (one["rule"], one["severity"])).values()


def _worst_first(groups: t.Iterable[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    return sorted(groups, key=lambda one: (SEVERITIES.index(one["severity"]), -len(one["hosts"]), one["rule"]))


def host_of(finding: Finding) -> str:
    """Return the host a finding belongs to, `the fleet` for none."""
    return finding["host"] or FLEET


def scope_of(group: dict[str, t.Any]) -> str:
    """Return how many hosts or flows a group of findings is about: `3 hosts`, `2 flows`, `the fleet`."""
    if group["hosts"] == [FLEET]:
        return counted(len(group["flows"]), "flow") if group["flows"] else FLEET
    return counted(len(group["hosts"]), "host")


def place_of(group: dict[str, t.Any], limit: int = 4, width: int = 1000) -> str:
    """Return which hosts or flows a group, or a variant of it, is about: `a1, a2 +3 more`, `a -> b:22 +1 more`."""
    if group["hosts"] == [FLEET] and group["flows"]:
        return flow_list(group["flows"])
    return host_list(group["hosts"], limit, width)


def flow_list(flows: t.Sequence[str], limit: int = 1) -> str:
    """Return the first flows, and how many more there are."""
    return and_more(", ".join(flows[:limit]), len(flows) - limit)


def title_of(finding: Finding) -> str:
    """Return a finding's title, its rule's id when that is blank."""
    return plain(finding["title"]).strip() or plain(finding["rule"])


def _collected(rows: t.Iterable[t.Any], key: t.Callable[[t.Any], t.Any]) -> dict[t.Any, list[t.Any]]:
    """Return the rows in lists by their key, in the order in which the keys came."""
    lists: dict[t.Any, list[t.Any]] = {}
    for row in rows:
        lists.setdefault(key(row), []).append(row)
    return lists


def _group(members: list[Finding]) -> dict[str, t.Any]:
    proven = [one for one in members if one["evidence"]]
    return {**_outline(members), "variants": _variants(members), "evidence": _alike(proven, ("lines",), _proof)}


def _outline(members: list[Finding]) -> dict[str, t.Any]:
    first = members[0]
    shared = {key: plain(first[key] or "", 1200) for key in ("rule", "severity", "why", "source")}
    return {
        **shared,
        "title": title_of(first),
        **_concerned(members),
        "fixes": _alike([one for one in members if one["fix"]], ("text", "command", "task"), _remedy),
    }


def _concerned(members: list[Finding]) -> dict[str, list[str]]:
    flows = dict.fromkeys(flow_text(one["flow"]) for one in members)
    return {"hosts": in_order(host_of(one) for one in members), "flows": [flow for flow in flows if flow]}


def _variants(members: list[Finding]) -> list[dict[str, t.Any]]:
    """Return {observed, recommended, hosts, flows} per distinct value, those of most hosts and flows first."""
    rows = [
        {"observed": observed, "recommended": recommended, **_concerned(alike)}
        for (observed, recommended), alike in _collected(members, _appearance).items()
    ]
    return sorted(_most_hosts_first(rows), key=lambda row: (-len(row["hosts"]), -len(row["flows"])))


def _appearance(finding: Finding) -> tuple[str, str]:
    return quantity(finding["observed"], finding.get("unit")), plain(finding["recommended"] or "", 200)


def _proof(finding: Finding) -> tuple[tuple[str, ...]]:
    return (tuple(evidence_lines(finding["evidence"])),)


def _remedy(finding: Finding) -> tuple[t.Any, ...]:
    return tuple(finding["fix"].get(key) for key in ("text", "command", "task"))


def _alike(
    members: list[Finding], keys: tuple[str, ...], values: t.Callable[[Finding], tuple[t.Any, ...]]
) -> list[dict[str, t.Any]]:
    """Return one entry per distinct `values` under `keys`, with the hosts that share them, most hosts first."""
    return _most_hosts_first(_folded(members, keys, values))


def _folded(
    members: t.Iterable[Finding], keys: tuple[str, ...], values: t.Callable[[Finding], tuple[t.Any, ...]]
) -> list[dict[str, t.Any]]:
    return [
        {**dict(zip(keys, shared, strict=True)), "hosts": in_order(map(host_of, rows))}
        for shared, rows in _collected(members, values).items()
    ]


def _most_hosts_first(rows: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    return sorted(rows, key=lambda row: (-len(row["hosts"]), name_key(row["hosts"][0])))


def evidence_rows(evidence: t.Iterable[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """Return {what, observed, strength, hosts} for the evidence of diagnoses, the strongest first."""

    def values(piece: Finding) -> tuple[str, str, str]:
        return plain(piece["what"]), quantity(piece["observed"]), piece["strength"]

    rows = _folded(evidence, ("what", "observed", "strength"), values)
    return sorted(rows, key=lambda row: STRONGEST_FIRST.index(row["strength"]))


def unreachable(document: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """Return one entry per class of unreachable peers: {kind, hosts, reasons: [{host, reason}], why, fix}."""
    findings = {one["host"]: one for one in document["findings"] if one["rule"] == UNREACHABLE}
    names = in_order(name for name, host in document["hosts"].items() if host["status"] == "unreachable")
    classes: dict[str, list[str]] = {}
    for name in names:
        classes.setdefault(plain(findings.get(name, {}).get("observed") or "other", 60), []).append(name)
    entries = [_unreachable_class(document["hosts"], findings, kind, hosts) for kind, hosts in classes.items()]
    return sorted(entries, key=lambda entry: -len(entry["hosts"]))


def _unreachable_class(
    peers: dict[str, t.Any], findings: dict[str, Finding], kind: str, hosts: list[str]
) -> dict[str, t.Any]:
    finding = findings.get(hosts[0], {})
    reasons = [{"host": name, "reason": plain(peers[name]["reason"] or "no reason given")} for name in hosts]
    return {
        "kind": kind,
        "hosts": hosts,
        "reasons": reasons,
        "why": plain(finding.get("why") or "", 600),
        "fix": finding.get("fix"),
    }


def not_observed(document: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """Return {what, why, how, hosts} for what could not be looked at on hosts that were reached, most hosts first."""
    rows = [
        {"what": plain(gap["what"], 200), "why": plain(gap["why"]), "how": plain(gap.get("how") or ""), "host": name}
        for name, host in document["hosts"].items()
        if host["status"] != "unreachable"
        for gap in host["not_observed"]
    ]
    return _with_hosts(rows, ("what", "why", "how"))


def unknown(document: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """Return {rule, title, detail, hosts} for the checks that could not be made, most hosts first."""
    rows = [
        {
            "rule": plain(one["rule"], 100),
            "title": title_of(one),
            "detail": plain(one.get("detail") or "the fact is missing"),
            "host": host_of(one),
        }
        for one in findings_of(document, "unknown")
    ]
    return _with_hosts(rows, ("rule", "title", "detail"))


def waived(document: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """Return {rule, title, severity, observed, recommended, reason, until, hosts}, most hosts first."""
    rows = [
        {
            **{key: plain(one[key] or "") for key in ("rule", "severity", "recommended")},
            "title": title_of(one),
            "observed": quantity(one["observed"], one.get("unit")),
            **{key: plain((one.get("waiver") or {}).get(key) or "") for key in ("reason", "until")},
            "host": host_of(one),
        }
        for one in document["findings"]
        if one["status"] == "waived"
    ]
    return _with_hosts(rows, ("rule", "title", "severity", "observed", "recommended", "reason", "until"))


def _with_hosts(rows: list[dict[str, t.Any]], keys: tuple[str, ...]) -> list[dict[str, t.Any]]:
    """Return the rows folded over their hosts: equal in `keys`, `hosts` instead of `host`."""
    return _alike(rows, keys, lambda row: tuple(row[key] for key in keys))
