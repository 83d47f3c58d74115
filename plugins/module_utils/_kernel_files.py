# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of the kernel in the files that a syslog daemon writes."""

from __future__ import annotations

import os
import re
import time
import typing as t

from ._log_blocks import plain_blocks
from ._log_times import STAMP, Times
from ._log_window import Stretch, find_start, years
from ._read import Read, real_path, status_of

LINE = (
    rb"(?:<\d{1,3}>)?(?:1 )?(?P<stamp>"
    + STAMP
    + rb") \S+ kernel(?:\[\d+\])?(?: - - -|:) (?:\[ *\d+\.\d+\] ?)?(?P<message>.*)"
)
Message = t.Tuple[t.Optional[float], str]


def parse_lines(lines: t.Iterable[bytes], times: Times) -> t.Iterator[Message]:
    """Yield time (seconds since the epoch) and text of the lines that the kernel wrote.

    Nov 20 12:52:01 web1 kernel: [ 1677.410788] eth0: NIC Link is Down
    """
    for line in lines:
        match = re.match(LINE, line) if b" kernel" in line else None
        if match:
            try:
                at_s: float | None = times.at(match.group("stamp"))
            except ValueError:
                at_s = None
            yield at_s, match.group("message").decode("utf-8", "backslashreplace")


def read_file(path: str, since_s: float) -> tuple[t.Iterator[Message] | None, Read]:
    """Return the messages of one plain file as young as `since_s`, oldest first, and how opening it went."""
    try:
        descriptor = os.open(real_path(path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return None, Read(None, status_of(error), "%s: %s" % (path, error.strerror))
    return _messages(descriptor, since_s), Read("", "ok", "")


def _messages(descriptor: int, since_s: float) -> t.Iterator[Message]:
    try:
        whole = Stretch(descriptor, 0, os.fstat(descriptor).st_size)
        young = whole._replace(start=find_start(whole, since_s, time.time()))
        times = Times(years(young, time.time())[1])
        for buffer, end in plain_blocks(descriptor, young.start, young.stop):
            if buffer.find(b" kernel", 0, end) >= 0:
                yield from parse_lines(buffer[:end].split(b"\n"), times)
    finally:
        os.close(descriptor)
