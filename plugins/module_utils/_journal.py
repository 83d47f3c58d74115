# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of the journal of systemd as `journalctl` writes them: one a line, in JSON."""

from __future__ import annotations

import typing as t

PROGRAM = ("journalctl", "--quiet", "--no-pager", "--output=json")


def written_s(entry: t.Mapping[str, t.Any]) -> float:
    """Return when journald took an entry, in seconds since the epoch. Raises KeyError, ValueError.

    {"__REALTIME_TIMESTAMP":"1795938650679924","UNIT":"deaf.service"}
    """
    return int(entry["__REALTIME_TIMESTAMP"]) / 1e6
