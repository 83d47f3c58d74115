# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue applied to a whole fleet: from facts to findings, hosts, diagnoses and a summary."""

from __future__ import annotations

import collections
import datetime
import typing as t

from ._catalogue import Rule, catalogue
from ._correlation import Correlation, Flow
from ._diagnosis import diagnose
from ._drawn_paths import drawn_paths
from ._findings import INTERNAL, Finding, Subject, finding, ordered, outcome
from ._fixes import Fixes
from ._fleet import Fleet
from ._flow_digest import flow_digest
from ._keepalive import Hop, declared_path
from ._order import SEVERITIES, VERDICTS, natural
from ._overview import Overview
from ._peers import Peer, host_entry
from ._waivers import Waivers, in_force
from ._watched import watched_peer

Entry = t.Mapping[str, t.Any]
Entries = t.Mapping[str, Entry]

STATUSES = ("ok", "deviation", "unknown", "waived")


class Judge(t.NamedTuple):
    """What every subject is judged with."""

    fixes: Fixes
    waived: Waivers

    def __call__(self, rules: t.Iterable[Rule], subject: Subject) -> tuple[list[str], list[Finding]]:
        """Return the ids of the rules that passed, and the findings of the others that apply."""
        passed, findings = [], []
        for rule in rules:
            result = outcome(rule, subject)
            if result[0] == "ok":
                passed.append(rule.id)
            elif result[0]:
                findings.append(finding(rule, subject, result, self.fixes, self.waived))
        return passed, findings


def evaluate(
    *,
    peers: Entries,
    rules: Entries,
    fixes: Entries,
    causes: Entries,
    overrides: Entries | None = None,
    waivers: t.Sequence[Entry] = (),
    path: t.Sequence[Entry] = (),
    path_kinds: Entries | None = None,
    suspected: Entry | None = None,
    flows: t.Sequence[Flow] = (),
    now: datetime.datetime,
) -> dict[str, t.Any]:
    """Return the parts of the report document: `summary hosts findings diagnoses warnings` and the tables beside them.

    `peers` maps names to {status, reason, facts, probes, trace}, status one of `ok unreachable failed`, the last two
    optional; everything else is plain data. `suspected` is {client, server, server_address, port} as the user named
    them. `flows` are looked at beside those that peers point to. Nothing is read and no clock is asked. Raises
    ValueError for a mistake in a rule, an override, a waiver or the declared path, before any peer is judged.
    """
    chosen = by_scope(catalogue(rules, fixes, causes, overrides))
    waived = in_force(waivers, now.date(), {rule.id for group in chosen.values() for rule in group})
    hops = declared_path(path, path_kinds or {})
    judge = Judge(Fixes(fixes), waived)
    fleet, correlation, overview = Fleet(), Correlation(), Overview()
    hosts, findings = judge_peers(peers, hops, chosen["peer"], judge, (fleet.add, correlation.add, overview.add))
    passed_by_all = sum(len(entry["ok"]) for entry in hosts.values())
    looked_at = [*flows, *correlation.flows(lambda name: _facts_of(peers, name, hops), suspected or {}, hops)]
    for subject, scope in [(Subject({"fleet": fleet.facts()}), "fleet"), *_flow_subjects(looked_at)]:
        passed, found = judge(chosen[scope], subject)
        passed_by_all += len(passed)
        findings += found
    findings = ordered(findings)
    digests = {flow.name: flow_digest(flow) for flow in looked_at}
    diagnoses = diagnose(findings, causes, digests, correlation.is_peer)
    return {
        "summary": summary(hosts, findings, diagnoses, passed_by_all),
        "hosts": hosts,
        "findings": [{key: found[key] for key in found if key not in INTERNAL} for found in findings],
        "diagnoses": diagnoses,
        "warnings": waived.warnings,
        "paths": drawn_paths(looked_at, diagnoses),
        **overview.tables(correlation.named, hops, now),
    }


def judge_peers(
    peers: Entries,
    hops: t.Sequence[Hop],
    rules: t.Sequence[Rule],
    judge: Judge,
    takers: t.Sequence[t.Callable[[Peer], None]],
) -> tuple[dict[str, t.Any], list[Finding]]:
    """Return the hosts of the report in natural order, and their findings; `takers` see each peer on the way."""
    hosts: dict[str, t.Any] = {}
    findings: list[Finding] = []
    for name in sorted(peers, key=natural):
        peer = watched_peer(name, peers[name], hops)
        passed, found = judge(applicable(rules, peer), Subject(peer.facts, host=name))
        hosts[name] = {**host_entry(peer), "ok": passed, "checks": checks(passed, found)}
        findings += found
        for take in takers:
            take(peer)
    return hosts, findings


def _facts_of(peers: Entries, name: str, hops: t.Sequence[Hop]) -> Entry:
    return watched_peer(name, peers[name], hops).facts if name in peers else {}


def by_scope(rules: t.Iterable[Rule]) -> dict[str, list[Rule]]:
    """Return the rules by scope; every scope is there."""
    groups: dict[str, list[Rule]] = {"peer": [], "flow": [], "fleet": []}
    for rule in rules:
        groups[rule.fields["scope"]].append(rule)
    return groups


def applicable(rules: t.Sequence[Rule], peer: Peer) -> t.Iterable[Rule]:
    """Return the rules to apply to a peer: one without facts is judged only by what is known of reaching it."""
    return rules if peer.status == "ok" else [rule for rule in rules if rule.fact.roots == {"peer"}]


def _flow_subjects(flows: t.Sequence[Flow]) -> list[tuple[Subject, str]]:
    return [(Subject(flow.facts, flow=flow.name), "flow") for flow in flows]


def checks(passed: t.Sequence[str], findings: t.Sequence[Finding]) -> dict[str, int]:
    """Return how many rules ended in each status on one host."""
    counted = collections.Counter(found["status"] for found in findings)
    return {"ok": len(passed), **{status: counted[status] for status in STATUSES[1:]}}


def summary(
    hosts: Entries, findings: t.Sequence[Finding], diagnoses: t.Sequence[Entry], passed: int
) -> dict[str, t.Any]:
    """Return the counts at the head of the report; a severity counts deviations only."""
    statuses = collections.Counter(found["status"] for found in findings)
    severities = collections.Counter(found["severity"] for found in findings if found["status"] == "deviation")
    verdicts = collections.Counter(entry["verdict"] for entry in diagnoses)
    return {
        "hosts": len(hosts),
        "unreachable": sum(entry["status"] == "unreachable" for entry in hosts.values()),
        "diagnoses": {verdict: verdicts[verdict] for verdict in VERDICTS},
        "findings": {
            **{severity: severities[severity] for severity in SEVERITIES},
            **{"unknown": statuses["unknown"], "waived": statuses["waived"], "ok": passed},
        },
    }
