# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue over a fleet: statuses, order, waivers, counts."""

from __future__ import annotations

import datetime
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._evaluation import Flow, evaluate
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils.catalogue_samples import (
    CAUSES,
    FIXES,
    KEEPALIVE,
    RULES,
    peer,
)

NOW = datetime.datetime(2026, 11, 20, 12, 0, tzinfo=datetime.timezone.utc)
LOST = {"status": "unreachable", "reason": "ssh: connect to host 10.0.0.1 port 22: Connection refused"}


def run(peers: dict[str, t.Any], **given: t.Any) -> dict[str, t.Any]:
    """Return the evaluation of `peers` with the small catalogue."""
    return evaluate(peers=peers, **{"rules": RULES, "fixes": FIXES, "causes": CAUSES, "now": NOW, **given})


def outcomes(found: dict[str, t.Any]) -> list[tuple[str, str | None, str]]:
    """Return (rule, host, status) of all findings in order."""
    return [(one["rule"], one["host"], one["status"]) for one in found["findings"]]


def test_a_deviation_carries_what_a_reader_needs() -> None:
    found = run({"web1": peer(7200)})
    assert found["findings"] == [
        {
            "rule": "keepalive-idle-time",
            "host": "web1",
            "flow": None,
            "status": "deviation",
            "severity": "warning",
            "title": "First keepalive probe comes too late",
            "observed": 7200,
            "recommended": "at most 120 s",
            "unit": "s",
            "evidence": [],
            "why": "Idle connections are forgotten on the way.",
            "source": "ip-sysctl.rst",
            "fix": {
                "text": "Set net.ipv4.tcp_keepalive_time to 120.",
                "command": "sysctl -w net.ipv4.tcp_keepalive_time=120",
                "task": "- name: Set net.ipv4.tcp_keepalive_time\n",
            },
        }
    ]


def test_what_passes_is_counted_by_its_id() -> None:
    host = run({"web1": peer(60)})["hosts"]["web1"]
    assert host["ok"] == ["keepalive-idle-time", "peer-unreachable"]
    assert host["checks"] == {"ok": 2, "deviation": 0, "unknown": 0, "waived": 0}


def test_a_rule_that_does_not_apply_leaves_no_trace() -> None:
    assert "sshd-resets" not in str(run({"web1": peer(60)})["hosts"])
    found = run({"web1": peer(60, peer_sshd_log={"resets": {"total": 0}})})
    assert "sshd-resets" in found["hosts"]["web1"]["ok"]


@pytest.mark.parametrize(
    ("given", "detail"),
    [
        pytest.param(peer(None), "the fact is not there", id="null"),
        pytest.param({"status": "ok", "facts": {}}, "peer_sysctls was not gathered", id="family-not-gathered"),
        pytest.param(peer("60"), "text cannot be compared with at most 120", id="text"),
    ],
)
def test_what_cannot_be_judged_is_unknown_and_says_why(given: dict[str, t.Any], detail: str) -> None:
    found = run({"web1": given})
    assert outcomes(found) == [("keepalive-idle-time", "web1", "unknown")]
    assert found["findings"][0]["detail"] == detail
    assert found["findings"][0]["fix"] is None
    assert found["diagnoses"] == []


@pytest.mark.parametrize("field", ["when", "fact"])
def test_an_expression_that_does_not_suit_the_facts_is_unknown(field: str) -> None:
    found = run({"web1": peer(60)}, overrides={"keepalive-idle-time": {field: "max(peer_sysctls)"}})
    assert found["findings"][0]["detail"].startswith("the expression does not suit the facts")


@pytest.mark.parametrize("field", ["when", "fact"])
def test_a_family_that_was_not_gathered_is_named_for_any_expression(field: str) -> None:
    found = run({"web1": peer(60)}, overrides={"keepalive-idle-time": {field: "length(peer_routes.rules)"}})
    assert found["findings"][0]["detail"] == "peer_routes was not gathered"


@pytest.mark.parametrize("field", ["when", "fact"])
def test_a_family_that_the_run_left_out_is_no_finding(field: str) -> None:
    given = peer(60, peer_gathering={"families": {"sysctl": {"status": "ok"}}})
    looked_for = {"keepalive-idle-time": {field: "length(peer_routes.rules)"}}
    assert run({"web1": given}, overrides=looked_for)["findings"] == []
    given["facts"]["peer_routes"] = {"sources": [{"name": "route", "status": "failed", "detail": "took too long"}]}
    assert outcomes(run({"web1": given}, overrides=looked_for)) == [("keepalive-idle-time", "web1", "unknown")]


