# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A peer with what it tried and what was watched on it as facts of their own."""

from __future__ import annotations

import typing as t

from ._keepalive import Hop
from ._peers import Peer, observed_peer
from ._plain import plain

Entry = t.Mapping[str, t.Any]

SEEN = {"probes": ("peer_probes", "probes"), "trace": ("peer_reset_trace", "events")}
"""Beside the facts of a peer: the key, and where its rows stand among the facts."""


def watched_peer(name: str, given: Entry, hops: t.Sequence[Hop]) -> Peer:
    """Return the peer from {status, reason, facts, probes, trace}; rows of the last two become facts of the peer."""
    peer = observed_peer(name, given, hops)
    if peer.status == "ok":
        for key, (family, rows) in SEEN.items():
            found = given.get(key)
            if isinstance(found, (list, tuple)) and found:
                known = peer.facts.get(family)
                peer.facts[family] = {**(known if isinstance(known, dict) else {}), rows: plain(found)}
    return peer
