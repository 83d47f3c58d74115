# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Letting a second CPU core do a part of the work."""

from __future__ import annotations

import contextlib
import os
import signal
import typing as t

Result = t.TypeVar("Result")


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


@contextlib.contextmanager
def aside(work: t.Callable[[], Result]) -> t.Iterator[t.Callable[[], Result]]:
    """Run `work` in a forked process while the block runs; what is yielded waits for its result.

    Where no process can be made, or it ends without a result, `work` is done when the result is asked for.
    """
    read_end, write_end = os.pipe()
    try:
        child = os.fork()
    except OSError:
        child = -1
    if child == 0:
        _child(work, read_end, write_end)
    os.close(write_end)
    try:
        yield lambda: _result(read_end) or work()
    finally:
        os.close(read_end)
        if child > 0:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _child(work: t.Callable[[], t.Any], read_end: int, write_end: int) -> None:
    """Do the work, write its result, and end without the parent's clean-up."""
    try:
        import pickle

        os.close(read_end)
        rest = memoryview(pickle.dumps(work()))
        while rest:
            rest = rest[os.write(write_end, rest) :]
        os._exit(0)
    except BaseException:
        os._exit(1)


def _result(read_end: int) -> t.Any:
    """Return what the child wrote, None when it wrote nothing whole."""
    import pickle

    pieces = []
    while True:
        piece = os.read(read_end, 1 << 16)
        if not piece:
            break
        pieces.append(piece)
    try:
        return pickle.loads(b"".join(pieces))
    except (EOFError, pickle.UnpicklingError):
        return None
