# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Firewall rules: read out of the kernel, and out of iptables where it holds any, against `nft` and `iptables-save`."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import typing as t

from .measure import Sample, collector, in_turn, process
from .rows import KIB, Options, Row, compare, memory, ratio

RULES = 2_000
MANY_RULES = 20_000
ELEMENTS = 100_000
CHAINS = ("web", "admin", "guests", "partners")

KINDS = (
    "ip saddr 10.{a}.{b}.{c} tcp dport {port} counter accept",
    "ip saddr 10.{a}.{b}.{c} tcp dport {{ {port}, 22, 443 }} ct state new counter accept",
    'ip daddr 10.{a}.{b}.{c} tcp dport {port} counter drop comment "ticket {port}"',
    "ip6 saddr 2001:db8:{a}:{b}::{c}/128 tcp dport {port} counter reject with tcp reset",
    "tcp dport {port} ct state new limit rate over 50/second burst 5 packets counter drop",
    "udp dport {port} counter drop",
    'iifname "eth{a}" ip saddr @blocked tcp dport {port}-65000 counter drop',
    "ip saddr 10.{a}.{b}.{c} ip daddr 192.0.2.{c} counter reject with icmp type admin-prohibited",
)
"""Rules in equal parts; five of eight can refuse or drop TCP."""

TABLE = """
table inet bench {{
  set blocked {{ type ipv4_addr; flags interval; elements = {{ 198.18.0.0/24, 198.19.0.1-198.19.0.9 }} }}
  map verdicts {{ type inet_service : verdict; elements = {{ 8080 : accept, 8081 : drop, 8082 : jump web }} }}
{chains}
  chain input {{
    type filter hook input priority 0; policy accept;
    iifname "lo" accept
    ct state vmap {{ established : accept, related : accept, invalid : drop }}
{jumps}
    tcp dport vmap @verdicts
  }}
}}
"""


def numbers(count: int) -> t.Iterator[dict[str, int]]:
    """Yield what makes each rule another than the one before."""
    for number in range(count):
        yield {"a": number >> 16, "b": number >> 8 & 255, "c": number & 255, "port": 1024 + number % 60_000}


def ruleset(count: int) -> str:
    """Return `count` rules for nft(8) in the chains of a table."""
    rules = [KINDS[index % len(KINDS)].format(**values) for index, values in enumerate(numbers(count))]
    chains = (
        "  chain %s {\n    %s\n  }" % (name, "\n    ".join(rules[index :: len(CHAINS)]))
        for index, name in enumerate(CHAINS)
    )
    return TABLE.format(chains="\n".join(chains), jumps="\n".join(f"    jump {name}" for name in CHAINS))


def add_rules(count: int) -> None:
    """Load `count` rules in place of those of an earlier call."""
    script = "add table inet bench\ndelete table inet bench\n" + ruleset(count)
    subprocess.run(["nft", "-f", "-"], input=script, text=True, check=True)


def add_bans(count: int) -> None:
    """Make a set of `count` banned addresses, as fail2ban and lists of bad addresses do, and a rule that uses it."""
    addresses = (f"{10 + (number >> 16)}.{number >> 8 & 255}.{number & 255}.7" for number in range(count))
    elements = ", ".join(addresses)
    table = f"table inet bans {{ set banned {{ type ipv4_addr; elements = {{ {elements} }}\n}}\n"
    chain = "chain input { type filter hook input priority -1; policy accept; ip saddr @banned drop\n}\n}\n"
    subprocess.run(["nft", "-f", "-"], input=table + chain, text=True, check=True)


def rows(options: Options) -> t.Iterator[Row]:
    """Yield the rows for firewalls."""
    ours, count = collector("_firewall"), options.size(RULES)
    listed = process("nft -j list ruleset".split(), parse=json.loads)
    add_rules(count // 10)
    (tenth,) = in_turn(options.rounds, ours)
    add_rules(count)
    full, peer = in_turn(options.rounds, ours, listed)
    yield ratio(f"firewall_facts, {count} rules", "nft -j list ruleset, json.loads", 0.9, full, peer)
    yield from memory("firewall_facts", full, tenth)
    yield size(f"firewall_facts, result of {count} rules", full)
    add_bans(options.size(ELEMENTS))
    name = f"firewall_facts, {count} rules, a set of {options.size(ELEMENTS)}"
    yield compare(options, name, "nft -j list ruleset, json.loads", 0.3, ours, listed)
    add_rules(options.size(MANY_RULES))
    name = f"firewall_facts, {options.size(MANY_RULES)} rules, the same set"
    yield compare(options, name, "nft -j list ruleset, json.loads", 0.6, ours, listed)
    subprocess.run(["nft", "flush", "ruleset"], check=True)
    for kind in ("nft", "legacy"):
        if shutil.which(f"iptables-{kind}-restore"):
            yield from of_iptables(options, kind, count)


def size(name: str, samples: t.Sequence[Sample]) -> Row:
    """Return the row for the largest fact."""
    return Row(name, "", max(sample.result_bytes for sample in samples) / KIB, 16.0, "KiB")


def parse_save(output: bytes) -> list[list[str]]:
    """Return the words of each line; comments are quoted as a shell quotes."""
    return [shlex.split(line) for line in output.decode().splitlines() if line.startswith("[")]


def of_iptables(options: Options, kind: str, count: int) -> t.Iterator[Row]:
    """Yield the rows for as many rules of iptables, where this machine has a program that makes them."""
    lines = (IPTABLES[index % len(IPTABLES)].format(**values) for index, values in enumerate(numbers(count)))
    text = "*filter\n:INPUT ACCEPT [0:0]\n:web - [0:0]\n-A INPUT -j web\n%s\nCOMMIT\n" % "\n".join(lines)
    subprocess.run([f"iptables-{kind}-restore"], input=text, text=True, check=True)
    peer = process([f"iptables-{kind}-save", "-c"], parse=parse_save)
    ours, theirs = in_turn(options.rounds, collector("_firewall"), peer)
    subprocess.run([f"iptables-{kind}-restore"], input="*filter\nCOMMIT\n", text=True, check=True)
    yield ratio(f"firewall_facts, {count} rules of iptables-{kind}", "iptables-save -c, shlex", 1.0, ours, theirs)
    yield size(f"firewall_facts, result of {count} of iptables-{kind}", ours)


IPTABLES = (
    "-A web -s 10.{a}.{b}.{c}/32 -p tcp -m tcp --dport {port} -j ACCEPT",
    '-A web -d 10.{a}.{b}.{c}/32 -p tcp -m comment --comment "ticket {port}" -m tcp --dport {port} -j DROP',
    "-A web -p tcp -m multiport --dports {port},22,443 -m conntrack --ctstate NEW -j REJECT --reject-with tcp-reset",
    "-A web -p udp -m udp --dport {port} -j DROP",
)
