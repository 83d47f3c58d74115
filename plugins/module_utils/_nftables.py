# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of nftables, from C(nft -j list ruleset): libnftables-json(5)."""

from __future__ import annotations

import json
import typing as t

from ._text import clean

Entry = t.Dict[str, t.Any]
Rule = t.Dict[str, t.Any]

OTHER_PROTOCOLS = {"udp", "icmp", "icmpv6", "ipv6-icmp", "sctp", "dccp", "udplite", "esp", "ah", "gre", "igmp", "vrrp"}
NAT_WORDS = ("dnat", "snat", "masquerade", "redirect")
MATCHES = {
    ("tcp", "dport"): "ports",
    ("th", "dport"): "ports",
    ("tcp", "sport"): "source_ports",
    ("th", "sport"): "source_ports",
    ("ip", "saddr"): "source",
    ("ip6", "saddr"): "source",
    ("ip", "daddr"): "destination",
    ("ip6", "daddr"): "destination",
    ("ct", "state"): "ct_state",
    ("meta", "iifname"): "in_interface",
    ("meta", "iif"): "in_interface",
    ("meta", "oifname"): "out_interface",
    ("meta", "oif"): "out_interface",
    ("tcp", "flags"): "tcp_flags",
}
"""What a match looks at, and the key of a rule that holds what it compares with."""


class Ruleset(t.NamedTuple):
    """The objects of a ruleset: chains by (family, table, name), and the rules in their order."""

    chains: dict[tuple[str, str, str], Entry]
    rules: list[Entry]
    sets: list[Entry]


def parse_ruleset(text: str) -> Ruleset:
    """Return the chains, rules and sets of a ruleset; raises ValueError for what is no ruleset.

    {"nftables": [{"chain": {"family": "inet", "table": "filter", "name": "input", "hook": "input"}},
                  {"rule": {"family": "inet", "table": "filter", "chain": "input", "handle": 4, "expr": [...]}}]}
    """
    found = json.loads(text)
    entries = found.get("nftables") if isinstance(found, dict) else None
    if not isinstance(entries, list):
        raise ValueError("not a ruleset of nftables: %s" % clean(text, 80))
    chains = {_key(entry["chain"], "name"): entry["chain"] for entry in entries if "chain" in entry}
    rules = [entry["rule"] for entry in entries if "rule" in entry]
    return Ruleset(chains, rules, [entry["set"] for entry in entries if "set" in entry])


def _key(entry: Entry, name: str) -> tuple[str, str, str]:
    return entry.get("family", ""), entry.get("table", ""), entry.get(name, "")


def hooks(ruleset: Ruleset) -> dict[tuple[str, str, str], list[str]]:
    """Return for each chain the hooks from which packets can come to it, through jumps too."""
    reached = {key: ({chain["hook"]} if chain.get("hook") else set()) for key, chain in ruleset.chains.items()}
    jumps = {(_key(rule, "chain"), _target(rule, name)) for rule in ruleset.rules for name in _targets(rule)}
    moved = True
    while moved:
        moved = False
        for origin, target in jumps:
            more = reached.get(origin, set()) - reached.setdefault(target, set())
            reached[target] |= more
            moved = moved or bool(more)
    return {key: sorted(names) for key, names in reached.items()}


def _target(rule: Entry, name: str) -> tuple[str, str, str]:
    return rule.get("family", ""), rule.get("table", ""), name


def _targets(rule: Entry) -> list[str]:
    """Return the chains that a rule may send a packet to, verdict maps included."""
    found: list[str] = []
    pending: list[t.Any] = [rule.get("expr", [])]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            found += [value[word]["target"] for word in ("jump", "goto") if _names_target(value.get(word))]
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return found


def _names_target(value: t.Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("target"), str)


def blocking(ruleset: Ruleset) -> list[Rule]:
    """Return the rules that reject or drop TCP, and the chains whose policy drops, in the order of the ruleset."""
    reached = hooks(ruleset)
    rules = [_blocking(rule, reached.get(_key(rule, "chain"), [])) for rule in ruleset.rules]
    return [rule for rule in rules if rule] + [_policy(chain) for chain in ruleset.chains.values() if _drops(chain)]


def _drops(chain: Entry) -> bool:
    return chain.get("policy") == "drop" and chain.get("type") == "filter"


def _policy(chain: Entry) -> Rule:
    return {**_place(chain, chain.get("name", ""), [chain.get("hook", "")]), "action": "policy-drop"}


def _place(entry: Entry, chain: str, reached: list[str]) -> Rule:
    return {
        "tool": "nftables",
        "family": entry.get("family", ""),
        "table": clean(entry.get("table", ""), 64),
        "chain": clean(chain, 64),
        "hooks": reached,
        "handle": entry.get("handle"),
        "packets": None,
    }


