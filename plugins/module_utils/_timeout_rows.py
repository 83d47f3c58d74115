# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of the fact on application timeouts: one value with its place, and equal values of many sections as one."""

from __future__ import annotations

import typing as t

from ._config_files import Place
from ._text import clean

Row = t.Dict[str, t.Any]

MAX_NAMES = 4
MAX_PORTS = 8


class About(t.NamedTuple):
    """What a setting is: its kind, the layer whose traffic counts, and whose connections it concerns."""

    kind: str
    layer: int
    side: str


def row(
    software: str,
    name: str,
    about: About,
    place: Place | None = None,
    section: str | None = None,
    seconds: float | None = None,
    **more: t.Any,
) -> Row:
    """Return one row; `source` is `default` without a place. What is None or empty in `more` is left out.

    `more` takes off, value, unit, ports, applies_to, note, mode, parts, conditional, superseded_by and source.
    """
    entry: Row = {
        "software": software,
        "kind": about.kind,
        "name": clean(name, 64),
        "seconds": seconds,
        "layer": about.layer,
        "side": about.side,
        "source": more.pop("source", None) or ("config" if place else "default"),
    }
    if place:
        entry.update(file=clean(place.file, 128), line=place.line)
    if section is not None:
        entry["section"] = clean(section, 96)
    for key, value in more.items():
        if value is not None and value not in ("", [], {}) and not (key in ("off", "conditional") and value is False):
            entry[key] = _plain(value)
    return entry


def _plain(value: t.Any) -> t.Any:
    """Return a value with its texts and names made safe."""
    if isinstance(value, dict):
        return {clean(str(key), 48): part for key, part in value.items()}
    return clean(value, 96) if isinstance(value, str) else value


def timer(seconds: float) -> Row:
    """Return `seconds` for a row, in which 0 means that the timer is off."""
    return {"seconds": seconds} if seconds else {"seconds": None, "off": True}


def flag(value: bool) -> Row:
    """Return what a row says of a switch."""
    return {"value": value, "unit": "flag", "off": not value}


def merged(rows: t.Iterable[Row]) -> list[Row]:
    """Return rows in their order, those that differ in ports and applies_to only as one with all of both."""
    found: dict[str, Row] = {}
    for entry in rows:
        ports, sections = entry.pop("ports", []), entry.pop("applies_to", [])
        same = found.setdefault(repr(sorted(entry.items(), key=lambda item: item[0])), {**entry, "_": ({}, {})})
        same["_"][0].update(dict.fromkeys(ports))
        same["_"][1].update(dict.fromkeys(sections))
    return [_bounded(entry) for entry in found.values()]


def _bounded(entry: Row) -> Row:
    ports, sections = map(list, entry.pop("_"))
    if ports:
        entry["ports"] = sorted(ports)[:MAX_PORTS]
    if sections:
        entry["applies_to"] = [clean(name, 64) for name in sections[:MAX_NAMES]]
    if len(sections) > MAX_NAMES:
        entry["applies_to_total"] = len(sections)
    return entry
