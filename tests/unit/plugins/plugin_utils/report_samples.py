# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report documents for the tests of the renderers: small ones that are recorded, and fleets made from one of them."""

from __future__ import annotations

import collections
import copy
import json
import pathlib
import typing as t

from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils import overview_samples

Document = dict[str, t.Any]

FIXTURES = pathlib.Path(__file__).resolve().parents[3] / "fixtures" / "report"
RECORDED = ("healthy", "three_hosts")

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '"><svg/onload=alert(1)>',
    "]]></failure><testcase/>",
    "--></style></script><!--",
    "{{ 7*7 }}{% raw %}{% endraw %}${7*7}",
    "\u202egnp.exe\u202c \u2066x\u2069 \u200b\u061c\ufeff\u00ad\U000e0041",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07\x9b2J",
    "javascript:alert(1) http://evil.example/ www.evil.example",
    "[click](javascript:alert(1)) ![x](http://evil.example/x.png)",
    "| a | b |\n|---|---|\n| \\| c \\\\| d |",
    "`code` ``two`` ```\nfence\n``` ~~~",
    "# heading\n- item\n1. item\n> quote\n***\n===",
    "@everyone @netdoctor/team #123 !45 0123456789abcdef0123 $x$ :+1:",
    "nul\x00byte\x0b\x0c\x1f\x7f\x85\u2028\u2029\ufffe\uffff\ud800",
    "&amp;&lt;&#60;&nbsp;",
    "x" * 10_000,
    "<b>" * 1700,
    " ",
    "",
)


def recorded(name: str) -> Document:
    """Return a document of tests/fixtures/report."""
    return t.cast(Document, json.loads((FIXTURES / ("%s.json" % name)).read_text(encoding="utf-8")))


