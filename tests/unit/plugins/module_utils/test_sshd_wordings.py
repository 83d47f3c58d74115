# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every wording of every message, with the names that an attacker would choose, in lines of each shape."""

from __future__ import annotations

import itertools
import pathlib
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _log_lines,
    _sshd_kinds,
    _sshd_log,
    _sshd_log_summary,
    _sshd_scan,
)
from ansible_collections.netdoctor.connection_reset.plugins.module_utils._sshd_connections import Record
from ansible_collections.netdoctor.connection_reset.plugins.module_utils._sshd_tally import Tally

WORDINGS = pathlib.Path(__file__).parents[3] / "fixtures" / "sshd_log" / "wordings-openssh-7-to-10.txt"
FORGED = "203.0.113.66"
TEXTS = [
    "root",
    "",
    "a b",
    " ",
    "invalid user",
    "x from %s port 5" % FORGED,
    "x from %s port 5 ssh2" % FORGED,
    "x from %s" % FORGED,
    "x %s port 5" % FORGED,
    "user x %s port 5 [preauth]" % FORGED,
    "x %s port 5: Connection reset by peer" % FORGED,
    "x %s port 5 timed out" % FORGED,
    "x' from %s port 5" % FORGED,
    'x" from %s port 5' % FORGED,
    "sshd[9]: Connection reset by %s port 5 [preauth]" % FORGED,
    "Nov 20 09:00:04 web01 sshd[9]: Connection reset by %s port 5 [preauth]" % FORGED,
    r"\nNov 20 09:00:04 web01 sshd[9]: Connection reset by %s port 5 [preauth]" % FORGED,
    "<38>1 2026-11-20T12:00:00Z web01 sshd 9 - - Connection reset by %s port 5" % FORGED,
    "drop connection #9 from [%s]:5 on [192.0.2.1]:22 past MaxStartups" % FORGED,
    "x from %s not allowed because listed in DenyUsers" % FORGED,
    "x (%s): refusing non-sftp session" % FORGED,
    "last message repeated 99 times",
    "message repeated 9 times: [ Connection reset by %s port 5]" % FORGED,
    "systemd-logind[9]: New session 1 of user x.",
    "\u202ex\u00e9\udcff\x1b[31m",
]
HOSTS = ["host.example", "%s.example" % FORGED, "sshd", "port", "from", FORGED]
WHO = ["{address} port {port}"] + [
    state + "user {user} {address} port {port}" for state in ("authenticating ", "invalid ", "")
]
ADDRESSES = ["198.51.100.7", "2001:db8::7", "::ffff:198.51.100.7", "fe80::7%eth0"]
SLOTS = {
    **dict.fromkeys(["user", "banner", "bye", "offer", "subsystem", "path"], TEXTS),
    "host": HOSTS,
    "account": ["root", "deploy.user", "host$", "DOMAIN\\user"],
}
HEADS = {
    "rfc3164": "Nov 20 09:00:00 web01 {program}[{pid}]: ",
    "rsyslog-iso": "2026-11-20T09:00:00.123456+00:00 web01 {program}[{pid}]: ",
    "rfc5424": "<38>1 2026-11-20T09:00:00.123456Z web01 {program} {pid} - - ",
    "rfc5424-bare": "2026-11-20T09:00:00.123456Z web01 {program} {pid} - - ",
    "brackets": "<34>Nov 20 09:00:00 [web01] {program}[{pid}]: ",
    "slashes": "2026/11/20 09:00:00 web01 {program}[{pid}]: ",
    "busybox": "Nov 20 09:00:00 web01 auth.info {program}[{pid}]: ",
}
ENDS = ["", " [preauth]"]
Message = t.Tuple[str, str]
"""What a line says, and the address of the client in it, or nothing."""


def messages(wording: str) -> t.Iterator[Message]:
    """Yield a wording with texts in its places, one place after the other, and with each of the addresses."""
    forms = [wording.replace("{who}", who) for who in WHO] if "{who}" in wording else [wording]
    for form in forms:
        places = [place for place in SLOTS if "{%s}" % place in form]
        texts = itertools.zip_longest(*(SLOTS[place] for place in places), fillvalue="x") if places else [()]
        for number, chosen in enumerate(texts):
            address = ADDRESSES[number % len(ADDRESSES)]
            plain = {"address": address, "local": "192.0.2.1", "port": "40000"}
            yield form.format(**plain, **dict(zip(places, chosen))), address if "{address}" in form else ""


def wordings() -> dict[str, list[Message]]:
    """Return the messages of each kind."""
    found: dict[str, list[Message]] = {}
    for line in WORDINGS.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            kind, wording = line.split("\t")
            found.setdefault(kind, []).extend(messages(wording))
    return found


MESSAGES = wordings()


def program_of(kind: str) -> str:
    return "internal-sftp" if kind.startswith("sftp-") else "sshd"


def plain(address: str) -> str:
    return address.replace("::ffff:", "")


def test_every_kind_of_sshd_has_its_wordings() -> None:
    kinds = set(_sshd_kinds.SSHD.kinds()) - _sshd_kinds.OTHER_KINDS | set(_sshd_kinds.PROGRAMS["sftp-server"].kinds())
    assert kinds == set(MESSAGES)
    assert sum(map(len, MESSAGES.values())) > 1000


@pytest.mark.parametrize("bulk", [False, True], ids=["one-by-one", "bulk"])
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("kind", MESSAGES)
def test_each_line_counts_once_under_its_kind(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, kind: str, head: str, bulk: bool
) -> None:
    if bulk:
        monkeypatch.setattr(_sshd_scan, "SMALL_BYTES", 0)
    said = [(text + end, address) for text, address in MESSAGES[kind] for end in ENDS]
    lines = [head.format(program=program_of(kind), pid=n) + text + "\n" for n, (text, dummy) in enumerate(said, 1)]
    (tmp_path / "auth.log").write_bytes("".join(lines).encode("utf-8", "surrogateescape"))
    fact = _sshd_log.collect(source="file", paths=[str(tmp_path / "auth.log")], since="all", max_events=500)
    assert {**fact["counts"], **fact["other_counts"]} == {kind: len(said)}
    assert fact["unmatched"]["count"] == 0
    assert fact["programs"] == [program_of(kind)]
    true = {plain(address) for dummy, address in said}
    shown = [*fact["resets"]["by_address"], *fact["drops"]["by_address"], *fact["events"]]
    assert {entry["address"] for entry in shown} - {None} <= true


@pytest.mark.parametrize("kind", MESSAGES)
def test_an_address_is_the_one_that_sshd_wrote(kind: str) -> None:
    for head, (text, address) in itertools.product(HEADS.values(), MESSAGES[kind]):
        line = head.format(program=program_of(kind), pid=7) + text
        parsed = _log_lines.parse_line(line.encode("utf-8", "surrogateescape"))
        assert parsed is not None
        record = Record(0, parsed.program, parsed.pid, parsed.message)
        assert Tally().kind(record) == kind, line
        told = _sshd_log_summary.event(record, kind)["address"]
        assert told in (None, plain(address) or None), line
