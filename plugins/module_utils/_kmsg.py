# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ring buffer of the kernel: /dev/kmsg, or syslog(2) where that file is not there."""

from __future__ import annotations

import errno
import os
import re
import typing as t

from ._read import Read, real_path, status_of

MAX_BYTES = 32 << 20
RECORD_BYTES = 16384
"""A record with its dictionary is at most half of this; a smaller buffer gives EINVAL."""

SYSLOG_ACTION_READ_ALL = 3
SYSLOG_ACTION_SIZE_BUFFER = 10
RING_LINE = r"^<(\d+)>\[ *(\d+\.\d+)\](?:\[[^\]]*\])? ?(.*)"


class Record(t.NamedTuple):
    """One message: its number (None where there is none), seconds since boot, text, and whether the kernel wrote it."""

    sequence: int | None
    uptime_s: float
    message: str
    kernel: bool


def read_kmsg(path: str = "/dev/kmsg") -> Read:
    """Return all records that are in the buffer now; `detail` is `overrun` when some were lost while reading."""
    chunks, size, detail = [], 0, ""
    try:
        descriptor = os.open(real_path(path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return Read(None, status_of(error), "%s: %s" % (path, error.strerror))
    try:
        while size < MAX_BYTES:
            try:
                chunk = os.read(descriptor, RECORD_BYTES)
            except OSError as error:
                if error.errno == errno.EPIPE:
                    detail = "overrun"
                    continue
                if error.errno == errno.EAGAIN:
                    break
                return Read(None, status_of(error), "%s: %s" % (path, error.strerror))
            if not chunk:
                break
            chunks.append(chunk)
            size += len(chunk)
    finally:
        os.close(descriptor)
    return Read(b"".join(chunks).decode("utf-8", "backslashreplace"), "ok", detail)


def read_ring() -> Read:
    """Return the buffer as syslog(2) gives it; containers often have this and no /dev/kmsg."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    size = library.klogctl(SYSLOG_ACTION_SIZE_BUFFER, None, 0)
    buffer = ctypes.create_string_buffer(max(size, 0) + 1)
    length = library.klogctl(SYSLOG_ACTION_READ_ALL, buffer, max(size, 0)) if size > 0 else -1
    if length < 0:
        code = ctypes.get_errno()
        return Read(None, status_of(OSError(code, "")), "syslog(2): %s" % os.strerror(code))
    return Read(buffer.raw[:length].decode("utf-8", "backslashreplace"), "ok", "")


def parse_kmsg(text: str) -> t.Iterator[Record]:
    """Yield the records of /dev/kmsg.

        6,339,5140900,-;e1000e 0000:00:19.0 eth0: NIC Link is Down
         SUBSYSTEM=pci

    Documentation/ABI/testing/dev-kmsg: priority and facility, number, microseconds since boot, flags.
    """
    for line in text.split("\n"):
        head, semicolon, message = line.partition(";")
        fields = head.split(",")
        if not semicolon or line.startswith(" ") or len(fields) < 4 or not all(map(str.isdigit, fields[:3])):
            continue
        yield Record(int(fields[1]), int(fields[2]) / 1e6, message, int(fields[0]) >> 3 == 0)


def parse_ring(text: str) -> t.Iterator[Record]:
    """Yield the records from the text of syslog(2), which numbers none.

    <4>[ 1677.410788] TCP: out of memory -- consider tuning tcp_mem
    """
    for line in text.split("\n"):
        match = re.match(RING_LINE, line)
        if match:
            yield Record(None, float(match.group(2)), match.group(3), int(match.group(1)) >> 3 == 0)


def gaps(sequences: t.Sequence[int]) -> int:
    """Return how many records are missing between the first and the last of `sequences`."""
    return sequences[-1] - sequences[0] + 1 - len(sequences) if sequences else 0
