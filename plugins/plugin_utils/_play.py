# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a play knows of its hosts: who was read, who fell out before, and whether more hosts follow."""

from __future__ import annotations

import typing as t

Peer = dict[str, t.Any]

LEFT_THE_PLAY = "left the play before its facts were gathered: an earlier task failed, or it was unreachable"


SEEN = {"probes": ("peer_probes", "probes"), "trace": ("peer_reset_trace", "events")}
"""What happened while a peer watched: the fact that holds it, and the rows in it."""

NOTHING: Peer = {"facts": {}, "probes": [], "trace": []}


def peer(result: t.Mapping[str, t.Any], later: t.Mapping[str, t.Any] | None = None) -> Peer:
    """Return {status, reason, facts, probes, trace} of one host; status is `ok unreachable failed`.

    Families that were read again `later`, while connections were tried, replace those of the first time.
    """
    if result.get("unreachable"):
        return {"status": "unreachable", "reason": _reason(result), **NOTHING}
    if result.get("failed"):
        return {"status": "failed", "reason": _reason(result), **NOTHING}
    facts = {**result.get("ansible_facts", {}), **_watched(later or {})}
    found = {key: facts.get(name, {}).get(rows, []) for key, (name, rows) in SEEN.items()}
    return {"status": "ok", "reason": "", "facts": facts, **found}


def _watched(later: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    facts = later.get("ansible_facts", {})
    return {name: fact for name, fact in facts.items() if name != "peer_gathering"}


def _reason(result: t.Mapping[str, t.Any]) -> str:
    texts = (str(result.get(key) or "").strip() for key in ("msg", "module_stderr", "module_stdout"))
    return "\n".join(text for text in texts if text) or "no reason was given"


def peers(
    hosts: t.Sequence[str],
    alive: t.Sequence[str],
    variables: t.Callable[[str], t.Mapping[str, t.Any]],
    gathered: str,
    probed: str = "",
    reached: str = "",
) -> dict[str, Peer]:
    """Return the peers of a play by name, in the play's order; each has what `peer` gives and `reached`.

    `hosts` are all hosts of the play, `alive` those that are still in it, `variables` gives those of a host, and
    `gathered`, `probed` and `reached` name the ones that hold what was read. Hosts of later batches, and hosts that are
    alive but were not asked, are left out.
    """
    found: dict[str, Peer] = {}
    rows: dict[str, t.Any] = {}
    for host in hosts:
        known = variables(host)
        rows.update((known.get(reached) or {}).get("peers") or {})
        if known.get(gathered) is not None:
            found[host] = peer(known[gathered], known.get(probed))
        elif host not in alive:
            found[host] = {"status": "unreachable", "reason": LEFT_THE_PLAY, **NOTHING}
    return {host: {**row, "reached": rows.get(host)} for host, row in found.items()}


def is_last_batch(hosts: t.Sequence[str], alive: t.Sequence[str], batch: t.Sequence[str]) -> bool:
    """Return whether no host of the play that is still alive comes after this batch (keyword C(serial))."""
    last = max((index for index, host in enumerate(hosts) if host in set(batch)), default=len(hosts))
    return not set(hosts[last + 1 :]) & set(alive)
