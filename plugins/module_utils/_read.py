# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading files of the peer. Nothing here raises because something is absent: it answers with a status."""

from __future__ import annotations

import errno
import os
import typing as t

ROOT = ""
"""Prefix of every path; tests point it at a recorded tree."""

MAX_BYTES = 1 << 20
FIRST_BYTES = 4096
"""Asked for first: for a file of /proc/sys the kernel clears as much memory as is asked for, 0.13 ms for 1 MiB."""


class Read(t.NamedTuple):
    """What one read gave: `text` is None unless `status` is `ok`."""

    text: str | None
    status: str
    detail: str


def status_of(error: OSError) -> str:
    """Return `absent`, `denied` or `failed` for an error of the operating system.

    EOPNOTSUPP is the kernel's word for what was switched off: /proc/pressure of RHEL 8 without psi=1, rtnetlink of IPv6
    with ipv6.disable=1.
    """
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ESRCH, errno.EOPNOTSUPP):
        return "absent"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "denied"
    return "failed"


def real_path(path: str) -> str:
    """Return where `path` (absolute, as the peer names it) is to be opened."""
    return ROOT + path


def read_text(path: str, limit: int = MAX_BYTES) -> Read:
    """Return up to `limit` bytes of `path` as text; bytes that are not UTF-8 become backslash escapes."""
    try:
        with open(real_path(path), "rb") as stream:
            content = stream.read(min(FIRST_BYTES, limit))
            if len(content) == FIRST_BYTES:
                content += stream.read(limit - FIRST_BYTES)
    except OSError as error:
        return Read(None, status_of(error), "%s: %s" % (path, error.strerror))
    return Read(content.decode("utf-8", "backslashreplace"), "ok", "")


def list_names(path: str) -> tuple[list[str], str]:
    """Return the sorted names in the directory `path` and a status (`ok absent denied failed`)."""
    try:
        return sorted(os.listdir(real_path(path))), "ok"
    except OSError as error:
        return [], status_of(error)


def read_link(path: str) -> str | None:
    """Return where the symbolic link `path` points, or None when it is not a readable link."""
    try:
        return os.readlink(real_path(path))
    except OSError:
        return None


def source(name: str, status: str = "ok", detail: str = "") -> dict[str, str]:
    """Return one entry of a fact's `sources`."""
    return {"name": name, "status": status, "detail": detail}
