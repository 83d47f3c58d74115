# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Timeouts and keepalive of nginx: what is in force in its servers, and where it is written."""

from __future__ import annotations

import posixpath
import re
import typing as t

from ._application_processes import option_values
from ._config_files import ConfigFiles, status
from ._durations import NGINX, parse_duration
from ._nginx_blocks import Directive, read_nginx
from ._nginx_listen import listen_rows, ports_of
from ._software_versions import at_least
from ._timeout_rows import About, Row, flag, merged, row, timer

FILES = ("/etc/nginx/nginx.conf", "/usr/local/nginx/conf/nginx.conf", "/usr/local/etc/nginx/nginx.conf")

IDLE_CLIENT, IDLE_SERVER = About("idle_timeout", 7, "client"), About("idle_timeout", 7, "server")
HANDSHAKE, CONNECT = About("handshake_timeout", 7, "client"), About("connect_timeout", 4, "server")
LIMIT_CLIENT, LIMIT_SERVER = About("limit", 7, "client"), About("limit", 7, "server")
LINGER, KEEPALIVE = About("linger", 4, "client"), About("keepalive", 4, "server")

Known = t.Dict[str, t.Tuple[About, t.Optional[str]]]

HTTP: Known = {
    "keepalive_timeout": (IDLE_CLIENT, "75s"),
    "keepalive_time": (LIMIT_CLIENT, None),
    "keepalive_requests": (LIMIT_CLIENT, None),
    "client_header_timeout": (HANDSHAKE, "60s"),
    "client_body_timeout": (IDLE_CLIENT, "60s"),
    "send_timeout": (IDLE_CLIENT, "60s"),
    "lingering_close": (LINGER, None),
    "lingering_time": (LINGER, None),
    "lingering_timeout": (LINGER, None),
    "reset_timedout_connection": (LINGER, "off"),
}
STREAM: Known = {
    "proxy_timeout": (About("idle_timeout", 7, "both"), "10m"),
    "proxy_connect_timeout": (CONNECT, "60s"),
    "proxy_socket_keepalive": (KEEPALIVE, "off"),
    "preread_timeout": (HANDSHAKE, None),
    "ssl_handshake_timeout": (HANDSHAKE, None),
}
MAIL: Known = {"timeout": (IDLE_CLIENT, "60s"), "proxy_timeout": (About("idle_timeout", 7, "both"), "24h")}
UPSTREAM: Known = {
    "keepalive_timeout": (IDLE_SERVER, "60s"),
    "keepalive_time": (LIMIT_SERVER, None),
    "keepalive_requests": (LIMIT_SERVER, None),
}
"""What each directive is and the default to show. Source: ngx_conf_merge_*_value in the modules, ngx_connection.h."""

PASSES = ("proxy", "fastcgi", "uwsgi", "scgi", "grpc")
PASSING: Known = {
    "connect_timeout": (CONNECT, "60s"),
    "read_timeout": (IDLE_SERVER, "60s"),
    "send_timeout": (IDLE_SERVER, "60s"),
    "socket_keepalive": (KEEPALIVE, "off"),
}
"""Directives that each way of passing requests on has, such as proxy_read_timeout; shown only where it is used."""

SWITCHES = ("lingering_close", "reset_timedout_connection")
MODULES = {"http": HTTP, "stream": STREAM, "mail": MAIL}
MODES = {"http": "http", "stream": "tcp"}

Report = t.Callable[[str, int, str], None]


def collect(files: ConfigFiles, commands: t.Sequence[t.Sequence[str]], version: str | None = None) -> list[Row]:
    """Return the rows of all servers and upstreams; `commands` are the command lines of running masters."""
    given = [path for words in commands for path in option_values(words, "-c") if path.startswith("/")]
    rows: list[Row] = []
    for path in dict.fromkeys(given or [path for path in FILES if status(path) != "absent"][:1]):
        for block in read_nginx(files, path, posixpath.dirname(path)):
            for one in block.inside("worker_connections"):
                rows += _value(one, LIMIT_CLIENT, block.name, {}, files.problem)
            if block.name in MODULES:
                rows += _module_rows(block, files.problem, version)
    return merged(rows)


