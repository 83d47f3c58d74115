# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How well a link carries packets: errors and drops in percent of its traffic, carrier losses per day."""

from __future__ import annotations

import typing as t

from ._links import COUNTERS, IFF_LOOPBACK, Link

FEWEST_PACKETS = 1000
"""Below this traffic a percentage says nothing: one lost frame of ten would be 10 percent."""

NOT_A_WIRE = frozenset(
    (b"dummy", b"ifb", b"tun", b"wireguard", b"vxlan", b"geneve", b"gretap", b"ip6gretap", b"erspan", b"nlmon")
)
"""Kinds that count an error or a drop for each packet they have no place for, on a healthy host too."""

ETHERNET, INFINIBAND = 1, 32
PLACE = {name: place for place, name in enumerate(COUNTERS)}
SHARES = (
    ("rx_error_percent", PLACE["rx_errors"], PLACE["rx_packets"]),
    ("rx_missed_percent", PLACE["rx_missed_errors"], PLACE["rx_packets"]),
    ("rx_drop_percent", PLACE["rx_dropped"], PLACE["rx_packets"]),
    ("tx_error_percent", PLACE["tx_errors"], PLACE["tx_packets"]),
    ("tx_drop_percent", PLACE["tx_dropped"], PLACE["tx_packets"]),
    ("collision_percent", PLACE["collisions"], PLACE["tx_packets"]),
)
LOSSES = slice(PLACE["rx_errors"], PLACE["tx_window_errors"] + 1)
"""All counters of what was lost, and `multicast` among them."""

MEASURES = (*(name for name, dummy, dummy in SHARES), "qdisc_drop_percent")
Measures = t.Dict[str, t.Optional[float]]
UNMEASURED: Measures = dict.fromkeys(MEASURES)
"""The measures of every link with little traffic and no loss: the same object for all of them."""


def is_wire(link: Link) -> bool:
    """Return whether a link is Ethernet or InfiniBand and leads somewhere (a NIC, veth, bond, VLAN, bridge)."""
    return (
        link["hardware"] in (ETHERNET, INFINIBAND)
        and not link["flags"] & IFF_LOOPBACK
        and link["kind"] not in NOT_A_WIRE
    )


def is_physical(link: Link) -> bool:
    """Return whether a link is no product of software: it is a wire, and no driver of virtual links made it."""
    return link["kind"] is None and is_wire(link)


def measure(link: Link, queue: dict[str, int]) -> Measures:
    """Return the MEASURES of a link since it exists; None where the traffic is too little or a counter is missing.

    A share is part / (part + packets) in percent: what is lost is not in the packet counters.
    """
    values = link["counters"]
    if not queue and not any(values[LOSSES]) and max(values[:2], default=0) < FEWEST_PACKETS:
        return UNMEASURED
    found: Measures = {}
    for name, part, whole in SHARES:
        found[name] = share(values[part], values[whole]) if part < len(values) else None
    found["qdisc_drop_percent"] = share(queue.get("qdisc_drops"), queue.get("qdisc_packets"))
    return found


def losses_per_day(link: Link, uptime_days: float) -> float | None:
    """Return how often the carrier was lost, spread over the uptime but at least over one day; None if not counted."""
    losses = link["carrier_down_count"]
    return None if losses is None else round(losses / max(uptime_days, 1.0), 2)


def share(part: int | None, packets: int | None) -> float | None:
    """Return `part` in percent of all, with four decimals, or None for fewer than FEWEST_PACKETS."""
    if part is None or packets is None or part + packets < FEWEST_PACKETS:
        return None
    return round(100.0 * part / (part + packets), 4) if part else 0.0
