# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters that moved, and what they say of resets."""

from __future__ import annotations

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._counters_of import moved, resets
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._ledger import Ledger
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils.fleet_samples import (
    Facts,
    counters,
    load,
    sysctls,
)


def peer(moves: dict[str, int] | None = None, uptime_s: int = 86400, window_s: float = 5.0, **totals: int) -> Facts:
    """Return the facts of a peer with these counters."""
    return {"peer_tcp_counters": counters(moves, window_s, **totals), "peer_load": load(uptime_s)}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(peer({"Tcp.OutRsts": 3}), (3, "window"), id="moved"),
        pytest.param(peer(), (0, "window"), id="stood-still"),
        pytest.param(peer(Tcp__OutRsts=9), (0, "window"), id="long-ago"),
        pytest.param(peer(uptime_s=60, Tcp__OutRsts=9), (9, "boot"), id="since-a-recent-boot"),
        pytest.param(peer({"Tcp.OutRsts": 3}, 60, Tcp__OutRsts=9), (3, "window"), id="moved-and-young"),
        pytest.param(peer(window_s=0.0, Tcp__OutRsts=9), None, id="no-window"),
        pytest.param({}, None, id="not-read"),
    ],
)
def test_a_counter_moves_in_the_window_or_since_a_recent_boot(facts: Facts, expected: tuple[int, str] | None) -> None:
    found = moved(facts, "Tcp.OutRsts")
    assert (tuple(found) if found else None) == expected


def test_a_counter_that_the_kernel_does_not_have_is_unknown() -> None:
    assert moved(peer(), "TcpExt.TCPSomethingNew") is None


def test_own_aborts_are_not_received_resets() -> None:
    moves = {"Tcp.OutRsts": 9, "Tcp.EstabResets": 7, "TcpExt.TCPAbortOnClose": 4, "TcpExt.TCPAbortOnData": 1}
    found = resets(peer(moves))
    assert found is not None
    assert (found.others, found.received, found.aborts) == (
        4,
        2,
        {"TcpExt.TCPAbortOnClose": 4, "TcpExt.TCPAbortOnData": 1},
    )


def test_a_keepalive_timeout_is_neither_received_nor_without_a_cause() -> None:
    found = resets(peer({"Tcp.OutRsts": 1, "Tcp.EstabResets": 1, "TcpExt.TCPAbortOnTimeout": 1}))
    assert found is not None
    assert (found.others, found.received) == (0, 0)


def test_overflow_resets_have_a_cause() -> None:
    moves = {"Tcp.OutRsts": 5, "TcpExt.ListenOverflows": 5, "TcpExt.EmbryonicRsts": 3}
    found = resets({**peer(moves), "peer_sysctls": sysctls(ipv4__tcp_abort_on_overflow=1)})
    assert found is not None
    assert found.others == 2


def test_what_applications_of_the_fleet_aborted_explains_what_others_received() -> None:
    ledger = Ledger()
    ledger.add("db1", peer({"Tcp.OutRsts": 5, "TcpExt.TCPAbortOnData": 3, "Tcp.EstabResets": 3}))
    ledger.add("web1", peer({"Tcp.EstabResets": 4}))
    ledger.add("web2", peer({"Tcp.EstabResets": 2}))
    assert [ledger.unexplained(name) for name in ("web1", "web2", "db1", "nobody", None)] == [1, 0, 0, 0, 0]
    assert (ledger.senders(), ledger.receivers()) == (["db1"], ["web1", "web2"])
