# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Timeouts and keepalive of the Apache HTTP server, for the server and each virtual host."""

from __future__ import annotations

import re
import typing as t

from ._apache_blocks import Directive, Reader
from ._application_processes import option_values
from ._config_files import ConfigFiles, status
from ._durations import APACHE, parse_duration
from ._timeout_rows import About, Row, flag, merged, row, timer

FILES = {
    "/etc/apache2/apache2.conf": "/etc/apache2",
    "/etc/httpd/conf/httpd.conf": "/etc/httpd",
    "/etc/apache2/httpd.conf": "/etc/apache2",
    "/usr/local/apache2/conf/httpd.conf": "/usr/local/apache2",
}
"""The usual files, each with the ServerRoot that was compiled in."""

IDLE_CLIENT, IDLE_SERVER = About("idle_timeout", 7, "client"), About("idle_timeout", 7, "server")
LIMIT = About("limit", 7, "client")

ABOUT = {
    "Timeout": (About("idle_timeout", 7, "both"), "60"),
    "KeepAlive": (LIMIT, "On"),
    "KeepAliveTimeout": (IDLE_CLIENT, "5"),
    "MaxKeepAliveRequests": (LIMIT, "100"),
    "ProxyTimeout": (IDLE_SERVER, None),
    "RequestReadTimeout": (About("handshake_timeout", 7, "client"), None),
    "ListenBacklog": (About("backlog", 4, "client"), "511"),
    "MaxRequestWorkers": (LIMIT, None),
}
"""What each directive is, and its default. Source: the directive index of 2.4; without ProxyTimeout Timeout counts."""

SERVER_ONLY = ("ListenBacklog", "MaxRequestWorkers")
WORKERS = {"proxypass": "ProxyPass", "proxypassmatch": "ProxyPassMatch", "balancermember": "BalancerMember"}
PER_WORKER = {
    "timeout": IDLE_SERVER,
    "connectiontimeout": About("connect_timeout", 4, "server"),
    "ttl": IDLE_SERVER,
    "keepalive": About("keepalive", 4, "server"),
}
"""Parameters of ProxyPass and BalancerMember. Source: mod_proxy, ProxyPass."""

PORT = re.compile(r"(?:^|:)(\d{1,5})$")

Report = t.Callable[[str, int, str], None]


def collect(files: ConfigFiles, commands: t.Sequence[t.Sequence[str]]) -> tuple[list[Row], Row]:
    """Return the rows of the server and its virtual hosts, and the ports it listens on."""
    given = [path for words in commands for path in option_values(words, "-f") if path.startswith("/")]
    path = (given or [path for path in FILES if status(path) != "absent"] or [""])[0]
    roots = [root for words in commands for root in option_values(words, "-d")]
    compiled_in = FILES.get(path, path.rpartition("/")[0])
    tree = Reader(files, (roots or [compiled_in])[-1]).read(path) if path else []
    ports = sorted({port for one in tree if one.name == "listen" for port in _ports(one.words[:1])})
    if not tree:
        return [], {"ports": ports}
    rows = _scope_rows("server", tree, [], ports, files.problem)
    for host in tree:
        if host.name == "virtualhost" and host.block is not None:
            named = [one.words[0] for one in host.block if one.name == "servername" and one.words]
            label = " ".join(["VirtualHost", *(named[:1] or host.words[:1])])
            rows += _scope_rows(label, host.block, tree, _ports(host.words) or ports, files.problem)
    return merged(rows), {"ports": ports}


def _ports(addresses: t.Sequence[str]) -> list[int]:
    """Return the ports of addresses such as 80, 192.0.2.1:80, [2001:db8::1]:443, *:8080."""
    found = [PORT.search(address) for address in addresses if not address.endswith("]")]
    return [int(port.group(1)) for port in found if port]


