# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One pattern that finds all lines of sshd in a block of a log, learnt from how the lines of this log begin.

The words before sshd are looked at backwards and at their known distance, so that the search itself is for a plain
word, and a line in which somebody else merely wrote such words is not taken for one.
"""

from __future__ import annotations

import re
import typing as t

from ._log_blocks import Block
from ._log_lines import STRUCTURED, Line

MOST_SHAPES = 6
LOGIND_HEADS = rb"New session [^ ]+ of user|Session [^ ]+ logged out|Removed session"

Rows = t.List[t.Tuple[bytes, ...]]
"""Lines as the pattern splits them: the time (among empty ones, one for each shape), the rest, and its head."""

TAIL, HEAD = -2, -1


class Shape(t.NamedTuple):
    """How lines of sshd begin: text, a time of a known length, text, the program, what stands before the message."""

    before: bytes
    width: int
    after: bytes
    process: bytes
    prefix: bytes


def shape_of(line: Line) -> Shape:
    """Return the shape of a line of sshd, process and prefix as patterns."""
    structured = line.shape == STRUCTURED
    process = rb" \d+ [^ ]+ - (?:\xef\xbb\xbf)?" if structured else rb"\[\d+\]: "
    prefix = rb"(?:\[ID \d+ [^ ]+ )?" if line.message.startswith(b"[ID ") else b""  # Solaris
    return Shape(line.before, len(line.stamp), line.after, process, prefix)


class Pattern:
    """The shapes of the lines in one log."""

    def __init__(self) -> None:
        """Begin with nothing learnt."""
        self._shapes: list[Shape] = []
        self._compiled: re.Pattern[bytes] | None = None

    def __bool__(self) -> bool:
        return bool(self._shapes)

    def learn(self, line: Line) -> None:
        """Learn from a line of sshd."""
        shape = shape_of(line)
        if shape not in self._shapes and len(self._shapes) < MOST_SHAPES and line.program.startswith("sshd"):
            self._shapes.append(shape)
            self._compiled = None

    def rows(self, block: Block) -> Rows:
        """Return the lines of sshd; one with an empty head is about an sshd that is not where it was learnt to be."""
        return self._pattern().findall(block[0], 0, block[1])

    def others(self, block: Block) -> t.Iterator[int]:
        """Yield where sshd stands elsewhere."""
        for match in self._pattern().finditer(block[0], 0, block[1]):
            if not match.group(match.re.groups):
                yield match.start()

    def _pattern(self) -> re.Pattern[bytes]:
        if self._compiled is None:
            process = b"|".join(sorted({shape.process for shape in self._shapes}))
            prefix = b"".join(sorted({shape.prefix for shape in self._shapes}))
            # The rarer the first letter, the faster the search; and what is not a blank is the fastest to repeat.
            self._compiled = re.compile(
                rb"hd(?<=sshd)(?:(?:" + self._starts(b"(", b"sshd") + rb")"
                rb"((?:-session|-auth)?(?:" + process + rb")" + prefix + rb"(?:error: |fatal: )?"
                rb"((?:pam_unix\(sshd[^ ]* |\(pam_unix\) )?[^ ]+ [^ \n]+)[^\n]*)|)"
            )
        return self._compiled

    def _starts(self, group: bytes, program: bytes) -> bytes:
        return b"|".join(
            rb"(?<=\n%b%b.{%d})%b%b)" % (re.escape(before), group, width, re.escape(after), program)
            for before, width, after, dummy, dummy in self._shapes
        )

    def logins(self, block: Block) -> list[bytes]:
        """Return what systemd-logind says of sessions; an empty text is another line of it, or one elsewhere."""
        starts = self._starts(b"(?:", b"systemd-logind")
        pattern = re.compile(rb"systemd-logind(?:(?:" + starts + rb")\[\d+\]: (" + LOGIND_HEADS + rb")[^\n]*|)")
        return pattern.findall(block[0], 0, block[1])
