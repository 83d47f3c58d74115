# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of nftables that can reject or drop TCP or translate addresses, out of the kernel without a process."""

from __future__ import annotations

import itertools
import typing as t

from . import _nfnetlink as kernel
from ._netfilter import reached
from ._nft_actions import TRANSLATING
from ._nft_expressions import Reading, matters, read
from ._nft_sets import Sets
from ._nft_values import Match, shown
from ._text import clean

Rule = t.Dict[str, t.Any]

COMMENT = 0
"""Kind of the user data of a rule that is its comment (NFTNL_UDATA_RULE_COMMENT of libnftnl)."""

INVALID: set[bytes | None] = {(1).to_bytes(4, order) for order in ("little", "big")}
"""The state of a packet that connection tracking does not know (NF_CT_STATE_INVALID_BIT), in the host's order."""


class Ruleset(t.NamedTuple):
    """What the kernel holds, rules in its order; each holds its chain and expressions as `written`, for `told`."""

    sets: Sets
    blocking: list[Rule]
    translating: list[Rule]


def load(chains: t.Mapping[kernel.Key, kernel.Chain], asked: kernel.Ask = kernel.ask) -> Ruleset:
    """Return the rules of chains that can hit TCP and those that translate addresses.

    All chains of a table are needed. Raises OSError as `_nfnetlink.ask` does.
    """
    sets = Sets(asked, kernel.sets(asked(kernel.SETS, 0, b"")))
    blocking: list[Rule] = []
    translating: list[Rule] = []
    jumps: set[tuple[kernel.Key, kernel.Key]] = set()
    tables = dict.fromkeys((family, table) for family, table, dummy in chains)
    found = itertools.chain.from_iterable(kernel.rules(asked, table, matters) for table in tables)
    for place, handle, expressions, user_data in found:
        reading = read(place, sets, expressions)
        if reading:
            jumps.update((place, (*place[:2], target)) for target in reading.targets)
            if reading.rule["action"]:
                rules = translating if reading.rule["action"] in TRANSLATING else blocking
                rules.append(_rule(reading, handle, expressions, user_data))
    hooks = reached({key: chain.hook for key, chain in chains.items() if chain.hook}, jumps)
    for rule in blocking:
        rule["hooks"] = hooks.get(rule["written"][0], [])
    return Ruleset(sets, blocking + _policies(chains), translating)


def _rule(reading: Reading, handle: int, expressions: bytes, user_data: bytes) -> Rule:
    rule = {**_place(reading.place, [], handle), **reading.rule, "written": (reading.place, expressions)}
    if any(_is_invalid(match) for match in reading.matches):
        rule["invalid"] = True
    comment = _comment(user_data)
    if comment:
        rule["comment"] = comment
    return rule


def _is_invalid(match: Match) -> bool:
    """Return whether a rule is for packets that connection tracking does not know, or may be as a map says."""
    return match.load.key == "ct_state" and (match.dropping or (match.wanted and match.low in INVALID))


def _place(key: kernel.Key, hooks: list[str], handle: int) -> Rule:
    family, table, chain = key
    place = {"tool": "nftables", "family": family, "table": clean(table, 64), "chain": clean(chain, 64)}
    return {**place, "hooks": hooks, "handle": handle}


def _policies(chains: t.Mapping[kernel.Key, kernel.Chain]) -> list[Rule]:
    """Return the chains that drop what none of their rules takes."""
    return [
        {**_place(key, [chain.hook], chain.handle), "packets": chain.packets, "action": "policy-drop"}
        for key, chain in chains.items()
        if chain.policy == kernel.DROP and chain.kind == "filter"
    ]


def _comment(user_data: bytes) -> str:
    """Return the comment among the user data of a rule: entries of kind, length and value."""
    offset = 0
    while offset + 2 <= len(user_data):
        kind, length = user_data[offset : offset + 2]
        if kind == COMMENT:
            return clean(kernel.name(user_data[offset + 2 : offset + 2 + length]), 80)
        offset += 2 + length
    return ""


def told(rule: Rule, sets: Sets) -> Rule:
    """Return a rule with what it compares as text, under the keys of the module's documentation."""
    told_rule = {key: value for key, value in rule.items() if key not in ("written", "invalid")}
    place, expressions = rule.get("written", (None, b""))
    reading = read(place, sets, expressions, telling=True) if place else None
    for match in reading.matches if reading else ():
        find = sets.elements if match.dropping else sets.written
        text = shown(match, lambda name, find=find: find((*place[:2], name)))  # type: ignore[misc]
        if text:
            told_rule[match.load.key] = text
    return told_rule
