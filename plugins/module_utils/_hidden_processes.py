# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether /proc shows the processes of others at all."""

from __future__ import annotations

from ._read import read_text

HIDDEN = "processes of others are hidden (hidepid of /proc); root would add them"


def are_hidden() -> bool:
    """Return whether the first process, which is always there, is not to be seen: hidepid in proc(5), or no /proc."""
    return read_text("/proc/1/stat", 32).status != "ok"
