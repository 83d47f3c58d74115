# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a log: the one in use and those that rotation left, opened so that rotation cannot lose one."""

from __future__ import annotations

import os
import re
import stat
import typing as t

from ._log_blocks import packing
from ._read import list_names, real_path, status_of
from ._text import clean

ATTEMPTS = 3
NUMBER = r"\d{1,4}"
DATE = r"\d{4}-?\d\d-?\d\d(?:[-T_.]?[\d:]{2,8})?|\d{9,10}"
PACKED = r"(?:\.(?:gz|xz|bz2|zst|lzma))?"


class LogFile(t.NamedTuple):
    """An open file of a log. `size` and `changed_s` (last change, seconds) are those when it was opened."""

    path: str
    descriptor: int
    inode: tuple[int, int]
    size: int
    changed_s: float
    packing: str


class Family(t.NamedTuple):
    """A log: its open files, oldest first, and the files that could not be opened with status and reason."""

    path: str
    files: list[LogFile]
    refused: list[tuple[str, str, str]]


def rotated(name: str, names: t.Iterable[str]) -> list[str]:
    """Return those of `names` that are the log `name` or a rotated part of it, oldest first.

    logrotate(8) and savelog(8) write auth.log.2.gz, `dateext` auth.log-20240101.xz, `extension` auth-20240101.log,
    newsyslog(8) auth.log.0.bz2. Where a part is there plain and compressed, it is taken plain.
    """
    stem, dot, extension = name.rpartition(".")
    shapes = [r"%s[.-]((%s)|%s)%s" % (re.escape(name), NUMBER, DATE, PACKED)]
    if dot:
        shapes.append(r"%s[.-]((%s)|%s)\.%s%s" % (re.escape(stem), NUMBER, DATE, re.escape(extension), PACKED))
    pattern = re.compile("|".join("(?:%s)$" % shape for shape in shapes))
    parts: dict[str, tuple[int, int, str]] = {}
    for found in sorted(names):
        match = pattern.match(found)
        if match:
            mark = [group for group in match.groups() if group is not None][0]
            number = match.group(match.lastindex or 1)
            digits = int(re.sub(r"\D", "", mark))
            age = (1, -digits) if number == mark and len(mark) <= 4 else (0, digits)
            parts.setdefault(mark, (*age, found))
    return [found for dummy, dummy, found in sorted(parts.values())] + ([name] if name in names else [])


def open_family(path: str) -> Family:
    """Open a log and its rotated parts; what cannot be opened is told with `absent`, `denied` or `failed`.

    The file in use is opened first and the directory is read again afterwards, so a rotation in between moves a file
    that is open already. A file is known by its inode, so it is never taken twice.
    """
    directory, name = os.path.split(path)
    opened: dict[tuple[int, int], LogFile] = {}
    refused: dict[str, tuple[str, str, str]] = {}
    order: list[tuple[int, int]] = []
    for dummy in range(ATTEMPTS):
        names, status = list_names(directory)
        wanted = rotated(name, names) if status == "ok" else [name]
        refused, order = {}, []
        before = len(opened)
        for found in reversed(wanted or [name]):
            file = _open(os.path.join(directory, found), opened, refused)
            if file and file.inode not in order:
                opened[file.inode] = file
                order.append(file.inode)
        if len(opened) == before:
            break
    left = [inode for inode in opened if inode not in order]  # compressed or removed meanwhile: still open, and older
    return Family(path, [opened[inode] for inode in left + order[::-1]], list(refused.values()))


def _open(
    path: str, opened: dict[tuple[int, int], LogFile], refused: dict[str, tuple[str, str, str]]
) -> LogFile | None:
    """Open a regular file unless it is open already; note in `refused` why it could not be."""
    try:
        # Not blocking, because a log may be a pipe; without it a pipe without a writer is waited for.
        descriptor = os.open(real_path(path), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        refused[path] = (path, status_of(error), "%s: %s%s" % (path, error.strerror, _readers(path, error)))
        return None
    seen = os.fstat(descriptor)
    inode = (seen.st_dev, seen.st_ino)
    if inode in opened or not stat.S_ISREG(seen.st_mode):
        os.close(descriptor)
        if inode not in opened:
            refused[path] = (path, "failed", "%s: not a regular file" % path)
        return opened.get(inode)
    return LogFile(path, descriptor, inode, seen.st_size, seen.st_mtime, packing(os.pread(descriptor, 6, 0)))


def _readers(path: str, error: OSError) -> str:
    """Return who may read a file that this user may not: root, and its group when the mode says so."""
    if status_of(error) != "denied":
        return ""
    import grp

    try:
        seen = os.stat(real_path(path))
        group = grp.getgrgid(seen.st_gid).gr_name if seen.st_mode & stat.S_IRGRP else "root"
    except (OSError, KeyError):
        group = "root"
    return "; root may read it" if group == "root" else "; root or the group %s may read it" % clean(group, 32)


def replaced(file: LogFile) -> LogFile | None:
    """Return the file that took the place of `file` since it was opened, None when it is still the same one."""
    known = {file.inode: file}
    now = _open(file.path, known, {})
    return None if now is None or now.inode == file.inode else now


def truncated(file: LogFile) -> bool:
    """Return whether a file became shorter since it was opened (`copytruncate` of logrotate)."""
    return os.fstat(file.descriptor).st_size < file.size


def expand(paths: t.Iterable[str], usual: t.Sequence[str]) -> list[str]:
    """Return the paths of logs that `paths` names; a directory means the usual names in it, a pattern its matches."""
    found: list[str] = []
    for path in paths:
        real = real_path(path)
        if os.path.isdir(real):
            names = [os.path.join(path, os.path.basename(name)) for name in usual]
            found.extend(name for name in names if os.path.exists(real_path(name)))
        elif re.search(r"[*?\[]", path) and not os.path.exists(real):
            import glob

            cut = len(real) - len(path)
            found.extend(name[cut:] for name in sorted(glob.glob(real)))
        else:
            found.append(path)
    return list(dict.fromkeys(found))
