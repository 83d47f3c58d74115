# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of sshd's messages, and what they tell of the peer."""

from __future__ import annotations

import json
import pathlib

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _sshd_kinds, _sshd_tally
from ansible_collections.netdoctor.connection_reset.plugins.module_utils._sshd_connections import Record

FIXTURES = pathlib.Path(__file__).parents[3] / "fixtures" / "sshd_log"
EXAMPLES = json.loads((FIXTURES / "messages-openssh-3-to-10.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["line"][:60])
def test_a_message_has_its_kind_and_tells_of_its_peer(example: dict[str, object]) -> None:
    program, line = str(example["program"]), str(example["line"]).encode()
    kind = _sshd_tally.Tally().kind(Record(0, program, 1, line))
    assert kind == example["kind"]
    if kind not in (None, "debug"):
        found = _sshd_kinds.kinds_of(program).details(kind, _sshd_kinds.parse_message(line).body)
        told = {key: found[key].decode() for key in ("address", "port", "user", "count", "error") if key in found}
        assert told == example["tells"]


def test_every_kind_has_an_example() -> None:
    tables = [_sshd_kinds.SSHD, *_sshd_kinds.PROGRAMS.values()]
    kinds = {kind for table in tables for kind in table.kinds()}
    assert kinds - {example["kind"] for example in EXAMPLES} == set()


def test_the_catalogue_of_openssh_is_whole() -> None:
    kinds = set(_sshd_kinds.SSHD.kinds()) - _sshd_kinds.OTHER_KINDS
    assert len(kinds) + 5 + 1 + 1 + 1 == 89  # SFTP, systemd-logind, systemd, and session-connection-closed


@pytest.mark.parametrize("head", sorted(_sshd_kinds.SSHD.decided), ids=lambda head: head.decode())
def test_a_head_that_decides_is_what_the_bulk_pattern_sees(head: bytes) -> None:
    assert _sshd_kinds.SSHD.find(head + b" and more") == _sshd_kinds.SSHD.decided[head]


def test_addresses_lose_the_prefix_of_ipv4_in_ipv6() -> None:
    plain = _sshd_kinds.plain_address
    assert plain(b"::ffff:192.0.2.7") == plain(b"::FFFF:192.0.2.7") == b"192.0.2.7"
    assert plain(b"2001:db8::1") == b"2001:db8::1"
    assert plain(b"fe80::1%eth0") == b"fe80::1%eth0"
    assert plain(b"UNKNOWN") is plain(None) is None
