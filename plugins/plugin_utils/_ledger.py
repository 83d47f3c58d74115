# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resets of the whole fleet as its counters tell them: who sent how many and why, and who received some."""

from __future__ import annotations

import typing as t

from ._counters_of import Resets, moved, resets
from ._readings import Number

Entry = t.Mapping[str, t.Any]

TROUBLE = ("TcpExt.TCPAbortOnTimeout", "Tcp.AttemptFails", "TcpExt.TCPSynRetrans", "TcpExt.TCPTimeouts")
MOST_TROUBLED = 50


def _value(facts: Entry, counter: str) -> Number:
    found = moved(facts, counter)
    return found.value if found else 0


class Ledger:
    """Takes peers one by one and keeps of each only what its counters say of resets."""

    def __init__(self) -> None:
        self._of: dict[str, Resets] = {}
        self._in_window: dict[str, Resets] = {}
        self._aborts: Number = 0
        self._troubled: list[str] = []

    def add(self, name: str, facts: Entry) -> None:
        """Take one peer; each is to be given once."""
        found = resets(facts)
        if found is not None:
            self._of[name] = found
            self._in_window[name] = found if found.basis == "window" else resets(facts, windowed=True) or found
            self._aborts += sum(found.aborts.values())
        if len(self._troubled) < MOST_TROUBLED and any(_value(facts, counter) for counter in TROUBLE):
            self._troubled.append(name)

    def of(self, name: str | None) -> Resets | None:
        """Return what a peer's counters say, or None when they were not read or cover too long a time."""
        return self._of.get(name) if name else None

    def in_window(self, name: str | None) -> Resets | None:
        """Return what a peer's counters say of the window alone where it was watched."""
        return self._in_window.get(name) if name else None

    def unexplained(self, name: str | None) -> Number:
        """Return how many resets a peer received on connections that stood and that no application of the fleet sent.

        They came from a kernel or a box that did not know the connection, or from outside the fleet.
        """
        own = self.of(name)
        if own is None:
            return 0
        return max(0, own.received - (self._aborts - sum(own.aborts.values())))

    def receivers(self) -> list[str]:
        """Return the peers that received resets on connections that stood, most first."""
        found = [name for name, row in self._of.items() if row.received]
        return sorted(found, key=lambda name: -self._of[name].received)

    def troubled(self) -> list[str]:
        """Return peers whose connections failed, ended for want of an answer, or had to repeat segments."""
        return self._troubled

    def senders(self) -> list[str]:
        """Return the peers that sent resets, most first."""
        found = [name for name, row in self._of.items() if row.aborts or row.others]
        return sorted(found, key=lambda name: -(sum(self._of[name].aborts.values()) + self._of[name].others))
