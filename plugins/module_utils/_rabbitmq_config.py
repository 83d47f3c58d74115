# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Heartbeat, handshake, linger, backlog and keepalive of RabbitMQ, from its files and, when asked for, from itself."""

from __future__ import annotations

import os
import re
import typing as t

from ._config_files import ConfigFiles, Place
from ._erlang_terms import Broken, Tuple, parse_terms
from ._rabbitmq_files import Configuration, Setting, Settings, rabbit_settings, read_configuration
from ._read import real_path, source
from ._text import clean
from ._timeout_rows import About, Row, flag, row, timer

CONTROL = "/usr/sbin/rabbitmqctl"
CONTROL_TIMEOUT_S = 30.0

HEARTBEAT, HANDSHAKE = About("heartbeat", 7, "client"), About("handshake_timeout", 7, "client")
BACKLOG, LINGER = About("backlog", 4, "client"), About("linger", 4, "client")
KEEPALIVE, LIMIT = About("keepalive", 4, "client"), About("limit", 7, "client")
IDLE = About("idle_timeout", 7, "client")

TIMERS: dict[str, tuple[About, float, int | None]] = {
    "heartbeat": (HEARTBEAT, 1.0, 60),
    "handshake_timeout": (HANDSHAKE, 1e-3, 10000),
    "ssl_handshake_timeout": (HANDSHAKE, 1e-3, None),
    "stream.heartbeat": (HEARTBEAT, 1.0, None),
    "management.tcp.idle_timeout": (IDLE, 1e-3, None),
    "management.tcp.inactivity_timeout": (IDLE, 1e-3, None),
}
"""What a timer is, how many seconds its unit has, its default. Source: deps/rabbit/Makefile, rabbit.schema."""

OPTIONS = "tcp_listen_options"
WITHOUT_OPTIONS = {"backlog": 128, "linger": (True, 0), "keepalive": False}
"""What counts as long as nothing sets tcp_listen_options."""

WITH_OPTIONS = {"backlog": 1024, "linger": (False, 0), "keepalive": False}
"""What is left of it otherwise: what sets one option takes the place of the whole list, and Ranch's backlog counts."""

WRITTEN = ("file", "line", "section")
REPLACED = "tcp_listen_options is set, which drops the options it does not name"
Options = t.Dict[str, t.Tuple[t.Any, t.Optional[Setting]]]


def collect(files: ConfigFiles, commands: bool = False) -> tuple[list[Row], Row]:
    """Return the rows of the node and the ports of its listeners; with `commands` rabbitmqctl is asked as well."""
    configuration = read_configuration(files)
    rows = rows_of(configuration, files)
    if commands:
        rows = _as_running(rows, files)
    ports = _ports(configuration)
    for entry in rows:
        if ports and not entry["name"].startswith(("stream.", "management.")):
            entry["ports"] = ports
    return rows, {"ports": ports}


def rows_of(configuration: Configuration, files: ConfigFiles) -> list[Row]:
    """Return the rows for what the files set, and for the defaults of what they do not."""
    effective = {**configuration.conf, **configuration.terms}
    rows = [_timer(name, effective.get(name), files) for name in TIMERS]
    if "connection_max" in effective:
        rows.append(_limit(effective["connection_max"], files))
    options, given = _options(configuration)
    note = REPLACED if given else None
    for name, about in (("backlog", BACKLOG), ("linger", LINGER), ("keepalive", KEEPALIVE)):
        value, setting = options[name]
        label = setting.name if setting else "%s.%s" % (OPTIONS, name)
        reading = {"backlog": _backlog, "linger": _linger, "keepalive": _keepalive}[name]
        try:
            entry = _row(label, about, setting, note=None if setting else note, **reading(value))
        except (ValueError, TypeError):
            _broken(files, setting, "%s: unexpected value %.40s" % (label, value))
            continue
        rows.append(entry)
    return [entry for entry in rows if entry]


def _row(name: str, about: About, setting: Setting | None, **more: t.Any) -> Row:
    section = "rabbit" if setting and setting.place.file.endswith(".config") else None
    return row("rabbitmq", name, about, setting.place if setting else None, section, **more)


def _broken(files: ConfigFiles, setting: Setting | None, error: str) -> None:
    if setting is not None:
        files.problem(setting.place.file, setting.place.line, error)


def _timer(name: str, setting: Setting | None, files: ConfigFiles) -> Row | None:
    about, unit, default = TIMERS[name]
    value = setting.value if setting else default
    if value is None:
        return None
    if value == "infinity":
        return _row(name, about, setting, **timer(0))
    if not re.match(r"\d{1,15}$", str(value)):
        _broken(files, setting, "%s: no number: %.40r" % (name, value))
        return None
    return _row(name, about, setting, **timer(round(int(value) * unit, 3)))


