# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the system was last alive before it began again, as its journal has it."""

from __future__ import annotations

import json

from ._command import run
from ._journal import PROGRAM, written_s
from ._read import Read, source
from ._utc import iso

DAY_S = 86400
LAST_ENTRY = (*PROGRAM, "--boot=-1", "--lines=1", "--output-fields=_PID")


def last_life(uptime_s: float, sources: list[dict[str, str]]) -> str | None:
    """Return the time (UTC) of the last entry of the boot before this one, None without such a boot or journal.

    The journal is asked only on the first day of a boot: connections from before are gone then.
    """
    if uptime_s > DAY_S:
        return None
    read = run(LAST_ENTRY)
    if read.status == "failed" and "boot" in read.detail.lower():
        read = Read(None, "absent", "the journal knows no earlier boot")
    sources.append(source("journal of the boot before", read.status, read.detail))
    try:
        return parse_last_entry(read.text or "")
    except (ValueError, KeyError, TypeError):
        return None


def parse_last_entry(text: str) -> str | None:
    """Return the time of an entry of the journal in JSON, None when there is none. Raises ValueError, KeyError.

    {"__REALTIME_TIMESTAMP":"1795938650679924","_PID":"1"}
    """
    return iso(written_s(json.loads(text))) if text else None
