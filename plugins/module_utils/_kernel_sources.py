# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where messages of the kernel can be read, each with the time since which nothing is missing."""

from __future__ import annotations

import os
import time
import typing as t

from ._kmsg import Record, gaps, parse_kmsg, parse_ring, read_kmsg, read_ring
from ._read import Read, source
from ._text import clean

FILES = ("/var/log/kern.log", "/var/log/messages", "/var/log/syslog")
Message = t.Tuple[t.Optional[float], str]
Sources = t.List[t.Dict[str, str]]

BOOT_S = 1.0
"""A buffer whose first message is younger than that reaches back to the boot."""

SLEPT_S = 1.0


class Found(t.NamedTuple):
    """Messages with their times (seconds since the epoch), oldest first; nothing is missing since `complete_s`.

    `whole_boot` is true when that is when the kernel began.
    """

    messages: t.Iterable[Message]
    complete_s: float
    whole_boot: bool = False


def from_ring(now_s: float, sources: Sources) -> Found | None:
    """Return what the kernel holds in memory, from /dev/kmsg or syslog(2)."""
    read = read_kmsg()
    sources.append(told("/dev/kmsg", read))
    records = list(parse_kmsg(read.text)) if read.text is not None else []
    if read.status == "absent":
        read = read_ring()
        sources.append(told("syslog(2)", read))
        records = list(parse_ring(read.text)) if read.text is not None else []
    if read.text is None or not records:
        return None
    # The kernel's clock of messages stands still while the machine sleeps, as CLOCK_MONOTONIC does.
    booted_s = now_s - time.clock_gettime(time.CLOCK_MONOTONIC)
    sources[-1]["detail"] = remarks(records)
    messages = ((booted_s + record.uptime_s, record.message) for record in records if record.kernel)
    return Found(messages, booted_s + records[0].uptime_s, records[0].uptime_s < BOOT_S)


def told(name: str, read: Read) -> dict[str, str]:
    """Return the line of `sources` about a place, with what root would add."""
    adds = "; root could read the kernel's messages there" if read.status == "denied" and os.geteuid() else ""
    return source(name, read.status, read.detail + adds)


def remarks(records: t.Sequence[Record]) -> str:
    """Return what is to be known about a buffer: lost messages, and times that a sleep of the machine made wrong."""
    lost = gaps([record.sequence for record in records if record.sequence is not None])
    slept_s = time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
    said = ["%d messages were overwritten while they were read" % lost] if lost else []
    if slept_s > SLEPT_S:
        said.append("the machine slept %d s since boot: times before that are up to so much too late" % slept_s)
    return "; ".join(said)


def from_journal(asked_s: float, sources: Sources) -> Found | None:
    """Return what the journal of systemd has since a time (seconds since the epoch)."""
    from ._kernel_journal import MAX_LINES, parse_journal, read_journal

    read = read_journal(asked_s)
    sources.append(told("journal", read))
    if read.text is None:
        return None
    try:
        messages = list(parse_journal(read.text))
    except (ValueError, KeyError) as error:
        sources[-1].update(status="failed", detail=clean(str(error)))
        return None
    cut = len(messages) >= MAX_LINES
    return Found(messages, messages[0][0] if cut else asked_s)


def from_files(paths: t.Sequence[str], asked_s: float, sources: Sources) -> Found | None:
    """Return what the first readable one of `paths` (else `FILES`) has since a time (seconds since the epoch)."""
    from ._kernel_files import read_file

    for path in paths or FILES:
        messages, read = read_file(path, asked_s)
        sources.append(told(path, read))
        if messages is not None:
            return Found(messages, asked_s)
    return None
