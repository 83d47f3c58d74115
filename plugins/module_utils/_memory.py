# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory and swap of the machine."""

from __future__ import annotations

import typing as t

from ._ratio import percent


def parse_meminfo(text: str) -> dict[str, int]:
    """Return bytes by name, from /proc/meminfo. Raises ValueError.

    MemAvailable:   22548212 kB
    """
    rows = (line.split() for line in text.splitlines())
    return {row[0].rstrip(":"): int(row[1]) * 1024 for row in rows if len(row) == 3 and row[2] == "kB"}


def parse_vmstat(text: str) -> dict[str, int]:
    """Return counters by name, from /proc/vmstat. Raises ValueError.

    pswpin 0
    """
    return {row[0]: int(row[1]) for row in (line.split() for line in text.splitlines()) if len(row) == 2}


def usage(memory: dict[str, int]) -> dict[str, t.Any]:
    """Return what is free, swapped and promised, in bytes and percent; None for what the kernel does not say."""
    swap, unused = memory.get("SwapTotal"), memory.get("SwapFree")
    swapped = None if swap is None or unused is None else swap - unused
    return {
        "total_bytes": memory.get("MemTotal"),
        "available_bytes": memory.get("MemAvailable"),
        "available_percent": percent(memory.get("MemAvailable"), memory.get("MemTotal")),
        "swap_total_bytes": swap,
        "swap_used_bytes": swapped,
        "swap_used_percent": percent(swapped, swap),
        "commit_limit_bytes": memory.get("CommitLimit"),
        "committed_bytes": memory.get("Committed_AS"),
    }
