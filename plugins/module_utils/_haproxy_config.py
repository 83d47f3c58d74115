# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Timeouts and keepalive of HAProxy: what is in force in its proxies, and where it is written."""

from __future__ import annotations

import posixpath
import re
import typing as t

from ._application_processes import option_values
from ._config_files import ConfigFiles
from ._durations import HAPROXY, parse_duration
from ._haproxy_lines import parse_haproxy
from ._haproxy_sections import BACK, FRONT, PROXIES, Report, Section, Written, read_sections
from ._timeout_rows import About, Row, flag, merged, row, timer

FILE = "/etc/haproxy/haproxy.cfg"
DIRECTORY = "/etc/haproxy/conf.d"

LONGEST_S = 2147483.647
"""Timers are milliseconds in 31 bits."""

TIMERS: dict[str, tuple[About, tuple[str, ...]]] = {
    "timeout client": (About("idle_timeout", 7, "client"), FRONT),
    "timeout server": (About("idle_timeout", 7, "server"), BACK),
    "timeout tunnel": (About("idle_timeout", 7, "both"), BACK),
    "timeout client-fin": (About("idle_timeout", 7, "client"), FRONT),
    "timeout server-fin": (About("idle_timeout", 7, "server"), BACK),
    "timeout http-keep-alive": (About("idle_timeout", 7, "client"), FRONT),
    "timeout http-request": (About("handshake_timeout", 7, "client"), FRONT),
    "timeout client-hs": (About("handshake_timeout", 7, "client"), FRONT),
    "timeout connect": (About("connect_timeout", 4, "server"), BACK),
    "timeout queue": (About("connect_timeout", 7, "server"), BACK),
    "timeout check": (About("connect_timeout", 7, "server"), BACK),
    "clitcpka-idle": (About("keepalive", 4, "client"), FRONT),
    "clitcpka-intvl": (About("keepalive", 4, "client"), FRONT),
    "srvtcpka-idle": (About("keepalive", 4, "server"), BACK),
    "srvtcpka-intvl": (About("keepalive", 4, "server"), BACK),
}
"""What each timer is, and the kinds of section that use it. Source: doc/configuration.txt, proxy keywords matrix."""

SWITCHES = {
    "option clitcpka": (About("keepalive", 4, "client"), FRONT),
    "option srvtcpka": (About("keepalive", 4, "server"), BACK),
    "option nolinger": (About("linger", 4, "both"), PROXIES),
}
NUMBERS = {
    "clitcpka-cnt": (About("keepalive", 4, "client"), FRONT, "probes"),
    "srvtcpka-cnt": (About("keepalive", 4, "server"), BACK, "probes"),
    "maxconn": (About("limit", 4, "client"), FRONT, "connections"),
    "backlog": (About("backlog", 4, "client"), FRONT, "connections"),
}
WITHOUT = ("timeout client", "timeout server", "timeout connect", "timeout tunnel", *list(SWITCHES)[:2])
"""Settings that matter when nobody wrote them: without, a timer is unlimited and keepalive is off."""

TUNNELLED = ("timeout client", "timeout server")
LIMIT = About("limit", 4, "client")


def collect(files: ConfigFiles, commands: t.Sequence[t.Sequence[str]]) -> list[Row]:
    """Return the rows of all proxies; `commands` are the command lines of running processes."""
    rows: list[Row] = []
    known: list[list[str]] = []
    for words in commands or [[]]:
        paths = config_paths(files, words)
        if paths not in known:
            known.append(paths)
            rows += rows_of(_sections(files, paths), files.problem)
    return merged(rows)


def _sections(files: ConfigFiles, paths: list[str]) -> list[Section]:
    """Return the sections of the files of one process, which read as if they were one."""
    sections: list[Section] = []
    for path in paths:
        parsed = files.parsed(path, lambda text, dummy: parse_haproxy(text))
        if parsed is not None:
            for line, error in parsed[1]:
                files.problem(path, line, error)
            read_sections(parsed[0], path, sections, files.problem)
    return sections


def config_paths(files: ConfigFiles, words: t.Sequence[str]) -> list[str]:
    """Return the files that a process was given, the usual ones without a process; a directory stands for its .cfg."""
    directory = ([""] + option_values(words, "-C"))[-1]
    after = list(words[words.index("--") + 1 :]) if "--" in words else []
    named = [posixpath.join(directory, path) for path in option_values(words, "-f") + after]
    paths: list[str] = []
    for path in named or [FILE, DIRECTORY]:
        inside = [] if path.endswith(".cfg") else files.in_directory(path, ".cfg")
        paths += inside or ([] if path == DIRECTORY else [path])
    return [path for path in dict.fromkeys(paths) if path.startswith("/")]


