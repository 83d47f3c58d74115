# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Idle timeouts, accept queue and limits of MySQL and MariaDB."""

from __future__ import annotations

import re
import typing as t

from ._application_processes import option_values
from ._config_files import ConfigFiles, Place, status
from ._mysql_files import parse_persisted, read_options
from ._software_versions import release
from ._timeout_rows import About, Row, row, timer

FILES = ("/etc/my.cnf", "/etc/mysql/my.cnf", "/usr/etc/my.cnf")
DATA_DIRECTORY = "/var/lib/mysql"

GROUPS = ("mysqld", "server", "mariadb", "mariadbd", "galera")
"""Groups that the server reads, beside those with the number of its release."""

IDLE, LIMIT = About("idle_timeout", 7, "client"), About("limit", 7, "client")
ABOUT = {
    "wait_timeout": (IDLE, "28800"),
    "interactive_timeout": (IDLE, "28800"),
    "net_read_timeout": (IDLE, "30"),
    "net_write_timeout": (IDLE, "60"),
    "idle_transaction_timeout": (IDLE, None),
    "connect_timeout": (About("handshake_timeout", 7, "client"), "10"),
    "max_connections": (LIMIT, "151"),
    "max_connect_errors": (LIMIT, "100"),
    "back_log": (About("backlog", 4, "client"), None),
}
"""What each variable is, and its default. Source: sql/sys_vars.cc, the reference manuals."""

SUFFIXES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


class Setting(t.NamedTuple):
    """A value; `place` is None for an option on the command line."""

    value: str
    place: Place | None
    section: str | None


def collect(files: ConfigFiles, commands: t.Sequence[t.Sequence[str]], version: str | None) -> tuple[list[Row], Row]:
    """Return the rows of the server, its port and whether it looks up names of clients."""
    words = list(commands[0]) if commands else []
    settings = in_force(files, words, version)
    ports = [int(text.value) for text in [settings.get("port", DEFAULT_PORT)] if re.match(r"\d{1,5}$", text.value)]
    rows = []
    for name, (about, default) in ABOUT.items():
        setting = settings.get(name)
        text = setting.value if setting else default
        if text is None:
            continue
        try:
            reading = read_value(name, text)
        except ValueError as error:
            if setting and setting.place:
                files.problem(setting.place.file, setting.place.line, "%s: %s" % (name, error))
            continue
        place, section = (setting.place, setting.section) if setting else (None, None)
        origin = "runtime" if setting and place is None else None
        rows.append(row("mysql", name, about, place, section, source=origin, ports=ports, **reading))
    skips = settings.get("skip_name_resolve")
    unknown = skips is None and files.hidden
    return rows, {"ports": ports, "resolves_names": None if unknown else not _is_on(skips)}


DEFAULT_PORT = Setting("3306", None, None)


def in_force(files: ConfigFiles, words: t.Sequence[str], version: str | None) -> dict[str, Setting]:
    """Return the settings that count: the last of the files, then what SET PERSIST kept, then the command line."""
    only = option_values(words, "--defaults-file")
    extra = option_values(words, "--defaults-extra-file")
    paths = only or [path for path in FILES if status(path) != "absent"] + extra
    settings: dict[str, Setting] = {}
    for path in dict.fromkeys(paths):
        for option in read_options(files, path):
            if is_server_group(option.group, version):
                name, value = _positive(option.name, option.value)
                settings[name] = Setting(value, option.place, "[%s]" % option.group)
    directory = settings["datadir"].value if "datadir" in settings else DATA_DIRECTORY
    settings.update(_persisted(files, directory.rstrip("/") + "/mysqld-auto.cnf"))
    for word in words[1:]:
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            name, value = _positive(name.replace("-", "_"), value if equals else None)
            settings[name] = Setting(value, None, None)
    return settings


def _persisted(files: ConfigFiles, path: str) -> dict[str, Setting]:
    def parse(text: str, file: str) -> dict[str, Setting]:
        try:
            found = parse_persisted(text)
        except (ValueError, RecursionError):
            files.problem(file, 1, "no JSON")
            return {}
        return {name: Setting(value, Place(file, 1), "SET PERSIST") for name, value in found.items()}

    if status(path) in ("absent", "denied"):  # MariaDB has no such file, and its directory is not for everyone
        return {}
    return files.parsed(path, parse) or {}


def is_server_group(group: str, version: str | None) -> bool:
    """Return whether the server reads a group; `mysqld-8.0` and `mariadb-10.11` only when the release fits."""
    name, dash, number = group.partition("-")
    if group == "client-server" or name not in GROUPS:
        return group == "client-server"
    wanted, actual = release(number), release(version)
    return not dash or (wanted is not None and (actual is None or actual[: len(wanted)] == wanted))


def _positive(name: str, value: str | None) -> tuple[str, str]:
    """Return name and value of an option, a bare name as 1 and `disable_x` as x = 0."""
    if name.startswith(("disable_", "enable_")):
        return name.partition("_")[2], "0" if name.startswith("disable_") else "1"
    return name, "1" if value is None else value


def _is_on(setting: Setting | None) -> bool:
    return setting is not None and setting.value.lower() in ("1", "on", "true", "yes", "")


def read_value(name: str, text: str) -> Row:
    """Return the value of a variable as a row shows it. Raises ValueError."""
    found = re.match(r"(\d{1,15})([kKmMgG]?)$", text.strip())
    if found is None:
        raise ValueError("no number: %.40r" % text)
    number = int(found.group(1)) * SUFFIXES[found.group(2).lower()]
    if name in ("max_connections", "max_connect_errors", "back_log"):
        return {"value": number, "unit": "errors" if name == "max_connect_errors" else "connections"}
    return timer(float(number))
