# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking through the blocks of a log for the lines of sshd and its relatives."""

from __future__ import annotations

import re
import typing as t

from ._log_blocks import Block
from ._log_context import LOOK_BACK_BYTES, line_at, line_before
from ._log_lines import REPEATED_MARK, parse_line, parse_repeated, parse_start
from ._log_times import Parts, Times, parse_stamp
from ._log_window import turned
from ._sshd_bulk import Bulk, heads_of
from ._sshd_connections import Lookup, Record
from ._sshd_pattern import HEAD, Pattern
from ._sshd_peers import peer_before
from ._sshd_recent import Recent
from ._sshd_tally import Tally, Told

STEP_BYTES = 1 << 14
SAMPLES = 64
SMALL_BYTES = 1 << 15
"""Less than this is sooner read line by line than learnt."""

ORDER_S = 60
"""Lines are at most this much out of order."""

SSHD_WORD = re.compile(rb"sshd")
SFTP_WORD = re.compile(rb"sftp(?:-server)?(?:\[|: | \d)")
REPEATED_WORD = re.compile(REPEATED_MARK)
SOCKET_WORD = re.compile(rb"systemd(?:\[1\]:| 1 \S+ -) (?:\xef\xbb\xbf)?\S*ssh")
REPEATED_HEAD = b"last message"
LOGIND_WORD = re.compile(rb"systemd-logind(?:\[|: | \d)")
PROGRAMS_OF = {
    SSHD_WORD: ("sshd", "sshd-session", "sshd-auth"),
    SFTP_WORD: ("internal-sftp", "sftp-server"),
    SOCKET_WORD: ("systemd",),
    LOGIND_WORD: ("systemd-logind",),
}
"""Whose lines are looked for by a word; a line of another program with such words in a name is found by its own."""


class Others(t.NamedTuple):
    """Whether to look for lines of SFTP servers and of systemd."""

    sftp: bool = True
    systemd: bool = True


class Window(t.NamedTuple):
    """What of a log is wanted: the first second (None for all), how many of the newest lines, which other programs.

    With `exact` each line is asked whether a year began before it, and not only samples.
    """

    since: float | None
    newest: int
    others: Others = Others()
    exact: bool = False


class Part(t.NamedTuple):
    """What a part of a log told: the tally, how many lines it has, the newest of them, year and date of the last."""

    tally: Tally
    lines: int
    told: list[Told]
    year: int
    date: Parts | None


