# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to targets: a lookup for each address, with the MTU in force and whether the next hop answers."""

from __future__ import annotations

import socket

from ._link_names import link_index, link_name
from ._neighbours import read_neighbour
from ._read import read_text
from ._route_lookups import Question, connect_lookup, look_up
from ._route_names import Names
from ._route_rows import FAMILIES, Row
from ._route_targets import Target

MOST_LOOKUPS = 40


def look_up_targets(targets: list[Target], names: Names) -> list[Row]:
    """Return one row for each address of each target, forty at most; see RETURN of route_facts for the keys."""
    rows: list[Row] = []
    for target in targets:
        for family, packed, zone in target.addresses:
            if len(rows) < MOST_LOOKUPS:
                rows.append(_row(target.name, Question(family, packed, link=_zone_index(zone)), names))
    return rows


def _zone_index(zone: str | None) -> int:
    return 0 if zone is None else int(zone) if zone.isdigit() else link_index(zone)


def _row(name: str, question: Question, names: Names) -> Row:
    try:
        found, asked = look_up(question), "netlink"
    except OSError:
        found, asked = connect_lookup(question), "socket"
    link = found.pop("interface")
    link_mtu = _link_mtu(link)
    mtus = (found["pmtu_bytes"], found.pop("route_mtu_bytes"), link_mtu)
    neighbour = _next_hop(question, found, link) or {"state": None, "mac": None}
    return {
        "target": name,
        "address": socket.inet_ntop(question.family, question.address),
        "family": FAMILIES[question.family],
        "asked": asked,
        **found,
        "table": None if found["table"] is None else names.table(found["table"]),
        "interface": link_name(link),
        "link_mtu_bytes": link_mtu,
        "mtu_bytes": next((mtu for mtu in mtus if mtu), None),
        "neighbour_state": neighbour["state"],
        "neighbour_mac": neighbour["mac"],
    }


def _link_mtu(index: int | None) -> int | None:
    name = link_name(index)
    text = (read_text("/sys/class/net/%s/mtu" % name).text or "").strip() if name else ""
    return int(text) if text.isdigit() else None


def _next_hop(question: Question, found: Row, link: int | None) -> Row | None:
    """Return {state, mac} of the gateway, or of the target when it is on the link; None when nobody was asked yet."""
    if not link or found["type"] != "unicast":
        return None
    if found["gateway"] is None:
        return read_neighbour(question.family, link, question.address)
    return neighbour_of(found["gateway"], link)


def neighbour_of(address: str, link: int) -> Row | None:
    """Return {state, mac} of a neighbour given as text."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return read_neighbour(int(family), link, socket.inet_pton(family, address))
