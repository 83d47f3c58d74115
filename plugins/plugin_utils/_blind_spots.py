# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nobody could have seen in this run although all was read, and what to do to see it the next time."""

from __future__ import annotations

import typing as t

from ._counters_of import window_s
from ._readings import mapping
from ._scene import probe_rows
from ._shown import Hosts, shown
from ._traces import trace_known

Entry = t.Mapping[str, t.Any]


def _sessions_unlogged(facts: Entry) -> bool:
    return mapping(facts, "peer_sshd_log").get("session_resets_logged") is False


def _is_user(facts: Entry) -> bool:
    return mapping(facts, "peer_gathering").get("privileged") is False


def _untraced(facts: Entry) -> bool:
    return not trace_known(facts)


def _unwatched(facts: Entry) -> bool:
    return not window_s(facts)


def _untried(facts: Entry) -> bool:
    return not probe_rows(facts)


def _timeouts_cut(facts: Entry) -> bool:
    return mapping(facts, "peer_application_timeouts").get("truncated") is True


SPOTS: tuple[tuple[t.Callable[[Entry], bool], str, str, str], ...] = (
    (
        _untraced,
        "Single resets with their sender and the kernel's reason",
        "resets were not watched",
        "Set diagnose_trace_seconds to 30 and run as root while connections are being reset.",
    ),
    (
        _unwatched,
        "Counters that move now",
        "counters were read once",
        "Set diagnose_window to 10 while connections are being reset.",
    ),
    (
        _sessions_unlogged,
        "Resets of logged-in sessions in the log of sshd",
        "LogLevel INFO does not log them",
        "Set LogLevel VERBOSE in sshd_config, reload sshd, and run the diagnosis again after the next reset.",
    ),
    (
        _is_user,
        "Processes, rules and logs of other users",
        "the login is no root",
        "Run as root: ansible-playbook --become.",
    ),
    (
        _timeouts_cut,
        "The less important timeouts of servers",
        "the host has more than fit into a fact",
        "Run application_timeout_facts there for one program: software=[nginx].",
    ),
    (
        _untried,
        "Whether peers reach each other now",
        "no connection was tried",
        "Name diagnose_client and diagnose_server, or set diagnose_probe to all in a fleet of up to twelve.",
    ),
)
"""Test, what was not observed, why, and how to observe it; the most telling first."""


class BlindSpots:
    """Takes peers one by one and counts on which of them something could not be seen."""

    def __init__(self) -> None:
        self._hosts = [Hosts() for _spot in SPOTS]

    def add(self, name: str, facts: Entry) -> None:
        """Take one peer."""
        for hosts, (is_blind, *_texts) in zip(self._hosts, SPOTS, strict=True):
            if is_blind(facts):
                hosts.add(name)

    def table(self) -> dict[str, t.Any]:
        """Return {rows, total, truncated}; a row is {what, why, how, hosts, count}."""
        found = [
            {"what": what, "why": why, "how": how, **hosts.row()}
            for hosts, (_test, what, why, how) in zip(self._hosts, SPOTS, strict=True)
            if hosts.count
        ]
        return shown(found, len(SPOTS))
