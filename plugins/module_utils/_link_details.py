# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read only of the links that are shown: queueing, settings, and what a bond, bridge or VLAN says of itself."""

from __future__ import annotations

import typing as t

from ._links import IFINFO
from ._netlink import attributes, nested, number, numbers, string
from ._text import clean

QUEUE_LENGTH, LINKINFO, ALIAS, AF_SPEC, PROMISCUITY, XDP, PARENT_DEVICE = 13, 18, 20, 26, 30, 43, 56
QDISC = 6
WANTED = frozenset((QDISC, QUEUE_LENGTH, LINKINFO, ALIAS, AF_SPEC, PROMISCUITY, XDP, PARENT_DEVICE))
KIND, DATA, PORT_KIND, PORT_DATA = 1, 2, 4, 5
XDP_ATTACHED = 2
AF_INET, AF_INET6 = 2, 10
INET_CONF, INET6_CONF = 1, 2

IPV4_SETTINGS = {
    **{"forwarding": 0, "accept_redirects": 3, "rp_filter": 7, "arp_filter": 12},
    **{"arp_announce": 17, "arp_ignore": 18, "accept_local": 22},
}
"""Position in IFLA_INET_CONF: one less than IPV4_DEVCONF_* of include/uapi/linux/ip.h."""

IPV6_SETTINGS = {"forwarding": 0, "mtu": 2, "accept_ra": 3, "accept_redirects": 4, "disable_ipv6": 26, "accept_dad": 27}
"""Position in IFLA_INET6_CONF: DEVCONF_* of include/uapi/linux/ipv6.h."""

BOND_MODES = ("balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb")
BOND_MEMBER_STATES = ("active", "backup")
MII_STATES = ("up", "going down", "down", "going back")
BRIDGE_PORT_STATES = ("disabled", "listening", "learning", "forwarding", "blocking")


def parse_details(message: memoryview) -> dict[str, t.Any]:
    """Return the details of a link from its RTM_NEWLINK message, with the keys of the row that is shown."""
    found = attributes(message, IFINFO.size, len(message), WANTED)
    info = nested(found.get(LINKINFO))
    settings = nested(found.get(AF_SPEC))
    promiscuity = number(found.get(PROMISCUITY))
    return {
        "txqueuelen": number(found.get(QUEUE_LENGTH)),
        "qdisc": _text(found.get(QDISC)),
        "promiscuous": None if promiscuity is None else promiscuity > 0,
        "alias": _text(found.get(ALIAS)),
        "device": _text(found.get(PARENT_DEVICE)),
        "xdp": bool(number(nested(found.get(XDP)).get(XDP_ATTACHED))),
        "ipv4": _settings(nested(settings.get(AF_INET)).get(INET_CONF), IPV4_SETTINGS),
        "ipv6": _settings(nested(settings.get(AF_INET6)).get(INET6_CONF), IPV6_SETTINGS),
        **_of_kind(_text(info.get(KIND)), nested(info.get(DATA))),
        **_of_port(_text(info.get(PORT_KIND)), nested(info.get(PORT_DATA))),
    }


def _text(payload: memoryview | None) -> str | None:
    found = string(payload)
    return clean(found, 64) if found else None


def _settings(payload: memoryview | None, places: dict[str, int]) -> dict[str, int]:
    """Return the settings of a link by the name of their sysctl; empty where the protocol is not on the link."""
    values = numbers(payload, "i")
    return {name: values[place] for name, place in places.items() if place < len(values)}


def _of_kind(kind: str | None, found: dict[int, memoryview]) -> dict[str, t.Any]:
    """Return what only a bond, bridge, VLAN or VRF has (IFLA_BOND_*, IFLA_BR_*, IFLA_VLAN_*, IFLA_VRF_*)."""
    if kind == "bond":
        return {
            "bond": {
                "mode": _name(BOND_MODES, found.get(1)),
                "active_member_index": number(found.get(2)),
                "miimon_ms": number(found.get(3)),
                "primary_index": number(found.get(11)),
                "lacp_rate": _name(("slow", "fast"), found.get(21)),
            }
        }
    if kind == "bridge":
        return {"bridge": {"stp": bool(number(found.get(5))), "vlan_filtering": bool(number(found.get(7)))}}
    if kind == "vlan":
        return {"vlan_id": number(found.get(1))}
    return {"vrf_table": number(found.get(1))} if kind == "vrf" else {}


def _of_port(kind: str | None, found: dict[int, memoryview]) -> dict[str, t.Any]:
    """Return how a member of a bond or bridge stands (IFLA_BOND_SLAVE_*, IFLA_BRPORT_*)."""
    if kind == "bond":
        return {
            "bond_member": {
                "state": _name(BOND_MEMBER_STATES, found.get(1)),
                "mii_status": _name(MII_STATES, found.get(2)),
                "link_failures": number(found.get(3)),
            }
        }
    if kind == "bridge":
        return {"bridge_port_state": _name(BRIDGE_PORT_STATES, found.get(1))}
    return {}


def _name(names: tuple[str, ...], payload: memoryview | None) -> str | None:
    value = number(payload)
    if value is None:
        return None
    return names[value] if value < len(names) else str(value)
