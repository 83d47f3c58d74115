# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of a play: read, failed, gone, and still to come."""

from __future__ import annotations

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._play import (
    LEFT_THE_PLAY,
    is_last_batch,
    peer,
    peers,
)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        pytest.param(
            {"ansible_facts": {"peer_routes": {}}, "changed": False},
            {"status": "ok", "reason": "", "facts": {"peer_routes": {}}, "probes": [], "trace": []},
            id="ok",
        ),
        pytest.param(
            {"unreachable": True, "msg": "Failed to connect"},
            {"status": "unreachable", "reason": "Failed to connect", "facts": {}, "probes": [], "trace": []},
            id="unreachable",
        ),
        pytest.param(
            {"failed": True, "msg": "MODULE FAILURE", "module_stderr": "python3: not found\n"},
            {
                "status": "failed",
                "reason": "MODULE FAILURE\npython3: not found",
                "facts": {},
                "probes": [],
                "trace": [],
            },
            id="no-python",
        ),
        pytest.param(
            {"failed": True},
            {"status": "failed", "reason": "no reason was given", "facts": {}, "probes": [], "trace": []},
            id="silent",
        ),
    ],
)
def test_peer(result: dict[str, object], expected: dict[str, object]) -> None:
    assert peer(result) == expected


def test_what_was_read_while_connections_were_tried_is_newer() -> None:
    first = {"ansible_facts": {"peer_gathering": 1, "peer_routes": 2, "peer_tcp_counters": 3}}
    later = {"ansible_facts": {"peer_gathering": 4, "peer_tcp_counters": 5, "peer_probes": {"probes": [{"host": "h"}]}}}
    found = peer(first, later)
    assert found["facts"]["peer_gathering"] == 1
    assert (found["facts"]["peer_routes"], found["facts"]["peer_tcp_counters"]) == (2, 5)
    assert found["probes"] == [{"host": "h"}]
    assert peer(first, {"skipped": True})["facts"] == first["ansible_facts"]


def test_a_host_that_left_the_play_is_there_and_one_to_come_is_not() -> None:
    variables = {"read": {"gathered": {"ansible_facts": {}}}}
    found = peers(
        ["gone", "read", "later"], ["read", "later"], lambda host: variables.get(host, {}), "gathered", "probed"
    )
    assert list(found) == ["gone", "read"]
    assert found["gone"]["reason"] == LEFT_THE_PLAY


@pytest.mark.parametrize(
    ("alive", "batch", "last"),
    [
        pytest.param(["a", "b", "c", "d"], ["a", "b"], False, id="first-of-two"),
        pytest.param(["a", "b", "c", "d"], ["c", "d"], True, id="second-of-two"),
        pytest.param(["a", "b"], ["a", "b"], True, id="the-others-are-gone"),
        pytest.param(["a", "c"], ["c"], True, id="last-host-is-gone"),
        pytest.param(["a", "b", "c", "d"], ["a", "b", "c", "d"], True, id="no-batches"),
    ],
)
def test_last_batch(alive: list[str], batch: list[str], last: bool) -> None:
    assert is_last_batch(["a", "b", "c", "d"], alive, batch) is last


def test_what_an_earlier_batch_tried_is_kept() -> None:
    row = {"class": "refused"}
    variables = {"gone": {}, "first": {"gathered": {}, "reached": {"peers": {"gone": row}}}, "second": {"gathered": {}}}
    found = peers(list(variables), ["first", "second"], variables.__getitem__, "gathered", reached="reached")
    assert {name: peer["reached"] for name, peer in found.items()} == {"gone": row, "first": None, "second": None}
