# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Diagnoses held against each other: which explains which, and who is to blame for a wait in vain."""

from __future__ import annotations

import typing as t

from ._explains import VICTIMS, explained_by, mutual
from ._order import VERDICTS

Diagnosis = dict[str, t.Any]

Judged = tuple[Diagnosis, bool]
"""A diagnosis, and whether it concerns the flow that was named."""


def by_place(entries: t.Iterable[Diagnosis]) -> dict[str, list[Diagnosis]]:
    """Return diagnoses by each host and box they are about."""
    found: dict[str, list[Diagnosis]] = {}
    for entry in entries:
        for place in places(entry):
            found.setdefault(place, []).append(entry)
    return found


def blamed(found: list[Judged]) -> list[Judged]:
    """Return the diagnoses with a culprit for who waited in vain: the one that evidence on the same flow names."""
    waiting = [entry for entry, _concerned in found if entry["cause"] in VICTIMS and entry["culprit"] is None]
    blaming = by_place(entry for entry, _concerned in found if entry["culprit"] and entry["server"]) if waiting else {}
    for entry in waiting:
        others = [other for place in places(entry) for other in blaming.get(place, ()) if same_place(entry, other)]
        ranked = sorted(others, key=lambda other: (VERDICTS.index(other["verdict"]), -other["score"]))
        known = (entry["client"], *entry["hosts"])
        entry["culprit"] = next((other["culprit"] for other in ranked if other["culprit"] not in known), None)
    return found


def explained(found: list[Judged]) -> list[Judged]:
    """Return the diagnoses with those that a likely or confirmed one at the same place explains made possible."""
    strong: dict[tuple[str, str], list[Diagnosis]] = {}
    for entry, _concerned in found:
        for place in places(entry) if entry["verdict"] != "possible" else ():
            strong.setdefault((entry["cause"], place), []).append(entry)
    reasons = [_reason(entry, strong) if entry["verdict"] != "possible" else None for entry, _concerned in found]
    for (entry, _concerned), reason in zip(found, reasons, strict=True):
        if reason:
            entry.update(verdict="possible", score=round(entry["score"] / 2, 4))
            entry["explanation"] += " Here it follows from %s." % reason
    return found


def _reason(entry: Diagnosis, strong: t.Mapping[tuple[str, str], list[Diagnosis]]) -> str | None:
    """Return the cause that explains a diagnosis, or None."""
    for cause in explained_by(entry["cause"]):
        for place in places(entry):
            if any(_explains(other, entry) for other in strong.get((cause, place), ())):
                return cause
    return None


def _explains(other: Diagnosis, entry: Diagnosis) -> bool:
    if other is entry or not same_place(other, entry):
        return False
    return not mutual(other["cause"], entry["cause"]) or _better(other, entry)


def _better(other: Diagnosis, entry: Diagnosis) -> bool:
    def key(one: Diagnosis) -> tuple[t.Any, ...]:
        return VERDICTS.index(one["verdict"]), -one["score"], one["cause"]

    return key(other) < key(entry)


def places(entry: Diagnosis) -> list[str]:
    """Return the hosts and boxes of a diagnosis."""
    return sorted({*entry["hosts"], entry["server"], entry["culprit"]} - {None})


def same_place(one: Diagnosis, other: Diagnosis) -> bool:
    """Return whether two diagnoses share a host or a server, and do not belong to different ports."""
    if one["port"] and other["port"] and one["port"] != other["port"]:
        return False
    return not set(places(one)).isdisjoint(places(other))