def fleet(hosts: int, long_names: bool = True) -> Document:
    """Return a document of `hosts` hosts: one setting wrong on all, some critical, some lost, values that differ."""
    base = recorded("three_hosts")
    document = copy.deepcopy(base)
    suffix = ".rack%02d.production.west.internal.example.com" if long_names else ".r%02d"
    names = ["web-frontend-%04d%s" % (number, suffix % (number // 40)) for number in range(1, hosts + 1)]
    lost = set(names[::97])
    model = next(host for host in base["hosts"].values() if host["status"] == "ok")
    document["hosts"] = {name: copy.deepcopy(model) for name in names}
    findings = []
    for place, name in enumerate(names):
        if name in lost:
            reason = "ssh: connect to host 10.0.%d.%d port 22: Connection timed out" % divmod(place, 250)
            document["hosts"][name].update(status="unreachable", reason=reason, ok=[], facts={}, not_observed=[])
            findings.append({**_of(base, "peer-unreachable"), "host": name, "evidence": [reason]})
        else:
            findings += _fleet_findings(base, place, name)
    document["findings"] = findings
    document.update(overview_samples.tables(names))
    return counted(document)


def _fleet_findings(base: Document, place: int, name: str) -> list[Document]:
    templates = [one for one in base["findings"] if one["rule"] != "peer-unreachable" and one["status"] != "unknown"]
    everywhere = {"keepalive-idle-time", "tcp-retries2", "sshd-client-alive-interval"}
    chosen = [one for one in templates if one["rule"] in everywhere or (place + len(one["rule"])) % 17 == 0]
    return [_at(one, place, name) for one in chosen]


def _at(finding: Document, place: int, name: str) -> Document:
    varied = {"observed": finding["observed"] + place} if finding["rule"] == "listener-overflows" else {}
    return {**copy.deepcopy(finding), "host": name, **varied}


def _of(document: Document, rule: str) -> Document:
    return copy.deepcopy(next(one for one in document["findings"] if one["rule"] == rule))


def hostile() -> Document:
    """Return a document that holds every hostile text in every place where a text of others can stand."""
    document = recorded("three_hosts")
    models = copy.deepcopy(document["findings"])
    host = next(iter(document["hosts"].values()))
    document["hosts"], document["findings"], document["diagnoses"] = {}, [], document["diagnoses"][:1]
    cause = document["diagnoses"].pop()
    for number, text in enumerate(HOSTILE):
        name = "%s%d" % (text, number)
        document["hosts"][name] = _hostile_host(host, text, ("ok", "partial", "unreachable")[number % 3])
        document["findings"] += [_hostile_finding(one, text, name) for one in models]
        document["diagnoses"].append(_hostile_diagnosis(cause, text, name))
    parts = [_hostile_tables(text, number) for number, text in enumerate(HOSTILE)]
    document.update(overview_samples.merged(parts))
    invocation = dict.fromkeys(("client", "server", "server_address", "since"), HOSTILE[0])
    document["invocation"].update(invocation)
    return counted(document)


def _hostile_tables(text: str, number: int) -> Document:
    return overview_samples.tables(["%s%d" % (text, number), "%s-%d" % (text, number)], text)


def _hostile_host(host: Document, text: str, status: str) -> Document:
    facts = {text or "key": text, "list": [text, {text or "key": text}], "number": 1}
    gaps = [{"what": text, "why": text, "how": text}]
    return {**copy.deepcopy(host), "status": status, "reason": text or "-", "not_observed": gaps, "facts": facts}


def _hostile_finding(finding: Document, text: str, name: str) -> Document:
    changed = {**copy.deepcopy(finding), "host": name, "flow": text or None, "observed": text}
    changed.update(dict.fromkeys(("title", "why", "source", "recommended", "unit"), text))
    changed["evidence"] = [text, {text or "key": text}, [text, [text]]]
    changed["fix"] = {"text": text, "command": text, "task": "- name: x\n  y: |\n    %s" % text}
    if changed["status"] == "waived":
        changed["waiver"] = {"reason": text, "until": text or None}
    if changed["status"] == "unknown":
        changed["detail"] = text or "-"
    return changed


def _hostile_diagnosis(diagnosis: Document, text: str, name: str) -> Document:
    changed = copy.deepcopy(diagnosis)
    changed.update(dict.fromkeys(("title", "culprit", "rst_sender", "client", "server", "explanation"), text))
    changed.update(hosts=[name, text], sources=[text])
    changed["evidence"] = [{"host": text, "what": text, "observed": text, "strength": "conclusive"}]
    changed["remediation"] = [{"text": text, "command": text, "automatic": True}]
    return changed


def counted(document: Document) -> Document:
    """Return the document with a summary and host counts that fit its findings."""
    statuses = collections.Counter(one["status"] for one in document["findings"])
    deviations = [one for one in document["findings"] if one["status"] == "deviation"]
    severities = collections.Counter(one["severity"] for one in deviations)
    verdicts = collections.Counter(one["verdict"] for one in document["diagnoses"])
    per_host: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for finding in document["findings"]:
        per_host[finding["host"]][finding["status"]] += 1
    for name, host in document["hosts"].items():
        host["checks"] = {"ok": len(host["ok"])}
        host["checks"].update({key: per_host[name][key] for key in ("deviation", "unknown", "waived")})
    document["summary"] = {
        "hosts": len(document["hosts"]),
        "unreachable": sum(host["status"] == "unreachable" for host in document["hosts"].values()),
        "diagnoses": {key: verdicts[key] for key in ("confirmed", "likely", "possible")},
        "findings": {
            **{key: severities[key] for key in ("critical", "warning", "info")},
            **{key: statuses[key] for key in ("unknown", "waived")},
            "ok": sum(len(host["ok"]) for host in document["hosts"].values()),
        },
    }
    return document


def write_golden() -> None:
    """Write what the renderers make of the recorded documents, after a change that is meant; read the difference."""
    from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils import _console, _report

    for name in RECORDED:
        texts = _report.render(recorded(name), ["md", "html", "junit"])
        paths = ["/srv/report/report.json", "/srv/report/report.html"]
        for file_name, text in {**texts, "console.txt": _console.summary(recorded(name), paths)}.items():
            path = FIXTURES / name / file_name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_golden()
