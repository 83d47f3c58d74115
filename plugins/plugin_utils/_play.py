# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a play knows of its hosts: who was read, who fell out before, and whether more hosts follow."""

from __future__ import annotations

import typing as t

Peer = dict[str, t.Any]

LEFT_THE_PLAY = "left the play before its facts were gathered: an earlier task failed, or it was unreachable"


def peer(result: t.Mapping[str, t.Any]) -> Peer:
    """Return {status, reason, facts} from what gathering gave for one host; status is `ok unreachable failed`."""
    if result.get("unreachable"):
        return {"status": "unreachable", "reason": _reason(result), "facts": {}}
    if result.get("failed"):
        return {"status": "failed", "reason": _reason(result), "facts": {}}
    return {"status": "ok", "reason": "", "facts": dict(result.get("ansible_facts", {}))}


def _reason(result: t.Mapping[str, t.Any]) -> str:
    texts = (str(result.get(key) or "").strip() for key in ("msg", "module_stderr", "module_stdout"))
    return "\n".join(text for text in texts if text) or "no reason was given"


def peers(
    hosts: t.Sequence[str], alive: t.Sequence[str], gathered: t.Callable[[str], t.Mapping[str, t.Any] | None]
) -> dict[str, Peer]:
    """Return the peers of a play by name, in the play's order.

    `hosts` are all hosts of the play, `alive` those that are still in it, and `gathered` gives what was read from a
    host or None. Hosts of later batches, and hosts that are alive but were not asked, are left out.
    """
    found = {}
    for host in hosts:
        result = gathered(host)
        if result is not None:
            found[host] = peer(result)
        elif host not in alive:
            found[host] = {"status": "unreachable", "reason": LEFT_THE_PLAY, "facts": {}}
    return found


def is_last_batch(hosts: t.Sequence[str], alive: t.Sequence[str], batch: t.Sequence[str]) -> bool:
    """Return whether no host of the play that is still alive comes after this batch (keyword C(serial))."""
    last = max((index for index, host in enumerate(hosts) if host in set(batch)), default=len(hosts))
    return not set(hosts[last + 1 :]) & set(alive)
