# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables, chains, rules and sets of nftables as the kernel holds them (include/uapi/linux/netfilter/nf_tables.h)."""

from __future__ import annotations

import struct
import typing as t

from ._netlink import ATTRIBUTE, attribute, attributes, dump, messages, nested, places, request

NETFILTER = 12
SUBSYSTEM = 10 << 8
CHAINS, RULES, SETS, ELEMENTS = 4, 7, 10, 13
"""What a dump is asked for: NFT_MSG_GETCHAIN and following."""

GENERIC = struct.Struct("=BBH")
"""struct nfgenmsg: family, version, resource."""

FAMILIES = {1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}
NUMBERS = {name: number for number, name in FAMILIES.items()}
HOOKS = {
    "ip": ("prerouting", "input", "forward", "output", "postrouting"),
    "inet": ("prerouting", "input", "forward", "output", "postrouting", "ingress"),
    "arp": ("input", "output", "forward"),
    "netdev": ("ingress", "egress"),
}
"""Names of hooks by number; other families have those of ip."""

ANONYMOUS, INTERVAL, MAP = 0x1, 0x4, 0x8
INTERVAL_END = 0x1
DROP = 0
"""The verdict NF_DROP."""

DROPPING = ATTRIBUTE.pack(12, 2) + ATTRIBUTE.pack(8, 1) + b"\0\0\0\0"
SENDING = ATTRIBUTE.pack(8, 1) + b"\xff\xff\xff"
"""A verdict as an attribute, by which a drop, and a jump or goto (the negative ones), are found in many bytes."""

Key = t.Tuple[str, str, str]
"""(family, table, name) of a chain or a set."""

Ask = t.Callable[[int, int, bytes], t.Iterator[memoryview]]
"""Gives the buffers of a dump for a kind of object, a family (0 is any) and attributes."""


class Chain(t.NamedTuple):
    """A chain; `hook` is empty unless packets enter there. `policy` is a verdict, 0 to drop and 1 to accept."""

    hook: str
    kind: str
    policy: int | None
    handle: int
    packets: int | None


class Set(t.NamedTuple):
    """A set: flags (`ANONYMOUS` belongs to one rule), and the length of its keys in bytes."""

    flags: int
    key_length: int


class Element(t.NamedTuple):
    """An element of a set: its key, whether it ends an interval, and in a map of verdicts what to do.

    `key_end` is the last key of an element that is a concatenation of ranges. `target` is the chain to go to.
    """

    key: bytes
    key_end: bytes | None
    ends: bool
    verdict: int | None
    target: str


def ask(kind: int, family: int = 0, body: bytes = b"", remarks: list[str] | None = None) -> t.Iterator[memoryview]:
    """Yield the buffers of a dump. Raises OSError, with EPERM for who has no CAP_NET_ADMIN, as _netlink.dump does."""
    return dump(NETFILTER, request(SUBSYSTEM | kind, GENERIC.pack(family, 0, 0) + body), remarks=remarks)


def objects(buffers: t.Iterable[memoryview]) -> t.Iterator[tuple[str, dict[int, memoryview]]]:
    """Yield family and attributes of every object in a dump; those of families without a name are left out."""
    for buffer in buffers:
        for dummy, start, end in messages(buffer):
            family = FAMILIES.get(buffer[start]) if end - start >= GENERIC.size else None
            if family:
                yield family, attributes(buffer, start + GENERIC.size, end)


def name(payload: memoryview | bytes | None) -> str:
    """Return an attribute that is a name as text; it is a stranger's, so escape it before it is told."""
    return bytes(payload or b"").partition(b"\0")[0].decode("utf-8", "surrogateescape")


def big(payload: memoryview | bytes | None) -> int:
    """Return an attribute that is a number in network order; 0 when it is missing."""
    return int.from_bytes(payload or b"", "big")


def chains(buffers: t.Iterable[memoryview]) -> dict[Key, Chain]:
    """Return the chains in the kernel's order."""
    return {
        (family, name(found.get(1)), name(found.get(3))): _chain(family, found) for family, found in objects(buffers)
    }


def _chain(family: str, found: t.Mapping[int, memoryview]) -> Chain:
    hook = ""
    if 4 in found:
        names, number = HOOKS.get(family, HOOKS["ip"]), big(nested(found[4]).get(1))
        hook = names[number] if number < len(names) else str(number)
    counters = nested(found.get(8))
    packets = big(counters[2]) if 2 in counters else None
    return Chain(hook, name(found.get(7)), big(found[5]) if 5 in found else None, big(found.get(2)), packets)


def sets(buffers: t.Iterable[memoryview]) -> dict[Key, Set]:
    """Return the sets, maps among them."""
    return {
        (family, name(found.get(1)), name(found.get(2))): Set(big(found.get(3)), big(found.get(5)))
        for family, found in objects(buffers)
    }


def rules(
    asked: Ask, table: tuple[str, str], matters: t.Callable[[bytes], bool]
) -> t.Iterator[tuple[Key, int, bytes, bytes]]:
    """Yield chain, handle, expressions and user data of those rules of a table whose bytes `matters` accepts."""
    for buffer in asked(RULES, NUMBERS[table[0]], _names(table[1])):
        for dummy, start, end in messages(buffer):
            if matters(bytes(buffer[start:end])):
                found = attributes(buffer, start + GENERIC.size, end)
                place = FAMILIES.get(buffer[start], ""), name(found.get(1)), name(found.get(2))
                if place[:2] == table:
                    yield place, big(found.get(3)), bytes(found.get(4, b"")), bytes(found.get(7, b""))


def _names(*names: str) -> bytes:
    """Return the attributes that choose a table, and a set in it."""
    raw = (text.encode("utf-8", "surrogateescape") + b"\0" for text in names)
    return b"".join(attribute(kind, text) for kind, text in enumerate(raw, 1))


def elements(asked: Ask, key: Key) -> t.Iterator[Element]:
    """Yield the elements of a set. Raises OSError, with ENOENT when it has gone."""
    for payload in _element_lists(asked, key):
        yield from _elements(payload)


def _elements(payload: memoryview) -> t.Iterator[Element]:
    for dummy, start, end in places(payload, 0, len(payload)):
        found = attributes(payload, start, end)
        verdict, last = nested(nested(found.get(2)).get(2)), nested(found.get(10)).get(1)
        yield Element(
            bytes(nested(found.get(1)).get(1, b"")),
            None if last is None else bytes(last),
            bool(big(found.get(3)) & INTERVAL_END),
            signed(verdict[1]) if 1 in verdict else None,
            name(verdict.get(2)),
        )


def count(asked: Ask, key: Key) -> int:
    """Return how many elements a set has."""
    return sum(1 for payload in _element_lists(asked, key) for dummy in places(payload, 0, len(payload)))


def verdicts(asked: Ask, key: Key) -> tuple[bool, set[str]]:
    """Return whether a map of verdicts drops anything, and the chains that it sends packets to."""
    drops = False
    targets: set[str] = set()
    for payload in _element_lists(asked, key):
        content = bytes(payload)
        drops = drops or DROPPING in content
        if SENDING in content:
            targets.update(element.target for element in _elements(payload))
    return drops, targets - {""}


def _element_lists(asked: Ask, key: Key) -> t.Iterator[memoryview]:
    for dummy, found in objects(asked(ELEMENTS, NUMBERS[key[0]], _names(*key[1:]))):
        if 3 in found:
            yield found[3]


def signed(payload: memoryview | bytes) -> int:
    """Return an attribute that is a signed number in network order, as verdicts are."""
    return int.from_bytes(payload, "big", signed=True)
