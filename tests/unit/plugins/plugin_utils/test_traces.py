# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traced resets: whose flow they belong to, and what state and reason say."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._correlation import Correlation
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._traces import MOST_EVENTS, NAMES, fingerprint
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._watched import watched_peer
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils.fleet_samples import (
    DB,
    PORT,
    WEB,
    Facts,
    counters,
    firewall,
    fleet,
    listener,
    listening,
    load,
)

NAMED = {"client": "web1", "server": "db1", "server_address": DB, "port": PORT}


def event(direction: str = "sent", **more: t.Any) -> Facts:
    """Return a reset between db1 and web1."""
    ends = {"source": DB, "source_port": PORT, "destination": WEB, "destination_port": 40000}
    return {"time": "2026-11-20T11:59:00Z", "direction": direction, **ends, "state": None, "reason": None, **more}


def attributed(
    change: t.Callable[[dict[str, Facts]], object] | None = None, named: Facts | None = None, **traces: list[Facts]
) -> Facts:
    """Return the attribution of the named flow; `traces` are the events by peer."""
    peers = fleet()
    for name in traces:
        peers[name]["trace"] = traces[name]
    if change:
        change(peers)
    correlation, known = Correlation(), {name: watched_peer(name, peers[name], []) for name in peers}
    for peer in known.values():
        correlation.add(peer)
    found = correlation.flows(lambda name: known[name].facts if name in known else {}, named or NAMED, [])
    return dict(found[0].facts["flow"]["attribution"])


@pytest.mark.parametrize(
    ("state", "reason", "name"),
    [
        ("TCP_LISTEN", "INVALID_SYN", "traced_overflow"),
        ("TCP_LISTEN", "TCP_FLAGS", "traced_unknown"),
        ("UNKNOWN", "NO_SOCKET", "traced_unknown"),
        ("TCP_CLOSE", "TCP_ABORT_ON_CLOSE", "traced_unread_close"),
        ("TCP_CLOSE", "TCP_STATE", "traced_closed_state"),
        ("TCP_ESTABLISHED", "TCP_STATE", "traced_destroyed"),
        ("TCP_ESTABLISHED", "TCP_KEEPALIVE_TIMEOUT", "traced_keepalive"),
        ("TCP_FIN_WAIT2", "TCP_ABORT_ON_DATA", "traced_data_after_close"),
        ("TCP_TIME_WAIT", "TCP_TIMEWAIT_SOCKET", "traced_data_after_close"),
        ("TCP_SYN_SENT", "TCP_INVALID_ACK_SEQUENCE", "traced_collision"),
        ("TCP_CLOSE", "TCP_ABORT_ON_MEMORY", "traced_memory"),
        ("TCP_ESTABLISHED", "MPTCP_RST_EUNSPEC", "traced_mptcp"),
        ("TCP_ESTABLISHED", "NOT_SPECIFIED", None),
        ("TCP_ESTABLISHED", "", None),
    ],
)
def test_state_and_reason_together_are_a_fingerprint(state: str, reason: str, name: str | None) -> None:
    assert fingerprint({"state": state, "reason": reason}) == name
    assert name is None or name in NAMES


def test_the_kernel_that_sent_it_is_named() -> None:
    found = attributed(db1=[event(state="TCP_CLOSE", reason="TCP_ABORT_ON_CLOSE")], web1=[event("received")])
    assert (found["sender"], found["kind"], found["certainty"]) == ("db1", "kernel", "traced")
    assert found["reasons"] == [
        "the kernel of db1 sent a reset from port 5000 to 10.1.0.1: TCP_CLOSE TCP_ABORT_ON_CLOSE"
    ]


def test_a_reset_in_the_name_of_another_is_that_of_a_rule() -> None:
    found = attributed(router=[event("forged")], db1=[], web1=[event("received")])
    assert (found["sender"], found["kind"]) == ("router", "rule")


def test_what_a_router_resets_between_others_is_none_of_its_own_connections() -> None:
    to_router = {"client": "web1", "server": "router"}
    assert attributed(named=to_router, router=[event("forged")])["traced_forged"] == []
    own = event("forged", source="10.1.255.1")
    assert attributed(named=to_router, router=[own])["traced_forged"] != []


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_has_nothing_to_do_with_a_flow_of_two_peers(address: str) -> None:
    local = event(source=address, destination=address, state="TCP_CLOSE", reason="TCP_STATE")
    found = attributed(db1=[local], web1=[local], router=[local])
    assert (found["sender"], found["certainty"]) == (None, "unknown")


