# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A peer as rules and the report see it: its facts, what is derived from them, what could not be observed."""

from __future__ import annotations

import typing as t

from ._digest import digest
from ._keepalive import Hop, keepalive
from ._observing import how
from ._plain import plain
from ._reach import classify, classify_failure, reason
from ._reach_probe import concluded, told

MAX_NOT_OBSERVED = 40
UNSEEN = ("denied", "failed")

Entry = t.Mapping[str, t.Any]


class Peer(t.NamedTuple):
    """A peer: `status` is `ok unreachable failed`, `facts` hold the families and, below `peer`, what is derived."""

    name: str
    status: str
    reason: str
    facts: dict[str, t.Any]


def observed_peer(name: str, given: Entry, hops: t.Sequence[Hop]) -> Peer:
    """Return the peer from {status, reason, facts, reached} as the play knows it."""
    status, message = str(given.get("status") or "ok"), str(plain(given.get("reason")) or "")
    facts = plain(given.get("facts") or {}) if status == "ok" else {}
    unreachable, failed = status == "unreachable", status not in ("ok", "unreachable")
    reached = plain(given.get("reached"))
    why = "; ".join(filter(None, (reason(message), told(reached))))
    facts["peer"] = {
        "name": name,
        "status": status,
        "reach": {"class": concluded(classify(message), reached) if unreachable else "ok", "reason": why},
        "reading": {"class": classify_failure(message) if failed else "ok", "reason": why},
        "not_observed": not_observed(facts) if status == "ok" else [_gap("everything", why)],
        "keepalive": keepalive(facts, hops),
    }
    return Peer(str(name), "failed" if failed else status, why, facts)


def not_observed(facts: Entry) -> list[dict[str, t.Any]]:
    """Return {what, why, how} for each source of a family that was denied or failed; one that is absent is no gap."""
    found = []
    for family in sorted(facts):
        sources = facts[family].get("sources") if isinstance(facts[family], dict) else None
        for source in sources if isinstance(sources, list) else ():
            if isinstance(source, dict) and source.get("status") in UNSEEN:
                found.append(_gap("%s: %s" % (family, source.get("name")), _why(source)))
    return found[:MAX_NOT_OBSERVED]


def _gap(what: str, why: str) -> dict[str, t.Any]:
    return {"what": what, "why": why, "how": how(what, why)}


def _why(source: Entry) -> str:
    detail = source.get("detail")
    return "%s: %s" % (source["status"], detail) if detail else str(source["status"])


def host_entry(peer: Peer) -> dict[str, t.Any]:
    """Return {status, reason, not_observed, facts} of a peer for the report.

    A peer that was reached but could not be read, or not in all places, is `partial`.
    """
    unseen = peer.facts["peer"]["not_observed"]
    status = "partial" if peer.status == "failed" or (peer.status == "ok" and unseen) else peer.status
    return {"status": status, "reason": peer.reason, "not_observed": unseen, "facts": digest(peer.facts)}
