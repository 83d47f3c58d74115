# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of the peer, from one file each."""

from __future__ import annotations

import typing as t

from ._read import list_names
from ._text import clean

MAX_PROCESSES = 8192
"""Beyond so many the rest is not read; each costs about 20 microseconds, twice with a window."""


class Process(t.NamedTuple):
    """One process: CPU time and start are in ticks, memory in pages."""

    pid: int
    name: str
    state: str
    parent: int
    cpu_ticks: int
    threads: int
    started_ticks: int
    resident_pages: int


def parse_process_stat(text: str) -> Process:
    """Return what /proc/PID/stat says. Raises ValueError.

        812 (sshd) S 1 812 812 0 -1 4194560 1884 9549 0 2 9 3 6 8 20 0 1 0 166818 19914752 2776 ...

    The name may hold spaces and brackets, so the last bracket ends it: proc_pid_stat(5).
    """
    head, bracket, tail = text.rpartition(")")
    pid, dummy, name = head.partition(" (")
    words = tail.split()
    if not bracket or len(words) < 22:
        raise ValueError("not a line of /proc/PID/stat: %r" % text[:80])
    numbers = [int(word) for word in words[1:22]]
    cpu_ticks, threads, started, pages = numbers[10] + numbers[11], numbers[16], numbers[18], numbers[20]
    return Process(int(pid), clean(name, 64), words[0], numbers[0], cpu_ticks, threads, started, pages)


def stat_paths() -> list[str]:
    """Return the path of each process's stat file, lowest pid first, at most `MAX_PROCESSES`."""
    pids = sorted(int(name) for name in list_names("/proc")[0] if name.isdigit())
    return ["/proc/%d/stat" % pid for pid in pids[:MAX_PROCESSES]]


def parse_all(texts: t.Iterable[str]) -> dict[int, Process]:
    """Return the processes by pid; one that ended while it was read is left out."""
    found = {}
    for text in texts:
        try:
            process = parse_process_stat(text)
        except ValueError:
            continue
        found[process.pid] = process
    return found
