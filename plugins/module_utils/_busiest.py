# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which processes use the most CPU and memory, and how many of which kind there are."""

from __future__ import annotations

import typing as t

from ._process_stat import Process
from ._processes import parse_passwd, parse_user
from ._read import read_text

SHOWN = 5
Processes = t.Dict[int, Process]


def busiest(
    before: Processes, after: Processes, window_s: float, ticks_per_s: int, uptime_s: float, own_pid: int
) -> list[dict[str, t.Any]]:
    """Return the processes with most CPU time in the window, without a window over their life; 100 is one CPU.

    The process that reads this (`own_pid`) is left out.
    """
    rows = []
    for process in after.values():
        earlier = before.get(process.pid)
        same = earlier is not None and earlier.started_ticks == process.started_ticks
        spent = process.cpu_ticks - (earlier.cpu_ticks if earlier and same else 0)
        seconds = window_s or max(uptime_s - process.started_ticks / ticks_per_s, 1.0)
        if spent > 0 and process.pid != own_pid:
            rows.append((100.0 * spent / ticks_per_s / seconds, process))
    rows.sort(key=lambda row: (-row[0], row[1].pid))
    return [{**identity(process), "cpu_percent": round(share, 1)} for share, process in rows[:SHOWN]]


def largest(processes: Processes, page_bytes: int, total_bytes: int | None) -> list[dict[str, t.Any]]:
    """Return the processes with most resident memory."""
    chosen = sorted(processes.values(), key=lambda process: (-process.resident_pages, process.pid))[:SHOWN]
    sized = ((process, process.resident_pages * page_bytes) for process in chosen if process.resident_pages)
    return [
        {
            **identity(process),
            "resident_bytes": size,
            "memory_percent": round(100.0 * size / total_bytes, 1) if total_bytes else None,
        }
        for process, size in sized
    ]


def identity(process: Process) -> dict[str, t.Any]:
    """Return pid, name and user of a process; the user is its number when /etc/passwd does not name it."""
    uid = parse_user(read_text("/proc/%d/status" % process.pid).text or "")
    users = parse_passwd(read_text("/etc/passwd").text or "")
    return {
        "pid": process.pid,
        "name": process.name,
        "user": users.get(uid or 0, str(uid)) if uid is not None else None,
    }


def census(processes: Processes) -> dict[str, int]:
    """Return how many processes and threads there are, how many are dead but not waited for (Z) or stuck (D)."""
    states = [process.state for process in processes.values()]
    threads = sum(process.threads for process in processes.values())
    return {
        "total": len(states),
        "threads": threads,
        "zombies": states.count("Z"),
        "uninterruptible": states.count("D"),
    }
