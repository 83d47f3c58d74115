# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be said about a process: its name, its user, when it began, its unit."""

from __future__ import annotations

import os
import typing as t

from ._cgroups import unit_of_process
from ._read import read_text
from ._text import clean
from ._utc import iso

START_TIME = 19
"""Place of starttime behind the name in /proc/PID/stat, whose field 22 it is."""


class Process(t.NamedTuple):
    """A process; what could not be read is None. `stime` is when it began (UTC)."""

    pid: int
    name: str | None
    user: str | None
    stime: str | None
    unit: str | None


def parse_stat(text: str) -> tuple[str, int]:
    """Return the name of a process and when it began, in clock ticks since boot, from /proc/PID/stat.

        812 (nginx: worker (1)) S 1 812 812 0 -1 4194560 ...

    The name stands between the first and the last parenthesis and may hold both, and blanks. Source: proc(5). Raises
    ValueError for anything else.
    """
    before, opening, rest = text.partition("(")
    name, closing, fields = rest.rpartition(")")
    words = fields.split()
    if not closing or not before.strip().isdigit() or len(words) <= START_TIME:
        raise ValueError("no /proc/PID/stat: %r" % text[:100])
    return name, int(words[START_TIME])


def parse_user(text: str) -> int | None:
    """Return the effective user ID in /proc/PID/status (`Uid: real effective saved filesystem`), or None."""
    for line in text.split("\n"):
        words = line.split()
        if len(words) == 5 and words[0] == "Uid:" and words[2].isdigit():
            return int(words[2])
    return None


def parse_passwd(text: str) -> dict[int, str]:
    """Return the first name of each user ID in passwd(5); the directory services behind it are not asked."""
    users: dict[int, str] = {}
    for line in text.split("\n"):
        fields = line.split(":")
        if len(fields) == 7 and fields[2].isdigit():
            users.setdefault(int(fields[2]), clean(fields[0], 64))
    return users


def parse_boot_time(text: str) -> int | None:
    """Return when the machine booted, in seconds since the epoch, from /proc/stat (`btime 1763640000`), or None."""
    for line in text.split("\n"):
        if line.startswith("btime ") and line[6:].strip().isdigit():
            return int(line[6:])
    return None


class Processes:
    """Looks processes up; keeps what all of them share."""

    def __init__(self) -> None:
        self._users = parse_passwd(read_text("/etc/passwd").text or "")
        self._booted_s = parse_boot_time(read_text("/proc/stat").text or "")
        self._known: dict[int, Process] = {}

    def user(self, uid: int | None) -> str | None:
        """Return the name of a user ID, or the ID as text when passwd(5) does not have it."""
        return None if uid is None else self._users.get(uid, str(uid))

    def __call__(self, pid: int) -> Process:
        """Return what is known of the process `pid`."""
        if pid not in self._known:
            self._known[pid] = self._read(pid)
        return self._known[pid]

    def _read(self, pid: int) -> Process:
        try:
            name, ticks = parse_stat(read_text("/proc/%d/stat" % pid).text or "")
        except ValueError:
            return Process(pid, None, None, None, None)
        uid = parse_user(read_text("/proc/%d/status" % pid).text or "")
        return Process(pid, clean(name, 64), self.user(uid), self._time(ticks), unit_of_process(pid))

    def _time(self, ticks: int) -> str | None:
        if self._booted_s is None:
            return None
        began_s = self._booted_s + ticks // os.sysconf("SC_CLK_TCK")
        return iso(began_s)
