# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a peer's firewall can refuse or swallow TCP, from nftables and iptables together."""

from __future__ import annotations

import typing as t

from ._bounds import FAMILY_BYTES, size_bytes, take
from ._conntrack import collect as conntrack
from ._firewall_rules import Rule, Rules, read_rules
from ._read import source
from ._text import clean

Fact = t.Dict[str, t.Any]

FAIL2BAN = "fail2ban"
OWNERS = (
    (FAIL2BAN, ("f2b-", "fail2ban")),
    ("firewalld", ("firewalld", "IN_public", "FWD_public")),
    ("ufw", ("ufw-", "ufw6-")),
    ("docker", ("DOCKER",)),
    ("kubernetes", ("KUBE-", "cali-", "cilium", "CNI-")),
    ("libvirt", ("LIBVIRT_", "libvirt")),
)
"""Who writes rules, by how names of its tables and chains begin."""

MAX_NAT = 10
CHAIN_BYTES = 1024


def sample() -> dict[tuple[t.Any, ...], int]:
    """Return the packets that each rule with a counter has hit until now, by the rule's place."""
    return {place(rule): rule["packets"] for rule in read_rules([]).blocking if rule.get("packets") is not None}


def place(rule: Rule) -> tuple[t.Any, ...]:
    """Return what tells a rule from others while nobody edits them."""
    return tuple(rule.get(key) for key in ("tool", "family", "table", "chain", "handle", "action"))


def collect(first: t.Mapping[tuple[t.Any, ...], int] | None = None) -> Fact:
    """Return the fact `peer_firewall`; see the module firewall_facts for its keys.

    With the counters of a `first` sample each rule that was there says in `packets_delta` what it has hit since.
    """
    sources: list[dict[str, str]] = []
    found = read_rules(sources)
    if first:
        for rule in found.blocking:
            before = first.get(place(rule))
            if before is not None and (rule.get("packets") or 0) >= before:
                rule["packets_delta"] = rule["packets"] - before
    return bounded(
        {
            "sources": sources,
            "owners": sorted({name for name, dummy in map(owner, found.names) if name}),
            "fail2ban": fail2ban(found),
            "conntrack": _conntrack(sources),
            "nat": nat(found) if found.readable else {"present": None, "rules": [], "total": 0},
            "summary": summary(found.blocking) if found.readable else None,
            "rules": found.blocking if found.readable else None,
        },
        found.tell,
    )


def nat(found: Rules) -> Fact:
    """Return whether addresses are translated, and the first rules that do it."""
    rules = found.translating
    return {"present": bool(rules), "rules": [found.tell(rule) for rule in rules[:MAX_NAT]], "total": len(rules)}


def _conntrack(sources: list[dict[str, str]]) -> Fact | None:
    found = conntrack()
    sources.append(source("conntrack", "ok" if found else "absent", "" if found else "not loaded in this namespace"))
    return found


def owner(name: str) -> tuple[str, str]:
    """Return (owner, name) for the name of a table or chain; the owner is empty when it is nobody's known."""
    for who, beginnings in OWNERS:
        if name.startswith(beginnings):
            return who, name
    return "", name


def fail2ban(found: Rules) -> Fact | None:
    """Return {chains, bans} of fail2ban, or None without a chain of it; a source in a rule or a set is a ban."""
    chains = {name for name in found.names if _is_of_fail2ban(name)}
    if not chains:
        return None
    rules = (found.tell(rule) for rule in found.blocking if {rule["chain"], rule["table"]} & chains)
    bans = sum(map(_bans, rules)) + found.banned(_is_of_fail2ban)
    return {"chains": take([clean(name, 64) for name in sorted(chains)], CHAIN_BYTES), "bans": bans}


def _is_of_fail2ban(name: str) -> bool:
    return owner(name)[0] == FAIL2BAN


def _bans(rule: Rule) -> bool:
    return not rule.get("source", "@").startswith(("@", "not "))


def summary(rules: t.Sequence[Rule]) -> Fact:
    """Return how many rules there are of each kind, and how many packets those with a counter have hit."""
    return {
        "total": len(rules),
        "reject_tcp_reset": sum(rule.get("reject_type") == "tcp-reset" for rule in rules),
        "reject_icmp": sum(rule["action"] == "reject" and rule.get("reject_type") != "tcp-reset" for rule in rules),
        "drop": sum(rule["action"] == "drop" for rule in rules),
        "policy_drop": sum(rule["action"] == "policy-drop" for rule in rules),
        "rate_limited": sum("limit" in rule for rule in rules),
        "hit": sum(bool(rule.get("packets")) for rule in rules),
        "packets": sum(rule.get("packets") or 0 for rule in rules),
        "packets_delta": _moved(rules),
    }


def _moved(rules: t.Sequence[Rule]) -> int | None:
    """Return the packets that rules hit between two samples, or None when there were not two."""
    moved = [rule["packets_delta"] for rule in rules if "packets_delta" in rule]
    return sum(moved) if moved else None


def weight(rule: Rule) -> tuple[t.Any, ...]:
    """Return what sorts rules: those hit just now first, then those that ever were or that do not count, resets before
    others, and the busiest; at equal figures what hits packets that tracking does not know, and what no rule takes.
    """
    packets, moved = rule.get("packets"), rule.get("packets_delta")
    wide = rule["action"] == "policy-drop" or rule.get("invalid") or "invalid" in rule.get("ct_state", "")
    return not moved, packets == 0, rule.get("reject_type") != "tcp-reset", -(packets or 0), not wide


def bounded(fact: Fact, tell: t.Callable[[Rule], Rule] = dict) -> Fact:
    """Return the fact with the rules that matter most, in the size of a family."""
    rules = fact["rules"]
    if rules is None:
        return {**fact, "total": None, "truncated": False}
    spare = FAMILY_BYTES - size_bytes({**fact, "rules": []}) - 64
    kept = take(map(tell, sorted(rules, key=weight)), spare)
    return {**fact, "rules": kept, "total": len(rules), "truncated": len(kept) < len(rules)}
