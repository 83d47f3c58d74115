# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with default routes: a rejecting one in force, two of one metric, a dead link; pure functions."""

from __future__ import annotations

import typing as t

from ._route_rows import Row

LAST_RESORT = 0xFFFFFFFF
"""Metric of the rejecting entry with which old kernels show the end of an IPv6 table."""

NO_WAY = ("blackhole", "unreachable", "prohibit")
DOWN = frozenset(("dead", "linkdown"))


def hops_of(route: Row) -> list[Row]:
    """Return the next hops of a route, one for a route that is not multipath."""
    return route.get("nexthops") or [{key: route[key] for key in ("gateway", "interface", "flags")}]


def usable_families(defaults: list[Row]) -> list[str]:
    """Return the address families that have a default route which leads somewhere, in any table."""
    families = {route["family"] for route in defaults if route["type"] == "unicast" and not is_down(route)}
    return sorted(families)


def rejecting_defaults(defaults: list[Row]) -> list[Row]:
    """Return the rejecting default routes of the main table that win, because none has a lower metric."""
    found = []
    for family in ("ipv4", "ipv6"):
        ranked = [route for route in defaults if route["family"] == family and route["table"] in ("main", None)]
        best = min(ranked, key=lambda route: route["metric"], default=None)
        if best and best["type"] in NO_WAY and best["metric"] != LAST_RESORT:
            found.append(best)
    return found


def equal_metrics(defaults: list[Row]) -> list[dict[str, t.Any]]:
    """Return default routes of one family, table and metric that leave by different links.

    Which of them is used depends on the order in which they came. Several routers on one link (IPv6 router
    advertisements) are no such case, nor is one multipath route.
    """
    groups: dict[tuple[t.Any, ...], list[Row]] = {}
    for route in defaults:
        if route["type"] == "unicast":
            key = (route["family"], route["table"], route["metric"], route.get("tos"), route.get("preference"))
            groups.setdefault(key, []).append(route)
    rows = []
    for (family, table, metric, dummy, dummy), routes in groups.items():
        links = sorted({route["interface"] for route in routes if route["interface"]})
        if len(links) > 1:
            rows.append({"family": family, "table": table, "metric": metric, "interfaces": links})
    return rows


def dead_defaults(defaults: list[Row]) -> list[Row]:
    """Return the default routes of which every next hop is on a link without carrier."""
    return [route for route in defaults if route["type"] == "unicast" and is_down(route)]


def is_down(route: Row) -> bool:
    """Return whether no next hop of a route can be used (RTNH_F_DEAD, RTNH_F_LINKDOWN)."""
    return all(DOWN & set(hop["flags"]) for hop in hops_of(route))


def default_links(defaults: list[Row], family: str) -> list[str]:
    """Return the links by which the default routes of a family leave, in any table."""
    routes = [route for route in defaults if route["family"] == family and route["type"] == "unicast"]
    hops = [hop for route in routes for hop in hops_of(route)]
    return list(dict.fromkeys(hop["interface"] for hop in hops if hop["interface"]))
