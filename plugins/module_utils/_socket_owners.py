# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds sockets open, by one walk of /proc."""

from __future__ import annotations

import itertools
import os
import typing as t

from ._cgroups import group_of_process
from ._hidden_processes import are_hidden
from ._read import list_names, read_text, real_path

FIRST_DESCRIPTORS = 64
"""Servers open their listeners early; a process with 100,000 connections has them behind these."""

MOST_CHILDREN = 1000
MOST_THREADS = 64

Holders = t.Dict[int, t.List[t.Tuple[int, int]]]
"""(pid, descriptor) of those that hold a socket, by its inode."""


class Owners(t.NamedTuple):
    """The holders of sockets, and how many processes did not let their descriptors be seen, at least."""

    holders: Holders
    denied: int


def owners(groups: t.Mapping[int, int | None]) -> Owners:
    """Return who holds the sockets given by inode, each with the control group that opened it (or None).

    The walk ends as soon as each socket has a holder: first the first 64 descriptors of each process, then the rest of
    those processes that are in the control group of a socket still without one. Children of a holder are looked at in
    any case, because a server hands its listener to its workers, under the same number as a rule.
    """
    found: Holders = {}
    seen: set[int] = set()
    larger: list[int] = []
    denied = 0
    for pid in _pids():
        if len(found) == len(groups):
            break
        seen.add(pid)
        try:
            larger += [pid] if _look(pid, groups, found, FIRST_DESCRIPTORS) else []
        except PermissionError:
            denied += 1
    _look_further(larger, groups, found)
    _look_at_children(groups, found, seen)
    if not denied and len(found) < len(groups) and are_hidden():
        denied = 1
    return Owners(found, denied)


def _pids() -> list[int]:
    try:
        return sorted(int(name) for name in os.listdir(real_path("/proc")) if name.isdigit())
    except OSError:
        return []


def _look(pid: int, wanted: t.Container[int], found: Holders, most: int | None, also: t.Iterable[str] = ()) -> bool:
    """Note which wanted sockets are among the first `most` descriptors of a process; return whether it has more.

    Descriptors with the numbers in `also` are looked at as well. Since Linux 6.2 the size of the directory is how many
    there are, and of many the kernel need not list all. Raises PermissionError when they are not to be seen; a process
    that ends meanwhile has none.
    """
    directory = -1
    try:
        directory = os.open(real_path("/proc/%d/fd" % pid), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        if most is not None and os.fstat(directory).st_size > most:
            for name in itertools.chain(map(str, range(most)), also):
                _note(pid, name, directory, wanted, found)
            return True
        with os.scandir(directory) as entries:
            names = (entry.name for entry in itertools.islice(entries, most))
            for name in itertools.chain(names, also):
                _note(pid, name, directory, wanted, found)
            return next(entries, None) is not None
    except PermissionError:
        raise
    except OSError:
        return False
    finally:
        if directory >= 0:
            os.close(directory)


def _note(pid: int, name: str, directory: int, wanted: t.Container[int], found: Holders) -> None:
    try:
        target = os.readlink(name, dir_fd=directory)
    except OSError:
        return
    if target[:8] == "socket:[" and int(target[8:-1]) in wanted:
        holders = found.setdefault(int(target[8:-1]), [])
        holders += [(pid, int(name))] if (pid, int(name)) not in holders else []


def _look_further(larger: t.Iterable[int], groups: t.Mapping[int, int | None], found: Holders) -> None:
    """Look at the later descriptors of `larger` processes for the sockets without a holder.

    A socket of the kernel itself (NFS, VXLAN, WireGuard) has none, and shall not cost a look at every descriptor.
    """
    for pid in larger:
        left = {inode: group for inode, group in groups.items() if inode not in found}
        if not left:
            return
        if None in left.values() or group_of_process(pid) in left.values():
            try:
                _look(pid, left, found, None)
            except PermissionError:
                pass


def _look_at_children(groups: t.Container[int], found: Holders, seen: set[int]) -> None:
    pending = list(dict.fromkeys(pid for holders in found.values() for pid, dummy in holders))
    late = {str(pair[1]) for holders in found.values() for pair in holders if pair[1] >= FIRST_DESCRIPTORS}
    asked: set[int] = set()
    looked = 0
    while pending and looked < MOST_CHILDREN:
        for child in _children(pending.pop()):
            if child in asked or (child in seen and not late):
                continue
            asked.add(child)
            looked += 1
            before = sum(map(len, found.values()))
            try:
                _look(child, groups, found, 0 if child in seen else FIRST_DESCRIPTORS, late)
            except PermissionError:
                continue
            if sum(map(len, found.values())) > before:
                pending.append(child)


def _children(pid: int) -> list[int]:
    """Return the children of a process, each known to the thread that made it; none without CONFIG_PROC_CHILDREN.

    A process with many threads is asked about its first ones. Source: proc(5).
    """
    threads = [str(pid), *list_names("/proc/%d/task" % pid)[0][:MOST_THREADS]]
    texts = (read_text("/proc/%d/task/%s/children" % (pid, thread)).text or "" for thread in dict.fromkeys(threads))
    return [int(word) for text in texts for word in text.split() if word.isdigit()]
