# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The few facts of a peer that a reader of the report wants beside its findings."""

from __future__ import annotations

import typing as t

from ._bounded import bounded
from ._fact_paths import walk

Entry = t.Mapping[str, t.Any]

PATHS: dict[str, tuple[str, ...]] = {
    "hostname": ("peer_gathering", "hostname"),
    "distribution": ("peer_gathering", "distribution"),
    "kernel": ("peer_gathering", "kernel"),
    "python": ("peer_gathering", "python"),
    "privileged": ("peer_gathering", "privileged"),
    "collected_at": ("peer_gathering", "collected_at"),
    "keepalive_time_s": ("peer", "keepalive", "time_s"),
    "keepalive_intvl_s": ("peer", "keepalive", "intvl_s"),
    "keepalive_probes": ("peer", "keepalive", "probes"),
    "keepalive_detection_s": ("peer", "keepalive", "detection_s"),
    "sshd_resets": ("peer_sshd_log", "resets", "total"),
    "sshd_drops": ("peer_sshd_log", "drops", "total"),
}


def digest(facts: Entry) -> dict[str, t.Any]:
    """Return a small mapping for `hosts.<name>.facts`; what was not gathered is left out."""
    found = {name: walk(path, facts) for name, path in PATHS.items()}
    found["addresses"] = addresses(facts)
    found["default_routes"] = default_routes(facts)
    found["listeners"] = listeners(facts)
    return {name: bounded(value) for name, value in found.items() if value is not None}


def addresses(facts: Entry) -> list[str] | None:
    """Return the global addresses of a peer as address/prefix, or None when its links were not read."""
    links = walk(("peer_interfaces", "interfaces"), facts)
    if not isinstance(links, list):
        return None
    return ["%s/%s" % (row["address"], row.get("prefixlen", "?")) for _link, row in global_addresses(links)]


def global_addresses(links: t.Sequence[t.Any]) -> t.Iterator[tuple[Entry, Entry]]:
    """Yield (link, address) for each address of global scope; links and addresses are rows of `peer_interfaces`."""
    for link in links:
        rows = link.get("addresses") if isinstance(link, dict) else None
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and isinstance(row.get("address"), str) and row.get("scope", "global") == "global":
                yield link, row


def default_routes(facts: Entry) -> list[t.Any] | None:
    """Return the default routes of a peer as they were read, or None."""
    routes = walk(("peer_routes", "default_routes"), facts)
    return routes if isinstance(routes, list) else None


def listeners(facts: Entry) -> int | None:
    """Return how many sockets listen on a peer, or None."""
    total = walk(("peer_listening_ports", "total"), facts)
    rows = walk(("peer_listening_ports", "listeners"), facts)
    return total if isinstance(total, int) else len(rows) if isinstance(rows, list) else None
