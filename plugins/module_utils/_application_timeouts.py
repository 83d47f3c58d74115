# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Heartbeats, idle timeouts and limits of the servers on this peer: in force, in seconds, with file and line."""

from __future__ import annotations

import typing as t

from ._application_processes import find
from ._bounds import FAMILY_BYTES, size_bytes, take
from ._config_files import ConfigFiles, status
from ._hidden_processes import HIDDEN, are_hidden
from ._read import source
from ._software_versions import Versions
from ._text import clean

Row = t.Dict[str, t.Any]

SPARE_BYTES = 64
FAIR_SHARE = 12
"""So many rows of each program come first when not all of them fit."""

MOST_PROBLEMS = 10
MOST_FILES = 4
MOST_ITEMS = 16
KINDS = "heartbeat idle_timeout keepalive linger limit handshake_timeout backlog connect_timeout".split()
"""What is kept first when the fact gets too large."""


class Asked(t.NamedTuple):
    """What a reader of one program is given: command lines, version, and the options of the module."""

    running: list[list[str]]
    version: str | None
    commands: bool
    client: t.Any


Found = t.Tuple[t.List[Row], Row]


def _haproxy(files: ConfigFiles, asked: Asked) -> Found:
    from ._haproxy_config import collect as read

    return read(files, asked.running), {}


def _rabbitmq(files: ConfigFiles, asked: Asked) -> Found:
    from ._rabbitmq_config import collect as read

    return read(files, asked.commands)


def _nginx(files: ConfigFiles, asked: Asked) -> Found:
    from ._nginx_config import collect as read

    return read(files, asked.running, asked.version), {}


def _apache(files: ConfigFiles, asked: Asked) -> Found:
    from ._apache_config import collect as read

    return read(files, asked.running)


def _sshd(files: ConfigFiles, asked: Asked) -> Found:
    from ._sshd_config import collect as read

    return read(files, asked.running, asked.version, asked.client)


def _postgresql(files: ConfigFiles, asked: Asked) -> Found:
    from ._postgresql_config import collect as read

    return read(files, asked.running)


def _mysql(files: ConfigFiles, asked: Asked) -> Found:
    from ._mysql_config import collect as read

    return read(files, asked.running, asked.version)


def _redis(files: ConfigFiles, asked: Asked) -> Found:
    from ._redis_config import collect as read

    return read(files, asked.running)


def _systemd(files: ConfigFiles, asked: Asked) -> Found:
    from ._systemd_sockets import collect as read

    return read(files, asked.version)


class Program(t.NamedTuple):
    """How to read a program, the places that show that it is installed, and whether it is nothing without a file."""

    read: t.Callable[[ConfigFiles, Asked], Found]
    places: tuple[str, ...]
    needs_file: bool = True


PROGRAMS = {
    "haproxy": Program(_haproxy, ("/etc/haproxy",)),
    "rabbitmq": Program(_rabbitmq, ("/etc/rabbitmq", "/usr/lib/rabbitmq"), False),
    "nginx": Program(_nginx, ("/etc/nginx", "/usr/local/nginx/conf", "/usr/local/etc/nginx")),
    "apache": Program(_apache, ("/etc/apache2", "/etc/httpd/conf", "/usr/local/apache2/conf")),
    "sshd": Program(_sshd, ("/etc/ssh/sshd_config", "/usr/sbin/sshd"), False),
    "postgresql": Program(_postgresql, ("/etc/postgresql", "/var/lib/pgsql", "/var/lib/postgres/data")),
    "mysql": Program(
        _mysql, tuple("/usr/%s/%s" % (d, n) for d in ("sbin", "libexec") for n in ("mysqld", "mariadbd")), False
    ),
    "redis": Program(_redis, ("/etc/redis", "/etc/redis.conf", "/etc/valkey", "/usr/local/etc/redis")),
    "systemd": Program(_systemd, ("/run/systemd/system",), False),
}


