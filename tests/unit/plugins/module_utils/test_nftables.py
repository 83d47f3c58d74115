# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of nftables out of recorded answers of a kernel."""

from __future__ import annotations

import errno
import json
import pathlib
import struct
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _netlink,
    _nfnetlink,
    _nft_expressions,
    _nft_sets,
    _nft_values,
    _nftables,
)

FIXTURES = pathlib.Path(__file__).parents[3] / "fixtures" / "firewall"
KERNELS = sorted(path.stem for path in FIXTURES.glob("nftables-linux-*.bin"))


def replay(content: bytes) -> _nfnetlink.Ask:
    """Return what asks a recording as one asks the kernel: for the messages of a kind that hold given attributes."""

    def asked(kind: int, family: int, body: bytes) -> t.Iterator[memoryview]:
        view = memoryview(content)
        for found, start, end in _netlink.messages(view):
            if found & 0xFF == kind - 1 and family in (0, view[start]) and body in bytes(view[start:end]):
                yield view[start - _netlink.HEADER.size : end]

    return asked


def load(case: str) -> tuple[_nfnetlink.Ask, _nftables.Ruleset]:
    asked = replay((FIXTURES / (case + ".bin")).read_bytes())
    return asked, _nftables.load(_nfnetlink.chains(asked(_nfnetlink.CHAINS, 0, b"")), asked)


@pytest.mark.parametrize("case", KERNELS)
def test_recorded_rulesets(case: str) -> None:
    dummy, ruleset = load(case)
    expected = json.loads((FIXTURES / (case + ".json")).read_text(encoding="utf-8"))
    for name, rules in (("blocking", ruleset.blocking), ("translating", ruleset.translating)):
        assert [_nftables.told(rule, ruleset.sets) for rule in rules] == expected[name]


@pytest.mark.parametrize("case", KERNELS)
def test_rules_about_invalid_packets_are_known_before_they_are_told(case: str) -> None:
    dummy, ruleset = load(case)
    told = [_nftables.told(rule, ruleset.sets) for rule in ruleset.blocking]
    expected = [rule["handle"] for rule in told if rule.get("ct_state") == "invalid"]
    assert [rule["handle"] for rule in ruleset.blocking if rule.get("invalid")] == expected != []


@pytest.mark.parametrize("case", KERNELS)
def test_a_rule_that_ends_early_is_read_as_far_as_it_goes(case: str) -> None:
    asked, ruleset = load(case)
    for place, dummy, expressions, user_data in _nfnetlink.rules(asked, ("inet", "f"), bool):
        for length in range(0, len(expressions), 3):
            reading = _nft_expressions.read(place, ruleset.sets, expressions[:length])
            if reading:
                rule = _nftables._rule(reading, 1, expressions[:length], user_data[: length % 9])
                json.dumps(_nftables.told(rule, ruleset.sets))


def message(kind: int, body: bytes) -> bytes:
    """Return a message about an object of the family inet."""
    payload = struct.pack("=BBH", 1, 0, 0) + body
    return _netlink.HEADER.pack(16 + len(payload), _nfnetlink.SUBSYSTEM | kind, 2, 1, 0) + payload


def elements(keys: t.Iterable[bytes]) -> bytes:
    """Return the elements of the set `s` in the table `t`."""
    attribute = _netlink.attribute
    listed = b"".join(attribute(1, attribute(1, attribute(1, key))) for key in keys)
    return message(12, attribute(1, b"t\0") + attribute(2, b"s\0") + attribute(3, listed))


STRANGE = b"<b>\x1b[31m\xff\n{{ 7 * 7 }}\xe2\x80\xae"
"""What who may write rules can call a table, a chain, a set, a link, or write in a comment."""


def test_names_of_strangers_stay_text() -> None:
    register, equal = (1, struct.pack(">I", 8)), (2, struct.pack(">I", 0))
    name = _netlink.attribute(3, _netlink.attribute(1, STRANGE[:15] + b"\0"))
    link = expression("meta", (2, struct.pack(">I", 6)), register) + expression("cmp", register, equal, (3, name[4:]))
    in_set = expression(
        "payload", register, (2, struct.pack(">I", 1)), (3, struct.pack(">I", 12)), (4, struct.pack(">I", 4))
    )
    in_set += expression("lookup", (1, STRANGE + b"\0"), (2, struct.pack(">I", 8)))
    verdict = _netlink.attribute(2, _netlink.attribute(1, struct.pack(">i", 0)))
    drop = expression("immediate", (1, struct.pack(">I", 0)), (2, verdict))
    key = ("ip", _nfnetlink.name(STRANGE), _nfnetlink.name(STRANGE))
    sets = _nft_sets.Sets(replay(b""), {key: _nfnetlink.Set(0, 4)})
    written = link + in_set + drop
    reading = _nft_expressions.read(key, sets, written)
    assert reading is not None
    rule = _nftables._rule(reading, 3, written, bytes([0, len(STRANGE) + 1]) + STRANGE + b"\0")
    told = _nftables.told(rule, sets)
    assert {"table", "chain", "comment", "source", "in_interface"} <= set(told)
    for field in ("table", "chain", "comment", "source", "in_interface"):
        assert told[field].isprintable() and told[field].isascii() and "<b>" in told[field], told[field]
        assert len(told[field]) <= 120
    json.dumps(told)


