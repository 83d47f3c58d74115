# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets that systemd listens on for services: limits, accept queue, keepalive."""

from __future__ import annotations

import re
import typing as t

from ._config_files import ConfigFiles, Place
from ._durations import SYSTEMD, parse_duration
from ._software_versions import at_least
from ._systemd_units import find_units, in_use, read_unit
from ._timeout_rows import About, Row, flag, row, timer

LIMIT, BACKLOG = About("limit", 4, "client"), About("backlog", 4, "client")
KEEPALIVE = About("keepalive", 4, "client")
BOOLEANS = {"1": True, "yes": True, "y": True, "true": True, "t": True, "on": True}
BOOLEANS.update({"0": False, "no": False, "n": False, "false": False, "f": False, "off": False})
STREAM = re.compile(r"(?:(?:[^/@%:]*|\[[^\]]*\]):)?(\d{1,5})$")
MAX_SOCKETS = 16


class Option(t.NamedTuple):
    """An option of [Socket]: what it is, how it reads, its default, the release that brought it."""

    about: About
    reads: str
    default: str | None = None
    since: int = 0


OPTIONS = {
    "TriggerLimitIntervalSec": Option(LIMIT, "time", "2"),
    "TriggerLimitBurst": Option(LIMIT, "activations", "20"),
    "PollLimitIntervalSec": Option(LIMIT, "time", "2", 255),
    "PollLimitBurst": Option(LIMIT, "events", "15", 255),
    "MaxConnections": Option(LIMIT, "connections"),
    "MaxConnectionsPerSource": Option(LIMIT, "connections"),
    "Backlog": Option(BACKLOG, "connections"),
    "KeepAlive": Option(KEEPALIVE, "flag", "no"),
    "KeepAliveTimeSec": Option(KEEPALIVE, "time"),
    "KeepAliveIntervalSec": Option(KEEPALIVE, "time"),
    "KeepAliveProbes": Option(KEEPALIVE, "probes"),
    "DeferAcceptSec": Option(About("handshake_timeout", 4, "client"), "time"),
}
"""Source: systemd.socket(5)."""

WITH_ACCEPT = {"TriggerLimitBurst": "200", "PollLimitBurst": "150", "MaxConnections": "64"}
"""Defaults with Accept=yes; without it MaxConnections means nothing."""


class Socket(t.NamedTuple):
    """A unit: its TCP ports, the service it starts, and the last assignment of each option."""

    name: str
    ports: list[int]
    accept: bool
    settings: dict[str, tuple[str, Place]]


def collect(files: ConfigFiles, version: str | None) -> tuple[list[Row], Row]:
    """Return the rows of TCP sockets that are started at boot, their names and their unit files."""
    used = in_use(".socket")
    rows: list[Row] = []
    names: list[str] = []
    paths: list[str] = []
    for name, path in sorted(find_units(".socket").items()):
        found = read_socket(files, name, path) if name in used else None
        if found and found.ports and len(names) < MAX_SOCKETS:
            names.append(name)
            paths.append(path)
            rows += rows_of(found, version, files)
    return rows, {"sockets": names, "files": paths}


def read_socket(files: ConfigFiles, name: str, path: str) -> Socket:
    """Return what the unit file and the drop-ins of a socket say; an empty ListenStream takes those before it away."""
    ports: list[int] = []
    settings: dict[str, tuple[str, Place]] = {}
    for option, value, place in read_unit(files, name, path, "Socket"):
        if option == "ListenStream":
            ports = [*ports, *(port for port in _port(value) if port not in ports)] if value else []
        elif value:
            settings[option] = (value, place)
    accept = BOOLEANS.get(settings["Accept"][0].lower(), False) if "Accept" in settings else False
    return Socket(name, ports, accept, settings)


def _port(address: str) -> list[int]:
    """Return the port of an address such as 22, 0.0.0.0:22, [::]:22; a path or an abstract name has none."""
    found = STREAM.match(address)
    return [int(found.group(1))] if found and not address.startswith("vsock:") else []


def rows_of(socket: Socket, version: str | None, files: ConfigFiles) -> list[Row]:
    """Return the rows of one socket."""
    rows: list[Row] = []
    for name, option in OPTIONS.items():
        written = socket.settings.get(name)
        default = (WITH_ACCEPT if socket.accept else {}).get(name, option.default)
        if written is None and (default is None or (option.since and not at_least(version, option.since))):
            continue
        text, place = written or (default or "", None)
        try:
            reading = read_value(option.reads, text)
        except ValueError as error:
            if place:
                files.problem(place.file, place.line, "%s: %s" % (name, error))
            continue
        where: Row = {"ports": socket.ports, "mode": "accept" if socket.accept else "one service"}
        rows.append(row("systemd", name, option.about, place, socket.name, **reading, **where))
    return _without_limit(rows)


def _without_limit(rows: list[Row]) -> list[Row]:
    """Return the rows of a socket; an interval of 0 switches its burst off as well."""
    idle = {entry["name"].replace("IntervalSec", "Burst") for entry in rows if entry.get("off")}
    return [{**entry, "off": True} if entry["name"] in idle else entry for entry in rows]


def read_value(reads: str, text: str) -> Row:
    """Return the value of an option as a row shows it. Raises ValueError."""
    if reads == "flag":
        if text.lower() not in BOOLEANS:
            raise ValueError("no truth value: %.40r" % text)
        return flag(BOOLEANS[text.lower()])
    if reads == "time":
        return timer(0 if text == "infinity" else parse_duration(text, SYSTEMD))
    if not re.match(r"\d{1,15}$", text):
        raise ValueError("no number: %.40r" % text)
    return {"value": int(text), "unit": reads, "off": reads == "activations" and not int(text)}
