# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree below /proc/sys: one value, all names below a prefix, and whether this peer may write there at all."""

from __future__ import annotations

import os

from ._read import Read, list_names, read_text, real_path

TREE = "/proc/sys/"
MOST_NAMES = 20000
LONGEST_BYTES = 4096


def read_value(path: str) -> Read:
    """Return the running value of a sysctl (path below /proc/sys) as text."""
    return read_text(TREE + path, LONGEST_BYTES)


def below(path: str) -> list[str]:
    """Return the paths of all sysctls at or below `path` in the order of their names; `path` itself when it is none.

    Stops after 20,000 names: one interface alone has more than 30.
    """
    found: list[str] = []
    pending = [path]
    while pending and len(found) < MOST_NAMES:
        current = pending.pop()
        names, status = list_names(TREE + current)
        pending += [current + "/" + name for name in reversed(names)]
        if status != "ok":
            found.append(current)
    return found


def is_read_only(path: str) -> bool:
    """Return whether the part of /proc/sys that holds `path` is mounted read-only, as containers have it.

    Files in sysctl.d then change nothing here, so a difference is no drift.
    """
    try:
        flags = os.statvfs(real_path(TREE + path.split("/")[0])).f_flag
    except OSError:
        return False
    return bool(flags & os.ST_RDONLY)
