# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fact peer_interfaces: every link of the peer counted, those that matter most shown, and its neighbours."""

from __future__ import annotations

import typing as t

from ._address_overview import shared_subnets
from ._bounds import FAMILY_BYTES, size_bytes, take
from ._interface_overview import bridge_mtu_mismatches, summary_of
from ._interface_reading import State, read_state
from ._link_rows import Row, Rows
from ._neighbour_health import neighbour_health, times_full
from ._text import clean

FULL_BYTES = 9 * 1024
BRIEF_BYTES = 3 * 1024


def collect() -> dict[str, t.Any]:
    """Return the fact peer_interfaces, at most 16 KiB: see RETURN of interface_facts for every key.

    Links that hold an address or are hardware come first, those with losses before others; what does not fit in full
    is in `others`, in brief.
    """
    sources: list[dict[str, str]] = []
    state = read_state(sources)
    candidates = state.candidates.rows()
    with Rows(state, sources) as shown:
        rows = take(map(shown.full, candidates), FULL_BYTES)
        others = take(map(shown.brief, candidates[len(rows) :]), BRIEF_BYTES)
    overview, total = state.overview, len(state.overview["names"])
    neighbours = neighbour_health(overview["macs"], overview["names"], sources)
    fact = {
        "sources": sources,
        "total": total,
        "truncated": False,
        "interfaces": rows,
        "others": others,
        "summary": {**summary_of(overview), "addresses": _address_counts(state)},
        "worst": overview["worst"],
        "addressed_but_down": overview["addressed_but_down"],
        "unusable_addresses": _unusable(state),
        "bridge_mtu_mismatches": bridge_mtu_mismatches(overview),
        "shared_subnets": _shared(state, rows),
        "strict_uplinks": strict_uplinks(rows),
        "soonest_expiry": soonest_expiry(rows),
        "neighbours": neighbours,
        "neighbour_table_fulls": times_full(neighbours),
    }
    _fit(fact)
    fact["truncated"] = len(fact["interfaces"]) < total
    return fact


def _fit(fact: dict[str, t.Any]) -> None:
    """Leave out the last links until the whole fact keeps its bound."""
    while size_bytes(fact) > FAMILY_BYTES and (fact["others"] or fact["interfaces"]):
        (fact["others"] or fact["interfaces"]).pop()


def _address_counts(state: State) -> dict[str, int]:
    return {family: state.addresses[family] for family in ("ipv4", "ipv6")}


def _unusable(state: State) -> list[dict[str, t.Any]]:
    """Return the IPv6 addresses that duplicate address detection has not let through."""
    rows = []
    for index, address in state.addresses["unusable"]:
        name = clean(state.overview["names"].get(index, b""), 64)
        row = {key: address[key] for key in ("address", "prefixlen", "scope", "flags")}
        rows.append({"interface": name, **row, "dad_failed": "dadfailed" in address["flags"]})
    return rows


def _shared(state: State, rows: list[Row]) -> list[dict[str, t.Any]]:
    """Return the IPv4 networks that stand on several shown links, with the weakest ARP settings among those links."""
    shown = {row["index"]: row for row in rows}
    found = []
    for network, indexes in shared_subnets(state.addresses):
        links = [shown[index] for index in indexes if index in shown and shown[index]["admin_up"]]
        if len(links) > 1:
            names = ("arp_ignore", "arp_announce", "arp_filter")
            weakest = {name: min(link["ipv4"].get(name, 0) for link in links) for name in names}
            found.append({"network": network, "interfaces": [link["name"] for link in links][:8], **weakest})
    return found


def strict_uplinks(rows: list[Row]) -> list[str]:
    """Return the names of the uplinks with a strict reverse path filter, when the peer has more than one uplink.

    An uplink is a link with carrier and a global IPv4 address that leads to other hosts; a bridge counts when
    hardware is a member of it, so a bridge for containers does not.
    """
    physical = {row["name"] for row in rows if row["physical"]}
    uplinks = [row for row in rows if row["carrier"] and _leads_out(row, physical)]
    return [row["name"] for row in uplinks if row["ipv4"].get("rp_filter") == 1] if len(uplinks) > 1 else []


def soonest_expiry(rows: list[Row]) -> dict[str, t.Any] | None:
    """Return the global address that goes first: {interface, address, valid_s}; temporary ones are left out."""
    found = [
        (address["valid_s"], row["name"], address["address"])
        for row in rows
        for address in row["addresses"]
        if address["valid_s"] is not None and address["scope"] == "global" and "temporary" not in address["flags"]
    ]
    return dict(zip(("valid_s", "interface", "address"), min(found))) if found else None


def _leads_out(row: Row, physical: set[str]) -> bool:
    addressed = any(address["family"] == "ipv4" and address["scope"] == "global" for address in row["addresses"])
    return addressed and row["wire"] and (row["kind"] != "bridge" or bool(physical & set(row["members"])))