def test_a_reset_that_nobody_sent_comes_from_outside() -> None:
    watched = {"peer_reset_trace": {"sources": [], "events": []}}
    found = attributed(lambda peers: peers["db1"]["facts"].update(watched), web1=[event("received", ttl=44)])
    assert (found["sender"], found["kind"]) == (None, "box")
    assert found["traced_from_outside"][0]["value"] == 44


@pytest.mark.parametrize(
    ("more", "outside"),
    [
        ({"events": [{"direction": "sent", "source_port": PORT}]}, 0),
        ({"events": [{"direction": "sent", "source_port": 80}]}, 30),
        ({"truncated": True}, 0),
        ({"lost": 3}, 0),
        ({"began_at": "2026-11-20T12:00:00.000Z", "window_s": 5}, 0),
    ],
)
def test_many_resets_come_from_outside_only_if_all_was_watched(more: Facts, outside: int) -> None:
    watched = {"peer_reset_trace": {"sources": [], "events": [], **more}}
    received = [event("received", time="2026-11-20T12:00:04.900Z") for dummy in range(30)]
    found = attributed(lambda peers: peers["db1"]["facts"].update(watched), web1=received)
    assert len(found["traced_from_outside"]) == min(outside, MOST_EVENTS)


def test_without_watching_the_server_nothing_follows() -> None:
    found = attributed(web1=[event("received")])
    assert (found["traced_from_outside"], found["certainty"]) == ([], "unknown")


@pytest.mark.parametrize("more", [{"source_port": 80}, {"source": "10.9.9.9", "destination": "10.9.9.8"}])
def test_resets_of_other_connections_do_not_count(more: Facts) -> None:
    found = attributed(
        lambda peers: peers.pop("router"), db1=[event(state="TCP_CLOSE", reason="TCP_ABORT_ON_CLOSE", **more)]
    )
    assert found["traced_unread_close"] == []


def unheard(peers: dict[str, Facts]) -> None:
    """Let nothing listen on the server, and the client be refused."""
    peers["db1"]["facts"]["peer_listening_ports"] = listening(listener(22, "sshd"))
    tried = {"address": DB, "class": "refused", "phase": "connect"}
    peers["web1"]["probes"] = [{"host": DB, "port": PORT, "class": "refused", "addresses": [tried]}]


def rebooted(peers: dict[str, Facts]) -> None:
    """Let the server have begun after its client."""
    peers["db1"]["facts"]["peer_load"] = load(40)


def forgetful(peers: dict[str, Facts]) -> None:
    """Let the router forget after five seconds what it translates."""
    peers["router"]["facts"]["peer_firewall"] = firewall(nat=True, established_s=5)


def lingering(peers: dict[str, Facts]) -> None:
    """Let the server have aborted connections, and the client have received the resets."""
    moved = {"TcpExt.TCPAbortOnData": 2, "Tcp.OutRsts": 2, "Tcp.EstabResets": 2, "Tcp.PassiveOpens": 4}
    peers["db1"]["facts"]["peer_tcp_counters"] = counters(moved)
    peers["web1"]["facts"]["peer_tcp_counters"] = counters({"Tcp.EstabResets": 2})


@pytest.mark.parametrize(
    ("change", "state", "reason", "sign"),
    [
        (unheard, "UNKNOWN", "NO_SOCKET", "traced_refused"),
        (rebooted, "TCP_LISTEN", "TCP_FLAGS", "traced_half_open"),
        (forgetful, "TCP_LISTEN", "TCP_FLAGS", "traced_expired"),
        (lingering, "TCP_CLOSE", "TCP_STATE", "traced_linger"),
        (None, "TCP_CLOSE", "TCP_STATE", "traced_linger"),
        (unheard, "TCP_CLOSE", "TCP_STATE", "traced_listener_closed"),
    ],
)
def test_one_reason_means_what_else_is_known(change: t.Any, state: str, reason: str, sign: str) -> None:
    signs = ("traced_refused", "traced_half_open", "traced_expired", "traced_linger", "traced_listener_closed")
    found = attributed(change, db1=[event(state=state, reason=reason)])
    assert [name for name in signs if found[name]] == [sign]
