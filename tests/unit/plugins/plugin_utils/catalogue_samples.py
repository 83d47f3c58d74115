# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small catalogue for the tests of what reads one."""

from __future__ import annotations

import typing as t

KEEPALIVE: dict[str, t.Any] = {
    "title": "First keepalive probe comes too late",
    "scope": "peer",
    "fact": 'peer_sysctls.values."net.ipv4.tcp_keepalive_time".running',
    "op": "le",
    "want": 120,
    "unit": "s",
    "severity": "warning",
    "supports": {"keepalive-later-than-middlebox": "setting"},
    "why": "Idle connections are forgotten on the way.",
    "source": "ip-sysctl.rst",
    "fix": {"id": "sysctl", "name": "net.ipv4.tcp_keepalive_time"},
}
RESETS: dict[str, t.Any] = {
    "title": "sshd met resets",
    "scope": "peer",
    "when": "peer_sshd_log",
    "fact": "peer_sshd_log.resets.total",
    "op": "eq",
    "want": 0,
    "severity": "critical",
    "supports": {"keepalive-later-than-middlebox": "supporting"},
    "evidence": "peer_sshd_log.resets.by_address",
    "why": "The log says so.",
    "source": "measured",
}
REACHED: dict[str, t.Any] = {
    "title": "Peer cannot be reached",
    "scope": "peer",
    "fact": "peer.reach.class",
    "op": "eq",
    "want": "ok",
    "severity": "critical",
    "why": "Nothing is known of it.",
    "source": "ssh(1)",
}
SHARED: dict[str, t.Any] = {
    "title": "Address on two peers",
    "scope": "fleet",
    "fact": "fleet.duplicate_addresses[].address",
    "op": "empty",
    "severity": "info",
    "supports": {"duplicate-ip": "supporting"},
    "evidence": "fleet.duplicate_addresses",
    "why": "Neighbours mix them up.",
    "source": "RFC 5227",
}
RULES = {
    "keepalive-idle-time": KEEPALIVE,
    "sshd-resets": RESETS,
    "peer-unreachable": REACHED,
    "duplicate-address": SHARED,
}
FIXES = {
    "sysctl": {
        "text": "Set {name} to {want}.",
        "command": "sysctl -w {name}={want}",
        "task": {"name": "Set {name}"},
    }
}
CAUSES = {
    "keepalive-later-than-middlebox": {
        "title": "The path forgets first",
        "rst_sender": ["middlebox", "remote-kernel"],
        "explanation": "A box drops its state.",
        "remediation": [{"text": "Ask the network team.", "command": None, "automatic": False}],
        "sources": ["RFC 5382"],
    },
    "duplicate-ip": {"title": "Two hosts, one address", "rst_sender": ["remote-kernel"]},
}


def peer(time_s: t.Any = 60, **families: t.Any) -> dict[str, t.Any]:
    """Return a peer that was read, with its keepalive time and more families of facts."""
    values = {"net.ipv4.tcp_keepalive_time": {"running": time_s}}
    return {"status": "ok", "reason": "", "facts": {"peer_sysctls": {"values": values}, **families}}
