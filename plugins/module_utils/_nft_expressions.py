# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The expressions of a rule of nftables, run over registers as the kernel does: which fields are held against what."""

from __future__ import annotations

import functools
import struct
import typing as t

from . import _nft_actions as actions
from ._netlink import ATTRIBUTE, attributes
from ._nfnetlink import DROP, DROPPING, SENDING, Key, big, name
from ._nft_sets import Sets
from ._nft_values import CT_STATE, META, NETWORK, SHOWN, TRANSPORT, UNKNOWN, Load, Match, fields, intervals, step

Attributes = t.Mapping[int, bytes]

TCP = b"\x06"
EQUAL, NOT_EQUAL, LESS, AT_MOST, MORE, AT_LEAST = range(6)
NETWORK_HEADER, TRANSPORT_HEADER = 1, 2
FIRST_ADDRESS = 12
"""Offset of the source in a header of IPv4; in IPv6 it is 8."""

VERDICT = 0
"""The register of verdicts."""

VERSIONS = {b"\x02": "ip", b"\x0a": "ip6", b"\x08\x00": "ip", b"\x86\xdd": "ip6"}
"""What a comparison of the address family or of the Ethernet type says about the packets behind it."""

MATTERS = (
    DROPPING,
    SENDING,
    ATTRIBUTE.pack(8, 3) + b"\0\0\0\0",
    b"reject\0",
    b"nat\0",
    b"masq\0",
    b"redir\0",
    b"target\0",
)
"""One of these stands in every rule that drops, rejects, translates or sends packets to a chain or a map of verdicts,
and in few others: a verdict as an attribute, the register of verdicts, the name of an expression."""


COUNTER = ATTRIBUTE.pack(12, 1) + b"counter\0" + ATTRIBUTE.pack(28, 0x8002) + ATTRIBUTE.pack(12, 1)
COUNTS = struct.Struct(">Q4xQ")
"""A counter up to its bytes, and bytes and packets; read apart, because hardly two are alike."""

CMP = ATTRIBUTE.pack(8, 1) + b"cmp\0"
"""How a comparison begins."""


class Reading(t.NamedTuple):
    """A rule while its expressions are read: its place, what it says, what is in the registers, what it compares.

    `known` holds the family of the packets once it was compared. `targets` are chains that it sends packets to. Values
    that only say which packets of TCP are meant are left out unless `telling`: few rules of many are told.
    """

    place: Key
    sets: Sets
    telling: bool
    rule: dict[str, t.Any]
    registers: dict[int, tuple[Load, ...]]
    known: dict[str, str]
    matches: list[Match]
    targets: set[str]


Step = t.Callable[[Reading], bool]
"""What one expression does to a reading; False when no packet of TCP passes it."""


def matters(message: bytes) -> bool:
    """Return whether a rule may say anything; most rules that accept do not, and need not be read."""
    for text in MATTERS:
        if text in message:
            return True
    return False


def read(place: Key, sets: Sets, expressions: bytes, telling: bool = False) -> Reading | None:
    """Return what the expressions of a rule of the chain `place` say, or None when no packet of TCP gets to the end."""
    reading = Reading(place, sets, telling, {"action": None, "packets": None}, {}, {}, [], set())
    return reading if run(reading, expressions) else None


def run(reading: Reading, expressions: bytes) -> bool:
    """Read a list of expressions; return whether a packet of TCP can pass all of them."""
    end, offset, unpack, decisive = len(expressions), 0, ATTRIBUTE.unpack_from, True
    while offset + ATTRIBUTE.size <= end:
        length = unpack(expressions, offset)[0]
        if length < ATTRIBUTE.size or offset + length > end:
            break
        payload = expressions[offset + ATTRIBUTE.size : offset + length]
        if payload[: len(COUNTER)] == COUNTER and length == ATTRIBUTE.size + len(COUNTER) + COUNTS.size:
            size, packets = COUNTS.unpack_from(payload, len(COUNTER))
            reading.rule.update(packets=packets, bytes=size)
        elif decisive or reading.telling or payload[: len(CMP)] != CMP:
            step_of_payload, changes = expression(payload)
            decisive = decisive if changes is None else changes
            if not step_of_payload(reading):
                return False
        offset += (length + 3) & ~3
    return True


@functools.lru_cache(maxsize=1024)
def expression(payload: bytes) -> tuple[Step, bool | None]:
    """Return what an expression does, and what `_is_decisive` says; most are the same in many rules."""
    outer = attributes(payload, 0, len(payload))
    data = outer.get(2, b"")
    kind = name(outer.get(1))
    found = attributes(data, 0, len(data))
    return STEPS.get(kind, _other)(found), _is_decisive(kind, found)


