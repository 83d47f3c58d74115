# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of nftables, read when a rule needs them: a set may hold a hundred thousand addresses."""

from __future__ import annotations

import itertools
import typing as t

from ._nfnetlink import ANONYMOUS, Ask, Element, Key, Set, count, elements, verdicts

MAX_ELEMENTS = 4096
"""Of a larger set nothing is told but its name."""


class Sets:
    """The sets of a ruleset and what was read of them."""

    def __init__(self, asked: Ask, known: t.Mapping[Key, Set]) -> None:
        self.asked = asked
        self.known = known
        self.read: dict[Key, list[Element] | None] = {}
        self.decided: dict[Key, tuple[bool, set[str]]] = {}

    def elements(self, key: Key) -> list[Element] | None:
        """Return the elements of a set; None when it is too large or has gone."""
        if key not in self.read:
            try:
                found = list(itertools.islice(elements(self.asked, key), MAX_ELEMENTS + 1))
            except OSError:
                found = []
            self.read[key] = found if 0 < len(found) <= MAX_ELEMENTS else None
        return self.read[key]

    def written(self, key: Key) -> list[Element] | None:
        """Return the elements of a set that stands in a rule itself, and None for one with a name."""
        known = self.known.get(key)
        return self.elements(key) if known and known.flags & ANONYMOUS else None

    def verdicts(self, key: Key) -> tuple[bool, set[str]]:
        """Return whether a map of verdicts drops anything, and the chains that it sends packets to."""
        if key not in self.decided:
            try:
                self.decided[key] = verdicts(self.asked, key)
            except OSError:
                self.decided[key] = False, set()
        return self.decided[key]

    def banned(self, is_one: t.Callable[[str], bool]) -> int:
        """Return how many elements the sets of tables have whose names `is_one` accepts, sets inside rules left out."""
        found = 0
        for key, known in self.known.items():
            if is_one(key[1]) and not known.flags & ANONYMOUS:
                try:
                    found += count(self.asked, key)
                except OSError:
                    continue
        return found
