# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration files of one program: read within bounds, includes followed, what is broken or denied kept."""

from __future__ import annotations

import glob
import itertools
import os
import posixpath
import re
import stat
import typing as t

from ._read import list_names, read_text, real_path, source, status_of
from ._text import clean

MAX_FILES = 512
MAX_OPENED = 2048
"""One file may be included many times, as fastcgi_params of nginx is."""

MAX_DEPTH = 16
MAX_CHARACTERS = 1 << 20
MAX_TOTAL = 4 << 20
MAX_PROBLEMS = 10
MAX_SOURCES = 4

Parsed = t.TypeVar("Parsed")


class Place(t.NamedTuple):
    """Where something is written."""

    file: str
    line: int


def status(path: str) -> str:
    """Return `ok`, `absent`, `denied` or `failed` (no regular file, so that no reader waits for a pipe) of `path`."""
    try:
        return "ok" if stat.S_ISREG(os.stat(real_path(path)).st_mode) else "failed"
    except OSError as error:
        return status_of(error)


def matching(pattern: str) -> list[str]:
    """Return the sorted paths that glob(3) finds, at most one more than `MAX_FILES`."""
    root = real_path("")
    found = itertools.islice(glob.iglob(glob.escape(root) + pattern), MAX_FILES + 1)
    return sorted(path[len(root) :] for path in found)


def is_pattern(path: str) -> bool:
    """Return whether `path` holds wildcards of glob(7)."""
    return any(mark in path for mark in "*?[")


def keyword_of(line: str) -> str:
    """Return the first word of a broken line; what follows is not shown, because it may be a password."""
    found = re.match(r"[^\s=:\"']{1,40}", line.strip())
    return found.group() if found else ""


class ConfigFiles:
    """Reads the files of one program; `read`, `problems` and `sources` tell how that went."""

    def __init__(self, software: str) -> None:
        self.software = software
        self.read: list[str] = []
        self.problems: list[dict[str, t.Any]] = []
        self.sources: list[dict[str, str]] = []
        self._open: list[str] = []
        self._opened = self._characters = 0

    def problem(self, file: str, line: int | None, error: str) -> None:
        """Keep that `file` is broken at `line`."""
        if len(self.problems) < MAX_PROBLEMS:
            told = {"software": self.software, "file": clean(file, 128), "line": line, "error": clean(error, 160)}
            if told not in self.problems:
                self.problems.append(told)

    def parsed(
        self, path: str, parse: t.Callable[[str, str], Parsed], by: Place | None = None, optional: bool = False
    ) -> Parsed | None:
        """Return `parse(text, path)` of a file that is named on the command line or, at `by`, in another file.

        None stands for a file that could not be read, that includes itself, or that is one too many. One that is not
        there is a problem of the line that names it, unless it is `optional`.
        """
        refused = self._refused(path)
        if refused:
            self.problem(by.file if by else path, by.line if by else None, refused)
            return None
        text = self._text(path, None if optional else by)
        if text is None:
            return None
        self._open.append(path)
        try:
            return parse(text, path)
        finally:
            self._open.pop()

    def _refused(self, path: str) -> str:
        if path in self._open:
            return "%s includes itself" % path
        if len(self._open) >= MAX_DEPTH:
            return "includes are more than %d deep; %s was not read" % (MAX_DEPTH, path)
        if len(self.read) >= MAX_FILES or self._opened >= MAX_OPENED or self._characters >= MAX_TOTAL:
            return "too much to read; %s was left out" % path
        return ""

    def _text(self, path: str, by: Place | None) -> str | None:
        state = status(path)
        content = read_text(path, MAX_CHARACTERS + 1) if state == "ok" else None
        if content is None or content.text is None:
            self._unread(path, content.status if content else state, by)
            return None
        if len(content.text) > MAX_CHARACTERS:
            self.problem(path, None, "longer than %d characters; the rest was not read" % MAX_CHARACTERS)
        if path not in self.read:
            self.read.append(path)
        self._opened += 1
        self._characters += len(content.text)
        return content.text[:MAX_CHARACTERS]

    def _unread(self, path: str, state: str, by: Place | None) -> None:
        if state == "denied":
            self.denied(path)
        elif by is not None:
            why = "no such file" if state == "absent" else "not a regular file"
            self.problem(by.file, by.line, "%s: %s" % (path, why))

    @property
    def hidden(self) -> bool:
        """Whether a file or folder was denied, so that what nobody seems to have written may be in it."""
        return any(entry["status"] == "denied" and entry["name"].startswith("/") for entry in self.sources)

    def denied(self, path: str, what: str = "root could read it") -> None:
        """Keep that `path` is not for this user to read."""
        entry = source(clean(path, 128), "denied", what)
        if entry not in self.sources and len(self.sources) < MAX_SOURCES:
            self.sources.append(entry)

    def expanded(self, pattern: str, directory: str) -> list[str]:
        """Return the files that an include names, sorted; a path that is no pattern is returned as it is."""
        path = posixpath.normpath(posixpath.join(directory, pattern))
        if not is_pattern(path):
            return [path]
        self.in_directory(posixpath.dirname(path))
        return matching(path)

    def in_directory(self, directory: str, suffix: str = "") -> list[str]:
        """Return the sorted paths of the files in `directory` that end in `suffix` and are not hidden."""
        if is_pattern(directory):
            return []
        names, state = list_names(directory)
        if state == "denied":
            self.denied(directory)
        return [posixpath.join(directory, name) for name in names if name.endswith(suffix) and name[0] != "."]
