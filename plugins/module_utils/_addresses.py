# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IP addresses of the peer from rtnetlink (include/uapi/linux/if_addr.h)."""

from __future__ import annotations

import struct
import typing as t

from ._netlink import ROUTE, address_text, attributes, dump, messages, number, numbers, request, string
from ._text import clean

RTM_NEWADDR = 20
RTM_GETADDR = 22
IFADDR = struct.Struct("=BBBBI")
"""Family, prefix length, the first eight flags, scope, index of the link."""

ADDRESS, LOCAL, LABEL, BROADCAST, CACHEINFO, FLAGS = 1, 2, 3, 4, 6, 8
FAMILIES = {2: "ipv4", 10: "ipv6"}
SCOPES = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}
FOREVER = 0xFFFFFFFF
DADFAILED, TENTATIVE = 0x08, 0x40
FLAG_NAMES = {
    **{1: "secondary", 2: "nodad", 4: "optimistic", 8: "dadfailed", 16: "homeaddress", 32: "deprecated"},
    **{64: "tentative", 128: "permanent", 256: "mngtmpaddr", 512: "noprefixroute", 1024: "autojoin"},
    **{2048: "stable-privacy"},
}
"""IFA_F_*; 1 is `temporary` for IPv6."""

PER_LINK = 8
"""Addresses kept of one link; the others are only counted."""


def address_request() -> bytes:
    """Return the request for all addresses of both families."""
    return request(RTM_GETADDR, bytes(IFADDR.size))


def read_addresses(remarks: list[str]) -> t.Iterator[tuple[int, bytes]]:
    """Yield (index of the link, message) of every address; raises OSError as `dump` does."""
    for buffer in dump(ROUTE, address_request(), remarks=remarks):
        yield from split_addresses(buffer)


def split_addresses(buffer: memoryview) -> t.Iterator[tuple[int, bytes]]:
    """Yield (index of the link, message) of each address in a buffer of RTM_NEWADDR."""
    for kind, start, end in messages(buffer):
        if kind == RTM_NEWADDR and end - start >= IFADDR.size:
            yield IFADDR.unpack_from(buffer, start)[4], bytes(buffer[start:end])


def parse_address(message: bytes) -> dict[str, t.Any]:
    """Return one address; lifetimes in seconds are None where they never end. Raises ValueError for a broken one.

    `peer` is the far end of a point-to-point link, None elsewhere. Zones are not part of an address here.
    """
    family, prefix, flags, scope, dummy = IFADDR.unpack_from(message, 0)
    found = attributes(memoryview(message), IFADDR.size, len(message))
    if FLAGS in found:
        flags = number(found[FLAGS]) or 0
    local = address_text(found.get(LOCAL, found.get(ADDRESS)))
    far_end = address_text(found.get(ADDRESS))
    preferred, valid = (numbers(found.get(CACHEINFO)) + (FOREVER, FOREVER))[:2]
    label = string(found.get(LABEL))
    return {
        "address": local,
        "family": FAMILIES.get(family, str(family)),
        "prefixlen": prefix,
        "scope": SCOPES.get(scope, str(scope)),
        "flags": flag_names(flags, family),
        "label": clean(label, 32) if label else None,
        "broadcast": address_text(found.get(BROADCAST)),
        "peer": far_end if far_end != local else None,
        "valid_s": None if valid == FOREVER else valid,
        "preferred_s": None if preferred == FOREVER else preferred,
    }


def flag_names(flags: int, family: int) -> list[str]:
    """Return the names of the IFA_F_* bits that are set."""
    names = [name for bit, name in FLAG_NAMES.items() if flags & bit]
    return ["temporary" if name == "secondary" and family == 10 else name for name in names]
