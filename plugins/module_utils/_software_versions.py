# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of installed software, from files: the database of dpkg, and marks in the programs themselves."""

from __future__ import annotations

import os
import re
import typing as t

from ._read import list_names, real_path

DPKG_STATUS = "/var/lib/dpkg/status"
MAX_BYTES = 16 << 20

PACKAGES = {
    "haproxy": ("haproxy",),
    "nginx": ("nginx", "nginx-core", "nginx-light"),
    "apache": ("apache2", "apache2-bin"),
    "rabbitmq": ("rabbitmq-server",),
    "mysql": ("mariadb-server", "mysql-server"),
    "redis": ("redis-server", "redis", "valkey-server"),
    "sshd": ("openssh-server",),
    "systemd": ("systemd",),
}

PROGRAMS = {
    "sshd": (("/usr/sbin/sshd",), rb"OpenSSH_(\d+\.\d+(?:\.\d+)?p\d+)"),
    "nginx": (("/usr/sbin/nginx", "/usr/local/nginx/sbin/nginx"), rb"nginx/(\d+\.\d+\.\d+)"),
    "apache": (("/usr/sbin/apache2", "/usr/sbin/httpd"), rb"Apache/(2\.\d+\.\d+)"),
}
"""Where a program is and the text in it that holds its version."""

LIBRARY = re.compile(r"(?:rabbitmq_server|libsystemd-shared)-(\d[\w.~+]*?)(?:\.so)?$")
DIRECTORIES = {
    "rabbitmq": ("/usr/lib/rabbitmq/lib",),
    "systemd": ("/usr/lib/systemd", "/lib/systemd", "/usr/lib64/systemd"),
}
"""Directories with one entry whose name holds the version."""


def parse_dpkg_status(content: bytes, package: str) -> str | None:
    """Return the version of an installed package without its epoch, or None.

        Package: haproxy
        Status: install ok installed
        Version: 2.6.12-1+deb12u3

    Source: deb-control(5).
    """
    start = content.find(b"\nPackage: %s\n" % package.encode())
    if start < 0 and not content.startswith(b"Package: %s\n" % package.encode()):
        return None
    paragraph = content[max(start, 0) :].lstrip(b"\n")[:4096].partition(b"\n\n")[0].decode("utf-8", "replace")
    fields = dict(line.partition(": ")[::2] for line in paragraph.split("\n"))
    if not fields.get("Status", "").endswith(" installed"):
        return None
    return fields.get("Version", "").rpartition(":")[2] or None


def release(version: str | None) -> tuple[int, ...] | None:
    """Return the leading numbers of a version, such as (9, 2) for `9.2p1-2+deb12u5`."""
    found = re.match(r"\d+(?:\.\d+)*", version or "")
    return tuple(int(number) for number in found.group().split(".")) if found else None


def at_least(version: str | None, *wanted: int) -> bool | None:
    """Return whether a version is `wanted` or later; None when it is not known."""
    numbers = release(version)
    return None if numbers is None else numbers[: len(wanted)] >= wanted


class Versions:
    """Looks up versions; reads the database of packages once."""

    def __init__(self) -> None:
        self._status: bytes | None = None

    def __call__(self, software: str) -> str | None:
        """Return the version of the software as text, or None when no file tells it."""
        if self._status is None:
            self._status = _content(DPKG_STATUS)
        packaged = (parse_dpkg_status(self._status, name) for name in PACKAGES.get(software, ()))
        return next(filter(None, packaged), None) or _in_directory(software) or _in_program(software)


def _content(path: str) -> bytes:
    try:
        with open(real_path(path), "rb") as stream:
            return stream.read(MAX_BYTES)
    except OSError:
        return b""


def _in_directory(software: str) -> str | None:
    names = (name for directory in DIRECTORIES.get(software, ()) for name in list_names(directory)[0])
    found: t.Iterator[t.Any] = (LIBRARY.match(name) for name in names)
    return next((match.group(1) for match in found if match), None)


def _in_program(software: str) -> str | None:
    paths, mark = PROGRAMS.get(software, ((), b""))
    path = next((path for path in paths if os.access(real_path(path), os.R_OK)), None)
    found = re.search(mark, _content(path)) if path and mark else None
    return found.group(1).decode() if found else None