def _is_decisive(kind: str, found: Attributes) -> bool | None:
    """Return whether an expression loads what must be compared at once, or None when it leaves the question as it was.

    That is a protocol or family, which may keep TCP out (in a header they stand in front of the addresses), and the
    state of a connection, which says how much a rule matters.
    """
    if kind in ("bitwise", "cmp"):
        return None
    if kind == "meta":
        return META.get(big(found.get(2)), UNKNOWN).key not in SHOWN
    in_header = big(found.get(2)) == NETWORK_HEADER and big(found.get(3)) < FIRST_ADDRESS
    return kind == "ct" or (kind == "payload" and in_header)


def _register(found: Attributes, kind: int) -> int:
    """Return the number of a register of 4 bytes; the first four numbers of old are registers of 16."""
    return _number(found.get(kind, b""))


def _number(register: bytes) -> int:
    number = int.from_bytes(register, "big")
    return (number - 1) * 4 if number <= 4 else number - 8


def _value(found: Attributes, kind: int) -> bytes:
    payload = found.get(kind, b"")
    return attributes(payload, 0, len(payload)).get(1, b"")


def _nothing(dummy: Reading) -> bool:
    return True


def _other(dummy: Attributes) -> Step:
    """Forget the registers: an expression that is not known here may have written to one."""

    def forget(reading: Reading) -> bool:
        reading.registers.clear()
        return True

    return forget


def _keep(register: int, loads: t.Sequence[Load], reading: Reading) -> bool:
    reading.registers[register] = tuple(loads) or (UNKNOWN,)
    return True


def _meta(found: Attributes) -> Step:
    if 1 not in found:
        return _nothing
    return functools.partial(_keep, _register(found, 1), (META.get(big(found.get(2)), UNKNOWN),))


def _ct(found: Attributes) -> Step:
    if 1 not in found:
        return _nothing
    return functools.partial(_keep, _register(found, 1), (UNKNOWN if big(found.get(2)) else CT_STATE,))


def family(reading: Reading) -> str:
    """Return `ip` or `ip6`, as the table or a comparison in front says; ip when nothing does."""
    return reading.place[0] if reading.place[0] in NETWORK else reading.known.get("family", "ip")


def _payload(found: Attributes) -> Step:
    if 1 not in found:
        return _nothing
    register, header = _register(found, 1), big(found.get(2))
    offset, length = big(found.get(3)), big(found.get(4))
    if header != NETWORK_HEADER:
        layout = TRANSPORT if header == TRANSPORT_HEADER else {}
        return functools.partial(_keep, register, fields(layout, offset, length))
    loads = {version: fields(NETWORK[version], offset, length) for version in NETWORK}
    return lambda reading: _keep(register, loads[family(reading)], reading)


def _bitwise(found: Attributes) -> Step:
    """Lay a mask on a field; what is shifted or flipped is no field any more."""
    source, target, mask = _register(found, 1), _register(found, 2), _value(found, 4)
    plain = not big(found.get(6)) and not any(_value(found, 5))

    def lay(reading: Reading) -> bool:
        loads = reading.registers.get(source, ())
        masked = [loads[0]._replace(mask=mask)] if plain and len(loads) == 1 else []
        return _keep(target, masked, reading)

    return lay


def _cmp(found: Attributes) -> Step:
    return functools.partial(_compare, _register(found, 1), big(found.get(2)), _value(found, 3))


def _compare(register: int, operator: int, data: bytes, reading: Reading) -> bool:
    """Keep a comparison of the fields in a register; return False when TCP does not pass it."""
    for load in reading.registers.get(register, ()):
        part, data = data[: load.length], data[load.length :]
        if load.key in SHOWN:
            _keep_match(reading.matches, load, operator, part)
        elif load.key == "protocol" and operator in (EQUAL, NOT_EQUAL) and (part == TCP) != (operator == EQUAL):
            return False
        elif load.key == "family" and operator == EQUAL and part in VERSIONS:
            reading.known["family"] = VERSIONS[part]
    return True


def _keep_match(matches: list[Match], load: Load, operator: int, data: bytes) -> None:
    if operator in (EQUAL, NOT_EQUAL):
        wanted = operator == EQUAL
        if load.mask and not any(data):  # none of the bits that the mask leaves, or any of them
            wanted, data = not wanted, load.mask
        matches.append(Match(load, wanted, data, data))
    elif operator in (LESS, AT_MOST):
        high = step(data, -1) if operator == LESS else data
        if matches and matches[-1] == Match(load, True, matches[-1].low):
            matches[-1] = matches[-1]._replace(high=high)
        else:
            matches.append(Match(load, True, None, high))
    else:
        matches.append(Match(load, True, step(data, 1) if operator == MORE else data))


