# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A peer as rules and the report see it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._observing import how
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._peers import host_entry, observed_peer

AS_ROOT = "Run as root: ansible-playbook --become."

FACTS: dict[str, t.Any] = {
    "peer_gathering": {"hostname": "web1", "kernel": "6.1.0", "distribution": "Debian 12", "privileged": False},
    "peer_interfaces": {
        "sources": [{"name": "rtnetlink", "status": "ok", "detail": ""}],
        "interfaces": [
            {"name": "lo", "addresses": [{"address": "127.0.0.1", "prefixlen": 8, "scope": "host"}]},
            {"name": "eth0", "addresses": [{"address": "192.0.2.1", "prefixlen": 24, "scope": "global"}]},
        ],
    },
    "peer_sysctls": {"keepalive": {"time_s": 7200, "intvl_s": 75, "probes": 9, "detection_s": 7875}},
    "peer_sshd_log": {
        "sources": [
            {"name": "journal", "status": "denied", "detail": "root could read it"},
            {"name": "/var/log/auth.log", "status": "absent", "detail": ""},
            {"name": "/var/log/secure", "status": "failed", "detail": ""},
        ],
        "resets": {"total": 3},
        "drops": {"total": 0},
    },
}


def test_a_peer_that_was_read_in_part() -> None:
    entry = host_entry(observed_peer("web1", {"status": "ok", "facts": FACTS}, []))
    assert entry["status"] == "partial"
    assert entry["not_observed"] == [
        {"what": "peer_sshd_log: journal", "why": "denied: root could read it", "how": AS_ROOT},
        {"what": "peer_sshd_log: /var/log/secure", "why": "failed", "how": None},
    ]
    assert entry["facts"] == {
        "hostname": "web1",
        "distribution": "Debian 12",
        "kernel": "6.1.0",
        "privileged": False,
        "keepalive_time_s": 7200,
        "keepalive_intvl_s": 75,
        "keepalive_probes": 9,
        "keepalive_detection_s": 7875,
        "sshd_resets": 3,
        "sshd_drops": 0,
        "addresses": ["192.0.2.1/24"],
    }


@pytest.mark.parametrize(
    ("given", "status", "reach", "reading"),
    [
        pytest.param({"status": "ok", "facts": {}}, "ok", "ok", "ok", id="ok"),
        pytest.param({"facts": {}}, "ok", "ok", "ok", id="no-status"),
        pytest.param(
            {"status": "unreachable", "reason": "Connection refused"}, "unreachable", "refused", "ok", id="unreachable"
        ),
        pytest.param(
            {"status": "failed", "reason": "python3: not found"}, "partial", "ok", "interpreter", id="module-failed"
        ),
        pytest.param({"status": "failed", "reason": None}, "partial", "ok", "module", id="failed-without-reason"),
    ],
)
def test_every_peer_has_a_class(given: dict[str, t.Any], status: str, reach: str, reading: str) -> None:
    peer = observed_peer("web1", given, [])
    assert host_entry(peer)["status"] == status
    assert peer.facts["peer"]["reach"]["class"] == reach
    assert peer.facts["peer"]["reading"]["class"] == reading


def test_nothing_of_a_lost_peer_was_observed() -> None:
    entry = host_entry(
        observed_peer("web1", {"status": "unreachable", "reason": "Connection refused", "facts": FACTS}, [])
    )
    gap = {"what": "everything", "why": "Connection refused"}
    assert entry["not_observed"] == [{**gap, "how": how(**gap)}]
    assert entry["facts"] == {}


@pytest.mark.parametrize(
    "facts", [{"peer_x": None}, {"peer_x": []}, {"peer_x": {"sources": 5}}, {"peer_x": {"sources": ["a"]}}]
)
def test_facts_of_another_shape_are_borne(facts: dict[str, t.Any]) -> None:
    assert host_entry(observed_peer("web1", {"status": "ok", "facts": facts}, []))["not_observed"] == []
