# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of sysctl.d files, and which of them is in force for a name."""

from __future__ import annotations

import fnmatch
import typing as t

from ._sysctl_names import path_of

BLANKS = " \t\r"
GLOB = "*?["


class Setting(t.NamedTuple):
    """One line: the path below /proc/sys (or a pattern), and the value, None where it only excludes from patterns."""

    path: str
    value: str | None
    forgiving: bool
    file: str
    line: int


class Invalid(t.NamedTuple):
    """A line that sets nothing, and why."""

    file: str
    line: int
    text: str
    why: str


Lines = t.Tuple[t.List[Setting], t.List[Invalid]]


def parse_sysctl_conf(text: str, file: str = "") -> Lines:
    """Return the settings and the broken lines of a sysctl.d file, both in the order of the file.

        # comment
        net.ipv4.tcp_keepalive_time = 60
        -net.ipv4.conf.all.rp_filter

    A minus in front of an assignment makes its failure silent; in front of a bare name it keeps patterns away from
    that name. Source: sysctl.d(5), systemd src/sysctl/sysctl.c, procps src/sysctl.c.
    """
    settings: list[Setting] = []
    invalid: list[Invalid] = []
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip(BLANKS)
        if not stripped or stripped[0] in "#;":
            continue
        name, equals, value = stripped.partition("=")
        forgiving = name.startswith("-")
        path = path_of(name[1:].strip(BLANKS) if forgiving else name.strip(BLANKS))
        if not path or (not equals and not forgiving):
            invalid.append(Invalid(file, number, stripped, "no assignment" if path else "no name"))
        else:
            settings.append(Setting(path, value.strip(BLANKS) if equals else None, forgiving, file, number))
    return settings, invalid


def parse_cmdline(text: str, file: str = "") -> list[Setting]:
    """Return the sysctls on a kernel command line; the kernel (5.8 and later) sets them before the first program runs.

        root=/dev/sda1 ro sysctl.net.ipv4.tcp_keepalive_time=60 quiet

    All dots become slashes there. Source: do_sysctl_args() in fs/proc/proc_sysctl.c.
    """
    words = (word.partition("=") for word in text.split(" -- ")[0].split() if word[:7] in ("sysctl.", "sysctl/"))
    return [Setting(name[7:].replace(".", "/"), value, True, file, 1) for name, equals, value in words if equals]


def in_order(settings: t.Iterable[Setting], by_systemd: bool = True) -> dict[str, Setting]:
    """Return the setting of each path or pattern that counts, in the order in which they are applied.

    The last one counts and moves to the end, which decides between patterns; in systemd it keeps its place when it
    repeats the value. A line that only excludes takes an earlier assignment away in systemd, not in procps.
    Source: parse_file() in systemd src/sysctl/sysctl.c, procps src/sysctl.c; both tried.
    """
    last: dict[str, Setting] = {}
    for setting in settings:
        earlier = last.get(setting.path)
        if earlier is not None and setting.value is None and not by_systemd:
            continue
        if earlier is not None and not (by_systemd and earlier.value == setting.value):
            del last[setting.path]
        last[setting.path] = setting
    return last


def is_pattern(path: str) -> bool:
    """Return whether `path` is a glob(7) pattern."""
    return any(mark in path for mark in GLOB)


def in_force(path: str, settings: t.Mapping[str, Setting]) -> Setting | None:
    """Return the setting that is applied to `path`, or None; `settings` are those of `in_order`.

    A line that names the path wins over every pattern, wherever it stands, even when it sets nothing.
    """
    named = settings.get(path)
    if named is not None:
        return named if named.value is not None else None
    matching = [entry for key, entry in settings.items() if entry.value is not None and _matches(path, key)]
    return matching[-1] if matching else None


def _matches(path: str, pattern: str) -> bool:
    """Return whether glob(7) finds `path` with `pattern`: no wildcard takes a slash."""
    if not is_pattern(pattern) or path.count("/") != pattern.count("/"):
        return False
    parts = zip(path.split("/"), pattern.replace("[^", "[!").split("/"))
    return all(fnmatch.fnmatchcase(name, part) for name, part in parts)