def _range(found: Attributes) -> Step:
    register, wanted = _register(found, 1), big(found.get(2)) == EQUAL
    low, high = _value(found, 3), _value(found, 4)

    def compare(reading: Reading) -> bool:
        loads = reading.registers.get(register, ())[:1]
        reading.matches.extend(Match(load, wanted, low, high) for load in loads if load.key in SHOWN)
        return True

    return compare


def _lookup(found: Attributes) -> Step:
    """Look fields up in a set, or what to do in a map of verdicts."""
    wanted = not big(found.get(5)) & actions.INVERTED
    if 3 in found and big(found[3]) == VERDICT:
        return functools.partial(_decide, name(found.get(1)), _register(found, 2))
    target = _register(found, 3) if 3 in found else None
    return functools.partial(_find, name(found.get(1)), _register(found, 2), target, wanted)


def _find(set_name: str, register: int, target: int | None, wanted: bool, reading: Reading) -> bool:
    key = (*reading.place[:2], set_name)
    for start, load in _parts(reading, register, key):
        if load.key in SHOWN:
            reading.matches.append(Match(load, wanted, set=set_name, start=start))
        elif load.key == "protocol" and _has_tcp(reading.sets, key, start, False) != wanted:
            return False
    return True if target is None else _keep(target, (), reading)


def _decide(set_name: str, register: int, reading: Reading) -> bool:
    key = (*reading.place[:2], set_name)
    drops, targets = reading.sets.verdicts(key)
    reading.targets.update(targets)
    for start, load in _parts(reading, register, key):
        if load.key in SHOWN:
            reading.matches.append(Match(load, True, set=set_name, start=start, dropping=True))
        elif load.key == "protocol":
            drops = drops and _has_tcp(reading.sets, key, start, True)
    if drops:
        reading.rule.update(action="drop", match="verdict map")
    return True


def _parts(reading: Reading, register: int, key: Key) -> t.Iterator[tuple[int, Load]]:
    """Yield the fields that make up the key of a set, each with its place in the key; each fills whole registers."""
    known, start = reading.sets.known.get(key), 0
    while start < (known.key_length if known else 0):
        offset = start
        for load in reading.registers.get(register + start // 4, ()):
            yield offset, load
            offset += load.length
        start = max((offset + 3) & ~3, start + 4)


def _has_tcp(sets: Sets, key: Key, start: int, dropping: bool) -> bool:
    """Return whether a set of protocols has TCP in it, or a map drops it; also when the set cannot be read."""
    part = slice(start, start + 1)
    found = sets.elements(key)
    return found is None or any(
        low[part] <= TCP <= (b"\xff" if high is None else high[part]) and (not dropping or verdict == DROP)
        for low, high, verdict in intervals(found)
    )


def _dynset(found: Attributes) -> Step:
    """Read the limit that a rule keeps for each element of a set, as `add @set { ... limit ... }` does."""
    single = found.get(7, b"")
    listed = (ATTRIBUTE.pack(ATTRIBUTE.size + len(single), 1) + single if single else b"") + found.get(10, b"")
    return lambda reading: run(reading, listed)


def _immediate(found: Attributes) -> Step:
    if big(found.get(1)) != VERDICT:
        return functools.partial(_keep, _register(found, 1), ())
    code, target = actions.verdict(found)

    def decide(reading: Reading) -> bool:
        if code == DROP:
            reading.rule["action"] = "drop"
        reading.targets.update([target] if target else [])
        return True

    return decide


def _does(action: t.Callable[[Attributes], dict[str, t.Any]]) -> t.Callable[[Attributes], Step]:
    """Return the maker of steps for an expression that compares nothing, but says something of the rule."""

    def make(found: Attributes) -> Step:
        said = action(found)
        return lambda reading: not reading.rule.update(said)

    return make


def _says_by_family(action: t.Callable[[Attributes, str], dict[str, t.Any]]) -> t.Callable[[Attributes], Step]:
    """Return the same for one whose numbers mean other things in each family."""

    def make(found: Attributes) -> Step:
        said = {version: action(found, version) for version in NETWORK}
        return lambda reading: not reading.rule.update(said[family(reading)])

    return make


STEPS: dict[str, t.Callable[[Attributes], Step]] = {
    "meta": _meta,
    "ct": _ct,
    "payload": _payload,
    "bitwise": _bitwise,
    "cmp": _cmp,
    "range": _range,
    "lookup": _lookup,
    "dynset": _dynset,
    "immediate": _immediate,
    "counter": _does(actions.counter),
    "limit": _does(actions.limit),
    "connlimit": _does(actions.connections),
    "reject": _says_by_family(actions.reject),
    "nat": _does(actions.translation),
    "masq": _does(lambda dummy: {"action": "masquerade"}),
    "redir": _does(lambda dummy: {"action": "redirect"}),
    "match": _says_by_family(actions.extension),
    "target": _says_by_family(actions.extension),
}
"""What makes the step of an expression out of its attributes."""
