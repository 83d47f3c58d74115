# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rule of nftables does with a packet: drop, reject, limit, translate, count, or send it to a chain."""

from __future__ import annotations

import sys
import typing as t

from ._netfilter import NAT_TARGETS
from ._netlink import attributes, nested
from ._nfnetlink import big, name, signed

Said = t.Dict[str, t.Any]
"""Keys of a rule."""

Attributes = t.Mapping[int, bytes]

INVERTED = 0x1
UNITS = {1: "second", 60: "minute", 3600: "hour", 86400: "day", 604800: "week"}
BYTE_UNITS = ((1 << 20, " mbytes"), (1 << 10, " kbytes"), (1, " bytes"))
TRANSLATING = set(NAT_TARGETS.values())

V4 = {0: "net-unreachable", 1: "host-unreachable", 2: "prot-unreachable", 3: "port-unreachable"}
V4_PROHIBITED = {9: "net-prohibited", 10: "host-prohibited", 13: "admin-prohibited"}
V6 = {0: "no-route", 1: "admin-prohibited", 3: "addr-unreachable", 4: "port-unreachable", 5: "policy-fail"}
ANY = {0: "no-route", 1: "port-unreachable", 2: "host-unreachable", 3: "admin-prohibited"}
TCP_RESET, ICMP_OF_ANY = 1, 2
CODES = {"ip": {**V4, **V4_PROHIBITED}, "ip6": {**V6, 6: "reject-route"}}
"""Codes of ICMP destination unreachable in the words of nft, by family; `ANY` are those of icmpx."""

XT_RESET = {"ip": 7, "ip6": 6}
"""IPT_TCP_RESET and IP6T_TCP_RESET: what the target REJECT of iptables answers (ipt_REJECT.h, ip6t_REJECT.h)."""


def counter(found: Attributes) -> Said:
    """Return the packets and bytes that hit a rule."""
    return {"packets": big(found.get(2)), "bytes": big(found.get(1))}


def limit(found: Attributes) -> Said:
    """Return a rate as nft writes it, such as `over 10/second burst 5`."""
    rate, burst, seconds = big(found.get(1)), big(found.get(3)), big(found.get(2))
    size, unit = next(pair for pair in BYTE_UNITS if rate % pair[0] == 0) if big(found.get(4)) else (1, "")
    over = "over " if big(found.get(5)) & INVERTED else ""
    more = " burst %d" % burst if burst else ""
    each = UNITS.get(seconds, "%d seconds" % seconds)
    return {"limit": "%s%d%s/%s%s" % (over, rate // size, unit, each, more)}


def connections(found: Attributes) -> Said:
    """Return a limit of connections, such as `ct count over 20`."""
    return {"limit": "ct count %s%d" % ("over " if big(found.get(2)) & INVERTED else "", big(found.get(1)))}


def reject(found: Attributes, family: str) -> Said:
    """Return the kind of refusal in the words of iptables: `tcp-reset`, `icmp-port-unreachable` ..."""
    kind, code = big(found.get(1)), big(found.get(2))
    if kind == TCP_RESET:
        return {"action": "reject", "reject_type": "tcp-reset"}
    names = ANY if kind == ICMP_OF_ANY else CODES[family]
    return {"action": "reject", "reject_type": "icmp-%s" % names.get(code, code)}


def translation(found: Attributes) -> Said:
    """Return the kind of translation."""
    return {"action": "dnat" if big(found.get(1)) else "snat"}


def extension(found: Attributes, family: str) -> Said:
    """Return what a match or a target of iptables says that stands in a rule of nftables."""
    target, options = name(found.get(1)), found.get(3, b"")
    if target in NAT_TARGETS:
        return {"xtables": True, "action": NAT_TARGETS[target]}
    if target != "REJECT" or len(options) < 4:
        return {"xtables": True}
    reset = int.from_bytes(options[:4], sys.byteorder) == XT_RESET[family]
    return {"xtables": True, "action": "reject", "reject_type": "tcp-reset" if reset else "icmp"}


def verdict(found: Attributes) -> tuple[int | None, str]:
    """Return the code of a verdict and the chain that it sends packets to; the chain is empty without one."""
    data = found.get(2, b"")
    said = nested(attributes(data, 0, len(data)).get(2))
    return (signed(said[1]) if 1 in said else None), name(said.get(2))