def collect(
    commands: bool = False, sshd_match: t.Mapping[str, t.Any] | None = None, only: t.Sequence[str] | None = None
) -> Row:
    """Return the fact `peer_application_timeouts`, of all programs or of those named in `only`.

    `commands` allows to ask rabbitmqctl; `sshd_match` (user, host, addr) decides Match blocks of sshd for one client.
    Raises ValueError when `sshd_match` is not plain names and addresses.
    """
    client = None
    if sshd_match:
        from ._sshd_config import client_of

        client = client_of(sshd_match)
    running, contained = find()
    versions = Versions()
    rows: list[Row] = []
    fact: Row = {"sources": [], "timeouts": [], "services": {}, "problems": []}
    wanted = {software: PROGRAMS[software] for software in only or PROGRAMS}
    for software, program in wanted.items():
        if software in running or any(status(place) != "absent" for place in program.places):
            asked = Asked(running.get(software, []), versions(software), commands, client)
            rows += _read(software, program, asked, fact)
    contained = {software: number for software, number in contained.items() if software in wanted}
    if contained:
        fact["sources"].append(_containers(contained))
    if are_hidden():
        fact["sources"].append(source("/proc/PID", "denied", HIDDEN))
    fact["timeouts"] = take(ranked(rows), FAMILY_BYTES - SPARE_BYTES - size_bytes(fact))
    fact["total"], fact["truncated"] = len(rows), len(fact["timeouts"]) < len(rows)
    return _fitting(fact)


def _containers(contained: t.Mapping[str, int]) -> dict[str, str]:
    told = ", ".join("%s (%d)" % (software, number) for software, number in sorted(contained.items()))
    return source("containers", "absent", told + " run in containers of this host, which have files of their own")


def _read(software: str, program: Program, asked: Asked, fact: Row) -> list[Row]:
    """Return the rows of one program; its service, sources and problems are added to the fact."""
    files = ConfigFiles(software)
    try:
        rows, more = program.read(files, asked)
    except Exception as error:  # one program that cannot be read must not hide the others
        rows, more = [], {}
        files.sources.append(source(software, "failed", clean("%s: %s" % (type(error).__name__, error))))
    if program.needs_file and not (asked.running or files.read or files.sources):
        return []
    if files.hidden:
        rows = [entry for entry in rows if entry["source"] != "default"]
    running = bool(asked.running) or software == "systemd"
    service: Row = {"present": True, "running": running or (None if are_hidden() else False), "version": asked.version}
    service["files"] = files.read[:MOST_FILES]
    if len(files.read) > MOST_FILES:
        service["files_total"] = len(files.read)
    fact["services"][software] = _plain({**service, **more})
    fact["sources"] += [_source(software, asked, files), *files.sources]
    fact["problems"] += files.problems[: MOST_PROBLEMS - len(fact["problems"])]
    return rows


def _plain(value: t.Any) -> t.Any:
    """Return a value with all its texts made safe and its lists kept short."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value[:MOST_ITEMS]]
    return clean(value, 128) if isinstance(value, str) else value


def _source(software: str, asked: Asked, files: ConfigFiles) -> dict[str, str]:
    number = len(files.read)
    if number:
        return source(software, "ok", "%d file%s read" % (number, "s" if number > 1 else ""))
    if software == "systemd":
        return source(software, "ok", "no socket unit of TCP is started at boot")
    if files.hidden:
        return source(software, "denied", "root could read its configuration; its values are not known")
    what = "it runs, but its configuration was not found" if asked.running else "no configuration file"
    return source(software, "absent", what + "; the values are its defaults")


def ranked(rows: t.Iterable[Row]) -> list[Row]:
    """Return rows so that of each program those come first that matter most to idle connections and were written."""
    by_software: dict[str, list[Row]] = {}
    for entry in rows:
        by_software.setdefault(entry["software"], []).append(entry)
    placed = []
    for number, group in enumerate(by_software.values()):
        group.sort(key=lambda e: (e.get("conditional", False), KINDS.index(e["kind"]), e["source"] == "default"))
        placed += [(place // FAIR_SHARE, number, place, entry) for place, entry in enumerate(group)]
    return [entry for *dummy, entry in sorted(placed, key=lambda item: item[:3])]


def _fitting(fact: Row) -> Row:
    """Drop the last rows, then the last sources, until the fact keeps to its bound."""
    while size_bytes(fact) > FAMILY_BYTES and (fact["timeouts"] or fact["sources"]):
        (fact["timeouts"] or fact["sources"]).pop()
        fact["truncated"] = True
    return fact
