# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keepalive against the path: arithmetic, layers, and what the user may declare."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._keepalive import declared_path, keepalive

KINDS = {
    "aws-nlb": {"idle_timeout_s": 350, "layer": 4, "cause": "aws-nlb-idle"},
    "haproxy": {"idle_timeout_s": 50, "layer": 7, "cause": "haproxy-timeout"},
}


def facts(time_s: t.Any, **sysctls: t.Any) -> dict[str, t.Any]:
    """Return facts with a keepalive of 75 s x 9 and more sysctls, a double underscore for a dot."""
    values = {name.replace("__", "."): {"running": value} for name, value in sysctls.items()}
    read = {"time_s": time_s, "intvl_s": 75, "probes": 9, "detection_s": 7875}
    return {"peer_sysctls": {"keepalive": read, "values": values}}


@pytest.mark.parametrize(
    ("time_s", "path", "expected"),
    [
        pytest.param(
            7200,
            [],
            {"smallest_idle_timeout_s": None, "margin_s": None, "refreshes": None, "recommended_s": None, "hops": []},
            id="no-path",
        ),
        pytest.param(
            7200,
            [{"name": "nlb", "kind": "aws-nlb"}],
            {
                "smallest_idle_timeout_s": 350,
                "smallest_idle_timeout_of": "nlb",
                "half_s": 175,
                "margin_s": -7025,
                "refreshes": False,
                "recommended_s": 60,
            },
            id="default-behind-nlb",
        ),
        pytest.param(60, [{"name": "nlb", "kind": "aws-nlb"}], {"margin_s": 115, "refreshes": True}, id="good"),
        pytest.param(200, [{"name": "nlb", "kind": "aws-nlb"}], {"margin_s": -25, "refreshes": True}, id="no-margin"),
        pytest.param(350, [{"name": "nlb", "kind": "aws-nlb"}], {"refreshes": False}, id="same-second"),
        pytest.param(
            60,
            [{"name": "nlb", "kind": "aws-nlb"}, {"name": "fw", "idle_timeout": 90}],
            {"smallest_idle_timeout_s": 90, "smallest_idle_timeout_of": "fw", "recommended_s": 45},
            id="smallest-counts",
        ),
        pytest.param(
            60,
            [{"name": "lb", "kind": "haproxy"}],
            {"smallest_idle_timeout_s": None, "refreshes": None, "layer7": ["lb"]},
            id="layer7-is-not-refreshed",
        ),
        pytest.param(
            60,
            [{"name": "lb", "kind": "haproxy", "layer": 4, "idle_timeout": 30}],
            {"smallest_idle_timeout_s": 30, "layer7": [], "refreshes": False, "recommended_s": 15},
            id="declared-values-win",
        ),
        pytest.param(60, [{"name": "odd", "idle_timeout": 1}], {"recommended_s": 1}, id="never-zero"),
    ],
)
def test_keepalive_against_the_path(time_s: int, path: list[dict[str, t.Any]], expected: dict[str, t.Any]) -> None:
    found = keepalive(facts(time_s), declared_path(path, KINDS))
    assert found is not None
    assert {key: found[key] for key in expected} == expected


def test_hops_are_rows_for_the_report() -> None:
    found = keepalive(facts(60), declared_path([{"name": "nlb", "kind": "aws-nlb"}], KINDS))
    assert found is not None
    assert found["hops"] == [
        {
            "box": "nlb",
            "kind": "aws-nlb",
            "idle_timeout_s": 350,
            "layer": 4,
            "first_probe_s": 60,
            "cause": "aws-nlb-idle",
            "refreshed": True,
        }
    ]


@pytest.mark.parametrize(
    ("sysctls", "smallest"),
    [
        pytest.param({"net__ipv4__ip_forward": 1}, 5, id="router"),
        pytest.param({"net__ipv6__conf__all__forwarding": 1}, 5, id="router-ipv6"),
        pytest.param({"net__ipv4__ip_forward": 0}, None, id="host"),
        pytest.param({}, None, id="unknown"),
    ],
)
def test_a_peer_that_forwards_is_a_hop_itself(sysctls: dict[str, t.Any], smallest: int | None) -> None:
    timeout = {"net__netfilter__nf_conntrack_tcp_timeout_established": 5}
    found = keepalive(facts(60, **timeout, **sysctls), [])
    assert found is not None
    assert found["smallest_idle_timeout_s"] == smallest


@pytest.mark.parametrize(
    "given",
    [{}, {"peer_sysctls": {"keepalive": {"time_s": None}}}, {"peer_sysctls": None}, facts("7200")],
    ids=["nothing", "not-read", "null", "text"],
)
def test_without_the_sysctls_there_is_nothing_to_say(given: dict[str, t.Any]) -> None:
    assert keepalive(given, []) is None


@pytest.mark.parametrize(
    ("box", "message"),
    [
        pytest.param({}, "box 1: a name is needed", id="no-name"),
        pytest.param({"name": "x"}, "box x: a kind or an idle_timeout is needed", id="nothing-known"),
        pytest.param({"name": "x", "kind": "aws-nbl"}, 'no kind aws-nbl; did you mean "aws-nlb"', id="misspelt-kind"),
        pytest.param({"name": "x", "idle_timeout": "5m"}, "idle_timeout: '5m' is no number", id="text"),
        pytest.param({"name": "x", "idle_timeout": 0}, "idle_timeout: 0 is no number of seconds above 0", id="zero"),
        pytest.param({"name": "x", "idle_timeout": 5, "layer": 3}, "layer: 3 is neither 4 nor 7", id="layer"),
        pytest.param({"name": "x", "idle_time": 5}, 'no field idle_time; did you mean "idle_timeout"', id="misspelt"),
    ],
)
def test_a_wrong_box_is_refused(box: dict[str, t.Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        declared_path([box], KINDS)
