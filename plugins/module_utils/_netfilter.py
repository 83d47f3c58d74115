# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nftables and iptables have in common: names that iptables gives, and from which hooks packets reach a chain."""

from __future__ import annotations

import typing as t

PROGRAMS = {"ip": "iptables", "ip6": "ip6tables"}
"""The program of iptables for a family."""

BUILT_IN = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"}
"""What iptables calls the chains that packets enter; nftables may hold them."""

NAT_TARGETS = {"DNAT": "dnat", "SNAT": "snat", "MASQUERADE": "masquerade", "REDIRECT": "redirect", "NETMAP": "dnat"}
"""Targets of iptables that translate addresses, and the action of a rule that they are."""

Chain = t.TypeVar("Chain", bound=t.Hashable)


def reached(entered: t.Mapping[Chain, str], jumps: t.Iterable[tuple[Chain, Chain]]) -> dict[Chain, list[str]]:
    """Return for each chain the hooks from which packets can come to it, through jumps too, sorted.

    `entered` are the chains that a hook calls; `jumps` lead from a chain to another.
    """
    ways: dict[Chain, set[Chain]] = {}
    for origin, target in jumps:
        ways.setdefault(origin, set()).add(target)
    found: dict[Chain, set[str]] = {}
    for chain, hook in entered.items():
        pending, seen = [chain], {chain}
        while pending:
            current = pending.pop()
            found.setdefault(current, set()).add(hook)
            fresh = ways.get(current, set()) - seen
            seen |= fresh
            pending += fresh
    return {chain: sorted(hooks) for chain, hooks in found.items()}
