# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets that nginx listens on: ports, accept queue, keepalive."""

from __future__ import annotations

import re
import typing as t

from ._durations import NGINX, parse_duration
from ._nginx_blocks import Directive
from ._timeout_rows import About, Row, flag, row

ABOUT = {"backlog": About("backlog", 4, "client"), "so_keepalive": About("keepalive", 4, "client")}
BACKLOG = 511
"""NGX_LISTEN_BACKLOG on Linux, whatever net.core.somaxconn is."""

MAX_RANGE = 64

Report = t.Callable[[str, int, str], None]


def ports_of(listen: Directive) -> list[int]:
    """Return the TCP ports of a listen directive: 80 without one, none for a socket in the file system or QUIC."""
    address = listen.words[0] if listen.words else ""
    if address.startswith("unix:") or "quic" in listen.words or "udp" in listen.words:
        return []
    found = re.search(r"(?:^|:)(\d{1,5})(?:-(\d{1,5}))?$", address)
    if found is None or address.endswith("]"):
        return [80]
    first, last = int(found.group(1)), int(found.group(2) or found.group(1))
    return list(range(first, min(last, first + MAX_RANGE - 1) + 1))


def listen_rows(servers: t.Sequence[tuple[str, list[Directive]]], mode: str | None, report: Report) -> list[Row]:
    """Return backlog and so_keepalive of the sockets of labelled servers.

    An option counts for the address, whichever server it is written in.
    """
    rows: list[Row] = []
    written: dict[tuple[str, str], tuple[str, Directive]] = {}
    for label, listens in servers:
        for listen in listens:
            for word in listen.words[1:]:
                written.setdefault((listen.words[0], word.partition("=")[0]), (label, listen))
    for label, listens in servers:
        for listen in filter(ports_of, listens):
            where = {"ports": ports_of(listen), "applies_to": [label], "mode": mode}
            for option in ABOUT:
                rows += _option_rows(option, written.get((listen.words[0], option)), where, report)
    return rows


def _option_rows(option: str, written: tuple[str, Directive] | None, where: Row, report: Report) -> list[Row]:
    name, about = "listen " + option, ABOUT[option]
    if written is None:
        default = flag(False) if option == "so_keepalive" else {"value": BACKLOG, "unit": "connections"}
        return [row("nginx", name, about, **default, **where)]
    label, listen = written
    text = next(word for word in listen.words if word.startswith(option)).partition("=")[2]
    try:
        reading = so_keepalive(text) if option == "so_keepalive" else backlog(text)
    except ValueError as error:
        report(listen.place.file, listen.place.line, "listen: %s" % error)
        return []
    return [row("nginx", name, about, listen.place, label, **reading, **where)]


def backlog(text: str) -> Row:
    """Return the length of the accept queue that is asked for. Raises ValueError."""
    if not re.match(r"-?\d{1,9}$", text):
        raise ValueError("backlog is no number: %.40r" % text)
    return {"value": int(text), "unit": "connections"}


def so_keepalive(text: str) -> Row:
    """Return what so_keepalive says: on, off, or idle:interval:count of which each may be missing (`30m::10`)."""
    if text in ("on", "off"):
        return flag(text == "on")
    parts = text.split(":")
    if len(parts) != 3 or not any(parts) or not re.match(r"\d{0,9}$", parts[2]):
        raise ValueError("so_keepalive: %.40r" % text)
    idle, interval = (parse_duration(part, NGINX) if part else None for part in parts[:2])
    count = int(parts[2]) if parts[2] else None
    return {**flag(True), "seconds": idle, "parts": {"idle_s": idle, "interval_s": interval, "probes": count}}