class Scan:
    """Looks through one log, from its first block to its last."""

    def __init__(self, earlier: Tally, year: int, window: Window) -> None:
        """Go on where `earlier` ended, in `year`."""
        self.tally = Tally()
        self.tally.connections.follow(earlier.connections)
        self.times = Times(year)
        self.since = window.since
        self.others = window.others
        self.exact = window.exact
        self.lines = 0
        self.date: Parts | None = None
        self._pattern = Pattern()
        self._bulk = Bulk(self.tally, self.times)
        self._earlier = b""
        self._recent = Recent(window.newest)

    def block(self, block: Block) -> None:
        """Count what a block holds."""
        text, end = block
        # Deleting is the fastest way of the standard library to count a byte.
        self.lines += len(text) - len(text.replace(b"\n", b"")) - text.count(b"\n", end)
        young = self._young(block)
        if young is None:
            cut = self._cut(block)
            self._text((text[:cut], cut))
            if cut < end:
                self.since = None
                self._text((text[cut:end], end - cut))
        elif young or self._turns(block):
            self._text(block)

    def finish(self) -> Part:
        """Return what was found."""
        self.tally.connections.resets.settle(self.times)
        return Part(self.tally, self.lines, self._recent.told(self.tally), self.times.year, self.date)

    # Times

    def _young(self, block: Block) -> bool | None:
        """Return whether the lines of a block are inside the window, None when some may not be."""
        if self.since is None:
            return True
        text, end = block
        begins = next(self._seconds(text[: min(STEP_BYTES, end)].split(b"\n")), None)
        if begins is not None and begins >= self.since + ORDER_S:
            self.since = None
            return True
        ends = next(self._seconds(reversed(text[max(end - STEP_BYTES, 0) : end].split(b"\n"))), None)
        return False if ends is not None and ends < self.since - ORDER_S else None

    def _cut(self, block: Block) -> int:
        """Return where the lines of a block begin that are inside the window for certain."""
        text, end = block
        position = text.find(b"\n", STEP_BYTES, end)
        while position > 0:
            begins = next(self._seconds(text[position : min(position + STEP_BYTES, end)].split(b"\n")), None)
            if begins is not None and begins >= t.cast(float, self.since) + ORDER_S:
                return position
            position = text.find(b"\n", position + STEP_BYTES, end)
        return end

    def _seconds(self, lines: t.Iterable[bytes]) -> t.Iterator[int]:
        for line in lines:
            stamp = parse_start(line)
            if stamp is not None:
                try:
                    yield self.times.at(stamp)
                except ValueError:
                    continue

    def _turns(self, block: Block) -> bool:
        """Return whether a year begins in a block whose lines have none; if not, remember its last date."""
        text, end = block
        if _has_years(text):
            return False
        if self.exact:
            return True
        step = max(min(STEP_BYTES, end // SAMPLES), 1)
        date, position, last = self.date, 0, text.rfind(b"\n", 0, end)
        while position >= 0:
            here = _date(parse_start(text[position + 1 : min(position + 80, end)]))
            if here is not None:
                if turned(date, here):
                    return True
                date = here
            following = text.find(b"\n", position + step, end)
            position = following if following >= 0 or position == last else last
        self.date = date
        return False

    # Lines

    def _text(self, block: Block) -> None:
        """Count lines, of which some may be too old while `since` is set."""
        text, end = block
        if self._turns(block):
            self._each_line(text[:end])
        else:
            if self.since is not None or not self._many(block):
                self._single(block, SSHD_WORD)
            if self.others.sftp:
                self._single(block, SFTP_WORD)
            if text.find(REPEATED_MARK, 0, end) >= 0:
                self._single(block, REPEATED_WORD)
            if self.others.systemd:
                self._single(block, SOCKET_WORD)
                self._logins(block)
        self._earlier = text[max(end - LOOK_BACK_BYTES, 0) : end]

    def _many(self, block: Block) -> bool:
        """Count sshd's lines in bulk; return False, having counted nothing, when some are of a shape not learnt yet."""
        text, end = block
        if not self._pattern:
            if end < SMALL_BYTES:
                return False
            self._learn(block, (match.start() for match in SSHD_WORD.finditer(text, 0, end)), most=1)
            if not self._pattern:
                return True
        rows = self._pattern.rows(block)
        heads = heads_of(rows)
        if heads.pop(b"", 0):
            if self._learn(block, self._pattern.others(block)):
                return False
            rows = [row for row in rows if row[HEAD]]
        if heads.pop(REPEATED_HEAD, 0):
            rows = [row for row in rows if row[HEAD] != REPEATED_HEAD]
        if any(b"\n" in head for head in heads):  # a message of one word
            return False
        self._recent.keep(self._bulk.add(rows, heads, lambda tail: self._lookup(text, tail)), (rows, self.times.year))
        return True

    def _learn(self, block: Block, places: t.Iterable[int], most: int = 0) -> int:
        """Learn from lines of sshd at places where it stands; return how many there were, at most `most` if given."""
        found = position = 0
        for place in places:
            if place >= position:
                dummy, line, position = line_at(block, place)
                parsed = parse_line(line)
                if parsed is not None and parsed.program in PROGRAMS_OF[SSHD_WORD]:
                    self._pattern.learn(parsed)
                    found += 1
                    if found == most:
                        break
        return found

    def _logins(self, block: Block) -> None:
        """Count what systemd-logind says of sessions, of all logins on this host."""
        found = self._pattern.logins(block) if self._pattern and self.since is None else [b""]
        if b"" in found:
            self._single(block, LOGIND_WORD)
        elif found:
            self.tally.count("logind-session", len(found))
            self.tally.programs.add("systemd-logind")

    def _single(self, block: Block, word: re.Pattern[bytes]) -> None:
        """Count the lines of a block that contain a word, one by one."""
        records, position = [], 0
        while True:
            match = word.search(block[0], position, block[1])
            if match is None:
                break
            begins, line, position = line_at(block, match.start())
            # A line of sshd with such words in a user name was counted already.
            if (parse_repeated(line) is not None) == (word is REPEATED_WORD):
                records += self._line(line, block[0], begins, PROGRAMS_OF.get(word))
        self._recent.keep(len(records), records)

    def _each_line(self, text: bytes) -> None:
        """Count a block in which a year begins."""
        self.tally.connections.resets.settle(self.times)
        words = [SSHD_WORD, SFTP_WORD, REPEATED_WORD] + [SOCKET_WORD, LOGIND_WORD]
        records, position = [], 0
        for line in text.split(b"\n"):
            here = _date(parse_start(line))
            if here is not None:
                self.times.year += turned(self.date, here)
                self.date = here
            if any(word.search(line) for word in words):
                records += self._line(line, text, position)
            position += len(line) + 1
        self._recent.keep(len(records), records)

    def _line(self, line: bytes, text: bytes, begins: int, programs: t.Container[str] | None = None) -> list[Record]:
        """Count one line, if one of `programs` wrote it (None for any), and return it when it has a kind."""
        times, repeated = 1, parse_repeated(line)
        if repeated is None:
            parsed = parse_line(line)
            stamp = parsed.stamp if parsed else b""
        else:
            stamp, host, times = repeated
            parsed = line_before(self._earlier + text[:begins], host)
        if parsed is None or (programs is not None and parsed.program not in programs):
            return []
        self._pattern.learn(parsed)
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
        """Return what finds the peer of a process in the lines before a place: an offset, or the end of a line."""

        def lookup(pid: int | None) -> tuple[bytes | None, bytes | None]:
            begins = text.find(place) if isinstance(place, bytes) else place
            return peer_before(self._earlier + text[max(begins - LOOK_BACK_BYTES, 0) : max(begins, 0)], pid)

        return lookup


def _has_years(text: bytes) -> bool:
    """Return whether the first time in a text begins with a year."""
    for probed in (256, STEP_BYTES):
        for line in text[:probed].split(b"\n"):
            stamp = parse_start(line)
            if stamp is not None:
                return stamp[:4].isdigit()
    return False


def _date(stamp: bytes | None) -> Parts | None:
    """Return the parts of a time without a year, None of any other."""
    if stamp is None or stamp[:4].isdigit():
        return None
    try:
        return parse_stamp(stamp)
    except ValueError:
        return None
