# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counting many lines of sshd at once: most are of a few kinds, which their first words decide."""

from __future__ import annotations

import re
import typing as t
from collections import Counter
from operator import itemgetter

from ._log_times import Times
from ._sshd_connections import Lookup, Record
from ._sshd_kinds import SSHD
from ._sshd_pattern import HEAD, TAIL, Rows
from ._sshd_tally import COMMONPLACE, Tally

SUFFIX = re.compile(rb"-session|-auth|")
REST = re.compile(rb"(-session|-auth)?(?:\[(\d+)\]:| (\d+) \S+ -) ?(?:\xef\xbb\xbf)?([^\n]*)")
LOGINS = rb"\[(\d+)\]: Accepted [^\n]*? from ((\S+) port \d+) ssh[^\n]*"
RESETS = (
    rb"(?m)\[(\d+)\]: Connection reset by (?:(?:authenticating user|invalid user|user) [^\n]* )?"
    rb"([^ \n]+) port (\d+)( \[preauth\])?$"
)
RESET_HEAD, CLOSED_HEAD = b"Connection reset", b"Connection closed"
ACCEPTED_HEADS = frozenset(head for head in SSHD.decided if head.startswith(b"Accepted "))
BULK_HEADS = ACCEPTED_HEADS | {RESET_HEAD, CLOSED_HEAD}
HEAD_OF = itemgetter(HEAD)

PLAIN = {head: kind for head, kind in SSHD.decided.items() if kind in COMMONPLACE and head not in BULK_HEADS}
"""Heads of messages of which nothing but their number is kept."""

LookupBefore = t.Callable[[bytes], Lookup]
"""Returns what finds a peer in the lines before the one that ends in these words."""


def heads_of(rows: Rows) -> dict[bytes, int]:
    """Return how many rows have each head."""
    return Counter(map(HEAD_OF, rows))


def record_of(row: tuple[bytes, ...], times: Times) -> Record:
    """Return the line of a row. Raises ValueError for a time that is none."""
    when, match = times.at(b"".join(row[:TAIL])), REST.match(row[TAIL])
    if match is None:
        return Record(when, "sshd", None, row[TAIL])
    suffix, pid, number, message = match.groups()
    return Record(when, "sshd" + (suffix or b"").decode("ascii"), int(pid or number), message)


class Bulk:
    """Counts rows into a tally."""

    def __init__(self, tally: Tally, times: Times) -> None:
        """Count into `tally`, with times by `times`."""
        self.tally = tally
        self.times = times

    def add(self, rows: Rows, heads: dict[bytes, int], lookup: LookupBefore) -> int:
        """Count the rows of a block, whose heads were counted before; return how many have a kind."""
        matched = 0
        for head in PLAIN.keys() & heads.keys():
            self.tally.count(PLAIN[head], heads[head])
            matched += heads.pop(head)
        if rows:
            ends = (t.cast("re.Match[bytes]", SUFFIX.match(row[TAIL])).group() for row in (rows[0], rows[-1]))
            self.tally.programs.update("sshd" + end.decode("ascii") for end in ends)
        if not heads:
            return matched
        return matched + self._undecided([row for row in rows if row[HEAD] in heads], heads, lookup)

    def _undecided(self, rows: Rows, heads: t.Mapping[bytes, int], lookup: LookupBefore) -> int:
        """Count lines that their heads do not decide; return how many have a kind.

        A login comes before what closes its session, and a line without an address before the one that tells it.
        """
        singly: Rows = []
        if heads.keys() & ACCEPTED_HEADS:
            singly += self._accepted([row for row in rows if row[HEAD] in ACCEPTED_HEADS])
        if heads.keys() - BULK_HEADS:
            singly += [row for row in rows if row[HEAD] not in BULK_HEADS]
        strange = self._singly(singly, lookup)
        if RESET_HEAD in heads:
            strange += self._singly(self._reset([row for row in rows if row[HEAD] == RESET_HEAD]), lookup)
        if CLOSED_HEAD in heads:
            strange += self._singly(self._closed([row for row in rows if row[HEAD] == CLOSED_HEAD]), lookup)
        return len(rows) - strange

    def _singly(self, rows: Rows, lookup: LookupBefore) -> int:
        """Count lines one by one; return how many have no kind."""
        return sum(self.tally.add(record_of(row, self.times), lookup(row[TAIL])) is None for row in rows)

    def _accepted(self, rows: Rows) -> Rows:
        """Count logins; return the lines that want a closer look."""
        found = re.findall(LOGINS, b"\n".join([row[TAIL] for row in rows]))
        if len(found) != len(rows):
            return rows
        self.tally.count("auth-result", len(rows))
        self.tally.connections.login(found)
        return []

    def _reset(self, rows: Rows) -> Rows:
        """Count resets; return the lines that want a closer look, among them those that complete an earlier one."""
        text = b"\n".join([row[TAIL] for row in rows]).replace(b" ::ffff:", b" ")
        found = re.findall(RESETS, text)
        if len(found) != len(rows) or b" UNKNOWN port " in text:
            return rows
        waiting, again = self.tally.connections.waiting, []
        if waiting:
            pairs = list(zip(rows, found))
            again = [row for row, told in pairs if int(told[0]) in waiting]
            rows = [row for row, told in pairs if int(told[0]) not in waiting]
            found = [told for told in found if int(told[0]) not in waiting]
        if rows:
            self.tally.count("connection-reset-by", len(rows))
            self.tally.latest["connection-reset-by"] = record_of(rows[-1], self.times)
            self.tally.connections.resets.add_many(found, [row[:TAIL] for row in rows], "connection-reset-by")
        return again

    def _closed(self, rows: Rows) -> Rows:
        """Count closed connections; return the lines that may be of sessions."""
        may_be = [row for row in rows if not row[TAIL].endswith(b" [preauth]") and b" user " not in row[TAIL]]
        if len(may_be) < len(rows):
            self.tally.count("connection-closed-by", len(rows) - len(may_be))
        return may_be
