# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rule of nftables compares: the fields it loads, and the values it holds them against, as text of nft(8)."""

from __future__ import annotations

import socket
import sys
import typing as t

from ._nfnetlink import DROP, Element, big
from ._text import clean

MAX_SHOWN = 16
CT_STATES = {1: "invalid", 2: "established", 4: "related", 8: "new", 64: "untracked"}
TCP_FLAGS = {1: "fin", 2: "syn", 4: "rst", 8: "psh", 16: "ack", 32: "urg", 64: "ecn", 128: "cwr"}


class Load(t.NamedTuple):
    """A field in a register: the key of a rule's fact, its kind, its bytes that are there, and the mask laid on it."""

    key: str
    kind: str
    length: int
    mask: bytes | None = None


class Match(t.NamedTuple):
    """What a field is held against: one value, a range, or a set.

    `low` and `high` are equal for one value and None where a range is open. Of the keys of a set the field is the part
    from `start`; `dropping` takes the elements of a verdict map that drop.
    """

    load: Load
    wanted: bool
    low: bytes | None = None
    high: bytes | None = None
    set: str = ""
    start: int = 0
    dropping: bool = False


NETWORK: dict[str, dict[int, Load]] = {
    "ip": {9: Load("protocol", "number", 1), 12: Load("source", "ipv4", 4), 16: Load("destination", "ipv4", 4)},
    "ip6": {6: Load("protocol", "number", 1), 8: Load("source", "ipv6", 16), 24: Load("destination", "ipv6", 16)},
}
TRANSPORT = {
    0: Load("source_ports", "port", 2),
    2: Load("ports", "port", 2),
    13: Load("tcp_flags", "flags", 1),
}
META = {
    1: Load("family", "number", 2),
    4: Load("in_interface", "index", 4),
    5: Load("out_interface", "index", 4),
    6: Load("in_interface", "name", 16),
    7: Load("out_interface", "name", 16),
    15: Load("family", "number", 1),
    16: Load("protocol", "number", 1),
}
"""Fields by place in the header, or by enum nft_meta_keys."""

CT_STATE = Load("ct_state", "state", 4)
UNKNOWN = Load("", "", 0)
SHOWN = {"ports", "source_ports", "source", "destination", "in_interface", "out_interface", "ct_state", "tcp_flags"}


def fields(layout: t.Mapping[int, Load], offset: int, length: int) -> list[Load]:
    """Return the fields that `length` bytes of a header from `offset` hold; nothing when they are no whole fields.

    Of the last, an address, it may be the beginning only: nft writes `10.0.0.0/8` as the comparison of one byte.
    """
    found = []
    while length > 0:
        field = layout.get(offset)
        if field is None or (length < field.length and not field.kind.startswith("ip")):
            return []
        found.append(field._replace(length=min(length, field.length)))
        offset, length = offset + field.length, length - field.length
    return found


def shown(match: Match, elements: t.Callable[[str], t.Sequence[Element] | None]) -> str:
    """Return a match as text: `22`, `1-1024`, `not 10.0.0.0/8`, `@set`; empty when it cannot be told.

    `elements` gives those of a set that belongs to one rule, and None for a set with a name and one too large to tell.
    """
    sign = "" if match.wanted else "not "
    if not match.set:
        return _range(match, match.low, match.high, sign)
    found = elements(match.set)
    if found is None:
        return clean("%s@%s" % (sign, match.set), 80)
    ranges = [entry for entry in intervals(found) if not match.dropping or entry[2] == DROP]
    part = slice(match.start, match.start + match.load.length)
    texts = [_range(match, low[part], high and high[part], "") for low, high, dummy in ranges]
    return sign + _listed([text for text in dict.fromkeys(texts) if text], match.set)


def _listed(texts: list[str], name: str) -> str:
    """Return values with commas; of many only the first, behind the name of their set to say that there are more."""
    if len(texts) <= MAX_SHOWN:
        return ", ".join(texts)
    return clean("@%s of %d: %s, ..." % (name, len(texts), ", ".join(texts[:MAX_SHOWN])), 320)


def intervals(found: t.Sequence[Element]) -> list[tuple[bytes, bytes | None, int | None]]:
    """Return (first key, last key, verdict) of elements in the order of their keys; the last is None without an end."""
    if not any(element.ends for element in found):
        return sorted((item.key, item.key_end or item.key, item.verdict) for item in found)
    ranges: list[tuple[bytes, bytes | None, int | None]] = []
    for item in sorted(found, key=lambda item: (item.key, not item.ends)):
        if ranges and ranges[-1][1] is None:  # ends here; without an element of its own where the next one begins
            ranges[-1] = (ranges[-1][0], step(item.key, -1), ranges[-1][2])
        if not item.ends:
            ranges.append((item.key, None, item.verdict))
    return ranges


def step(value: bytes, by: int) -> bytes:
    """Return the number before or behind one in network order."""
    return ((int.from_bytes(value, "big") + by) % (1 << 8 * len(value))).to_bytes(len(value), "big")


def _range(match: Match, low: bytes | None, high: bytes | None, sign: str) -> str:
    load = match.load
    if load.kind == "port" and not load.mask:
        first, last = big(low), 0xFFFF if high is None else big(high)
        return sign + (str(first) if first == last else "%d-%d" % (first, last))
    if load.kind.startswith("ip"):
        return sign + _addresses(load, low or b"", high)
    if load.kind == "name" and low is not None and low != high:
        return sign + _interface(low.rstrip(b"\0"))
    if load.kind in ONE_VALUE and low is not None and low == high:
        return sign + ONE_VALUE[load.kind](low)
    return ""


def _addresses(load: Load, low: bytes, high: bytes | None) -> str:
    """Return an address, a prefix, or `first-last`; of a short or masked value the prefix that it stands for."""
    width = 4 if load.kind == "ipv4" else 16
    first, last = low.ljust(width, b"\0"), b"\xff" * width if high is None else high.ljust(width, b"\xff")
    if load.mask and low == high:
        last = (
            int.from_bytes(first, "big") | ~int.from_bytes(load.mask.ljust(width, b"\0"), "big") % (1 << 8 * width)
        ).to_bytes(width, "big")
    family = socket.AF_INET if width == 4 else socket.AF_INET6
    texts = [socket.inet_ntop(family, value) for value in (first, last)]
    span = int.from_bytes(last, "big") - int.from_bytes(first, "big") + 1
    if span == 1:
        return texts[0]
    aligned = span > 0 and span & (span - 1) == 0 and int.from_bytes(first, "big") % span == 0
    return "%s/%d" % (texts[0], 8 * width - span.bit_length() + 1) if aligned else "-".join(texts)


def _bits(names: t.Mapping[int, str], value: int) -> str:
    return ", ".join(text for bit, text in names.items() if value & bit)


def _interface(value: bytes) -> str:
    """Return the name of a link; what is compared without its NUL is the beginning of a name."""
    text, end, dummy = value.partition(b"\0")
    return clean(text, 64) + ("" if end else "*")


def _indexed(value: bytes) -> str:
    index = int.from_bytes(value, sys.byteorder)
    try:
        return clean(socket.if_indextoname(index), 64)
    except OSError:
        return str(index)


ONE_VALUE: dict[str, t.Callable[[bytes], str]] = {
    "state": lambda value: _bits(CT_STATES, int.from_bytes(value, sys.byteorder)),
    "flags": lambda value: _bits(TCP_FLAGS, big(value)),
    "name": _interface,
    "index": _indexed,
}
"""How a value of a kind that has no order is written."""
