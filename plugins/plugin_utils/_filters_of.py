# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall rules of a peer that can hit the packets of a flow, and whether they did."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import functools
import ipaddress
import re
import typing as t

from ._address_book import Address, parsed_address
from ._readings import Row, rows, text

Entry = t.Mapping[str, t.Any]

HOOKS = {
    "client": ("output", "postrouting"),
    "server": ("input", "prerouting", "ingress"),
    "path": ("forward", "prerouting", "postrouting", "ingress"),
}
"""Where packets of a flow pass a peer, by its part; a rule whose chain nobody calls has no hook."""

RANGE = re.compile(r"(\d{1,5})(?:[-:](\d{1,5}))?$")


class Packet(t.NamedTuple):
    """What the first packet of a flow carries; what is None is not known."""

    source: str | None
    destination: str | None
    port: int | None


class Hit(t.NamedTuple):
    """A rule that matches a flow: `moved` are packets in the window, `packets` all that it ever hit.

    `exact` says that the rule names the port or an address of the flow, so that its packets are likely those of it.
    """

    host: str
    rule: Row
    packets: int
    moved: int
    exact: bool


def hits(host: str, facts: Entry, part: str, packet: Packet) -> list[Hit]:
    """Return the rejecting and dropping rules of a peer that match a flow, the busiest in the window first.

    `part` is `client`, `server` or `path`. Rules that come before and accept are not in the facts, so a rule without
    port and addresses matches everything here; `exact` tells the difference.
    """
    found = []
    for rule in rows(facts, "peer_firewall", "rules"):
        if _passes(rule, part) and matches(rule, packet):
            exact = any(_is_named(rule, key) for key in ("ports", "source", "destination"))
            found.append(Hit(host, rule, _count(rule, "packets"), _count(rule, "packets_delta"), exact))
    return sorted(found, key=lambda hit: (-hit.moved, not hit.exact, -hit.packets))


def _count(rule: Row, key: str) -> int:
    return value if type(value := rule.get(key)) is int and value > 0 else 0


def _passes(rule: Row, part: str) -> bool:
    hooks = rule.get("hooks")
    return type(hooks) is list and any(hook in HOOKS[part] for hook in hooks if type(hook) is str)


def _is_named(rule: Row, key: str) -> bool:
    written = text(rule, key)
    return bool(written) and not written.startswith(("@", "not "))


def matches(rule: Row, packet: Packet) -> bool:
    """Return whether a rule can match the packet; what a set or a map holds is not known and counts as a match."""
    if rule.get("source_ports") and not rule.get("ports"):
        return False
    checks = (
        _matches(text(rule, "ports"), packet.port, _is_port),
        _matches(text(rule, "source"), packet.source, _is_in),
        _matches(text(rule, "destination"), packet.destination, _is_in),
    )
    return all(checks)


def _matches(written: str, value: t.Any, test: t.Callable[[str, t.Any], bool]) -> bool:
    if not written or value is None or "@" in written:
        return True
    wanted = not written.startswith("not ")
    parts = (part.strip() for part in written.removeprefix("not ").split(","))
    return any(test(part, value) for part in parts) is wanted


def _is_port(written: str, port: int) -> bool:
    found = RANGE.match(written)
    return found is not None and int(found.group(1)) <= port <= int(found.group(2) or found.group(1))


def _is_in(written: str, value: str) -> bool:
    address = parsed_address(value)
    return address is not None and _holds(written, address)


@functools.lru_cache(maxsize=4096)
def _holds(written: str, address: Address) -> bool:
    first, dash, last = written.partition("-")
    try:
        if dash:
            low, high = ipaddress.ip_address(first.strip()), ipaddress.ip_address(last.strip())
            return low.version == high.version == address.version and int(low) <= int(address) <= int(high)
        return address in ipaddress.ip_network(written, strict=False)
    except ValueError:
        return False


def rule_address(rule: Row, end: str) -> str | None:
    """Return the address when a rule names a single one at an end (`source` or `destination`), as iptables with /32."""
    try:
        network = ipaddress.ip_network(text(rule, end), strict=False)
    except ValueError:
        return None
    return str(network.network_address) if network.num_addresses == 1 else None


def rule_ports(rule: Row) -> list[int]:
    """Return the single ports that a rule names, 16 at most; ranges are left out."""
    found = [RANGE.match(part.strip()) for part in text(rule, "ports").split(",")]
    return [int(match.group(1)) for match in found if match is not None and not match.group(2)][:16]


def describe(hit: Hit) -> str:
    """Return a rule in words: `nftables fault/f handle 4 rejects port 5000 with tcp-reset, 12 packets`."""
    rule = hit.rule
    place = "/".join(part for part in (text(rule, "table"), text(rule, "chain")) if part)
    number = " handle %d" % rule["handle"] if type(rule.get("handle")) is int else ""
    verb = {"reject": "rejects", "drop": "drops"}.get(text(rule, "action"), "drops what no rule accepts,")
    what = "port %s" % rule["ports"] if text(rule, "ports") else "what reaches it"
    state = " in state %s" % rule["ct_state"] if text(rule, "ct_state") else ""
    how = " with %s" % rule["reject_type"] if text(rule, "reject_type") else ""
    moved = ", %d of them in the window" % hit.moved if hit.moved else ""
    return "%s %s%s %s %s%s%s, %d packets%s" % (
        *(text(rule, "tool") or "firewall", place, number, verb, what, state, how, hit.packets),
        moved,
    )
