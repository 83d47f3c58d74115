# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Next hop objects, to which routes refer by number (include/uapi/linux/nexthop.h, since Linux 5.3)."""

from __future__ import annotations

import struct
import typing as t

from ._netlink import NLM_F_REQUEST, ROUTE, address_text, attribute, attributes, dump, messages, number, request
from ._route_rows import HOP_FLAGS, Row

RTM_NEWNEXTHOP = 104
RTM_GETNEXTHOP = 106
NHMSG = struct.Struct("=BBBxI")
"""Family, scope, protocol, flags."""

ID, GROUP, BLACKHOLE, OIF, GATEWAY = 1, 2, 4, 5, 6
MEMBER = struct.Struct("=IBBxx")
"""struct nexthop_grp: number, weight less one, and its high byte since Linux 6.12."""

MOST_MEMBERS = 16


def read_nexthops(number_of: int) -> list[Row]:
    """Return the next hops behind a number, a group as its members; empty when the kernel does not tell."""
    found = _read_one(number_of)
    if found is None or not found["members"]:
        return [] if found is None else [{**_plain(found), "weight": 1}]
    rows = []
    for member, weight in found["members"][:MOST_MEMBERS]:
        hop = _read_one(member)
        if hop is not None:
            rows.append({**_plain(hop), "weight": weight})
    return rows


def _plain(found: Row) -> Row:
    return {key: found[key] for key in ("gateway", "interface", "flags")}


def _read_one(number_of: int) -> Row | None:
    body = bytes(NHMSG.size) + attribute(ID, struct.pack("=I", number_of))
    try:
        for buffer in dump(ROUTE, request(RTM_GETNEXTHOP, body, NLM_F_REQUEST)):
            return next(parse_nexthop_objects(buffer), None)
    except OSError:
        pass
    return None


def parse_nexthop_objects(buffer: memoryview) -> t.Iterator[Row]:
    """Yield each next hop in a buffer of RTM_NEWNEXTHOP; raises ValueError for a broken address.

    {nexthop_id, gateway, interface (an index), flags, members: [(number, weight)]}; `blackhole` is among the flags.
    """
    for kind, start, end in messages(buffer):
        if kind != RTM_NEWNEXTHOP or end - start < NHMSG.size:
            continue
        flags = NHMSG.unpack_from(buffer, start)[3]
        found = attributes(buffer, start + NHMSG.size, end)
        names = [name for bit, name in HOP_FLAGS.items() if flags & bit]
        yield {
            "nexthop_id": number(found.get(ID)),
            "gateway": address_text(found.get(GATEWAY)),
            "interface": number(found.get(OIF)),
            "flags": names + (["blackhole"] if BLACKHOLE in found else []),
            "members": parse_members(found.get(GROUP, memoryview(b""))),
        }


def parse_members(payload: memoryview) -> list[tuple[int, int]]:
    """Return (number, weight) of the members of a group."""
    whole = len(payload) // MEMBER.size * MEMBER.size
    return [(member, weight + 256 * high + 1) for member, weight, high in MEMBER.iter_unpack(payload[:whole])]
