# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report: written whole or not at all, and compared with those of the run before."""

from __future__ import annotations

import json
import os
import pathlib
import tempfile
import typing as t

from ._console import summary
from ._report import render
from ._report_changes import as_diff, changes

LAST = "report.json"


class Written(t.NamedTuple):
    """What writing a report did: `diff` is for C(--diff), `summary` for the console."""

    changed: bool
    diff: dict[str, str]
    paths: list[str]
    summary: str


def write(document: dict[str, t.Any], directory: pathlib.Path, formats: t.Sequence[str], pretend: bool) -> Written:
    """Write `document` to `directory` in each of `formats`; with `pretend` only say what would change.

    Changed means that other findings or diagnoses stand in the report than before, not that its time is newer.
    Raises OSError when a file cannot be written.
    """
    before = previous(directory / LAST)
    moved = changes(before, document)
    texts = render(document, formats)
    paths = [str(directory / name) for name in texts]
    if not pretend:
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            replace(directory / name, text)
    return Written(any(moved.values()), as_diff(before, document), paths, summary(document, [] if pretend else paths))


def previous(path: pathlib.Path) -> dict[str, t.Any] | None:
    """Return the report document of the last run, or None when there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "findings" in found else None


def replace(path: pathlib.Path, text: str) -> None:
    """Write `text` to `path` so that a reader sees the old file or the new one, never half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".%s." % path.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
