# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two samples of the same files, and the time between them."""

from __future__ import annotations

import time
import typing as t

from ._read import Read, read_text, source
from ._text import clean

Parsed = t.TypeVar("Parsed")


class Sample(t.NamedTuple):
    """What some files said at one moment of the monotonic clock (seconds)."""

    at_s: float
    reads: dict[str, Read]

    def text(self, path: str) -> str:
        """Return what `path` said, empty when it could not be read."""
        read = self.reads.get(path)
        return read.text or "" if read else ""

    def parsed(
        self, path: str, parser: t.Callable[[str], Parsed], sources: list[dict[str, str]] | None = None
    ) -> Parsed | None:
        """Return what `parser` makes of `path`, None when it is not there or makes no sense; says so in `sources`."""
        read = self.reads.get(path) or Read(None, "absent", path)
        status, detail, value = read.status, read.detail, None
        if read.text is not None:
            try:
                value = parser(read.text)
            except ValueError as error:
                status, detail = "failed", clean(str(error))
        if sources is not None:
            sources.append(source(path, status, detail))
        return value


def read_sample(paths: t.Iterable[str]) -> Sample:
    """Return one sample of `paths`."""
    at_s = time.monotonic()
    return Sample(at_s, {path: read_text(path) for path in paths})


def samples(take: t.Callable[[], Sample], window_s: float, first: Sample | None) -> tuple[Sample | None, Sample, float]:
    """Return the first sample, the last one and the seconds between, at least `window_s`.

    A `first` that was taken earlier counts: only the rest of the window is slept. Without it and without a window
    there is one sample and no first.
    """
    if first is None and window_s <= 0:
        return None, take(), 0.0
    begin = first or take()
    time.sleep(max(0.0, begin.at_s + window_s - time.monotonic()))
    end = take()
    return begin, end, round(end.at_s - begin.at_s, 3)
