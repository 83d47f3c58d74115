# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listening sockets as the kernel hands them out: by netlink, or from /proc/net where that is refused."""

from __future__ import annotations

import socket
import typing as t

from ._proc_sockets import parse_proc_net
from ._read import read_text, source
from ._sock_diag import Socket, sockets

PROTOCOLS = ("tcp", "udp")
NUMBERS = {"tcp": socket.IPPROTO_TCP, "udp": socket.IPPROTO_UDP}
STATES = {"tcp": "LISTEN", "udp": "CLOSE"}
FAMILIES = ((socket.AF_INET, ""), (socket.AF_INET6, "6"))
MOST_BYTES = 64 << 20

Found = t.Dict[str, t.List[Socket]]


def listening(protocols: t.Iterable[str]) -> tuple[Found, list[dict[str, str]]]:
    """Return the sockets of each protocol (TCP in LISTEN, UDP without a peer), and how each was read."""
    found: Found = {protocol: [] for protocol in protocols}
    sources = []
    for protocol, rows in found.items():
        for family, suffix in FAMILIES:
            more, entry = _read(protocol, family, suffix)
            rows += more
            sources.append(entry)
    return found, sources


def _read(protocol: str, family: int, suffix: str) -> tuple[list[Socket], dict[str, str]]:
    name = "sock_diag " + protocol + suffix
    try:
        return list(sockets(family, NUMBERS[protocol], (STATES[protocol],))), source(name)
    except OSError as error:
        return _read_proc_net("/proc/net/" + protocol + suffix, STATES[protocol], "%s: %s" % (name, error.strerror))


def _read_proc_net(path: str, state: str, refusal: str) -> tuple[list[Socket], dict[str, str]]:
    content = read_text(path, MOST_BYTES)
    if content.text is None:
        return [], source(path, content.status, "%s; %s" % (refusal, content.detail))
    try:
        rows = list(parse_proc_net(content.text, state))
    except ValueError as error:
        return [], source(path, "failed", str(error))
    return rows, source(path, "ok", refusal + "; limits of accept queues, interfaces and v6only are not known")
