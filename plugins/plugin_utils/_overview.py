# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fleet shows beside its findings: tables of connectivity, timeouts, counters, sockets, resets and events."""

from __future__ import annotations

import datetime
import typing as t

from ._blind_spots import BlindSpots
from ._connectivity import Connectivity
from ._counter_moves import CounterMoves
from ._keepalive import Hop
from ._peers import Peer
from ._reset_sources import ResetSources
from ._timeline import Timeline
from ._timeouts_in_force import TimeoutsInForce
from ._unguarded import Unguarded

Table = dict[str, t.Any]
Named = t.Callable[[str], "str | None"]


class Overview:
    """Takes peers one by one and keeps of each only the rows that are shown, so that it stays small for any fleet."""

    def __init__(self) -> None:
        self._connectivity, self._timeouts, self._counters = Connectivity(), TimeoutsInForce(), CounterMoves()
        self._unguarded, self._sources, self._timeline = Unguarded(), ResetSources(), Timeline()
        self._blind_spots = BlindSpots()

    def add(self, peer: Peer) -> None:
        """Take one peer; one that could not be read shows nothing."""
        if peer.status == "ok":
            for part in (self._connectivity, self._timeouts, self._counters, self._unguarded):
                part.add(peer.name, peer.facts)
            for other in (self._sources, self._timeline, self._blind_spots):
                other.add(peer.name, peer.facts)

    def tables(self, named: Named, hops: t.Sequence[Hop], now: datetime.datetime) -> dict[str, Table]:
        """Return the tables of the report by their keys, each with {rows, total, truncated}.

        `named` gives the peer that a name or an address means, `hops` are the declared boxes.
        """
        return {
            "connectivity": self._connectivity.table(named),
            "timeouts": self._timeouts.table(hops),
            "counters": self._counters.table(),
            "unguarded": self._unguarded.table(named),
            "reset_sources": self._sources.table(named),
            "timeline": self._timeline.table(now),
            "blind_spots": self._blind_spots.table(),
        }
