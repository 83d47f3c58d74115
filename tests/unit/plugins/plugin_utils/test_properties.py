# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for any facts and any findings, tried with those that hypothesis makes up."""

from __future__ import annotations

import datetime
import functools
import json
import typing as t
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._diagnosis import (
    diagnose,
    score,
    verdict,
)
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._evaluation import evaluate
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._expressions import expression
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._operators import (
    OPERATORS,
    judge,
    recommended,
)
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._order import VERDICTS, natural
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._reach import CLASSES, classify, reason
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils.catalogue_samples import (
    CAUSES,
    FIXES,
    RULES,
)

NOW = datetime.datetime(2026, 11, 20, tzinfo=datetime.timezone.utc)
FAST = settings(max_examples=150, deadline=None, database=None)

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_infinity=False) | st.text(max_size=20)
names = st.text(max_size=8) | st.sampled_from(
    [
        "sources",
        "name",
        "status",
        "values",
        "running",
        "interfaces",
        "addresses",
        "address",
        "resets",
        "total",
        "keepalive",
        "mtu",
        "kind",
        "prefixlen",
    ]
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=25,
)
families = st.sampled_from(
    ["peer_interfaces", "peer_sysctls", "peer_sshd_log", "peer_routes", "peer_gathering", "peer"]
)
facts = st.dictionaries(families, values, max_size=5)
peers = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(["ok", "ok", "unreachable", "failed"]),
            "reason": st.text(max_size=60),
            "facts": facts,
        }
    ),
    max_size=4,
)
strengths = st.lists(st.sampled_from(["setting", "supporting", "conclusive", "excluding"]), max_size=8)


def run(given_peers: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the evaluation of peers with the small catalogue."""
    path = [{"name": "box", "idle_timeout": 60}]
    return evaluate(peers=given_peers, rules=RULES, fixes=FIXES, causes=CAUSES, path=path, now=NOW)


@FAST
@given(peers)
def test_any_facts_give_a_document_that_adds_up(given_peers: dict[str, t.Any]) -> None:
    found = run(given_peers)
    json.dumps(found)
    counts = found["summary"]["findings"]
    statuses = [one["status"] for one in found["findings"]]
    assert found["summary"]["hosts"] == len(given_peers)
    assert counts["critical"] + counts["warning"] + counts["info"] == statuses.count("deviation")
    assert counts["unknown"] == statuses.count("unknown")
    for name, host in found["hosts"].items():
        mine = [one for one in found["findings"] if one["host"] == name]
        assert len(mine) == sum(host["checks"].values()) - host["checks"]["ok"]


@FAST
@given(peers, st.randoms())
def test_the_order_of_the_peers_does_not_matter(given_peers: dict[str, t.Any], random: t.Any) -> None:
    shuffled = list(given_peers.items())
    random.shuffle(shuffled)
    assert json.dumps(run(given_peers)) == json.dumps(run(dict(shuffled)))


@FAST
@given(values, st.sampled_from(list(OPERATORS)), values)
def test_an_operator_judges_anything(value: t.Any, operator: str, want: t.Any) -> None:
    if not OPERATORS[operator].accepts(want):
        return
    status, detail = judge(operator, value, want)
    assert status in ("ok", "deviation", "unknown")
    assert bool(detail) is (status == "unknown")
    assert isinstance(recommended(operator, want, "s"), str)


@FAST
@given(st.integers() | st.floats(allow_nan=False), st.integers() | st.floats(allow_nan=False))
def test_operators_come_in_opposites(value: t.Any, want: t.Any) -> None:
    def passes(operator: str) -> bool:
        return judge(operator, value, want)[0] == "ok"

    assert passes("le") is not passes("gt")
    assert passes("lt") is not passes("ge")
    assert passes("eq") is not passes("ne")
    assert passes("eq") is (passes("le") and passes("ge"))


@FAST
@given(facts)
def test_an_expression_answers_on_any_facts(given_facts: dict[str, t.Any]) -> None:
    for text in (
        "sum(peer_sysctls.values)",
        "sort_by(peer_interfaces.interfaces, &name)[0].name",
        "peer_interfaces.interfaces[?to_number(name) > `1`] | [0:2]",
        "join(', ', peer_sshd_log.sources[].name)",
        "avg(peer_sysctls)",
        "peer_routes.*.name",
    ):
        answer = expression(text)(given_facts)
        assert answer.value is None or not answer.detail


@FAST
@given(strengths, st.sampled_from(["setting", "supporting", "conclusive"]))
def test_more_evidence_never_weakens_a_diagnosis(known: list[str], more: str) -> None:
    assert score([*known, more]) >= score(known)
    assert VERDICTS.index(verdict([*known, more])) <= VERDICTS.index(verdict(known))


@FAST
@given(strengths)
def test_evidence_against_never_strengthens_a_diagnosis(known: list[str]) -> None:
    assert score([*known, "excluding"]) <= score(known)
    assert VERDICTS.index(verdict([*known, "excluding"])) >= VERDICTS.index(verdict(known))


@FAST
@given(
    st.lists(
        st.builds(
            lambda rule, host, cause: {
                "rule": rule,
                "host": host,
                "flow": None,
                "status": "deviation",
                "title": rule,
                "observed": 1,
                "evidence": [],
                "fix": None,
                "supports": {cause: "setting"},
            },
            st.sampled_from(["r1", "r2", "r3"]),
            st.sampled_from(["a", "b", None]),
            st.sampled_from([*CAUSES, "no-such-cause"]),
        )
    )
)
def test_settings_alone_make_a_cause_possible_and_no_more(findings: list[dict[str, t.Any]]) -> None:
    found = diagnose(findings, CAUSES)
    assert {one["verdict"] for one in found} <= {"possible"}
    assert len(found) == len({cause for one in findings for cause in one["supports"]})


@FAST
@given(st.text(max_size=300))
def test_any_message_has_a_class_and_a_safe_reason(message: str) -> None:
    assert classify(message) in CLASSES
    assert not {"Cc", "Cs", "Zl", "Zp"} & {unicodedata.category(letter) for letter in reason(message)}


@FAST
@given(st.lists(st.text(max_size=12)))
def test_natural_orders_any_names(given_names: list[str]) -> None:
    assert sorted(given_names, key=natural) == sorted(sorted(given_names), key=natural)


def test_documents_are_linear_in_hosts() -> None:
    facts_of = functools.partial(dict, status="ok", facts={"peer_sysctls": {"values": {}}})
    found = run({"h%d" % number: facts_of() for number in range(500)})
    assert len(found["hosts"]) == 500
