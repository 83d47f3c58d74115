# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of the kernel from the journal of systemd, those of earlier boots among them."""

from __future__ import annotations

import json
import os
import typing as t

from ._command import run
from ._journal import PROGRAM, written_s
from ._read import Read

MAX_LINES = 20000
MESSAGES = (*PROGRAM, "--output-fields=MESSAGE", "--lines=%d" % MAX_LINES)


def read_journal(since_s: float) -> Read:
    """Return the newest `MAX_LINES` messages of the kernel since a time (seconds since the epoch), one a line."""
    begin = ["--since=@%d" % since_s] if since_s > 0 else []
    read = run([*MESSAGES, *begin, "_TRANSPORT=kernel"])
    if "permission" in read.detail:
        return Read(None, "denied", read.detail)
    if not read.text and read.status == "ok" and os.geteuid():
        return Read(None, "denied", "the journal shows this user no message of the kernel")
    return read


def parse_journal(text: str) -> t.Iterator[tuple[float, str]]:
    """Yield time (seconds since the epoch) and text of each message, oldest first.

        {"__REALTIME_TIMESTAMP":"1795176619123456","MESSAGE":"eth0: NIC Link is Down"}

    A text that is not UTF-8 comes as a list of bytes: https://systemd.io/JOURNAL_EXPORT_FORMATS. Raises ValueError.
    """
    for line in text.splitlines():
        entry = json.loads(line)
        message = entry.get("MESSAGE")
        if isinstance(message, list):
            message = bytes(message).decode("utf-8", "backslashreplace")
        if isinstance(message, str):
            yield written_s(entry), message
