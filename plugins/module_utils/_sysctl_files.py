# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that set sysctls at boot: which of them are read on this peer, and in what order."""

from __future__ import annotations

import posixpath
import typing as t

from ._read import list_names, read_link, read_text, source
from ._sysctl_lines import Invalid, Setting, in_order, parse_cmdline, parse_sysctl_conf
from ._text import clean

DIRECTORIES = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d")
"""A file hides those of the same name in later directories. Source: sysctl.d(5), sysctl(8) --system."""

OPENRC_DIRECTORIES = ("/run/sysctl.d", "/etc/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d")
"""The same for OpenRC on Alpine, which applies them the other way round, one directory after the other."""

SYSCTL_CONF = "/etc/sysctl.conf"
CMDLINE = "/proc/cmdline"
UNIT = "/etc/systemd/system/systemd-sysctl.service"
OPENRC_SCRIPT = "/etc/init.d/sysctl"
FIRST_NAMESPACE = "/proc/sys/net/ipv4/tcp_mem"
"""Exists in the first network namespace only, the one that the kernel command line is for."""

Rows = t.List[t.Dict[str, t.Any]]


class Persistence(t.NamedTuple):
    """What is set at boot: settings as `in_order` gives them, files as read, and what is there but has no effect."""

    settings: dict[str, Setting]
    invalid: list[Invalid]
    files: list[str]
    not_read: Rows
    applied_by: str
    sources: list[dict[str, str]]


def read_persistence() -> Persistence:
    """Return what the files and the kernel command line set, by the rules of the program that applies them here.

    With systemd that is systemd-sysctl, which leaves out /etc/sysctl.conf unless a link in a directory leads to it;
    without, `sysctl --system` of procps, which reads it last, or a script that hands file after file to BusyBox.
    """
    applied_by = _program()
    order, not_read, sources = _listed(OPENRC_DIRECTORIES if applied_by == "openrc" else DIRECTORIES)
    linked = next((file for file in order if _target(file) == SYSCTL_CONF), None)
    if applied_by == "openrc":
        order = _in_turn(order)
        not_read += [_row(file, "OpenRC does not read this directory") for file in _unread()]
    elif applied_by == "procps" and SYSCTL_CONF not in order:
        order.append(SYSCTL_CONF)
    settings = _command_line()
    files = [CMDLINE] if settings else []
    invalid: list[Invalid] = []
    for file in order:
        _read_file(file, settings, invalid, files, not_read, sources)
    by_systemd = applied_by == "systemd-sysctl"
    if by_systemd and linked is None:
        not_read += _left_out()
    sources.insert(0, source("sysctl.d", "ok", _how(applied_by, linked)))
    return Persistence(in_order(settings, by_systemd), invalid, files, not_read, applied_by, sources)


def _program() -> str:
    """Return `systemd-sysctl`, `openrc` (main/openrc/sysctl.initd of Alpine's aports) or `procps`."""
    if list_names("/run/systemd/system")[1] == "ok":
        return "systemd-sysctl"
    return "openrc" if "/usr/lib/sysctl.d/*.conf" in (read_text(OPENRC_SCRIPT).text or "") else "procps"


def _in_turn(files: t.Iterable[str]) -> list[str]:
    """Return files sorted by name in the order of OpenRC: by directory first, /etc/sysctl.conf before those of /run."""
    last_to_first = [*OPENRC_DIRECTORIES[:1], posixpath.dirname(SYSCTL_CONF), *OPENRC_DIRECTORIES[1:]]
    return sorted([*files, SYSCTL_CONF], key=lambda file: -last_to_first.index(posixpath.dirname(file)))


def _unread() -> list[str]:
    """Return the files that only systemd and procps read."""
    rest = (directory for directory in DIRECTORIES if directory not in OPENRC_DIRECTORIES)
    return [posixpath.join(path, name) for path in rest for name in list_names(path)[0] if name.endswith(".conf")]


def _listed(directories: t.Sequence[str]) -> tuple[list[str], Rows, list[dict[str, str]]]:
    """Return the *.conf files sorted by name, those that are not read, and directories that could not be listed."""
    chosen: dict[str, str] = {}
    not_read: Rows = []
    sources = []
    for directory in directories:
        if directory.startswith("/lib/") and (read_link("/lib") or "").strip("/") == "usr/lib":
            continue
        names, status = list_names(directory)
        if status not in ("ok", "absent"):
            sources.append(source(directory, status, "its files are not known"))
        for name in names:
            file = posixpath.join(directory, name)
            if not name.endswith(".conf"):
                not_read += [] if name.startswith((".", "README")) else [_row(file, "its name does not end in .conf")]
            elif name in chosen:
                not_read.append(_row(file, "hidden by " + chosen[name]))
            else:
                chosen[name] = file
    return [chosen[name] for name in sorted(chosen)], not_read, sources


def _read_file(
    file: str, settings: list[Setting], invalid: list[Invalid], files: list[str], not_read: Rows, sources: list[t.Any]
) -> None:
    if _target(file) == "/dev/null":
        not_read.append(_row(file, "masked: a link to /dev/null"))
        return
    content = read_text(file)
    if content.text is not None:
        good, broken = parse_sysctl_conf(content.text, file)
        settings += good
        invalid += broken
        files.append(file)
    elif content.status != "absent":
        hint = "; root could read it" if content.status == "denied" else ""
        sources.append(source(clean(file), content.status, clean(content.detail) + hint))
    elif read_link(file) is not None:
        not_read.append(_row(file, "its link leads nowhere"))


def _target(file: str) -> str | None:
    link = read_link(file)
    return None if link is None else posixpath.normpath(posixpath.join(posixpath.dirname(file), link))


def _row(file: str, why: str) -> dict[str, t.Any]:
    return {"file": clean(file), "why": clean(why)}


def _command_line() -> list[Setting]:
    if read_text(FIRST_NAMESPACE).status != "ok":
        return []
    return parse_cmdline(read_text(CMDLINE).text or "", CMDLINE)


def _left_out() -> Rows:
    """Return a row for /etc/sysctl.conf when it sets something that nobody reads."""
    settings = parse_sysctl_conf(read_text(SYSCTL_CONF).text or "")[0]
    why = "systemd-sysctl reads it only through a link in /etc/sysctl.d; its %d settings have no effect" % len(settings)
    return [_row(SYSCTL_CONF, why)] if settings else []


def _how(applied_by: str, linked: str | None) -> str:
    if applied_by == "procps":
        return "no systemd: sysctl --system reads the directories by name of file, then /etc/sysctl.conf"
    if applied_by == "openrc":
        return "OpenRC applies /lib and /usr/lib, then /etc/sysctl.d, then /etc/sysctl.conf, then /run/sysctl.d"
    if read_link(UNIT) == "/dev/null":
        return "systemd-sysctl.service is masked, so nothing is applied at boot"
    through = ", /etc/sysctl.conf as " + clean(linked) if linked else ", /etc/sysctl.conf not at all"
    return "systemd-sysctl reads the directories by name of file" + through
