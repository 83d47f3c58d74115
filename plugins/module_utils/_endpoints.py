# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints: the sockets that listen on one protocol, address, interface and port, taken together."""

from __future__ import annotations

import socket
import typing as t

from ._sock_diag import Socket

NEARLY_FULL_PERCENT = 50
MAPPED = bytes(10) + b"\xff\xff"
ANY = (bytes(16), MAPPED + bytes(4))
LOOPBACK6 = bytes(15) + b"\x01"
LOOPBACK_INDEX = 1
"""The kernel creates lo first in every network namespace. Source: net/core/dev.c, drivers/net/loopback.c."""


class Endpoint(t.NamedTuple):
    """One or more sockets (SO_REUSEPORT) that share what a client can address.

    `loopback` says that only the host itself can reach it, by its address or its interface. Of TCP `percent` is how
    full the fullest accept queue is, that of the socket `fullest`; None where its limit is not known.
    """

    protocol: str
    family: int
    address: bytes
    interface: int
    port: int
    sockets: tuple[Socket, ...]
    loopback: bool
    fullest: Socket
    percent: float | None


def endpoints(found: t.Mapping[str, t.Iterable[Socket]]) -> list[Endpoint]:
    """Return the endpoints of sockets, which are given by protocol."""
    together: dict[tuple[t.Any, ...], list[Socket]] = {}
    for protocol, entries in found.items():
        for entry in entries:
            key = (protocol, entry.family, entry.address, entry.interface, entry.port)
            together.setdefault(key, []).append(entry)
    # Taking them out one by one keeps 10,000 listeners from being there twice.
    return [_endpoint(*together.popitem()) for _number in range(len(together))]


def _endpoint(key: tuple[t.Any, ...], entries: list[Socket]) -> Endpoint:
    protocol, family, address, interface, port = key
    fullest = entries[0] if len(entries) == 1 else max(entries, key=_fullness)
    percent = saturation_percent(fullest) if protocol == "tcp" else None
    loopback = _is_loopback(family, address, interface)
    return Endpoint(protocol, family, address, interface, port, tuple(entries), loopback, fullest, percent)


def _fullness(entry: Socket) -> tuple[float, int]:
    return saturation_percent(entry) or 0.0, entry.receive_queue


def saturation_percent(entry: Socket) -> float | None:
    """Return how full the accept queue of a listener is, or None where its limit is not known.

    The queue takes one connection more than its limit: at 100 the kernel drops what comes next.
    Source: sk_acceptq_is_full() in include/net/sock.h.
    """
    if entry.send_queue < 0:
        return None
    return round(100 * entry.receive_queue / (entry.send_queue + 1), 1) if entry.receive_queue else 0.0


def _is_loopback(family: int, address: bytes, interface: int) -> bool:
    if interface == LOOPBACK_INDEX:
        return True
    if family == socket.AF_INET:
        return address[0] == 127
    return address == LOOPBACK6 or address[:13] == MAPPED + b"\x7f"


def drops(endpoint: Endpoint) -> int | None:
    """Return what the sockets of an endpoint dropped since they were opened, or None where the kernel does not tell."""
    if len(endpoint.sockets) == 1:
        return endpoint.fullest.drops
    known = [entry.drops for entry in endpoint.sockets if entry.drops is not None]
    return sum(known) if known else None


def urgency(endpoint: Endpoint) -> tuple[t.Any, ...]:
    """Return a key that sorts full and nearly full accept queues first, then endpoints that dropped, then low ports."""
    percent = endpoint.percent or 0.0
    troubled = -percent if percent >= NEARLY_FULL_PERCENT else 0.0
    return (troubled, not drops(endpoint), endpoint.port, *endpoint[:4])


def address_text(endpoint: Endpoint) -> str:
    """Return the address of an endpoint without a zone."""
    length = 4 if endpoint.family == socket.AF_INET else 16
    return socket.inet_ntop(endpoint.family, endpoint.address[:length])


def is_wildcard(endpoint: Endpoint) -> bool:
    """Return whether an endpoint listens on all addresses of its family."""
    return endpoint.address in ANY


def is_v6only(endpoint: Endpoint) -> bool | None:
    """Return whether an IPv6 endpoint refuses IPv4; None for IPv4, and where the kernel does not tell."""
    first = endpoint.sockets[0].v6only
    return None if endpoint.family == socket.AF_INET or first is None else bool(first)
