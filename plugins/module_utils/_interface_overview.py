# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said about all links together, however many there are; every function here sees each link once."""

from __future__ import annotations

import collections
import typing as t

from ._link_measures import MEASURES, UNMEASURED, Measures, losses_per_day
from ._links import IFF_UP, STATES, Link
from ._text import clean

LISTED = 12
CARRIES_ADDRESSES = frozenset((None, b"bond", b"team", b"vlan", b"macvlan", b"veth"))
"""Kinds of which a carrier is expected; a bridge without members or an unused tunnel has none."""

Overview = t.Dict[str, t.Any]


def new_overview() -> Overview:
    """Return the overview of no links."""
    return {
        "alike": collections.Counter(),
        "carrier_losses": -1,
        "worst": dict.fromkeys((*MEASURES, "carrier_losses_per_day")),
        "addressed_but_down": [],
        "names": {},
        "mtus": {},
        "bridges": {},
        "members": {},
        "macs": set(),
    }


def observe(overview: Overview, link: Link, measures: Measures, addressed: bool, days: float) -> None:
    """Add one link to the overview.

    `addressed` says whether it holds an address that others can reach, `days` how long the peer has been up.
    """
    index, kind = link["index"], link["kind"]
    overview["alike"][kind, link["operstate"], link["flags"] & IFF_UP, link["carrier"]] += 1
    overview["names"][index] = link["name"]
    overview["macs"].add(link["mac"])
    if link["master"]:
        overview["members"].setdefault(link["master"], []).append(index)
        overview["mtus"][index] = link["mtu"]
    if kind == b"bridge":
        overview["bridges"][index] = link["mtu"]
    if link["wire"]:
        _keep_worst(overview, link, measures, days)
        if is_addressed_but_down(link, addressed):
            _note_down(overview["addressed_but_down"], link)


def is_addressed_but_down(link: Link, addressed: bool) -> bool:
    """Return whether a link that should carry the address it holds is down or without carrier."""
    if not addressed or (link["flags"] & IFF_UP and link["carrier"]):
        return False
    return link["wire"] and link["kind"] in CARRIES_ADDRESSES


def summary_of(overview: Overview) -> dict[str, t.Any]:
    """Return how many links there are of each kind and state."""
    kinds: collections.Counter[str] = collections.Counter()
    states: collections.Counter[str] = collections.Counter()
    admin_up = running = 0
    for (kind, state, up, carrier), count in overview["alike"].items():
        kinds[kind_text(kind) or "none"] += count
        states[operstate_text(state) or "none"] += count
        admin_up += count if up else 0
        running += count if up and carrier else 0
    return {"admin_up": admin_up, "running": running, "by_kind": dict(kinds), "by_operstate": dict(states)}


def _keep_worst(overview: Overview, link: Link, measures: Measures, days: float) -> None:
    worst, losses = overview["worst"], link["carrier_down_count"]
    if measures is not UNMEASURED:
        for name, value in measures.items():
            if value is not None and (worst[name] is None or value > worst[name]["value"]):
                worst[name] = {"interface": clean(link["name"], 64), "value": value}
    if losses is not None and losses > overview["carrier_losses"]:
        overview["carrier_losses"] = losses
        value = losses_per_day(link, days)
        worst["carrier_losses_per_day"] = {"interface": clean(link["name"], 64), "value": value}


def _note_down(rows: list[dict[str, t.Any]], link: Link) -> None:
    if len(rows) < LISTED:
        row = {"interface": clean(link["name"], 64), "admin_up": bool(link["flags"] & IFF_UP)}
        rows.append({**row, "carrier": bool(link["carrier"]), "operstate": operstate_text(link["operstate"])})


def bridge_mtu_mismatches(overview: Overview) -> list[dict[str, t.Any]]:
    """Return the members of bridges whose MTU (bytes) is not that of the bridge, the first twelve."""
    names, mtus = overview["names"], overview["mtus"]
    rows: list[dict[str, t.Any]] = []
    for bridge, mtu in overview["bridges"].items():
        for member in overview["members"].get(bridge, ()):
            if mtus[member] != mtu and len(rows) < LISTED:
                row = {"bridge": clean(names[bridge], 64), "bridge_mtu": mtu}
                rows.append({**row, "interface": clean(names[member], 64), "mtu": mtus[member]})
    return rows


def kind_text(kind: bytes | None) -> str | None:
    """Return the kind of a link (`veth`, `bond` ...) as text, None for a link that no kind made."""
    return clean(kind, 32) if kind else None


def operstate_text(number: int | None) -> str | None:
    """Return the operational state as /sys writes it."""
    if number is None:
        return None
    return STATES[number] if number < len(STATES) else str(number)
