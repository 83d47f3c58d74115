# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A link as it is shown: one dict with everything that is known of it."""

from __future__ import annotations

import os
import typing as t

from ._address_overview import rows_of
from ._ethtool import driver_of, open_socket
from ._interface_overview import Overview, kind_text, operstate_text
from ._interface_reading import Candidate, State
from ._link_details import parse_details
from ._link_files import details_of
from ._link_measures import is_physical, losses_per_day
from ._links import COUNTERS, HARDWARE, IFF_UP, Link
from ._netlink import link_layer_text
from ._read import read_text, source, status_of
from ._text import clean

FLAGS = (
    "UP",
    "BROADCAST",
    "DEBUG",
    "LOOPBACK",
    "POINTOPOINT",
    "NOTRAILERS",
    "RUNNING",
    "NOARP",
    "PROMISC",
    "ALLMULTI",
) + ("MASTER", "SLAVE", "MULTICAST", "PORTSEL", "AUTOMEDIA", "DYNAMIC", "LOWER_UP", "DORMANT", "ECHO")
"""IFF_* from the lowest bit up (include/uapi/linux/if.h)."""

ALWAYS = ("rx_bytes", "rx_packets", "rx_errors", "rx_dropped", "tx_bytes", "tx_packets", "tx_errors", "tx_dropped") + (
    "multicast",
    "collisions",
)
NOT_AN_ERROR = frozenset((*ALWAYS, "rx_compressed", "tx_compressed", "rx_nohandler"))
IP_ADDRESS_BYTES = (4, 16)
"""A tunnel's `link-layer address` of this length is the IP address of its end, not a MAC."""

MEMBERS_SHOWN = 12
ALL_COUNTS = ("rp_filter", "arp_announce", "arp_ignore", "arp_filter", "accept_local")
"""Settings of which the larger of `all` and the link applies (IN_DEV_MAXCONF, IN_DEV_ORCONF)."""

Row = t.Dict[str, t.Any]


class Rows:
    """Builds the rows of the links that are shown; holds the socket and the settings that all of them need."""

    def __init__(self, state: State, sources: list[dict[str, str]]) -> None:
        """Take what was read; `sources` gets a line when the drivers cannot be asked."""
        self.state = state
        self.everywhere = _everywhere()
        self.asked = _ethtool_socket(sources)

    def __enter__(self) -> Rows:
        """Return itself; leaving the block closes the socket."""
        return self

    def __exit__(self, *dummy: object) -> None:
        """Close the socket to the drivers."""
        if self.asked:
            self.asked.close()

    def full(self, candidate: Candidate) -> Row:
        """Return everything that is known of a link."""
        link, state = candidate.link, self.state
        name = os.fsdecode(link["name"])
        details = details_of(name) if candidate.message is None else parse_details(memoryview(candidate.message))
        self._let_all_count(details["ipv4"])
        return {
            **_identity(link, state.overview),
            **details,
            **_bond_names(details, state.overview["names"]),
            **speed_of(name),
            **(driver_of(self.asked, link["name"]) if self.asked else {}),
            "addresses": rows_of(state.addresses, link["index"]),
            "addresses_total": state.addresses["totals"].get(link["index"], 0),
            **_traffic(link),
            **candidate.measures,
            "carrier_losses_per_day": losses_per_day(link, state.uptime_days),
            **state.queues.get(link["index"], {}),
        }

    def brief(self, candidate: Candidate) -> Row:
        """Return the few things by which a link is recognised."""
        link = candidate.link
        return {
            "name": clean(link["name"], 64),
            "kind": kind_text(link["kind"]),
            "operstate": operstate_text(link["operstate"]),
            "mtu": link["mtu"],
            "addresses": [
                "%s/%d" % (row["address"], row["prefixlen"])
                for row in rows_of(self.state.addresses, link["index"])
                if row["scope"] == "global"
            ],
        }

    def _let_all_count(self, settings: dict[str, int]) -> None:
        for name, value in self.everywhere.items():
            if name in settings:
                settings[name] = max(settings[name], value)


