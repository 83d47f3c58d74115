# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is to blame for a cause, and which hosts it concerns, from the evidence that speaks for it."""

from __future__ import annotations

import collections
import typing as t

from ._evidence import OWN_SIDE, STRONGEST_FIRST, Entry, is_at_server
from ._explains import VICTIMS
from ._groups import Flows, Group, named_hosts
from ._order import natural


def culprit(group: Group, cause: Entry, flows: Flows) -> str | None:
    """Return who is to blame: a peer, a declared box or a gateway that the evidence names, or None.

    Evidence of a flow names it in its rows, the strongest first. Evidence of a host names the declared box that the
    cause is known for, or the host itself when its own side resets. A host where a middlebox is suspected may be the
    victim and is named only with conclusive evidence; who waited in vain is never to blame.
    """
    told = _told(group)
    if told is not None:
        return told
    boxes = _boxes(group, cause)
    if boxes:
        return boxes.pop() if len(boxes) == 1 else None
    if group.cause in VICTIMS:
        return None
    proven = {piece.finding["host"] for piece in group.pieces if piece.strength == "conclusive"} - {None}
    if group.flow is not None:
        flow = flows.get(group.flow, {})
        if is_at_server(group.cause, cause):
            return flow.get("target")
        return proven.pop() if len(proven) == 1 else None
    senders = set(cause.get("rst_sender") or ())
    return group.host if proven or (senders and senders <= OWN_SIDE) else None


def _told(group: Group) -> str | None:
    """Return whom the strongest rows of evidence name most often."""
    for strength in STRONGEST_FIRST[:3]:
        rows = [row for piece in group.pieces if piece.strength == strength for row in piece.rows]
        named = [row["culprit"] for row in rows if row.get("culprit") and row.get("cause") in (None, group.cause)]
        others = [row["culprit"] for row in rows if row.get("culprit")]
        if named or others:
            return collections.Counter(named or others).most_common(1)[0][0]
    return None


def _boxes(group: Group, cause: Entry) -> set[str]:
    """Return the declared boxes of the evidence that count: on the path, or of the kind the cause is known for."""
    senders = set(cause.get("rst_sender") or ())
    rows = [row for piece in group.pieces for row in piece.rows if isinstance(row.get("box"), str)]
    return {row["box"] for row in rows if row.get("cause") == group.cause or not senders <= OWN_SIDE}


def hosts_of(group: Group, peers: t.Container[str]) -> list[str]:
    """Return the hosts concerned in natural order; evidence of flows and of the fleet names its hosts in its rows.

    `peers` are the hosts of the group's flows: what else evidence names is a box or an address.
    """
    names: set[str] = set()
    for piece in group.pieces:
        finding = piece.finding
        if finding["host"] is not None:
            names.add(finding["host"])
            continue
        names.update(named_hosts(finding["evidence"]))
        told = [row.get(key) for row in piece.rows for key in ("host", "culprit")]
        names.update(name for name in told if isinstance(name, str) and name in peers)
    return sorted(names, key=natural)
