# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sysctls: the default set with what files set at boot, against reading everything."""

from __future__ import annotations

import typing as t

from .measure import collector, process
from .rows import Options, Row, compare


def rows(options: Options) -> t.Iterator[Row]:
    """Yield the row for sysctls."""
    theirs = process("sysctl -a".split())
    yield compare(options, "sysctl_facts, default set", "sysctl -a", 0.5, collector("_sysctls"), theirs)
