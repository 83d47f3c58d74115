# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A time limit for reading one family of facts."""

from __future__ import annotations

import contextlib
import signal
import typing as t


class DeadlineExceeded(BaseException):
    """Raised inside the block; not an Exception, so that no reader takes it for an error of its own."""


@contextlib.contextmanager
def deadline(limit_s: float) -> t.Iterator[None]:
    """Raise DeadlineExceeded in the block after `limit_s` seconds of wall time; 0 means no limit.

    Uses SIGALRM, so it works in the main thread only, and interrupts a blocking read.
    """

    def expire(*dummy: object) -> None:
        raise DeadlineExceeded

    before = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
