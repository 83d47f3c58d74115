# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fact peer_routes: routes of all tables counted, those that matter shown, rules, and the way to targets."""

from __future__ import annotations

import os
import typing as t

from ._bounds import FAMILY_BYTES, size_bytes, take
from ._link_names import link_index
from ._path_mtus import read_path_mtus
from ._read import read_text, source, status_of
from ._route_defaults import dead_defaults, default_links, equal_metrics, hops_of, rejecting_defaults, usable_families
from ._route_names import Names, read_names
from ._route_paths import look_up_targets, neighbour_of
from ._route_reading import Routes, read_all
from ._route_returns import asymmetric_sources
from ._route_rows import FAMILIES, Row
from ._route_rules import Rules, new_rules, read_rules
from ._route_targets import resolve

FORWARDING = {"ipv4": "/proc/sys/net/ipv4/ip_forward", "ipv6": "/proc/sys/net/ipv6/conf/all/forwarding"}
MOST_GATEWAYS = 8
MOST_FOR_EXCEPTIONS = 20000
"""The kernel looks at every route for learned path MTUs; on a full table that is not worth it."""

ROOM = {"default_routes": 2500, "rejecting_routes": 1500, "rules": 2500, "lookups": 5000, "routes": 4000}
"""What each list may measure as JSON, in bytes; the rest of the fact takes the remainder of the 16 KiB."""

UNANSWERED = ("failed", "incomplete")
Sources = t.List[t.Dict[str, str]]


def collect(targets: t.Sequence[str] = (), max_routes: int = 40) -> dict[str, t.Any]:
    """Return the fact peer_routes, at most 16 KiB: see RETURN of route_facts for every key.

    `targets` are addresses or names to look up the way to; `max_routes` bounds the ordinary routes that are shown.
    """
    sources: Sources = []
    names = read_names()
    found = read_all(max_routes, names, sources)
    rules = _rules(names, sources)
    wanted = resolve(targets)
    lookups = look_up_targets(wanted, names)
    shown = _bounded(found, rules, lookups, max_routes)
    fact = {
        "sources": sources,
        **{family: {**found.counts[family], "forwarding": _forwarding(family)} for family in FORWARDING},
        **shown,
        **_judged(found),
        "rejecting_rules": rules.rejecting[:6],
        "looked_up_as_uid": os.geteuid(),
        "unresolved_targets": [{"target": one.name, "error": one.error} for one in wanted if one.error][:12],
        "unreachable_targets": unreachable(lookups),
        "partly_unreachable": partly_unreachable(lookups),
        "unanswered_targets": unanswered(lookups),
        "gateways": gateways_of(found.defaults),
        **_path_mtus(found, lookups, sources),
        "asymmetric_sources": _asymmetric(found.defaults, sources),
    }
    _fit(fact)
    fact["truncated"] = any(len(fact[name]) < fact["%s_total" % name] for name in ("routes", "rules", "lookups"))
    return fact


def _rules(names: Names, sources: Sources) -> Rules:
    rules = new_rules()
    for family, name in FAMILIES.items():
        remarks: list[str] = []
        try:
            read_rules(family, names, remarks, rules)
            sources.append(source("RTM_GETRULE %s" % name, "ok", "; ".join(remarks)))
        except (OSError, ValueError) as error:
            status = status_of(error) if isinstance(error, OSError) else "failed"
            sources.append(source("RTM_GETRULE %s" % name, status, str(error)))
    return rules


def _forwarding(family: str) -> bool | None:
    text = (read_text(FORWARDING[family]).text or "").strip()
    return int(text) > 0 if text.isdigit() else None


def _bounded(found: Routes, rules: Rules, lookups: list[Row], max_routes: int) -> dict[str, t.Any]:
    return {
        "default_routes": take(found.defaults, ROOM["default_routes"]),
        "rejecting_routes": take(found.rejecting, ROOM["rejecting_routes"]),
        "routes": take(found.routes[:max_routes], ROOM["routes"]),
        "routes_total": sum(counts["ordinary"] or 0 for counts in found.counts.values()),
        "rules": take(rules.shown, ROOM["rules"]),
        "rules_total": rules.total[0],
        "lookups": take(lookups, ROOM["lookups"]),
        "lookups_total": len(lookups),
    }


