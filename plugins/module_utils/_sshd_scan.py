# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking through blocks of a log for sshd's lines.

Most lines of a log are another program's, and most of sshd's are of a few kinds. So one bytes pattern, learnt from how
this log's lines begin, picks sshd's lines and their first words, and only what those do not decide is looked at singly.
"""

from __future__ import annotations

import re
import typing as t
from collections import Counter, deque
from operator import itemgetter

from ._log_blocks import Block
from ._log_lines import Line, parse_line, parse_repeated, parse_start
from ._log_times import Parts, Times, parse_stamp
from ._log_window import turned
from ._sshd_kinds import SSHD, VERBOSE_KINDS, parse_message
from ._sshd_tally import COMMONPLACE, PEER, Lookup, Record, Tally, Told, latest

STEP_BYTES = 1 << 14
SMALL_BYTES = 1 << 15
"""Less than this is sooner read line by line than learnt."""

ORDER_S = 60
"""Lines are at most this much out of order."""

TEMPLATES = 6
LOOK_BACK_BYTES = PROBE_BYTES = 1 << 14
LOOK_BACK_LINES = 8
SSHD_WORD = re.compile(rb"sshd")
SFTP_WORD = re.compile(rb"-s(?:ftp|erver)\[")
REPEATED_WORD = re.compile(rb" last message repeated ")
SOCKET_WORD = re.compile(rb"systemd\[1\]: \S*ssh")
LOGIND_WORD = re.compile(rb"systemd-logind\[")
TAIL = re.compile(rb"(-session|-auth)?(?:\[(\d+)\]:| (\d+) \S+ -) ?(?:\xef\xbb\xbf)?([^\n]*)")
LOGINS = rb"\[(\d+)\]: Accepted [^\n]* from ((\S+) port \d+) ssh[^\n]*"
RESETS = (
    rb"(?m)\[(\d+)\]: Connection reset by (?:(?:authenticating user|invalid user|user) [^\n]* )?"
    rb"([^ \n]+) port (\d+)( \[preauth\])?$"
)
SKIPPED = rb"(?:\xef\xbb\xbf)?(?:\[ID \d+ [^ ]+ )?(?:(?:error|fatal): )?(?:Fssh_)?"
LOGIND_HEADS = rb"New session [^ ]+ of user|Session [^ ]+ logged out|Removed session"
RESET_HEAD, CLOSED_HEAD = b"Connection reset", b"Connection closed"
ACCEPTED_HEADS = frozenset(head for head in SSHD.decided if head.startswith(b"Accepted "))
BULK_HEADS = ACCEPTED_HEADS | {RESET_HEAD, CLOSED_HEAD}
HEAD_OF = itemgetter(-1)

PLAIN = {
    head: kind for head, kind in SSHD.decided.items() if kind in COMMONPLACE and not head.startswith((b"Acc", b"Connection"))
}
"""Heads of messages that are only counted."""

Rows = t.List[t.Tuple[bytes, ...]]
"""Lines as the learnt pattern splits them: the time (among empty ones, one for each shape), the rest, its head."""


class Part(t.NamedTuple):
    """What a part of a log told: the tally, how many lines it has, the newest of them, year and date of the last."""

    tally: Tally
    lines: int
    told: list[Told]
    year: int
    date: Parts | None


class Scan:
    """Looks through one log. `since` None means all of it; `times` turns its times into seconds.

    The lines of systemd about logins and sockets are looked for when `systemd` is true.
    """

    def __init__(self, earlier: Tally, times: Times, since: float | None, newest: int, systemd: bool) -> None:
        """Go on where `earlier` ended."""
        self.tally = Tally()
        self.tally.follow(earlier)
        self.times = times
        self.since = since
        self.newest = newest
        self.lines = 0
        self.systemd = systemd
        self.recent: deque[tuple[int, t.Any]] = deque()
        self._recent_count = 0
        self._templates: list[tuple[bytes, int, bytes]] = []
        self._pattern: re.Pattern[bytes] | None = None
        self.date: Parts | None = None
        self._earlier = b""

    def block(self, block: Block) -> None:
        """Count what a block holds."""
        text = whole(block)
        # Deleting is the fastest way of the standard library to count a byte.
        self.lines += len(text) - len(text.replace(b"\n", b""))
        young = self._young(text)
        if young is None:
            cut = self._cut(text)
            self._text(text[:cut])
            if cut < len(text):
                self.since = None
                self._text(text[cut:])
        elif young or self._turns(text):
            self._text(text)

    def _text(self, text: bytes) -> None:
        """Count lines of which some may be too old while `since` is set."""
        if self._turns(text):
            self._each_line(text)
        else:
            if self._pattern is None and len(text) > SMALL_BYTES:
                self._learn_from(text)
            if self.since is not None or self._pattern is None or not self._fast(self._pattern, text):
                self._single(text, SSHD_WORD)
            self._single(text, SFTP_WORD)
            if not text[1:2].isdigit():  # daemons that fold what is repeated write no ISO 8601 times
                self._single(text, REPEATED_WORD)
            if self.systemd:
                self._single(text, SOCKET_WORD)
                self._logins(text)
        self._earlier = text[-LOOK_BACK_BYTES:]

    def _young(self, text: bytes) -> bool | None:
        """Return whether the lines of a block are inside the window, None when some may not be."""
        if self.since is None:
            return True
        begins = next(self._seconds(text[:PROBE_BYTES].split(b"\n")), None)
        if begins is not None and begins >= self.since + ORDER_S:
            self.since = None
            return True
        ends = next(self._seconds(reversed(text[-PROBE_BYTES:].split(b"\n"))), None)
        return False if ends is not None and ends < self.since - ORDER_S else None

    def _cut(self, text: bytes) -> int:
        """Return where the lines of a block begin that are inside the window for certain."""
        position = 0
        while position >= 0:
            position = text.find(b"\n", position + STEP_BYTES)
            begins = next(self._seconds(text[position : position + STEP_BYTES].split(b"\n")), None) if position > 0 else None
            if begins is not None and begins >= t.cast(float, self.since) + ORDER_S:
                return position
        return len(text)

    def _seconds(self, lines: t.Iterable[bytes]) -> t.Iterator[int]:
        for line in lines:
            stamp = parse_start(line)
            if stamp is not None:
                try:
                    yield self.times.at(stamp)
                except ValueError:
                    continue

    def _turns(self, text: bytes) -> bool:
        """Return whether a year begins in a block whose lines have none; if not, remember its last date."""
        date, position = self.date, 0
        while 0 <= position < len(text):
            stamp = parse_start(text[position + 1 : position + 80])
            if stamp is not None:
                if stamp[:1].isdigit():
                    return False
                here = parse_stamp(stamp)
                if turned(date, here):
                    return True
                date = here
            position = text.find(b"\n", position + STEP_BYTES)
        self.date = date
        return False

    # The fast way

    def _fast(self, pattern: re.Pattern[bytes], text: bytes) -> bool:
        """Count a block by heads; return False, having counted nothing, when it has lines of a shape not learnt yet."""
        rows = pattern.findall(text)
        heads = Counter(map(HEAD_OF, rows))
        if heads.pop(b"", 0):
            if self._strange(pattern, text):
                return False
            rows = [row for row in rows if row[-1]]
        if any(b"\n" in head for head in heads):  # a message of one word
            return False
        matched = 0
        for kind, count in [(PLAIN[head], heads.pop(head)) for head in PLAIN.keys() & heads.keys()]:
            matched += count
            self.tally.count(kind, count)
            if kind in VERBOSE_KINDS:
                self.tally.levels.add("VERBOSE")
        if heads:
            matched += self._undecided([row for row in rows if row[-1] in heads], heads, text)
        if rows:
            self.tally.programs.update("sshd" + row[-2].partition(b"[")[0].decode("ascii") for row in (rows[0], rows[-1]))
            self._keep(matched, (rows, self.times.year))
        return True

    def _undecided(self, rows: Rows, heads: t.Mapping[bytes, int], text: bytes) -> int:
        """Count lines that their heads do not decide, the frequent ones in bulk; return how many have a kind.

        A login comes before what closes its session, and a line without an address before the one that tells it.
        """
        singly = self._accepted([row for row in rows if row[-1] in ACCEPTED_HEADS]) if heads.keys() & ACCEPTED_HEADS else []
        if heads.keys() - BULK_HEADS:
            singly += [row for row in rows if row[-1] not in BULK_HEADS]
        strange = self._singly(singly, text)
        if RESET_HEAD in heads:
            strange += self._singly(self._reset([row for row in rows if row[-1] == RESET_HEAD]), text)
        if CLOSED_HEAD in heads:
            strange += self._singly(self._closed([row for row in rows if row[-1] == CLOSED_HEAD]), text)
        return len(rows) - strange

    def _singly(self, rows: Rows, text: bytes) -> int:
        """Count lines one by one; return how many have no kind."""
        add = self.tally.add
        return sum(add(self._record(row, self._when(row)), self._lookup(text, row[-2])) is None for row in rows)

    def _accepted(self, rows: Rows) -> Rows:
        """Count logins; return the lines that want a closer look."""
        found = re.findall(LOGINS, b"\n".join([row[-2] for row in rows]))
        if len(found) != len(rows):
            return rows
        self.tally.count("auth-result", len(rows))
        self.tally.login(found)
        return []

    def _reset(self, rows: Rows) -> Rows:
        """Count resets; return the lines that want a closer look."""
        found = re.findall(RESETS, b"\n".join([row[-2] for row in rows]))
        if len(found) != len(rows):
            return rows
        second = {pid for pid in self.tally.waiting if pid is not None}
        again = []
        if second:
            again = [row for row, told in zip(rows, found) if int(told[0]) in second]
            rows = [row for row, told in zip(rows, found) if int(told[0]) not in second]
            found = [told for told in found if int(told[0]) not in second]
        if rows:
            self.tally.count("connection-reset-by", len(rows))
            self.tally.latest["connection-reset-by"] = self._record(rows[-1], self._when(rows[-1]))
            self.tally.resets.add_many(found, [row[:-2] for row in rows], "connection-reset-by")
        return again

    def _closed(self, rows: Rows) -> Rows:
        """Count closed connections; return the lines that may be of sessions."""
        may_be = [row for row in rows if not row[-2].endswith(b" [preauth]") and b" user " not in row[-2]]
        if len(may_be) < len(rows):
            self.tally.count("connection-closed-by", len(rows) - len(may_be))
        return may_be

    def _when(self, row: tuple[bytes, ...]) -> int:
        return self.times.at(b"".join(row[:-2]))

    @staticmethod
    def _record(row: tuple[bytes, ...], when: int) -> Record:
        match = TAIL.match(row[-2])
        if match is None:
            return Record(when, "sshd", None, row[-2])
        suffix, pid, number, message = match.groups()
        return Record(when, "sshd" + (suffix or b"").decode("ascii"), int(pid or number), message)

    def _strange(self, pattern: re.Pattern[bytes], text: bytes) -> bool:
        """Return whether a line that the learnt pattern does not know is sshd's after all, and learn how it begins."""
        found, position = False, 0
        for match in pattern.finditer(text):
            if match.group(match.re.groups) or match.start() < position:
                continue
            dummy, line, position = line_at(text, match.start())
            parsed = parse_line(line)
            if parsed is not None:
                self._learn(parsed)
                found = True
        return found

    def _learn_from(self, text: bytes) -> None:
        """Learn from the first line of sshd in a block."""
        for match in SSHD_WORD.finditer(text):
            parsed = parse_line(line_at(text, match.start())[1])
            if parsed is not None:
                self._learn(parsed)
                return

    def _learn(self, line: Line) -> None:
        """Learn what stands before sshd in this log."""
        template = (line.before, len(line.stamp), line.after)
        if template in self._templates or len(self._templates) == TEMPLATES or not line.program.startswith("sshd"):
            return
        self._templates.append(template)
        # A negated character is the fastest thing to repeat, so words are what is not a blank.
        self._pattern = re.compile(
            rb"sshd(?:(?:" + self._starts(b"(", b"sshd") + rb")((?:-session|-auth)?(?:\[\d+\]:| \d+ [^ ]+ -) " + SKIPPED
            + rb"((?:pam_unix\(sshd[^ ]* |\(pam_unix\) )?[^ ]+ [^ \n]+)[^\n]*)|)"
        )

    def _starts(self, group: bytes, program: bytes) -> bytes:
        """Return a pattern that looks back whether a program stands where it belongs in one of the learnt lines."""
        return b"|".join(
            rb"(?<=\n%b%b.{%d})%b%b)" % (re.escape(before), group, width, re.escape(after), program)
            for before, width, after in self._templates
        )

    def _logins(self, text: bytes) -> None:
        """Count what systemd-logind says of sessions, of all logins on this host."""
        found: list[bytes] = [b""]
        if self._templates and self.since is None:
            starts = self._starts(b"(?:", b"systemd-logind")
            found = re.findall(rb"systemd-logind(?:(?:" + starts + rb")\[\d+\]: (" + LOGIND_HEADS + rb")[^\n]*|)", text)
        if b"" in found:
            self._single(text, LOGIND_WORD)
        elif found:
            self.tally.count("logind-session", len(found))
            self.tally.programs.add("systemd-logind")

    # The slow way

    def _single(self, text: bytes, word: re.Pattern[bytes]) -> None:
        """Count the lines of a block that contain a word, one by one."""
        records, position = [], 0
        while True:
            match = word.search(text, position)
            if match is None:
                break
            begins, line, position = line_at(text, match.start())
            records += self._line(line, text, begins)
        self._keep(len(records), records)

    def _each_line(self, text: bytes) -> None:
        """Count a block in which a year begins."""
        self.tally.resets.settle(self.times)
        words = [SSHD_WORD, SFTP_WORD, REPEATED_WORD] + [SOCKET_WORD, LOGIND_WORD] * self.systemd
        records, position = [], 0
        for line in text.split(b"\n"):
            stamp = parse_start(line)
            if stamp is not None and not stamp[:1].isdigit():
                here = parse_stamp(stamp)
                self.times.year += turned(self.date, here)
                self.date = here
            if any(word.search(line) for word in words):
                records += self._line(line, text, position)
            position += len(line) + 1
        self._keep(len(records), records)

    def _line(self, line: bytes, text: bytes, begins: int) -> list[Record]:
        """Count one line and return it when it has a kind."""
        times, parsed = 1, parse_line(line)
        stamp = parsed.stamp if parsed else b""
        if parsed is None:
            repeated = parse_repeated(line)
            if repeated is None:
                return []
            stamp, host, times = repeated
            parsed = line_before(self._earlier + text[:begins], host)
            if parsed is None:
                return []
        self._learn(parsed)
        try:
            when = self.times.at(stamp)
        except ValueError:
            return []
        if self.since is not None and when < self.since:
            return []
        record = Record(when, parsed.program, parsed.pid, parsed.message)
        kind = self.tally.add(record, self._lookup(text, begins), times)
        # What systemd says of all logins would fill the list of the newest lines.
        return [] if kind is None or record.program.startswith("systemd") else [record]

    def _lookup(self, text: bytes, place: int | bytes) -> Lookup:
        """Return what finds the peer of a process in the lines before a place: an offset, or how the line there ends."""

        def lookup(pid: int | None) -> tuple[bytes | None, bytes | None]:
            begins = text.find(place) if isinstance(place, bytes) else place
            before = self._earlier + text[max(begins - LOOK_BACK_BYTES, 0) : max(begins, 0)]
            position, mark = len(before), b"[%d]: " % (pid or 0)
            for dummy in range(LOOK_BACK_LINES):
                position = before.rfind(mark, max(len(before) - LOOK_BACK_BYTES, 0), position)
                if position < 0:
                    break
                found = PEER.match(before, position + len(mark))
                if found:
                    return found.groups()
            return None, None

        return lookup

    # The newest lines

    def _keep(self, matched: int, lines: t.Any) -> None:
        """Hold the last lines, as they came, until `newest` later ones have a kind."""
        if not matched or not self.newest:
            return
        self.recent.append((matched, lines))
        self._recent_count += matched
        while self._recent_count - self.recent[0][0] >= self.newest:
            self._recent_count -= self.recent.popleft()[0]

    def told(self) -> list[Told]:
        """Return the newest lines that have a kind, oldest first."""
        found = []
        for record in self._backwards():
            if len(found) == self.newest:
                break
            kind = self.tally.kind(record, parse_message(record.message))
            if kind is not None:
                found.append((record, kind))
        return found[::-1]

    def _backwards(self) -> t.Iterator[Record]:
        for dummy, lines in reversed(self.recent):
            if isinstance(lines, list):
                yield from reversed(lines)
                continue
            rows, year = lines
            times = Times(year)
            for row in reversed(rows):
                yield self._record(row, times.at(b"".join(row[:-2])))

    def finish(self) -> Part:
        """Return what was found."""
        self.tally.resets.settle(self.times)
        return Part(self.tally, self.lines, self.told(), self.times.year, self.date)


def whole(block: Block) -> bytes:
    """Return the content of a block."""
    buffer, end = block
    return bytes(memoryview(buffer)[:end])


def line_at(text: bytes, position: int) -> tuple[int, bytes, int]:
    """Return where the line around a position begins, the line, and where it ends."""
    begins = text.rfind(b"\n", 0, position) + 1
    ends = text.find(b"\n", position)
    ends = len(text) if ends < 0 else ends
    return begins, text[begins:ends], ends


def line_before(text: bytes, host: bytes) -> Line | None:
    """Return the last line of a host in `text` when it is sshd's or a relative's.

    `last message repeated` means the line that the same host wrote before, or one further up when that says the same.
    """
    position, limit = len(text), max(len(text) - LOOK_BACK_BYTES, 0)
    while position > limit:
        position, line, dummy = line_at(text, position - 2)
        repeated = parse_repeated(line)
        stamp = parse_start(line)
        if stamp is None or (repeated and repeated[1] == host):
            continue
        after = line[line.find(stamp) + len(stamp) :]
        if not host or after.startswith(host + b" "):
            return parse_line(line)
    return None
