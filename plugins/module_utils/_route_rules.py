# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy routing rules from rtnetlink (include/uapi/linux/fib_rules.h)."""

from __future__ import annotations

import struct
import typing as t

from ._netlink import ROUTE, address_text, attributes, dump, messages, number, numbers, request, string
from ._route_names import Names
from ._text import clean

RTM_NEWRULE = 32
RTM_GETRULE = 34
RULE = struct.Struct("=BBBBBxxBI")
"""Family, destination and source prefix length, TOS, table, action, flags."""

DST, SRC, IN_LINK, GOTO, PRIORITY, MARK, SUPPRESS, TABLE, MARK_MASK, OUT_LINK = 1, 2, 3, 4, 6, 10, 14, 15, 16, 17
L3MDEV, UID_RANGE, PROTOCOL, IP_PROTOCOL, SOURCE_PORTS, DESTINATION_PORTS = 19, 20, 21, 22, 23, 24
ACTIONS = {0: "unspec", 1: "table", 2: "goto", 3: "nop", 6: "blackhole", 7: "unreachable", 8: "prohibit"}
REJECTING = frozenset(("blackhole", "unreachable", "prohibit"))
INVERT = 0x2
UNSET = 0xFFFFFFFF
FAMILIES = {2: "ipv4", 10: "ipv6"}
MOST_RULES = 32

Rule = t.Dict[str, t.Any]


class Rules(t.NamedTuple):
    """The first rules in the order in which the kernel asks them, those that reject, and how many there are."""

    shown: list[Rule]
    rejecting: list[Rule]
    total: list[int]


def new_rules() -> Rules:
    """Return no rules."""
    return Rules([], [], [0])


def read_rules(family: int, names: Names, remarks: list[str], rules: Rules) -> None:
    """Add all rules of an address family to `rules`; raises OSError as `dump` does."""
    for buffer in dump(ROUTE, request(RTM_GETRULE, RULE.pack(family, 0, 0, 0, 0, 0, 0)), remarks=remarks):
        add_rules(buffer, names, rules)


def add_rules(buffer: memoryview, names: Names, rules: Rules) -> None:
    """Add the rules in a buffer of RTM_NEWRULE; raises ValueError for a broken address."""
    for kind, start, end in messages(buffer):
        if kind != RTM_NEWRULE or end - start < RULE.size:
            continue
        rules.total[0] += 1
        action = ACTIONS.get(RULE.unpack_from(buffer, start)[5])
        for rows, wanted in ((rules.shown, True), (rules.rejecting, action in REJECTING)):
            if wanted and len(rows) < MOST_RULES:
                rows.append(parse_rule(buffer[start:end], names))


def parse_rule(message: memoryview, names: Names) -> Rule:
    """Return one rule: {family, priority, action, protocol}, and of the other conditions those that are set.

    not, from, to, iif, oif, tos, fwmark (`0x10/0xff`), uids, ip_protocol, source_ports, destination_ports (`5672` or
    `1024-60999`), table, goto, suppress_prefixlength, l3mdev. Raises ValueError for a broken address.
    """
    family, prefix, source_prefix, tos, table, action, flags = RULE.unpack_from(message, 0)
    found = attributes(message, RULE.size, len(message))
    row = {
        "family": FAMILIES.get(family, str(family)),
        "priority": number(found.get(PRIORITY)) or 0,
        "action": ACTIONS.get(action, str(action)),
        "protocol": names.protocol(number(found.get(PROTOCOL)) or 0),
        "not": bool(flags & INVERT) or None,
        "from": _network(found.get(SRC), source_prefix),
        "to": _network(found.get(DST), prefix),
        "iif": _link(found.get(IN_LINK)),
        "oif": _link(found.get(OUT_LINK)),
        "tos": tos or None,
        "fwmark": _mark(found),
        "uids": _range(found.get(UID_RANGE), "I"),
        "ip_protocol": number(found.get(IP_PROTOCOL)),
        "source_ports": _range(found.get(SOURCE_PORTS), "H"),
        "destination_ports": _range(found.get(DESTINATION_PORTS), "H"),
        "table": names.table(number(found.get(TABLE)) or table) if action == 1 and L3MDEV not in found else None,
        "goto": number(found.get(GOTO)),
        "suppress_prefixlength": _set(number(found.get(SUPPRESS))),
        "l3mdev": bool(number(found.get(L3MDEV))) or None,
    }
    return {key: value for key, value in row.items() if value is not None}


def _network(payload: memoryview | None, prefix: int) -> str | None:
    return None if payload is None else "%s/%d" % (address_text(payload), prefix)


def _link(payload: memoryview | None) -> str | None:
    name = string(payload)
    return clean(name, 64) if name else None


def _mark(found: dict[int, memoryview]) -> str | None:
    if MARK not in found:
        return None
    mask = number(found.get(MARK_MASK))
    mark = "0x%x" % (number(found[MARK]) or 0)
    return mark if mask in (None, UNSET) else "%s/0x%x" % (mark, mask)


def _range(payload: memoryview | None, width: str) -> str | None:
    ends = numbers(payload, width)
    if len(ends) != 2:
        return None
    return str(ends[0]) if ends[0] == ends[1] else "%d-%d" % ends


def _set(value: int | None) -> int | None:
    return None if value == UNSET else value