KEY = ("inet", "t", "s")
MANY = [struct.pack(">I", number) for number in range(1000)]


def test_a_large_set_is_counted_but_not_told() -> None:
    asked = replay(b"".join(elements(MANY) for dummy in range(5)))
    sets = _nft_sets.Sets(asked, {KEY: _nfnetlink.Set(_nfnetlink.ANONYMOUS, 4)})
    assert sets.elements(KEY) is None
    assert sets.banned(lambda table: table == "t") == 0
    assert _nft_sets.Sets(asked, {KEY: _nfnetlink.Set(0, 4)}).banned(lambda table: table == "t") == 5000
    source = _nft_values.Match(_nft_values.Load("source", "ipv4", 4), True, set="s")
    assert _nft_values.shown(source, lambda dummy: sets.written(KEY)) == "@s"


def test_a_set_that_has_gone_is_named_only() -> None:
    def asked(*dummy: object) -> t.Iterator[memoryview]:
        raise _netlink.KernelError(errno.ENOENT, "netlink: no such set")

    sets = _nft_sets.Sets(asked, {KEY: _nfnetlink.Set(_nfnetlink.ANONYMOUS, 4)})
    assert (sets.written(KEY), sets.verdicts(KEY), sets.banned(bool)) == (None, (False, set()), 0)


def expression(name: str, *attributes: tuple[int, bytes]) -> bytes:
    """Return an expression as an element of a rule's list."""
    data = b"".join(_netlink.attribute(kind, payload) for kind, payload in attributes)
    return _netlink.attribute(1, _netlink.attribute(1, name.encode() + b"\0") + _netlink.attribute(2, data))


@pytest.mark.parametrize(
    ("family", "kind", "expected"),
    [
        pytest.param("ip", 7, "tcp-reset", id="tcp-reset"),
        pytest.param("ip6", 6, "tcp-reset", id="tcp-reset of ip6tables"),
        pytest.param("ip", 3, "icmp", id="another answer"),
    ],
)
def test_rules_of_iptables_in_nftables(family: str, kind: int, expected: str) -> None:
    written = expression("match", (1, b"multiport\0"), (3, bytes(48)))
    written += expression("target", (1, b"REJECT\0"), (3, struct.pack("=I", kind)))
    reading = _nft_expressions.read((family, "filter", "INPUT"), _nft_sets.Sets(replay(b""), {}), written)
    assert reading and _nft_expressions.matters(written)
    assert reading.rule == {"action": "reject", "reject_type": expected, "packets": None, "xtables": True}


@pytest.mark.parametrize(
    ("low", "high", "mask", "expected"),
    [
        pytest.param("0a000000", "0a000000", None, "10.0.0.0", id="address"),
        pytest.param("0a", "0a", None, "10.0.0.0/8", id="the first byte alone"),
        pytest.param("0a08", "0a08", "fff8", "10.8.0.0/13", id="a mask on two bytes"),
        pytest.param("0a000001", "0a000001", "ff0000ff", "10.0.0.1-10.255.255.1", id="a mask with a hole"),
        pytest.param("0a000000", "0a0000ff", None, "10.0.0.0/24", id="a range that is a prefix"),
        pytest.param("0a000001", "0a000100", None, "10.0.0.1-10.0.1.0", id="a range of the length of a prefix"),
        pytest.param("0a000001", None, None, "10.0.0.1-255.255.255.255", id="open"),
    ],
)
def test_addresses(low: str, high: str | None, mask: str | None, expected: str) -> None:
    kept = bytes.fromhex(mask) if mask else None
    load_of = _nft_values.Load("source", "ipv4", len(low) // 2, kept)
    match = _nft_values.Match(load_of, True, bytes.fromhex(low), None if high is None else bytes.fromhex(high))
    assert _nft_values.shown(match, lambda dummy: None) == expected
