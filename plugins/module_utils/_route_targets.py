# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Targets as a user names them (addresses, host names), resolved to addresses the way programs on the peer do it."""

from __future__ import annotations

import socket
import typing as t

from ._text import clean

MOST_TARGETS = 32
MOST_ADDRESSES = 4
RESOLVE_S = 5.0
Address = t.Tuple[int, bytes, t.Optional[str]]
"""Family number, packed address, zone (the name or index of a link)."""


class Target(t.NamedTuple):
    """A name and its addresses; `error` says why there are none."""

    name: str
    addresses: list[Address]
    error: str | None


def resolve(names: t.Sequence[str]) -> list[Target]:
    """Return the first 32 targets with at most four addresses each, in the order getaddrinfo(3) prefers.

    Host names are looked up at once and for five seconds at most, so that a dead name server costs five seconds and
    not that for each name.
    """
    wanted = list(dict.fromkeys(names))[:MOST_TARGETS]
    found = {name: parse_target(name) for name in wanted}
    unknown = [name for name in wanted if found[name] is None]
    if unknown:
        found.update(_look_up(unknown))
    return [found[name] or Target(clean(name), [], "no answer") for name in wanted]


def parse_target(name: str) -> Target | None:
    """Return an address (`192.0.2.1`, `2001:db8::1`, `[::1]`, `fe80::1%eth0`) as a target, or None for a host name.

    IPv4 mapped into IPv6 (`::ffff:192.0.2.1`) is the IPv4 address: that is what a socket sends to.
    """
    text, dummy, zone = name.strip("[]").partition("%")
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            packed = socket.inet_pton(family, text)
        except (OSError, ValueError):
            continue
        if packed[:12] == bytes(10) + b"\xff\xff":
            family, packed = socket.AF_INET, packed[12:]
        return Target(clean(name), [(int(family), packed, zone or None)], None)
    return None


def _look_up(names: list[str]) -> dict[str, Target]:
    import threading
    import time

    found: dict[str, Target] = {}

    def ask(name: str) -> None:
        found[name] = _asked(name)

    workers = [threading.Thread(target=ask, args=(name,), daemon=True) for name in names]
    for worker in workers:
        worker.start()
    end = time.monotonic() + RESOLVE_S
    for worker in workers:
        worker.join(max(end - time.monotonic(), 0))
    return {name: found.get(name, Target(clean(name), [], "no answer in %g s" % RESOLVE_S)) for name in names}


def _asked(name: str) -> Target:
    try:
        answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return Target(clean(name), [], clean(str(getattr(error, "strerror", None) or error)))
    addresses = dict.fromkeys((int(answer[0]), str(answer[4][0]).partition("%")[0]) for answer in answers)
    packed: list[Address] = [(family, socket.inet_pton(family, text), None) for family, text in addresses]
    return Target(clean(name), packed[:MOST_ADDRESSES], None)
