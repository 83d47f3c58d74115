# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network namespaces beside the own one: which there are, and a visit to each by a thread of its own."""

from __future__ import annotations

import errno
import os
import re
import threading
import time
import typing as t

from ._cgroups import parse_cgroup, unit_of
from ._read import list_names, read_text, real_path
from ._text import clean

CLONE_NEWNET = 0x40000000
NAMED = ("/run/netns", "/run/docker/netns")
MOST_PROCESSES = 8192
MOST_NAMES = 256
CONTAINER = re.compile(r"[0-9a-f]{64}")
"""Docker, Podman, containerd and CRI-O all name the control group of a container after its ID."""

T = t.TypeVar("T")


class Namespace(t.NamedTuple):
    """A network namespace: its inode, the file that leads to it, its first process, its name where it has one."""

    inode: int
    path: str
    pid: int | None
    name: str | None


class Found(t.NamedTuple):
    """The other namespaces in the order of their first process, and how many processes hid theirs."""

    namespaces: list[Namespace]
    denied: int


def own_namespace() -> int | None:
    """Return the inode of the own network namespace, as lsns(8) shows it, or None."""
    try:
        return _inode("/proc/self/ns/net")
    except OSError:
        return None


def namespaces() -> Found:
    """Return the network namespaces of all processes and those with a name, without the own one."""
    own, denied = own_namespace(), 0
    first: dict[int, int] = {}
    for pid in sorted(int(name) for name in list_names("/proc")[0] if name.isdecimal())[:MOST_PROCESSES]:
        try:
            first.setdefault(_inode("/proc/%d/ns/net" % pid), pid)
        except PermissionError:
            denied += 1
        except OSError:  # ended meanwhile
            continue
    names = _names()
    found = [Namespace(inode, "/proc/%d/ns/net" % pid, pid, _base(names.get(inode))) for inode, pid in first.items()]
    found += [Namespace(inode, path, None, _base(path)) for inode, path in names.items() if inode not in first]
    return Found([namespace for namespace in found if namespace.inode != own], denied)


def _inode(path: str) -> int:
    """Return the inode in a link as `net:[4026531840]`. Raises OSError."""
    digits = os.readlink(real_path(path))[len("net:[") : -1]
    if not digits.isdecimal():
        raise OSError(errno.EINVAL, "no network namespace", path)
    return int(digits)


def _names() -> dict[int, str]:
    """Return the paths of namespaces that are bind-mounted, by inode (ip-netns(8))."""
    paths = [directory + "/" + name for directory in NAMED for name in list_names(directory)[0]]
    found = {}
    for path in paths[:MOST_NAMES]:
        try:
            found[os.stat(real_path(path)).st_ino] = path
        except OSError:
            continue
    return found


def _base(path: str | None) -> str | None:
    return clean(os.path.basename(path), 64) if path else None


def container_and_unit(pid: int) -> tuple[str | None, str | None]:
    """Return the short ID of the container that a process runs in, and its unit of systemd; None for each without."""
    path = parse_cgroup(read_text("/proc/%d/cgroup" % pid).text or "")[0]
    found = CONTAINER.findall(path)
    return found[-1][:12] if found else None, unit_of(path)


def visit(found: t.Sequence[Namespace], look: t.Callable[[Namespace], T], limit_s: float) -> list[T | OSError]:
    """Return what `look` says in each namespace, or the error that kept it out; ends after `limit_s` seconds.

    A thread enters them one after the other and ends in the last one: the thread of the caller, and what it opens,
    stay where they are. Namespaces that were not reached in time are missing at the end of the list. Needs
    CAP_SYS_ADMIN. Source: setns(2).
    """
    answers: list[T | OSError] = []
    deadline = time.monotonic() + limit_s

    def tour() -> None:
        enter = _setns()
        for namespace in found:
            if time.monotonic() > deadline:
                return
            try:
                enter(namespace.path)
                answers.append(look(namespace))
            except OSError as error:
                answers.append(error)

    thread = threading.Thread(target=tour, name="network namespaces", daemon=True)
    thread.start()
    thread.join(limit_s)
    return answers[:]


def _setns() -> t.Callable[[str], None]:
    """Return a function that takes this thread into the network namespace behind a path. Raises OSError."""
    call = os.setns if hasattr(os, "setns") else _libc_setns()

    def enter(path: str) -> None:
        handle = os.open(real_path(path), os.O_RDONLY | os.O_CLOEXEC)
        try:
            call(handle, CLONE_NEWNET)
        finally:
            os.close(handle)

    return enter


def _libc_setns() -> t.Callable[[int, int], None]:
    """Return setns(2) of the C library; Python has it since 3.12."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)

    def setns(handle: int, kind: int) -> None:
        if library.setns(handle, kind):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    return setns
