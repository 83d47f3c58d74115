# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of several files in one text: `==> PATH <==`, then the file; lines of equals signs part the samples."""

from __future__ import annotations

import pathlib
import re

FIXTURES = pathlib.Path(__file__).resolve().parents[3] / "fixtures"
FILE = re.compile(r"^==> (\S+) <==\n", re.MULTILINE)


def samples(family: str, name: str) -> list[dict[str, str]]:
    """Return the texts by path, one dict for each sample of a recording."""
    content = (FIXTURES / family / name).read_text(encoding="utf-8")
    parts = [FILE.split(part)[1:] for part in re.split(r"^=+\n", content, flags=re.MULTILINE)]
    return [dict(zip(part[::2], part[1::2])) for part in parts]


def write_tree(root: pathlib.Path, texts: dict[str, str]) -> None:
    """Write the files of one sample below `root`."""
    for path, text in texts.items():
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
