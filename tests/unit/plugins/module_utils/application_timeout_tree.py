# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tree of files out of one text, so that a case with all its includes is one fixture."""

from __future__ import annotations

import pathlib
import typing as t

MARK = "##### "


def plant(text: str, root: pathlib.Path) -> None:
    """Write the files of `text` below `root`.

        ##### /etc/nginx/nginx.conf
        http { }
        ##### /etc/nginx/link -> nginx.conf

    What stands behind a line with the mark and a path is the content of that file; the words of a command line in
    /proc stand on lines of their own.
    """
    for heading, content in _files(text):
        path, arrow, target = heading.partition(" -> ")
        file = root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        if arrow:
            file.symlink_to(target)
        else:
            file.write_bytes((content.replace("\n", "\0") if path.endswith("/cmdline") else content).encode("utf-8"))


def _files(text: str) -> t.Iterator[tuple[str, str]]:
    for part in text.split("\n" + MARK if not text.startswith(MARK) else MARK)[1:]:
        heading, dummy, content = part.partition("\n")
        yield heading, content
