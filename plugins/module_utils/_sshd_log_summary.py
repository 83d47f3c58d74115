# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of sshd as a fact: what was counted, within bounds."""

from __future__ import annotations

import typing as t

from ._bounds import FAMILY_BYTES, shrink, size_bytes, take
from ._sshd_account import Account
from ._sshd_connections import Record
from ._sshd_kinds import PREAUTH_KINDS, kinds_of, parse_message, plain_address
from ._text import clean
from ._utc import iso

FACT = "peer_sshd_log"
MESSAGE_CHARACTERS = 200
SAMPLE_CHARACTERS = 120
LATEST_SHOWN = 16
LEVELS = ("DEBUG", "VERBOSE")
NOTHING: dict[str, t.Any] = {
    "total": None,
    "preauth": None,
    "after_login": None,
    "without_address": None,
    "by_reason": None,
    "by_address": [],
    "addresses": None,
    "truncated": False,
    "newest": [],
}
"""A ledger of a log that could not be read: unknown is not zero."""


def summary(
    account: Account | None, sources: list[dict[str, str]], since: float | None, until: float, newest: int
) -> dict[str, t.Any]:
    """Return the fact; the list of events takes the room that the rest leaves."""
    window = {"since": None if since is None else iso(since), "until": iso(until)}
    fact: dict[str, t.Any] = {"sources": sources, "window": window}
    fact.update(_unread() if account is None else _read(account))
    told = [] if account is None else account.told[::-1]
    room = FAMILY_BYTES - size_bytes(fact) - len(', "events": ')
    fact["events"] = take((event(record, kind) for record, kind in told[:newest]), max(room, 0))
    shrink({FACT: fact}, FAMILY_BYTES)
    return fact


def _unread() -> dict[str, t.Any]:
    return {
        "lines_scanned": 0,
        "bytes_scanned": 0,
        "lines_matched": None,
        "coverage": {"from": None, "complete": None},
        "counts": None,
        "other_counts": None,
        "resets": dict(NOTHING),
        "drops": {**NOTHING, "fewest_startups": None},
        "broken_pipes": None,
        "programs": [],
        "log_level": None,
        "session_resets_logged": None,
        "unmatched": {"count": None, "samples": []},
        "latest": [],
    }


def _read(account: Account) -> dict[str, t.Any]:
    tally = account.tally
    recent = sorted(tally.latest.items(), key=lambda item: -item[1].when)[:LATEST_SHOWN]
    return {
        "lines_scanned": account.lines,
        "bytes_scanned": account.bytes,
        "lines_matched": sum(tally.counts.values()) + sum(tally.others.values()),
        "coverage": {
            "from": None if account.begins is None else iso(account.begins),
            "complete": account.complete,
        },
        "counts": dict(sorted(tally.counts.items())),
        "other_counts": dict(sorted(tally.others.items())),
        "resets": tally.connections.resets.facts(),
        "drops": {**tally.connections.drops.facts(), "fewest_startups": tally.connections.fewest_startups},
        "broken_pipes": tally.connections.broken_pipes,
        "programs": sorted(tally.programs),
        "log_level": next((level for level in LEVELS if level in tally.levels), "INFO" if tally.programs else None),
        "session_resets_logged": _session_resets_logged(tally.programs, tally.levels),
        "unmatched": {
            "count": tally.unmatched,
            "samples": [clean(sample, SAMPLE_CHARACTERS) for sample in tally.samples],
        },
        "latest": [_latest(kind, record) for kind, record in recent],
    }


def _session_resets_logged(programs: set[str], levels: set[str]) -> bool | None:
    """Return whether a reset of a logged-in session would have left a line: since 9.8, before at VERBOSE only."""
    if levels or "sshd-session" in programs:
        return True
    return False if "sshd" in programs else None


def _latest(kind: str, record: Record) -> dict[str, t.Any]:
    return {"kind": kind, "time": iso(record.when), "message": clean(record.message, SAMPLE_CHARACTERS)}


def event(record: Record, kind: str) -> dict[str, t.Any]:
    """Return a line as plain data; what it does not tell is None."""
    message = parse_message(record.message)
    found = kinds_of(record.program).details(kind, message.body) if kind != "debug" else {}
    address = plain_address(found["address"]) if "address" in found else None
    port = found.get("port")
    return {
        "time": iso(record.when),
        "pid": record.pid,
        "ident": record.program,
        "kind": kind,
        "address": clean(address, 64) if address else None,
        "port": int(port) if port else None,
        "user": clean(found["user"], 64) if "user" in found else None,
        "preauth": message.stage == b"preauth" or kind in PREAUTH_KINDS,
        "message": clean(record.message, MESSAGE_CHARACTERS),
    }