def test_findings_are_sorted_by_severity_then_rule_then_host() -> None:
    found = run({"web10": peer(7200), "web2": peer(7200), "db1": LOST, "db0": peer(None)})
    assert outcomes(found) == [
        ("peer-unreachable", "db1", "deviation"),
        ("keepalive-idle-time", "db0", "unknown"),
        ("keepalive-idle-time", "web2", "deviation"),
        ("keepalive-idle-time", "web10", "deviation"),
    ]
    assert list(found["hosts"]) == ["db0", "db1", "web2", "web10"]


def test_a_lost_peer_is_one_finding_and_not_one_per_rule() -> None:
    found = run({"db1": LOST})
    assert outcomes(found) == [("peer-unreachable", "db1", "deviation")]
    assert found["findings"][0]["observed"] == "refused"
    assert found["hosts"]["db1"]["status"] == "unreachable"
    assert found["hosts"]["db1"]["reason"] == LOST["reason"]


def test_a_waived_finding_stays_and_counts_nothing() -> None:
    waiver = {"rule": "keepalive-idle-time", "host": "web*", "reason": "change 4711", "until": "2026-12-31"}
    found = run({"web1": peer(7200), "db1": peer(7200)}, waivers=[waiver])
    assert outcomes(found) == [
        ("keepalive-idle-time", "db1", "deviation"),
        ("keepalive-idle-time", "web1", "waived"),
    ]
    assert found["findings"][1]["waiver"] == {"reason": "change 4711", "until": "2026-12-31"}
    assert found["diagnoses"][0]["hosts"] == ["db1"]
    assert found["hosts"]["web1"]["checks"]["waived"] == 1


def test_an_expired_waiver_is_a_warning() -> None:
    found = run({"web1": peer(7200)}, waivers=[{"rule": "keepalive-idle-time", "reason": "x", "until": "2026-11-19"}])
    assert outcomes(found) == [("keepalive-idle-time", "web1", "deviation")]
    assert "ended on 2026-11-19" in found["warnings"][0]


def test_the_summary_counts() -> None:
    waiver = {"rule": "keepalive-idle-time", "host": "web3", "reason": "x"}
    peers = {"web1": peer(7200), "web2": peer(60), "web3": peer(7200), "web4": peer(None), "db1": LOST}
    assert run(peers, waivers=[waiver])["summary"] == {
        "hosts": 5,
        "unreachable": 1,
        "diagnoses": {"confirmed": 0, "likely": 0, "possible": 1},
        "findings": {"critical": 1, "warning": 1, "info": 0, "unknown": 1, "waived": 1, "ok": 6},
    }


def test_a_fleet_rule_sees_all_peers_and_has_no_host() -> None:
    link = {"name": "eth0", "addresses": [{"address": "192.0.2.1", "prefixlen": 24}]}
    both = peer(60, peer_interfaces={"interfaces": [link]})
    found = run({"a": both, "b": both})
    assert outcomes(found) == [("duplicate-address", None, "deviation")]
    assert found["diagnoses"][0]["hosts"] == ["a", "b"]


def test_a_flow_rule_sees_its_flow() -> None:
    rule = {**KEEPALIVE, "scope": "flow", "fact": "flow.chain.margin_s", "op": "ge", "want": 0}
    flow = Flow("a -> b:22", {"flow": {"chain": {"margin_s": -5}}})
    found = run({}, overrides={"chain": rule}, flows=[flow])
    assert [(one["host"], one["flow"]) for one in found["findings"]] == [(None, "a -> b:22")]


def test_evidence_and_observed_are_kept_short() -> None:
    rows = [{"address": "192.0.2.%d" % number, "count": 1, "text": "x" * 5000} for number in range(200)]
    found = run({"a": peer(60, peer_sshd_log={"resets": {"total": 200, "by_address": rows}})})
    evidence = found["findings"][0]["evidence"]
    assert evidence[0]["address"] == "192.0.2.0"
    assert len(evidence[0]["text"]) == 400
    assert evidence[-1] == "... 180 more"


def test_a_mistake_is_told_before_any_peer_is_looked_at() -> None:
    with pytest.raises(ValueError, match="keepalive-idle-time, fact"):
        run({"a": object()}, overrides={"keepalive-idle-time": {"fact": "a["}})
    with pytest.raises(ValueError, match="waiver 1"):
        run({"a": object()}, waivers=[{"rule": "keepalive-idle-time"}])
    with pytest.raises(ValueError, match="diagnose_path"):
        run({"a": object()}, path=[{"name": "nlb"}])
