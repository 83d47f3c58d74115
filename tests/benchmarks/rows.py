# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of the result: a ratio of ours to a peer, or a figure, with the most it may be."""

from __future__ import annotations

import dataclasses
import typing as t

from .measure import Sample, Subject, highest_memory, in_turn, median_seconds

KIB = 1 << 10
MIB = 1 << 20


@dataclasses.dataclass
class Options:
    """What the command line asked for."""

    rounds: int = 5
    scale: float = 1.0

    def size(self, full: int) -> int:
        """Return how large to make something that is `full` in a whole run."""
        return max(int(full * self.scale), 10)


@dataclasses.dataclass
class Row:
    """One line of the table. `value` is compared with `target`; both in `unit`, an empty one being a ratio."""

    name: str
    against: str
    value: float
    target: float
    unit: str = ""
    ours: float | None = None
    theirs: float | None = None
    samples: dict[str, list[Sample]] = dataclasses.field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """Return `ok` or `MISSED`."""
        return "ok" if self.value <= self.target else "MISSED"


def ratio(name: str, against: str, target: float, ours: t.Sequence[Sample], theirs: t.Sequence[Sample]) -> Row:
    """Return the row of two subjects' times."""
    mine, other = median_seconds(ours), median_seconds(theirs)
    return Row(name, against, mine / other, target, "", mine, other, {"ours": list(ours), "theirs": list(theirs)})


def compare(
    options: Options, name: str, against: str, target: float, ours: Subject, theirs: Subject, warm: bool = True
) -> Row:
    """Run two subjects in turn and return the row of their times."""
    return ratio(name, against, target, *in_turn(options.rounds, ours, theirs, warm=warm))


def memory(name: str, full: t.Sequence[Sample], tenth: t.Sequence[Sample]) -> list[Row]:
    """Return the rows for a collector's memory: bounded, and hardly growing with the load."""
    most, least = highest_memory(full), highest_memory(tenth)
    growth = Row(f"{name}, memory", "a tenth of the load", most / least, 1.5, "", most / MIB, least / MIB)
    return [growth, Row(f"{name}, memory", "", most / MIB, 100.0, "MiB")]
