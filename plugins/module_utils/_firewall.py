# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a peer's firewall can refuse or swallow TCP, from nftables and iptables together."""

from __future__ import annotations

import typing as t

from . import _iptables, _nftables
from ._bounds import FAMILY_BYTES, size_bytes, take
from ._command import run
from ._conntrack import collect as conntrack
from ._read import Read, read_text, source
from ._text import clean

Fact = t.Dict[str, t.Any]
Rule = t.Dict[str, t.Any]

LEGACY = {"ip": "/proc/net/ip_tables_names", "ip6": "/proc/net/ip6_tables_names"}
"""Exists when the old kernel interface of iptables is loaded; asking it otherwise would load it."""

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


class Rules(t.NamedTuple):
    """Rules of all tools: those that block TCP, those that translate addresses, and names of tables and chains.

    `banned` counts addresses in sets of fail2ban; `readable` says whether any tool could be asked.
    """

    blocking: list[Rule]
    translating: list[Rule]
    names: list[str]
    banned: int
    readable: bool


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
    for rule in found.blocking:
        before = (first or {}).get(place(rule))
        if before is not None and (rule.get("packets") or 0) >= before:
            rule["packets_delta"] = rule["packets"] - before
    return bounded(
        {
            "sources": sources,
            "owners": sorted({name for name, dummy in map(owner, found.names) if name}),
            "fail2ban": fail2ban(found.names, found.blocking, found.banned),
            "conntrack": _conntrack(sources),
            "nat": nat(found) if found.readable else {"present": None, "rules": [], "total": 0},
            "summary": summary(found.blocking) if found.readable else None,
            "rules": found.blocking if found.readable else None,
        }
    )


def nat(found: Rules) -> Fact:
    """Return whether addresses are translated, and the first rules that do it."""
    rules = found.translating
    return {"present": bool(rules), "rules": rules[:MAX_NAT], "total": len(rules)}


def read_rules(sources: list[dict[str, str]]) -> Rules:
    """Return the rules of nftables and iptables, each once; appends to `sources` how reading went."""
    rules, translating, names, banned, known = _nft(sources)
    saved = _saved(known, names, sources)
    held = {(family, table) for family, found in saved if found.in_nftables for table in found.tables}
    rules = [rule for rule in rules if (rule["family"], rule["table"]) not in held]
    translating = [rule for rule in translating if (rule["family"], rule["table"]) not in held]
    for family, found in saved:
        rules += _iptables.blocking(found, family)
        translating += _iptables.translating(found, family)
        names += [line.chain for line in found.lines]
    return Rules(rules, translating, names, banned, known or bool(saved))


def _conntrack(sources: list[dict[str, str]]) -> Fact | None:
    found = conntrack()
    sources.append(source("conntrack", "ok" if found else "absent", "" if found else "not loaded in this namespace"))
    return found


def _nft(sources: list[dict[str, str]]) -> tuple[list[Rule], list[Rule], list[str], int, bool]:
    """Return blocking and translating rules, names of tables and chains, addresses banned in sets, and success."""
    read = run(["nft", "-j", "list", "ruleset"])
    if read.text is not None:
        try:
            ruleset = _nftables.parse_ruleset(read.text)
        except ValueError as error:
            read = Read(None, "failed", clean(str(error)))
        else:
            sources.append(source("nft"))
            names = [name for key in ruleset.chains for name in key[1:]]
            sets = (found for found in ruleset.sets if owner(found.get("table", ""))[0] == FAIL2BAN)
            banned = sum(len(found.get("elem", ())) for found in sets)
            return _nftables.blocking(ruleset), _nftables.translating(ruleset), names, banned, True
    sources.append(source("nft", read.status, read.detail))
    return [], [], [], 0, False


def _saved(known: bool, names: t.Sequence[str], sources: list[dict[str, str]]) -> list[tuple[str, _iptables.Saved]]:
    """Return the rulesets of iptables by family, where there can be any."""
    found = []
    for family, path in LEGACY.items():
        legacy = bool((read_text(path).text or "").strip())
        if known and not legacy and not {"filter", "nat", "mangle", "raw", "security"} & set(names):
            continue
        for program in _programs(family, legacy, known):
            read = run([program, "-c"])
            sources.append(source(program, read.status, read.detail))
            if read.text is not None:
                try:
                    found.append((family, _iptables.parse_save(read.text)))
                except ValueError as error:
                    sources[-1] = source(program, "failed", clean(str(error)))
    return found


def _programs(family: str, legacy: bool, known: bool) -> list[str]:
    """Return what prints the rules: that of the kernel's old interface only where this is in use already."""
    stem = "iptables" if family == "ip" else "ip6tables"
    return ([stem + "-legacy-save"] if legacy and known else []) + [stem + "-save"]


def owner(name: str) -> tuple[str, str]:
    """Return (owner, name) for the name of a table or chain; the owner is empty when it is nobody's known."""
    for who, beginnings in OWNERS:
        if name.startswith(beginnings):
            return who, name
    return "", name


def fail2ban(names: t.Iterable[str], rules: t.Sequence[Rule], banned: int) -> Fact | None:
    """Return {chains, bans} of fail2ban, or None without a chain of it; a source in a rule or a set is a ban."""
    chains = sorted({name for name in names if owner(name)[0] == FAIL2BAN})
    if not chains:
        return None
    bans = [rule for rule in rules if {rule["chain"], rule["table"]} & set(chains) and _bans(rule)]
    return {"chains": take([clean(name, 64) for name in chains], CHAIN_BYTES), "bans": len(bans) + banned}


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


def weight(rule: Rule) -> tuple[bool, bool, bool, int]:
    """Return what sorts rules: those hit just now first, then those that reset, then the busiest."""
    packets, moved = rule.get("packets") or 0, rule.get("packets_delta")
    return not moved, rule.get("reject_type") != "tcp-reset", not packets, -packets


def bounded(fact: Fact) -> Fact:
    """Return the fact with the rules that matter most, in the size of a family."""
    rules = fact["rules"]
    if rules is None:
        return {**fact, "total": None, "truncated": False}
    spare = FAMILY_BYTES - size_bytes({**fact, "rules": []}) - 64
    kept = take(sorted(rules, key=weight), spare)
    return {**fact, "rules": kept, "total": len(rules), "truncated": len(kept) < len(rules)}
