# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units of systemd, from the control group of a process or of a socket."""

from __future__ import annotations

import os
import typing as t

from ._read import list_names, read_text, real_path
from ._text import clean

MOUNTS = ("/sys/fs/cgroup/unified", "/sys/fs/cgroup")
"""Where the second version of control groups is: beside the first one, or alone."""

MOST_GROUPS = 20000
SUFFIXES = (".service", ".scope", ".socket", ".mount", ".swap")


def parse_cgroup(text: str) -> tuple[str, str | None]:
    """Return the path of a process in the hierarchy that systemd uses, and in that of version 2 or None.

        1:name=systemd:/system.slice/ssh.service
        0::/system.slice/ssh.service

    Source: cgroups(7). The first is empty when there is neither.
    """
    paths = {}
    for line in text.split("\n"):
        dummy, colon, rest = line.partition(":")
        controllers, colon, path = rest.partition(":")
        if colon:
            paths[controllers] = path
    unified = paths.get("")
    return paths.get("name=systemd", unified or ""), unified


def unit_of(path: str) -> str | None:
    """Return the innermost unit in the path of a control group, or None (a slice is no unit here).

    /system.slice/system-postgresql.slice/postgresql@15-main.service
    """
    units = [part for part in path.split("/") if part.endswith(SUFFIXES)]
    return clean(units[-1], 96) if units else None


def unit_of_process(pid: int) -> str | None:
    """Return the unit that a process belongs to, or None."""
    return unit_of(parse_cgroup(read_text("/proc/%d/cgroup" % pid).text or "")[0])


def group_of_process(pid: int) -> int | None:
    """Return the number of a process's control group of version 2, as INET_DIAG_CGROUP_ID has it, or None."""
    path = parse_cgroup(read_text("/proc/%d/cgroup" % pid).text or "")[1]
    return None if path is None else _number(_mount() + path)


def units_of_groups(numbers: t.AbstractSet[int]) -> dict[int, str]:
    """Return the units of those control groups that still exist, by number; ends when all are found."""
    found: dict[int, str] = {}
    pending, seen = [_mount()], 0
    while pending and len(found) < len(numbers) and seen < MOST_GROUPS:
        directory = pending.pop()
        seen += 1
        number = _number(directory)
        if number in numbers:
            found[number] = unit_of(directory) or ""  # type: ignore[index]
        pending += _children(directory)
    return {number: unit for number, unit in found.items() if unit}


def _children(directory: str) -> list[str]:
    try:
        with os.scandir(real_path(directory)) as entries:
            return [directory + "/" + entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _mount() -> str:
    return MOUNTS[0] if list_names(MOUNTS[0])[1] == "ok" else MOUNTS[1]


def _number(directory: str) -> int | None:
    try:
        return os.stat(real_path(directory)).st_ino
    except OSError:
        return None