def _blocking(rule: Entry, reached: list[str]) -> Rule | None:
    result = _place(rule, rule.get("chain", ""), reached)
    result["action"] = None
    for expression in rule.get("expr", []):
        if not isinstance(expression, dict) or not _read_expression(expression, result):
            return None
    if not result["action"]:
        return None
    if rule.get("comment"):
        result["comment"] = clean(rule["comment"], 80)
    return result


def _read_expression(expression: Entry, result: Rule) -> bool:
    """Add what one expression says to `result`; return False when the rule cannot hit TCP."""
    for word, value in expression.items():
        if word == "match":
            return _read_match(value, result)
        if word == "counter" and isinstance(value, dict):
            result.update(packets=value.get("packets"), bytes=value.get("bytes"))
        elif word == "reject":
            result.update(action="reject", reject_type=reject_type(value))
        elif word == "drop":
            result["action"] = "drop"
        elif word in ("limit", "ct count") and isinstance(value, dict):
            result["limit"] = limit_text(value)
        elif word == "set" and isinstance(value, dict):
            _read_set(value, result)
        elif word == "xt":
            result["xtables"] = True
        elif word == "vmap" and "drop" in json.dumps(value):
            result["action"] = "drop"
            result["match"] = "verdict map"
    return True


def reject_type(value: t.Any) -> str:
    """Return the kind of refusal in the words of iptables: `tcp-reset`, `icmp-port-unreachable` ..."""
    given = value if isinstance(value, dict) else {}
    if given.get("type") == "tcp reset":
        return "tcp-reset"
    return "icmp-%s" % given.get("expr", "port-unreachable")


def _read_set(value: Entry, result: Rule) -> None:
    """Add the limit that a rule keeps for each element of a set, as `meter` and `add @set { ... limit ... }` do."""
    for statement in value.get("stmt") or []:
        for word in ("limit", "ct count"):
            if isinstance(statement, dict) and isinstance(statement.get(word), dict):
                result["limit"] = limit_text(statement[word])


def limit_text(value: Entry) -> str:
    """Return a limit as nft writes it, such as `over 10/second burst 5` or `ct count over 20`."""
    over = "over " if value.get("inv") else ""
    if "val" in value:
        return clean("ct count %s%s" % (over, value["val"]), 64)
    burst = " burst %s" % value["burst"] if value.get("burst") else ""
    return clean("%s%s/%s%s" % (over, value.get("rate"), value.get("per", "second"), burst), 64)


def _read_match(value: Entry, result: Rule) -> bool:
    left, right = value.get("left"), value.get("right")
    subject = _subject(left)
    if subject in (("meta", "l4proto"), ("ip", "protocol"), ("ip6", "nexthdr")):
        return _hits_tcp(value.get("op", "=="), right)
    if subject[0] in OTHER_PROTOCOLS:
        return False
    key = MATCHES.get(subject)
    if key:
        result[key] = ("not " if value.get("op") == "!=" else "") + operand(right)
    return True


def _hits_tcp(operator: str, right: t.Any) -> bool:
    names = {str(name) for name in (right.get("set", []) if isinstance(right, dict) else [right])}
    return bool(names & {"tcp", "6"}) != (operator == "!=")


def _subject(left: t.Any) -> tuple[str, str]:
    """Return (protocol or kind, field) of what a match looks at; ("", "") for what has no name."""
    if not isinstance(left, dict):
        return "", ""
    if isinstance(left.get("&"), list):
        return _subject(left["&"][0])
    payload = left.get("payload")
    if isinstance(payload, dict):
        return str(payload.get("protocol", "")), str(payload.get("field", ""))
    for kind in ("ct", "meta"):
        if isinstance(left.get(kind), dict):
            return kind, str(left[kind].get("key", ""))
    return "", ""


def operand(value: t.Any) -> str:
    """Return what a match compares with, as nft writes it: `22`, `1-1024`, `10.0.0.0/8`, `@set`, `a, b`."""
    if isinstance(value, list):
        return ", ".join(operand(item) for item in value[:16])
    if isinstance(value, dict):
        if isinstance(value.get("range"), list):
            return "-".join(operand(item) for item in value["range"])
        if isinstance(value.get("prefix"), dict):
            return "%s/%s" % (operand(value["prefix"].get("addr")), value["prefix"].get("len"))
        if "set" in value:
            return operand(value["set"])
        if "elem" in value and isinstance(value["elem"], dict):
            return operand(value["elem"].get("val"))
        return clean(json.dumps(value), 80)
    return clean(str(value), 80)


def translating(ruleset: Ruleset) -> list[Rule]:
    """Return the rules that translate addresses, with the kind of translation as `action`."""
    found = []
    for rule in ruleset.rules:
        result = _place(rule, rule.get("chain", ""), [])
        result["action"] = None
        for expression in (entry for entry in rule.get("expr", []) if isinstance(entry, dict)):
            _read_expression(expression, result)
            result["action"] = next((word for word in NAT_WORDS if word in expression), result["action"])
        if result["action"] in NAT_WORDS:
            found.append(result)
    return found
