# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Open files: of the machine, and of single processes against the limit each has."""

from __future__ import annotations

import os
import typing as t

from . import _read
from ._process_stat import Process
from ._ratio import percent

EXAMINED = 96
SHOWN = 5
LIMIT = "Max open files"
STANDARD_STREAMS = 3
"""With a limit below them a process has given up opening files by intent, as sshd does before a login (its
sandbox-seccomp-filter.c sets 1): it is not short of them."""


def system(text: str) -> dict[str, t.Any]:
    """Return descriptors used and allowed on the whole machine, from /proc/sys/fs/file-nr.

    1189    0       2466183
    """
    words = text.split()
    if len(words) != 3 or not all(word.isdigit() for word in words):
        return {"used": None, "limit": None, "used_percent": None}
    used, limit = int(words[0]), int(words[2])
    return {"used": used, "limit": limit, "used_percent": percent(used, limit)}


def parse_soft_limit(text: str) -> int | None:
    """Return the soft limit of open files from /proc/PID/limits, None for unlimited or unknown.

    Max open files            1024                 524288               files
    """
    for line in text.splitlines():
        if line.startswith(LIMIT):
            word = line[len(LIMIT) :].split()[0]
            return int(word) if word.isdigit() else None
    return None


def count(pid: int) -> int | None:
    """Return how many descriptors a process has open, None when it does not let itself be asked.

    Since Linux 6.2 the size of the folder is the number, and it is there for everyone; before, the folder has to be
    read, which needs the same user or root.
    """
    path = "/proc/%d/fd" % pid
    try:
        size = 0 if _read.ROOT else os.stat(path).st_size
    except OSError:
        return None
    if size:
        return size
    names, status = _read.list_names(path)
    return len(names) if status == "ok" else None


def of_processes(
    processes: t.Mapping[int, Process], pids: t.Sequence[int], sources: list[dict[str, str]]
) -> dict[str, t.Any]:
    """Return the processes nearest to their limit: `pids` first, then the largest ones, `EXAMINED` at most.

    `unknown` counts those that did not let themselves be asked.
    """
    largest = sorted(processes.values(), key=lambda process: -process.resident_pages)
    others = [process.pid for process in largest if process.resident_pages]
    chosen = list(dict.fromkeys([*pids, *others]))[:EXAMINED]
    rows: list[dict[str, t.Any]] = []
    unknown = 0
    for pid in chosen:
        limits = _read.read_text("/proc/%d/limits" % pid).text
        limit = parse_soft_limit(limits or "")
        bounded = limit is not None and limit >= STANDARD_STREAMS
        used = count(pid) if bounded else None
        if limits is None or pid not in processes or (bounded and used is None):
            unknown += 1
        elif limit is not None and used is not None:
            row = {"pid": pid, "name": processes[pid].name, "used": used, "limit": limit}
            rows.append({**row, "used_percent": percent(used, limit)})
    rows.sort(key=lambda row: -row["used_percent"])
    detail = "%d processes need root" % unknown if unknown else ""
    sources.append(_read.source("/proc/PID/fd", "denied" if unknown else "ok", detail))
    return {"examined": len(chosen) - unknown, "unknown": unknown, "processes": rows[:SHOWN]}
