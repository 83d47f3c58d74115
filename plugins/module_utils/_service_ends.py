# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services whose main process ended badly, as systemd wrote in its journal; a restart hides that everywhere else."""

from __future__ import annotations

import json
import time
import typing as t

from ._command import run
from ._journal import PROGRAM, written_s
from ._read import Read, source
from ._text import clean
from ._utc import iso

MOST = 20
PROCESS_EXIT = "98e322203f7a4ed290d09fe03c09fe15"
"""Message id of `Main process exited`, written unless the end was a clean one: systemd, sd-messages.h."""

NEWEST = (*PROGRAM, "--lines=%d" % MOST, "--output-fields=UNIT,EXIT_CODE,EXIT_STATUS")
OF_SYSTEMD = ("_PID=1", "_UID=0", "MESSAGE_ID=" + PROCESS_EXIT)
"""Fields that begin with an underscore come from journald itself, so nobody else can write such an entry."""


def read_ends(since_s: float) -> Read:
    """Return the newest entries since a time (seconds since the epoch) as JSON, one a line."""
    return run([*NEWEST, "--since=@%d" % since_s, *OF_SYSTEMD])


def parse_ends(text: str) -> list[dict[str, str]]:
    """Return {unit, code, status, time} of each entry, oldest first; `code` is `killed`, `dumped` or `exited`.

        {"__REALTIME_TIMESTAMP":"1795938650679924","UNIT":"deaf.service","EXIT_CODE":"killed","EXIT_STATUS":"9"}

    Raises ValueError for what is no JSON.
    """
    entries = [json.loads(line) for line in text.splitlines()]
    return [end(entry) for entry in entries if isinstance(entry.get("UNIT"), str)]


def end(entry: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Return one entry of the journal as the fact names it."""
    names = {"unit": "UNIT", "code": "EXIT_CODE", "status": "EXIT_STATUS"}
    row = {key: clean(str(entry.get(name, "")), 128) for key, name in names.items()}
    return {**row, "time": iso(written_s(entry))}


def collect(recent_s: float, sources: list[dict[str, str]]) -> list[dict[str, str]] | None:
    """Return the ends of the last `recent_s` seconds, None when the journal could not be asked."""
    read = read_ends(time.time() - recent_s)
    try:
        rows = parse_ends(read.text) if read.text is not None else None
    except (ValueError, KeyError) as error:
        rows, read = None, Read(None, "failed", clean(str(error), 200))
    sources.append(source("journal of systemd", read.status, read.detail))
    return rows
