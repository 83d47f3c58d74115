# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do so that what was not observed can be observed the next time."""

from __future__ import annotations

import re

HOW: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^everything"), "Let Ansible log in and run Python on the host, then run the diagnosis again."),
    (re.compile(r"timed? ?out|time limit", re.IGNORECASE), "Raise diagnose_gather_timeout."),
    (re.compile(r"tracefs|tracepoint", re.IGNORECASE), "Mount tracefs and run as root (--become)."),
    (re.compile(r"read-only|not a (?:gzip|xz|bzip2|zstd) file|corrupt", re.IGNORECASE), "Look at the file by hand."),
    (
        re.compile(r"denied|not permitted|EPERM|EACCES|privilege|root|become", re.IGNORECASE),
        "Run as root: ansible-playbook --become.",
    ),
    (re.compile(r"No such file|not found|not installed", re.IGNORECASE), "Install what is named, or leave it out."),
)
"""Of the text about a gap, the first pattern that fits it and what to do then."""


def how(what: str, why: str) -> str | None:
    """Return what would show `what`, a gap such as `peer_listening_ports: process owners`, or None when unknown."""
    told = "%s: %s" % (what, why)
    return next((advice for pattern, advice in HOW if pattern.search(told)), None)
