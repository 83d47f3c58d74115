# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One route from its RTM_NEWROUTE message (include/uapi/linux/rtnetlink.h, net/ipv4/fib_semantics.c)."""

from __future__ import annotations

import struct
import typing as t

from ._netlink import address_text, attributes, nested, number

RTM_NEWROUTE = 24
RTMSG = struct.Struct("=BBBBBBBBI")
"""Family, destination and source prefix length, TOS, table, protocol, scope, type, flags."""

DST, SRC, OIF, GATEWAY, PRIORITY, PREFSRC, METRICS, MULTIPATH = 1, 2, 4, 5, 6, 7, 8, 9
CACHEINFO, TABLE, VIA, PREF, ENCAP_TYPE, NH_ID = 12, 15, 18, 20, 21, 30
METRIC_LOCK, METRIC_MTU, METRIC_ADVMSS = 1, 2, 8
NEXTHOP = struct.Struct("=HBBi")
"""struct rtnexthop: length, flags, weight less one, index of the link."""

FAMILIES = {2: "ipv4", 10: "ipv6"}
ANY = {2: "0.0.0.0", 10: "::"}
TYPES = (
    "unspec",
    "unicast",
    "local",
    "broadcast",
    "anycast",
    "multicast",
    "blackhole",
    "unreachable",
    "prohibit",
    "throw",
) + ("nat", "xresolve")
REJECTING = frozenset((6, 7, 8, 9))
SCOPES = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}
HOP_FLAGS = {1: "dead", 2: "pervasive", 4: "onlink", 8: "offload", 16: "linkdown", 32: "unresolved", 64: "trap"}
PREFERENCES = {1: "high", 3: "low"}
CLOCK_TICKS = 100
"""USER_HZ, the unit of RTA_CACHEINFO on every architecture of today."""

Row = t.Dict[str, t.Any]


def parse_route(message: memoryview) -> Row:
    """Return one route; links are indexes and tables and protocols numbers here. Raises ValueError for a broken one.

    {family, table, destination, type, gateway, interface, source, metric, protocol, scope, flags} always, and only
    when set: tos, from, mtu_bytes, mtu_locked, advmss_bytes, nexthops, nexthop_id, encapsulation, preference,
    expires_s. A default route has the destination 0.0.0.0/0 or ::/0.
    """
    if len(message) < RTMSG.size:
        raise ValueError("route of %d bytes" % len(message))
    family, prefix, source_prefix, tos, table, protocol, scope, kind, flags = RTMSG.unpack_from(message, 0)
    found = attributes(message, RTMSG.size, len(message))
    row = {
        "family": FAMILIES.get(family, str(family)),
        "table": number(found.get(TABLE, memoryview(bytes((table,))))),
        "destination": "%s/%d" % (address_text(found.get(DST)) or ANY.get(family, ""), prefix),
        "type": TYPES[kind] if kind < len(TYPES) else str(kind),
        **_hop(found, flags),
        "source": address_text(found.get(PREFSRC)),
        "metric": number(found.get(PRIORITY)) or 0,
        "protocol": protocol,
        "scope": SCOPES.get(scope, str(scope)),
    }
    if tos:
        row["tos"] = tos
    if source_prefix:
        row["from"] = "%s/%d" % (address_text(found.get(SRC)), source_prefix)
    return {**row, **_options(found)}


def _hop(found: dict[int, memoryview], flags: int) -> Row:
    """Return where packets go next; `gateway` may be of the other family (RTA_VIA)."""
    gateway = found.get(GATEWAY)
    if gateway is None and VIA in found:
        gateway = found[VIA][2:]
    return {
        "gateway": address_text(gateway),
        "interface": number(found.get(OIF)),
        "flags": [name for bit, name in HOP_FLAGS.items() if flags & bit],
    }


def _options(found: dict[int, memoryview]) -> Row:
    metrics = nested(found.get(METRICS))
    preference = number(found.get(PREF))
    row = {
        "mtu_bytes": number(metrics.get(METRIC_MTU)),
        "mtu_locked": bool((number(metrics.get(METRIC_LOCK)) or 0) & 1 << METRIC_MTU) or None,
        "advmss_bytes": number(metrics.get(METRIC_ADVMSS)),
        "nexthops": parse_nexthops(found[MULTIPATH]) if MULTIPATH in found else None,
        "nexthop_id": number(found.get(NH_ID)),
        "encapsulation": number(found.get(ENCAP_TYPE)),
        "preference": PREFERENCES.get(preference or 0),
        "expires_s": expiry_s(found.get(CACHEINFO)),
    }
    return {key: value for key, value in row.items() if value is not None}


def parse_nexthops(payload: memoryview) -> list[Row]:
    """Return the next hops of a multipath route: {gateway, interface, flags, weight}."""
    rows, start = [], 0
    while start + NEXTHOP.size <= len(payload):
        length, flags, weight, index = NEXTHOP.unpack_from(payload, start)
        if length < NEXTHOP.size or start + length > len(payload):
            break
        hop = _hop(attributes(payload, start + NEXTHOP.size, start + length), flags)
        rows.append({**hop, "interface": index, "weight": weight + 1})
        start += (length + 3) & ~3
    return rows


def expiry_s(payload: memoryview | None) -> int | None:
    """Return in how many seconds a route ends (struct rta_cacheinfo), or None when it does not."""
    if payload is None or len(payload) < 12:
        return None
    ticks = struct.unpack_from("=i", payload, 8)[0]
    return ticks // CLOCK_TICKS if ticks > 0 else None


def error_of(message: memoryview) -> int:
    """Return the error number that a route answers with (IPv6 rejecting routes carry it), 0 for none."""
    payload = attributes(message, RTMSG.size, len(message), (CACHEINFO,)).get(CACHEINFO)
    return -struct.unpack_from("=i", payload, 12)[0] if payload is not None and len(payload) >= 16 else 0