def _module_rows(module: Directive, report: Report, version: str | None) -> list[Row]:
    """Return the rows of http, stream or mail: a server takes over what it does not set itself."""
    rows: list[Row] = []
    known, mode = _with_version(MODULES[module.name], version), MODES.get(module.name)
    for upstream in module.inside("upstream"):
        rows += _upstream_rows(upstream, _with_version(UPSTREAM, version), report)
    servers = [(_label(server), server) for server in module.inside("server")]
    for label, server in servers:
        listens = server.inside("listen")
        if listens and all("udp" in listen.words for listen in listens):
            continue
        ports = [port for listen in listens for port in ports_of(listen)]
        where = {"applies_to": [label], "ports": ports or ([] if listens else [80]), "mode": mode}
        used = [prefix for prefix in PASSES if mode == "http" and _uses(server, prefix + "_pass")]
        every = {**known, **{"%s_%s" % (prefix, key): PASSING[key] for prefix in used for key in PASSING}}
        for key, (about, default) in every.items():
            own, above = server.inside(key)[-1:], module.inside(key)[-1:]
            for one in own or above:
                rows += _value(one, about, label if own else module.name, where, report)
            if default and not own and not above:
                rows.append(_default(key, about, default, where))
        rows += _location_rows(server, label, every, where, report)
    return rows + listen_rows([(label, server.inside("listen")) for label, server in servers], mode, report)


def _label(server: Directive) -> str:
    """Return how to call a server: by its first name, or by what it listens on."""
    named = server.inside("server_name") or server.inside("listen")
    return " ".join(["server", *(named[0].words[:1] if named else [])])


def _with_version(known: Known, version: str | None) -> Known:
    """Return the table with defaults that depend on the version: 1000 requests (100 before 1.19.10), one hour."""
    recent = at_least(version, 1, 19, 10)
    if recent is None or "keepalive_requests" not in known:
        return known
    changed = {"keepalive_requests": "1000" if recent else "100", "keepalive_time": "1h" if recent else None}
    return {**known, **{key: (known[key][0], default) for key, default in changed.items()}}


def _uses(directive: Directive, name: str) -> bool:
    return any(one.name == name or _uses(one, name) for one in directive.block or [])


def _location_rows(outer: Directive, path: str, known: Known, where: Row, report: Report) -> list[Row]:
    """Return what locations (and conditions in them) set differently from their server."""
    rows: list[Row] = []
    for inner in outer.inside("location", "if", "limit_except"):
        label = "%s > %s" % (path, " ".join([inner.name, *inner.words]))
        narrower = {**where, "applies_to": [label[len(path) + 3 :]]}
        for one in inner.inside(*known):
            rows += _value(one, known[one.name][0], label, narrower, report)
        rows += _location_rows(inner, label, known, where, report)
    return rows


def _upstream_rows(upstream: Directive, known: Known, report: Report) -> list[Row]:
    """Return the rows of an upstream; without `keepalive` its connections are not kept."""
    kept = upstream.inside("keepalive")[-1:]
    label = " ".join(["upstream", *upstream.words[:1]])
    rows = [found for one in kept for found in _value(one, LIMIT_SERVER, label, {}, report)]
    for key, (about, default) in known.items() if kept else ():
        written = upstream.inside(key)[-1:]
        for one in written:
            rows += _value(one, about, label, {}, report)
        if default and not written:
            rows.append(_default(key, about, default, {"applies_to": [label]}))
    return rows


def _value(one: Directive, about: About, section: str, where: Row, report: Report) -> list[Row]:
    """Return the row of a directive, or none and a report when its value is not valid."""
    try:
        reading = _reading(one.name, one.words[0] if one.words else "")
    except ValueError as error:
        report(one.place.file, one.place.line, "%s: %s" % (one.name, error))
        return []
    return [row("nginx", one.name, about, one.place, section, **reading, **where)]


def _default(name: str, about: About, default: str, where: Row) -> Row:
    return row("nginx", name, about, **_reading(name, default), **where)


def _reading(name: str, word: str) -> Row:
    """Return the value of a directive as a row shows it. Raises ValueError."""
    if name in SWITCHES or name.endswith("_keepalive"):
        if word not in ("on", "off", "always"):
            raise ValueError("neither on nor off: %.40r" % word)
        return flag(word != "off")
    if name in ("keepalive", "keepalive_requests", "worker_connections"):
        if not re.match(r"\d{1,15}$", word):
            raise ValueError("no number: %.40r" % word)
        return {"value": int(word), "unit": "requests" if name == "keepalive_requests" else "connections"}
    seconds = parse_duration(word, NGINX)
    # keepalive_timeout 0 does not mean unlimited: connections are closed after their first request.
    return {"seconds": seconds} if name == "keepalive_timeout" else timer(seconds)