def _everywhere() -> dict[str, int]:
    """Return the IPv4 settings of `all` links by name; those that cannot be read are left out."""
    values = {}
    for name in ALL_COUNTS:
        text = (read_text("/proc/sys/net/ipv4/conf/all/%s" % name).text or "").strip()
        if text.isdigit():
            values[name] = int(text)
    return values


def _ethtool_socket(sources: list[dict[str, str]]) -> t.Any:
    try:
        return open_socket()
    except OSError as error:
        sources.append(source("SIOCETHTOOL", status_of(error), str(error)))
        return None


def _identity(link: Link, overview: Overview) -> Row:
    names, members = overview["names"], overview["members"].get(link["index"], [])
    return {
        "name": clean(link["name"], 64),
        "index": link["index"] if link["index"] > 0 else None,
        "type": HARDWARE.get(link["hardware"], str(link["hardware"])),
        "kind": kind_text(link["kind"]),
        "physical": is_physical(link),
        "wire": link["wire"],
        "mac": link_layer_text(link["mac"]) if len(link["mac"]) not in IP_ADDRESS_BYTES else None,
        "mtu": link["mtu"],
        "flags": [flag for bit, flag in enumerate(FLAGS) if link["flags"] >> bit & 1],
        "admin_up": bool(link["flags"] & IFF_UP),
        "operstate": operstate_text(link["operstate"]),
        "carrier": None if link["carrier"] is None else bool(link["carrier"]),
        "carrier_changes": link["carrier_changes"],
        "carrier_up_count": link["carrier_up_count"],
        "carrier_down_count": link["carrier_down_count"],
        "master": _name(names, link["master"]),
        "members": [clean(names[member], 64) for member in members[:MEMBERS_SHOWN]],
        **_parent(link, names),
    }


def _name(names: dict[int, bytes], index: int | None) -> str | None:
    return clean(names[index], 64) if index in names else None


def _parent(link: Link, names: dict[int, bytes]) -> dict[str, t.Any]:
    """Return the link below (of a VLAN) or opposite (of a veth); its name only when it is in this namespace."""
    index = link["parent"] if link["parent"] not in (0, link["index"]) else None
    here = link["netnsid"] is None
    return {
        "parent": _name(names, index) if here else None,
        "parent_index": index,
        "parent_in_other_namespace": index is not None and not here,
    }


def _bond_names(details: dict[str, t.Any], names: dict[int, bytes]) -> dict[str, t.Any]:
    """Replace the link indexes in what a bond says by names."""
    if "bond" not in details:
        return {}
    bond = dict(details["bond"])
    for role in ("active_member", "primary"):
        bond[role] = _name(names, bond.pop(role + "_index"))
    return {"bond": bond}


def _traffic(link: Link) -> dict[str, t.Any]:
    """Return the counters (bytes, packets) that every link has, and by name the kinds of loss that are not zero."""
    values = dict(zip(COUNTERS, link["counters"]))
    kinds = {name: value for name, value in values.items() if value and name not in NOT_AN_ERROR}
    return {**{name: values.get(name) for name in ALWAYS}, "errors": kinds}


def speed_of(name: str) -> dict[str, t.Any]:
    """Return {speed_mbps, duplex} from /sys/class/net; None where the driver does not know (virtual, no carrier)."""
    speed = (read_text("/sys/class/net/%s/speed" % name).text or "").strip()
    duplex = (read_text("/sys/class/net/%s/duplex" % name).text or "").strip()
    # SPEED_UNKNOWN is -1, which older drivers print as an unsigned number (include/uapi/linux/ethtool.h).
    known = speed.isdigit() and 0 < int(speed) < 0x7FFFFFFF
    return {"speed_mbps": int(speed) if known else None, "duplex": duplex if duplex in ("full", "half") else None}
