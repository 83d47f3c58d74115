# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking times and memory: subjects are run in turn, so that what else the machine does hits all of them alike."""

from __future__ import annotations

import json
import pathlib
import statistics
import subprocess
import sys
import time
import typing as t

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = ROOT / ".cache" / "benchmarks"


class Sample(t.NamedTuple):
    """One run: wall time, and the highest resident memory and the size of the result where they are known."""

    seconds: float
    memory_bytes: int = 0
    result_bytes: int = 0


Subject = t.Callable[[], Sample]


def process(words: t.Sequence[object], parse: t.Callable[[bytes], object] | None = None) -> Subject:
    """Return a subject: a whole process from start to end, and what `parse` needs for its output, as a user pays it.

    Without `parse` the output goes to /dev/null. RuntimeError when the process fails.
    """
    command = [str(word) for word in words]

    def run() -> Sample:
        started = time.perf_counter()
        output = subprocess.PIPE if parse else subprocess.DEVNULL
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            raise RuntimeError(
                f"{command[:4]} ended with {done.returncode}: {done.stderr[-400:]!r} {done.stdout!r:.400}"
            )
        if parse:
            parse(done.stdout)
        return Sample(time.perf_counter() - started, result_bytes=len(done.stdout or b""))

    return run


def collector(module: str, **arguments: object) -> Subject:
    """Return a subject: `collect(**arguments)` of a module in module_utils, timed inside a fresh Python.

    Fresh, because whatever it caches or imports late must be paid; inside, because a module execution has started
    Python already.
    """
    command = [sys.executable, str(HERE / "collect_once.py"), module, json.dumps(arguments)]

    def run() -> Sample:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
        return Sample(**json.loads(done.stdout))

    return run


def in_turn(rounds: int, *subjects: Subject, warm: bool = True) -> list[list[Sample]]:
    """Return `rounds` samples of each subject, one each per round; an uncounted first round warms caches."""
    if warm:
        for subject in subjects:
            subject()
    samples: list[list[Sample]] = [[] for _subject in subjects]
    for _round in range(rounds):
        for kept, subject in zip(samples, subjects):
            kept.append(subject())
    return samples


def median_seconds(samples: t.Sequence[Sample]) -> float:
    """Return the median wall time."""
    return statistics.median(sample.seconds for sample in samples)


def highest_memory(samples: t.Sequence[Sample]) -> int:
    """Return the highest resident memory of all runs in bytes."""
    return max(sample.memory_bytes for sample in samples)
