# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the time of the CPUs went."""

from __future__ import annotations

import typing as t

KINDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
Ticks = t.Dict[str, int]


def parse_cpu_ticks(text: str) -> dict[str, Ticks]:
    """Return the ticks by kind for `cpu` (all of them) and each `cpuN`, from /proc/stat. Raises ValueError.

        cpu  42036 0 12068 267915 1437 0 222 121 0 0

    Time of guests, the last two columns, is part of user and nice already: proc_stat(5).
    """
    rows = [line.split() for line in text.splitlines() if line.startswith("cpu")]
    return {row[0]: dict(zip(KINDS, map(int, row[1:]))) for row in rows}


def parse_number(text: str, name: str) -> int | None:
    """Return the number behind `name`, as in `btime 1795176619` of /proc/stat, or None."""
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] == name and words[1].isdigit():
            return int(words[1])
    return None


def shares(before: Ticks, after: Ticks) -> dict[str, float] | None:
    """Return the percentage of each kind, and `busy`: neither idle nor waiting for a disk. None when no tick passed.

    A kind may fall by a tick or two when a CPU goes idle; that counts as no time.
    """
    spent = {kind: max(0, after.get(kind, 0) - before.get(kind, 0)) for kind in KINDS}
    ticks = sum(spent.values())
    if not ticks:
        return None
    spent["busy"] = ticks - spent["idle"] - spent["iowait"]
    return {kind + "_percent": round(100.0 * spent[kind] / ticks, 1) for kind in ("busy", *KINDS)}


def usage(before: dict[str, Ticks], after: dict[str, Ticks]) -> dict[str, t.Any]:
    """Return `shares` of all CPUs together, how many there are, and the busiest one."""
    facts: dict[str, t.Any] = {"cpus": len(after) - 1 if after else None}
    facts.update(shares(before.get("cpu", {}), after.get("cpu", {})) or {} if before else {})
    single = {name: shares(before[name], after[name]) for name in after if name in before and name != "cpu"}
    known = {name: share for name, share in single.items() if share}
    name = max(known, key=lambda cpu: known[cpu]["busy_percent"], default=None)
    chosen = known[name] if name else {}
    kinds = ("busy_percent", "softirq_percent")
    facts["busiest"] = {"cpu": name, **{kind: chosen[kind] for kind in kinds}} if name else None
    return facts
