# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit files of systemd: which file and which drop-ins count for a unit, and what they say."""

from __future__ import annotations

import posixpath
import typing as t

from ._config_files import ConfigFiles, Place
from ._read import list_names, read_link

DIRECTORIES = (
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    "/etc/systemd/system",
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/run/systemd/generator.late",
)
"""A unit file hides those of the same name in later directories. Source: systemd.unit(5), UNIT FILE LOAD PATH."""

MASK = "/dev/null"
MAX_UNITS = 512


class Setting(t.NamedTuple):
    """One assignment in a unit file."""

    section: str
    name: str
    value: str
    line: int


def parse_unit(text: str) -> tuple[list[Setting], list[tuple[int, str]]]:
    r"""Return the assignments of a unit file and what is broken, (line, error).

        [Socket]
        ListenStream=0.0.0.0:22
        # a line may go on \
        Accept=yes

    A backslash at the end of a line continues it, over comments in between. Source: systemd.syntax(7).
    """
    found: list[Setting] = []
    problems = []
    section, pending, start = "", "", 0
    for number, line in enumerate([*text.split("\n"), ""], 1):
        stripped = line.strip(" \t\r")
        if stripped[:1] in ("#", ";") or (not stripped and not pending):
            continue
        start = start if pending else number
        if stripped.endswith("\\"):
            pending += stripped[:-1] + " "
            continue
        whole, pending = (pending + stripped).strip(), ""
        name, equals, value = whole.partition("=")
        if whole.startswith("[") and whole.endswith("]"):
            section = whole[1:-1]
        elif not equals or not section:
            problems.append((start, "assignment outside of a section" if equals else "missing '='"))
        else:
            found.append(Setting(section, name.rstrip(), value.lstrip(), start))
    return found, problems


def directories() -> list[str]:
    """Return the directories of units; on merged systems /lib is not another one."""
    merged = (read_link("/lib") or "").strip("/") == "usr/lib"
    return [path for path in DIRECTORIES if not (merged and path.startswith("/lib/"))]


def find_units(suffix: str) -> dict[str, str]:
    """Return the file of each unit whose name ends in `suffix`; masked ones and templates are left out."""
    found: dict[str, str] = {}
    for directory in directories():
        for name in list_names(directory)[0]:
            if name.endswith(suffix) and "@." not in name and len(found) < MAX_UNITS:
                found.setdefault(name, posixpath.join(directory, name))
    return {name: path for name, path in found.items() if not _is_masked(path)}


def _is_masked(path: str) -> bool:
    target = read_link(path)
    return target is not None and posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) == MASK


def in_use(suffix: str) -> set[str]:
    """Return the units that another one pulls in, most of them at boot: links in *.wants and *.requires."""
    names = set()
    for directory in directories():
        for folder in list_names(directory)[0]:
            if folder.endswith((".wants", ".requires", ".upholds")):
                names.update(list_names(posixpath.join(directory, folder))[0])
    return {name for name in names if name.endswith(suffix)}


def drop_ins(name: str) -> list[str]:
    """Return the drop-ins of a unit in the order in which they are read.

    Those for the prefixes of the name (`a-.socket.d` for `a-b.socket`) and for all units of the type are in the same
    list. A file hides those of the same name in later directories, in one directory those for fewer words of the
    name, and always those for the type. Source: unit_file_find_dropin_paths(), tried with 252.
    """
    base, dummy, kind = name.rpartition(".")
    words = base.split("-")
    prefixes = ["-".join(words[:count]) + "-" for count in range(len(words) - 1, 0, -1)]
    folders = [posixpath.join(path, "%s.%s.d" % (part, kind)) for path in directories() for part in [base, *prefixes]]
    found: dict[str, str] = {}
    for folder in folders + [posixpath.join(path, kind + ".d") for path in directories()]:
        for file in list_names(folder)[0]:
            if file.endswith(".conf"):
                found.setdefault(file, posixpath.join(folder, file))
    return [found[file] for file in sorted(found) if not _is_masked(found[file])]


def read_unit(files: ConfigFiles, name: str, path: str, section: str) -> list[tuple[str, str, Place]]:
    """Return (name, value, place) of the assignments of one section of a unit in the order in which they count."""

    def parse(text: str, file: str) -> list[tuple[str, str, Place]]:
        found, problems = parse_unit(text)
        for line, error in problems:
            files.problem(file, line, error)
        return [(one.name, one.value, Place(file, one.line)) for one in found if one.section == section]

    rows: list[tuple[str, str, Place]] = []
    for file in [path, *drop_ins(name)]:
        rows += files.parsed(file, parse) or []
    return rows
