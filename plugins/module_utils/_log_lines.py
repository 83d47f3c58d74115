# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of syslog files in the shapes that syslog daemons and vendors give them."""

from __future__ import annotations

import re
import typing as t

from ._log_times import STAMP

PROGRAM = rb"(?P<program>sshd(?:-session|-auth)?|internal-sftp|sftp-server|systemd-logind|systemd)"
WORD = rb"(?:<[\w.]+>|\[[^\s\[\]]+\]|[^\s\[\]:<>]+(?::+[^\s\[\]:<>]+)*)"
"""A host, a relay, or the facility that busybox, FreeBSD and AIX write; a word with a colon behind is a program."""

SHAPES = (
    # Dec 10 06:55:46 web01 sshd[24200]: text            and what a relay or busybox puts before the program
    rb"(?P<before>(?:<\d{1,3}>)?)(?P<stamp>" + STAMP + rb")"
    rb"(?P<after>(?P<host> {1,2}" + WORD + rb")?(?: " + WORD + rb")?"
    rb"(?: (?:<\d{1,3}>)?" + STAMP + rb"(?: " + WORD + rb")?| Message forwarded from \S+:)? )"
    rb"(?:/\S*/)?" + PROGRAM + rb"(?P<pam>\(pam_unix\))?(?:\[(?P<pid>\d+)\])?(?: <\w+>)?: ?(?P<message>[^\n]*)",
    # <38>1 2024-05-01T12:34:56+02:00 web01 sshd 24200 - - text       RFC 5424, of some relays without its version
    rb"(?P<before>(?:<\d{1,3}>)?(?:1 )?)(?P<stamp>" + STAMP + rb")"
    rb"(?P<after>(?P<host> \S*[^\s:]) )" + PROGRAM + rb" (?:(?P<pid>\d+)|-) "
    rb"\S+ (?:-|(?:\[(?:[^\]\"]|\"(?:[^\"\\]|\\.)*\")*\])+)(?: (?:\xef\xbb\xbf)?(?P<message>[^\n]*))?$(?P<pam>(?!))?",
    # Mar  3 00:17:22 [sshd] text                                                                   metalog
    rb"(?P<before>)(?P<stamp>" + STAMP + rb")(?P<after>(?P<host>) )\[" + PROGRAM + rb"\]:? (?P<message>[^\n]*)"
    rb"(?P<pam>(?!))?(?P<pid>(?!))?",
    # 2024-05-01 12:34:56.123456+0200 0x1f Default 0x0 24200 0 sshd: text                           log(1) of macOS
    rb"(?P<before>)(?P<stamp>"
    + STAMP
    + rb") +0x[0-9a-f]+ +\w+ +0x[0-9a-f]+ +(?P<pid>\d+) +\d+ +(?P<after>(?P<host>))"
    + PROGRAM
    + rb": (?P<message>[^\n]*)(?P<pam>(?!))?",
    # [Time 2006.12.28 15:53:55 UTC] [Facility auth] [Sender sshd] [PID 483] [Message text] [Level 3]   old macOS
    rb"(?P<before>\[Time )(?P<stamp>"
    + STAMP
    + rb")(?P<after>\] \[Facility \w+\] \[Sender (?P<host>))"
    + PROGRAM
    + rb"\] \[PID (?P<pid>\d+)\] \[Message (?P<message>[^\n]*)\] \[Level [^\n]*\](?P<pam>(?!))?$",
)
HINTS = ((b"",), (b"1 2", b" - "), (b"[sshd",), (b" 0x",), (b"[Time ",))
STRUCTURED = 1
"""What a line of each shape has somewhere, so that the rare shapes are compiled for a line that may be of one."""

STARTS = re.compile(rb"(?:<\d{1,3}>)?(?:1 |\[Time )?(" + STAMP + rb")")
REPEATED_MARK = b" last message repeated "
REPEATED = (
    rb"(" + STAMP + rb")( (?!---)" + WORD + rb")? {1,2}(?:--- |(?:r?syslogd|sshd[\w-]*|sftp-server)(?:\[\d+\])?: )?"
    rb"last message repeated (\d+) times?(?: ---)?\s*$"
)
"""Of sysklogd, Solaris and macOS; FreeBSD and NetBSD name the daemon in it, and rsyslog 4 the program."""


class Line(t.NamedTuple):
    """A line of sshd or a relative: `before` and `after` are what surrounds the time, up to the program.

    `shape` is the place of its shape in SHAPES.
    """

    stamp: bytes
    host: bytes
    program: str
    pid: int | None
    message: bytes
    before: bytes
    after: bytes
    shape: int


def parse_line(line: bytes) -> Line | None:
    """Return the line when sshd or one of its relatives wrote it, else None.

        Dec 10 06:55:46 LabSZ sshd[24200]: Connection closed by 192.0.2.7 [preauth]

    Only a program in its place at the head of the line counts: what others write, or a user name, is never one.
    """
    for number, (shape, hints) in enumerate(zip(SHAPES, HINTS)):
        if any(hint in line for hint in hints):
            match = re.match(shape, line)
            if match:
                return _line(match, number)
    return None


def _line(match: re.Match[bytes], shape: int) -> Line:
    message = match.group("message") or b""
    if match.group("pam"):  # sshd(pam_unix)[24200]: text, as Red Hat wrote it before 2005
        message = b"(pam_unix) " + message
    pid = match.group("pid")
    return Line(
        match.group("stamp"),
        match.group("host") or b"",
        match.group("program").decode("ascii"),
        int(pid) if pid else None,
        message,
        match.group("before"),
        match.group("after"),
        shape,
    )


def parse_start(line: bytes) -> bytes | None:
    """Return the time at the start of a line of any program, None when it has none."""
    match = STARTS.match(line)
    return match.group(1) if match else None


def parse_repeated(line: bytes) -> tuple[bytes, bytes, int] | None:
    """Return time, host and count of `Dec 10 06:55:48 web01 last message repeated 3 times`, else None."""
    match = re.match(REPEATED, line) if REPEATED_MARK in line else None
    return (match.group(1), match.group(2) or b"", int(match.group(3))) if match else None