def _judged(found: Routes) -> dict[str, t.Any]:
    """Return what default routes have against them; facts only, the catalogue says what is wrong."""
    return {
        "default_families": usable_families(found.defaults),
        "rejecting_defaults": rejecting_defaults(found.defaults),
        "equal_metric_defaults": equal_metrics(found.defaults)[:4],
        "dead_defaults": dead_defaults(found.defaults)[:4],
    }


def unreachable(lookups: list[Row]) -> list[str]:
    """Return the targets that no address of theirs has a way to; one family of two is enough to be reached."""
    reached = {row["target"] for row in lookups if row["ok"]}
    return list(dict.fromkeys(row["target"] for row in lookups if row["target"] not in reached))


def partly_unreachable(lookups: list[Row]) -> list[dict[str, t.Any]]:
    """Return the addresses without a way to them, of targets that another address reaches."""
    lost = set(unreachable(lookups))
    rows = [row for row in lookups if not row["ok"] and row["target"] not in lost]
    return [{key: row[key] for key in ("target", "address", "error", "type")} for row in rows[:12]]


def unanswered(lookups: list[Row]) -> list[dict[str, t.Any]]:
    """Return the lookups whose next hop does not answer ARP or neighbour discovery."""
    return [
        {key: row[key] for key in ("target", "address", "gateway", "interface", "neighbour_state")}
        for row in lookups
        if row["neighbour_state"] in UNANSWERED
    ]


def gateways_of(defaults: list[Row]) -> list[Row]:
    """Return the gateways of default routes with the state in which the kernel has them as neighbours."""
    routes = [route for route in defaults if route["type"] == "unicast"]
    hops = {(hop["gateway"], hop["interface"]): None for route in routes for hop in hops_of(route)}
    rows = []
    for address, interface in [hop for hop in hops if all(hop)][:MOST_GATEWAYS]:
        state = neighbour_of(address, link_index(interface)) or {"state": None, "mac": None}
        answers = None if state["state"] is None else state["state"] not in UNANSWERED
        rows.append({"address": address, "interface": interface, **state, "answers": answers})
    return rows


def _path_mtus(found: Routes, lookups: list[Row], sources: Sources) -> dict[str, t.Any]:
    """Return the path MTUs that were learned, and the smallest of them."""
    rows: list[Row] = []
    for family, name in FAMILIES.items():
        try:
            if (found.counts[name]["total"] or 0) <= MOST_FOR_EXCEPTIONS:
                rows += read_path_mtus(family)
        except (OSError, ValueError) as error:
            status = status_of(error) if isinstance(error, OSError) else "failed"
            sources.append(source("RTM_GETROUTE cached %s" % name, status, str(error)))
    learned = [(row["pmtu_bytes"], row["address"]) for row in rows + lookups if row["pmtu_bytes"]]
    smallest = min(learned, default=None)
    return {
        "path_mtus": rows[:16],
        "smallest_path_mtu": {"address": smallest[1], "bytes": smallest[0]} if smallest else None,
    }


def _asymmetric(defaults: list[Row], sources: Sources) -> list[Row]:
    try:
        return asymmetric_sources({family: default_links(defaults, family) for family in FAMILIES.values()})
    except (OSError, ValueError) as error:
        status = status_of(error) if isinstance(error, OSError) else "failed"
        sources.append(source("RTM_GETADDR", status, str(error)))
        return []


def _fit(fact: dict[str, t.Any]) -> None:
    """Leave out the last routes, then rules, then lookups until the whole fact keeps its bound."""
    while size_bytes(fact) > FAMILY_BYTES:
        rows = next((fact[name] for name in ("routes", "rules", "lookups") if fact[name]), None)
        if rows is None:
            return
        rows.pop()
