# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which flow is drawn for a diagnosis: the one that its words are about, and of several the one that shows most."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._correlation import Flow
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._drawn_paths import drawn_paths, stations
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._flow_digest import story


def _flow(client: str, port: int, sender: str | None = None, certainty: str = "unknown", **changes: t.Any) -> Flow:
    facts = {
        **{"client": client, "server": "db1", "port": port, "address": "10.0.0.3"},
        "path": {"hops": ["r1"], "boxes": [], "target": "db1", "complete": True},
        "attribution": {"sender": sender, "kind": "kernel", "certainty": certainty},
        **changes,
    }
    return Flow("%s -> db1:%d" % (client, port), {"flow": facts}, None, [client, "db1"])


def _diagnosis(flow: Flow | None = None, **changes: t.Any) -> dict[str, t.Any]:
    ends = {"client": None, "server": "db1", "port": None, "culprit": "db1", "rst_sender": "db1"}
    words = "%s It was full." % story(flow.facts["flow"]) if flow else "It was full."
    return {"cause": "accept-queue-overflow", "verdict": "likely", "explanation": words, **ends, **changes}


def _drawn(flows: list[Flow], *diagnoses: dict[str, t.Any]) -> dict[str, list[str]]:
    return {row["flow"]: row["causes"] for row in drawn_paths(flows, diagnoses)["rows"]}


def test_drawing_is_of_the_port_that_the_words_are_about() -> None:
    login, queue = _flow("web1", 22, "db1", "traced"), _flow("web1", 7000)
    assert _drawn([login, queue], _diagnosis(queue)) == {"web1 -> db1:7000": ["accept-queue-overflow"]}
    assert _drawn([login, queue], _diagnosis()) == {"web1 -> db1:22": ["accept-queue-overflow"]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"verdict": "possible"}, [], id="only possible"),
        pytest.param({"port": 23}, [], id="another port"),
        pytest.param({"culprit": "web9"}, [], id="culprit is elsewhere"),
        pytest.param({"culprit": "r1"}, ["web1 -> db1:22"], id="culprit is on the way"),
        pytest.param({"client": "web2"}, ["web2 -> db1:22"], id="client is named"),
    ],
)
def test_flows_that_a_diagnosis_may_be_about(changes: dict[str, t.Any], expected: list[str]) -> None:
    assert list(_drawn([_flow("web1", 22), _flow("web2", 22)], _diagnosis(**changes))) == expected


def test_who_sent_the_reset_is_shown_rather_than_not() -> None:
    flows = [_flow("web1", 22), _flow("web2", 22, "db1", "counted"), _flow("web3", 22, "db1", "traced")]
    assert list(_drawn(flows, _diagnosis())) == ["web3 -> db1:22"]


def test_named_flow_is_drawn_without_a_diagnosis() -> None:
    assert _drawn([_flow("web1", 22, named=True), _flow("web2", 22)]) == {"web1 -> db1:22": []}


def test_sender_that_is_no_station_stands_outside() -> None:
    facts = _flow("web1", 22, "somebox", "traced").facts["flow"]
    roles = {one["name"]: one["role"] for one in stations(facts, "web1")}
    assert roles == {"web1": "client", "r1": "hop", "somebox": "outside", "db1": "server"}