def _scope_rows(
    label: str, own: list[Directive], above: list[Directive], ports: list[int], report: Report
) -> list[Row]:
    """Return the rows of the server (`above` is empty) or of a virtual host, which takes over what it does not set."""
    rows: list[Row] = []
    where: Row = {"ports": ports, "applies_to": [label]}
    for name, (about, default) in ABOUT.items():
        if above and name in SERVER_ONLY:
            continue
        mine = _named(own, name)
        written = mine or _named(above, name)
        for one in written[-1:]:
            rows += _value(name, about, one, label if mine else "server", where, report)
        if not written and default:
            rows.append(row("apache", name, about, **_reading(name, [default]), **where))
    return rows + _worker_rows(label, own, where, report)


def _named(directives: list[Directive], name: str) -> list[Directive]:
    """Return the directives of a name, those of RequestReadTimeout as one: each of its lines sets other phases."""
    found = [one for one in directives if one.name == name.lower() and one.words]
    if name == "RequestReadTimeout" and found:
        return [found[0]._replace(words=[word for one in found for word in one.words])]
    return found


def _value(name: str, about: About, one: Directive, section: str, where: Row, report: Report) -> list[Row]:
    try:
        reading = _reading(name, one.words)
    except ValueError as error:
        report(one.place.file, one.place.line, "%s: %s" % (name, error))
        return []
    return [row("apache", name, about, one.place, section, conditional=one.conditional, **reading, **where)]


def _reading(name: str, words: t.Sequence[str]) -> Row:
    """Return the value of a directive as a row shows it. Raises ValueError."""
    text = words[0]
    if name == "KeepAlive":
        if text.lower() not in ("on", "off"):
            raise ValueError("neither On nor Off: %.40r" % text)
        return flag(text.lower() == "on")
    if name == "RequestReadTimeout":
        return read_request_timeout(words)
    if name in ("MaxKeepAliveRequests", "ListenBacklog", "MaxRequestWorkers"):
        if not re.match(r"\d{1,9}$", text):
            raise ValueError("no number: %.40r" % text)
        return {"value": int(text), "unit": "requests" if name == "MaxKeepAliveRequests" else "connections"}
    if name == "Timeout":
        return _whole_seconds(text)
    seconds = parse_duration(text, APACHE)
    # KeepAliveTimeout 0 does not mean unlimited: the connection is closed after the answer.
    return {"seconds": seconds} if name == "KeepAliveTimeout" else timer(seconds)


def _whole_seconds(text: str) -> Row:
    """Return Timeout, of which the server reads the leading digits only (atoi in server/core.c)."""
    digits = re.match(r"\d{1,9}", text)
    if digits is None:
        raise ValueError("no number: %.40r" % text)
    note = "" if digits.group() == text else "Timeout knows no units; %.20s counts as %s s" % (text, digits.group())
    return {**timer(float(digits.group())), "note": note}


def read_request_timeout(words: t.Sequence[str]) -> Row:
    """Return RequestReadTimeout: the first seconds for the headers, and those of each phase. Raises ValueError.

    header=20-40,MinRate=500 body=20,MinRate=500
    """
    parts: dict[str, float] = {}
    for word in words:
        phase, equals, value = word.partition("=")
        found = re.match(r"(\d{1,9})(?:-(\d{1,9}))?(?:,|$)", value)
        if not equals or found is None:
            raise ValueError("no phase=seconds: %.40r" % word)
        parts[phase.lower() + "_s"] = float(found.group(1))
    return {**timer(parts.get("header_s", 0.0)), "value": " ".join(words), "parts": parts}


def _worker_rows(label: str, directives: list[Directive], where: Row, report: Report) -> list[Row]:
    """Return the timeouts of single backends (ProxyPass, BalancerMember), also those in locations."""
    rows: list[Row] = []
    for one in directives:
        if one.block is not None and one.name != "virtualhost":
            rows += _worker_rows(label, one.block, where, report)
        if one.name not in WORKERS:
            continue
        for word in one.words:
            key, equals, value = word.partition("=")
            about = PER_WORKER.get(key.lower()) if equals else None
            if about is None:
                continue
            try:
                on = key.lower() == "keepalive"
                reading = flag(value.lower() == "on") if on else timer(parse_duration(value, APACHE))
            except ValueError as error:
                report(one.place.file, one.place.line, "%s: %s" % (key, error))
                continue
            rows.append(row("apache", "%s %s" % (WORKERS[one.name], key), about, one.place, label, **reading, **where))
    return rows