def rows_of(sections: t.Sequence[Section], report: Report) -> list[Row]:
    """Return a row for each value that is in force in some proxy, and for what is missing there."""
    fronts: dict[str, list[int]] = {}
    for section in sections:
        for backend in section.used:
            fronts.setdefault(backend, []).extend(section.ports)
    tunnels = {one.name: one.is_sure_of("timeout tunnel") for one in sections if one.kind in BACK}
    rows: list[Row] = []
    for section in sections:
        for name in TIMERS:
            if name in section.settings:  # also what no proxy uses keeps HAProxy from starting
                _timer(name, LIMIT, section.settings[name], {}, report)
        if section.kind == "global":
            rows += _global_rows(section, report)
        elif section.kind in PROXIES:
            ports = section.ports or fronts.get(section.name, [])
            where: Row = {"applies_to": [section.label], "ports": ports, "mode": section.word("mode", "tcp")}
            behind = [section.name] if section.kind in BACK else section.used
            if where["mode"] == "tcp" and behind and all(tunnels.get(name) for name in behind):
                where["superseded_by"] = "timeout tunnel"
            rows += _proxy_rows(section, where, report)
    return rows


def _global_rows(section: Section, report: Report) -> list[Row]:
    rows = []
    if "maxconn" in section.settings:
        rows.append(_number("maxconn", LIMIT, section.settings["maxconn"], "connections", {}, report))
    if "hard-stop-after" in section.settings:
        rows.append(_timer("hard-stop-after", LIMIT, section.settings["hard-stop-after"], {}, report))
    return [found for found in rows if found]


def _proxy_rows(section: Section, where: Row, report: Report) -> list[Row]:
    rows: list[Row | None] = []
    for name, (about, kinds) in TIMERS.items():
        written = section.get(name) if section.kind in kinds else None
        if written:
            rows.append(_timer(name, about, written, where, report))
        elif section.kind in kinds and name in WITHOUT:
            rows.append(_unset(name, about, where, timer(0)))
    for name, (about, kinds) in SWITCHES.items():
        written = section.get(name) if section.kind in kinds else None
        if written:
            rows.append(_row(name, about, written, where, **flag(written.words[0] == "on")))
        elif section.kind in kinds and name in WITHOUT:
            rows.append(_unset(name, about, where, flag(False)))
    for name, (about, kinds, unit) in NUMBERS.items():
        written = section.get(name) if section.kind in kinds else None
        if written:
            rows.append(_number(name, about, written, unit, where, report))
    return [found for found in rows if found]


def _row(name: str, about: About, written: Written, where: Row, **more: t.Any) -> Row:
    """Return the row of a setting; on TCP connections `timeout tunnel`, where set, counts in place of two others."""
    if name not in TUNNELLED:
        where = {key: value for key, value in where.items() if key != "superseded_by"}
    return row("haproxy", name, about, written.place, written.section, conditional=written.conditional, **more, **where)


def _unset(name: str, about: About, where: Row, reading: Row) -> Row:
    return row("haproxy", name, about, **reading, **{key: where[key] for key in ("applies_to", "ports", "mode")})


def _timer(name: str, about: About, written: Written, where: Row, report: Report) -> Row | None:
    text = (written.words or [""])[0]
    try:
        seconds = parse_duration(text, HAPROXY)
        if seconds > LONGEST_S:
            raise ValueError("longer than 24.8 days: %.40r" % text)
    except ValueError as error:
        if not text.startswith("$"):
            report(written.place.file, written.place.line, "%s: %s" % (name, error))
            return None
        return _row(name, about, written, where, value=text, unit="variable")
    return _row(name, about, written, where, **timer(seconds))


def _number(name: str, about: About, written: Written, unit: str, where: Row, report: Report) -> Row | None:
    text = (written.words or [""])[0]
    if not re.match(r"[0-9]{1,15}$", text):
        if not text.startswith("$"):
            report(written.place.file, written.place.line, "%s: no number: %.40r" % (name, text))
            return None
        return _row(name, about, written, where, value=text, unit="variable")
    return _row(name, about, written, where, value=int(text), unit=unit)