def _limit(setting: Setting, files: ConfigFiles) -> Row | None:
    if setting.value == "infinity":
        return _row(setting.name, LIMIT, setting, off=True)
    if not re.match(r"\d{1,15}$", str(setting.value)):
        _broken(files, setting, "%s: no number: %.40r" % (setting.name, setting.value))
        return None
    return _row(setting.name, LIMIT, setting, value=int(setting.value), unit="connections")


def _options(configuration: Configuration) -> tuple[Options, bool]:
    """Return backlog, linger and keepalive, each with the setting it comes from, and whether anything sets the list."""
    written = {name: one for name, one in configuration.conf.items() if name.startswith(OPTIONS + ".")}
    terms = configuration.terms.get(OPTIONS)
    if terms is not None:
        found: Options = {name: (value, one) for name, value, one in _in_terms(terms)}
    else:
        found = {name: (one.value, one) for key in ("backlog", "keepalive") for name, one in _one(written, key)}
        switch, span = written.get(OPTIONS + ".linger.on"), written.get(OPTIONS + ".linger.timeout")
        if switch or span:
            on = switch.value if switch else "false"
            found["linger"] = ((on, span.value if span else 0), switch or span)
    given = terms is not None or bool(written)
    unset: dict[str, t.Any] = WITH_OPTIONS if given else WITHOUT_OPTIONS
    return {name: found.get(name, (value, None)) for name, value in unset.items()}, given


def _one(written: Settings, key: str) -> list[tuple[str, Setting]]:
    one = written.get("%s.%s" % (OPTIONS, key))
    return [(key, one)] if one else []


def _in_terms(setting: Setting) -> t.Iterator[tuple[str, t.Any, Setting]]:
    """Yield the options of a list such as [binary, {backlog, 128}, {linger, {true, 0}}]."""
    for item in setting.value if isinstance(setting.value, list) else ():
        if isinstance(item, Tuple) and len(item.items) == 2 and item.items[0] in WITH_OPTIONS:
            name, value = item.items
            pair = tuple(value.items) if isinstance(value, Tuple) else value
            yield name, pair, Setting("%s.%s" % (OPTIONS, name), pair, Place(setting.place.file, item.line))


def _is_true(value: t.Any) -> bool:
    if str(value).lower() not in ("true", "false"):
        raise ValueError(value)
    return str(value).lower() == "true"


def _backlog(value: t.Any) -> Row:
    return {"value": int(value), "unit": "connections"}


def _linger(value: t.Any) -> Row:
    """Return linger: on with 0 seconds makes every close by the broker a reset."""
    on, seconds = value
    return {**flag(_is_true(on)), "seconds": float(seconds) if _is_true(on) else None}


def _keepalive(value: t.Any) -> Row:
    return flag(_is_true(value))


def _ports(configuration: Configuration) -> list[int]:
    """Return the ports of the AMQP listeners, with and without TLS."""
    found: list[t.Any] = []
    for kind, default in (("tcp", [configuration.port]), ("ssl", [])):
        terms = configuration.terms.get(kind + "_listeners")
        written = [one.value for name, one in configuration.conf.items() if name.startswith("listeners.%s" % kind)]
        if terms is not None:
            found += [str(item.items[-1] if isinstance(item, Tuple) else item) for item in terms.value or []]
        else:
            found += written or default
    ports = (str(text).rpartition(":")[2] for text in found)
    return sorted({int(port) for port in ports if re.match(r"[0-9]{1,5}$", port)})


def _as_running(rows: list[Row], files: ConfigFiles) -> list[Row]:
    """Return the rows as the running node tells them: a value that is not the one of the files is of source runtime."""
    if not os.access(real_path(CONTROL), os.X_OK):
        return rows
    from ._command import run

    said = run([real_path(CONTROL), "environment"], CONTROL_TIMEOUT_S)
    if said.text is not None:
        start = said.text.find("[")
        try:
            settings = rabbit_settings(parse_terms(said.text[max(start, 0) :]), CONTROL)
        except Broken as broken:
            files.sources.append(source("rabbitmqctl environment", "failed", clean(str(broken))))
            return rows
        files.sources.append(source("rabbitmqctl environment"))
        running = {entry["name"]: entry for entry in rows_of(Configuration({}, settings, 0), files)}
        return [_compared(entry, running) for entry in rows]
    files.sources.append(source("rabbitmqctl environment", said.status, said.detail))
    return rows


def _compared(entry: Row, running: t.Mapping[str, Row]) -> Row:
    name = re.sub(r"\.linger\.(on|timeout)$", ".linger", entry["name"])
    actual = running.get(name, entry)
    if (actual["seconds"], actual.get("value")) == (entry["seconds"], entry.get("value")):
        return entry
    return {**{key: value for key, value in actual.items() if key not in WRITTEN}, "source": "runtime"}
