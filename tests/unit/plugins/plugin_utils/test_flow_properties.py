# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for flows of any facts: no crash, a document that is data, and no verdict that settings alone made."""

from __future__ import annotations

import copy
import datetime
import functools
import json
import typing as t

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._catalogue import merged
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._diagnosis import diagnose
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._document import document
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._evidence import Piece, strengths
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._order import VERDICTS
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._verdicts import score, verdict
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils.fleet_samples import (
    DB,
    PORT,
    Facts,
    connections,
    counters,
    firewall,
    fleet,
    listener,
    listening,
    probed,
    rule,
    sockets,
    topics,
)

NOW = datetime.datetime(2026, 11, 20, tzinfo=datetime.timezone.utc)
FAST = settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
NAMED = {"client": "web1", "server": "db1", "server_address": DB, "port": PORT}

scalars = st.none() | st.booleans() | st.integers(-5, 70000) | st.floats() | st.sampled_from(["", DB, "eth1", "-"])
junk = st.recursive(
    scalars, lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from(["a", "port"]), part, max_size=3)
)


@functools.lru_cache(maxsize=1)
def flow_topics() -> Facts:
    """Return the catalogue with the rules on flows and the fleet alone, which is what this file is about."""
    rules = {name: fields for name, fields in merged(topics()["rules"]).items() if fields["scope"] != "peer"}
    return {**topics(), "rules": [rules]}


def faulty() -> Facts:
    """Return a fleet in which every kind of fact says something."""
    peers = fleet()
    row = rule("reject", "forward", 5, ports=str(PORT), reject_type="tcp-reset", packets_delta=2, source="10.1.0.0/16")
    peers["router"]["facts"]["peer_firewall"] = firewall(row, rule("drop", "forward", 3), nat=True, established_s=5)
    queue = {"length": 2, "limit": 1, "saturation_percent": 100.0}
    peers["db1"]["facts"]["peer_listening_ports"] = listening(listener(22, "sshd"), listener(PORT, accept_queue=queue))
    peers["web1"]["facts"]["peer_connections"] = connections(remotes=[sockets(PORT, DB, 5)])
    for name in peers:
        peers[name]["facts"]["peer_tcp_counters"] = counters({"Tcp.OutRsts": 3, "Tcp.EstabResets": 2})
    peers["web1"]["probes"] = [probed("reset", phase="hold", held_s=6.0)]
    peers["db1"]["trace"] = [{"direction": "sent", "source": DB, "source_port": PORT, "reason": "NO_SOCKET"}]
    return peers


def places(value: t.Any, path: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    """Yield the path of every part of a value."""
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in pairs:
        yield from places(part, (*path, key))


PLACES = [path for path in places(faulty()) if len(path) > 2 or path[1:] in (("probes",), ("trace",))]


def damaged(path: tuple[t.Any, ...], value: t.Any) -> Facts:
    """Return the faulty fleet with one part replaced."""
    peers = copy.deepcopy(faulty())
    holder: t.Any = peers
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return peers


@FAST
@given(st.sampled_from(PLACES), junk, st.sampled_from([NAMED, {}, {"server": "db1"}]))
def test_facts_of_any_shape_are_borne(path: tuple[t.Any, ...], value: t.Any, asked: Facts) -> None:
    found = document(damaged(path, value), {**flow_topics(), **asked}, NOW)
    json.dumps(found["diagnoses"])
    assert all(one["verdict"] in VERDICTS and 0 <= one["score"] <= 1 for one in found["diagnoses"])


@FAST
@given(
    st.sampled_from(["", "db1", "nobody", DB, "2001:db8::1", "web1"]), st.sampled_from(["", "web1", "10.9.9.9", "x"])
)
def test_any_name_may_be_suspected(server: str, client: str) -> None:
    asked = {"client": client, "server": server, "port": PORT}
    found = document(faulty(), {**flow_topics(), **asked}, NOW)
    assert all(one["port"] in (PORT, None, 22) for one in found["diagnoses"])


@FAST
@given(st.permutations(["web1", "db1", "router"]))
def test_the_order_of_the_peers_does_not_matter(names: list[str]) -> None:
    peers = faulty()
    once = document(peers, flow_topics(), NOW)
    again = document({name: peers[name] for name in names}, flow_topics(), NOW)
    assert json.dumps(once) == json.dumps(again)


CAUSES = merged(topics()["causes"])
FLOWS = {
    "f": {"client": "a", "server": "b", "port": 1, "target": "b", "peers": ["a", "b"]},
    "n": {"client": "a", "server": "b", "port": 2, "target": "b", "peers": ["a", "r", "b"], "named": True},
}


def findings_of(kinds: st.SearchStrategy[str]) -> st.SearchStrategy[list[Facts]]:
    """Return findings on hosts, flows and the fleet whose strengths are of `kinds`."""
    return st.lists(
        st.builds(
            lambda name, host, flow, cause, strength, culprit: {
                **{"rule": name, "host": None if flow else host, "flow": flow, "status": "deviation", "title": name},
                **{"observed": 1, "fix": None, "supports": {cause: strength}, "families": ["peer_x"]},
                "evidence": [{"host": host, "what": "seen", "culprit": culprit}] if flow else [],
            },
            st.sampled_from(["r1", "r2", "tcp-abort-on-close"]),
            st.sampled_from(["a", "b", "r", "other", None]),
            st.sampled_from([None, None, "f", "n"]),
            st.sampled_from(["nothing-listening", "packet-loss", "oom-kill", "port-probe", "keepalive-timeout"]),
            kinds,
            st.sampled_from(["a", "r", "nlb", None]),
        ),
        max_size=8,
    )


@FAST
@given(findings_of(st.just("setting")), st.booleans())
def test_settings_of_hosts_and_flows_make_causes_possible_and_no_more(findings: list[Facts], named: bool) -> None:
    found = diagnose(findings, CAUSES, FLOWS if named else {"f": FLOWS["f"], "n": {**FLOWS["n"], "named": False}})
    assert {one["verdict"] for one in found} <= {"possible"}


@FAST
@given(findings_of(st.sampled_from(["setting", "supporting", "conclusive", "excluding"])))
def test_every_cause_that_something_speaks_for_is_told(findings: list[Facts]) -> None:
    found = diagnose(findings, CAUSES, {"f": FLOWS["f"], "n": {**FLOWS["n"], "named": False}})
    spoken = {cause for one in findings for cause, strength in one["supports"].items() if strength != "excluding"}
    assert {one["cause"] for one in found} == spoken
    assert [VERDICTS.index(one["verdict"]) for one in found] == sorted(VERDICTS.index(one["verdict"]) for one in found)


@FAST
@given(findings_of(st.sampled_from(["setting", "supporting", "conclusive"])), st.data())
def test_more_evidence_for_a_cause_never_weakens_it(findings: list[Facts], data: st.DataObject) -> None:
    cause = "packet-loss"
    pieces = [Piece(one["supports"][cause], one) for one in findings if cause in one["supports"]]
    cut = data.draw(st.integers(0, len(pieces)))
    fewer, more = strengths(pieces[:cut]), strengths(pieces)
    assert score(more) >= score(fewer)
    assert VERDICTS.index(verdict(more)) <= VERDICTS.index(verdict(fewer))
