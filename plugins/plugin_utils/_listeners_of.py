# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a peer listens where a client connects to, and how full the queue of that listener is."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import typing as t

from ._address_book import parsed_address
from ._readings import Row, mapping, number, port_of, rows, text

Entry = t.Mapping[str, t.Any]

FULL_PERCENT = 100
SSH_NAMES = ("sshd", "systemd")
SSH = 22


class Listening(t.NamedTuple):
    """What listens on a port. `state` is one of

    - `yes`: a socket takes connections to this address,
    - `elsewhere`: one listens on the port, but not on this address,
    - `no`: none listens on the port, and all listeners are known,
    - `unknown`: the listeners were not read, or not all of them are shown.
    """

    state: str
    rows: list[Row]

    @property
    def full(self) -> Row | None:
        """Return the listener whose accept queue takes no further connection, or None."""
        return next((row for row in self.rows if (saturation(row) or 0) >= FULL_PERCENT), None)


def listening(facts: Entry, port: int, address: str | None) -> Listening:
    """Return what listens on a TCP port of a peer for connections to `address`; None stands for any outer one."""
    fact = mapping(facts, "peer_listening_ports")
    found = [row for row in tcp_listeners(facts) if row.get("port") == port]
    taking = [row for row in found if takes(row, address)]
    if taking:
        return Listening("yes", taking)
    if not is_complete(fact, port):
        return Listening("unknown", found)
    return Listening("elsewhere" if found or port in _ports(fact, "tcp_loopback") else "no", found)


def tcp_listeners(facts: Entry) -> list[Row]:
    """Return the rows of the TCP listeners that are shown."""
    return [row for row in rows(facts, "peer_listening_ports", "listeners") if row.get("protocol") == "tcp"]


def takes(row: Row, address: str | None) -> bool:
    """Return whether a listener takes connections to an address of its host.

    One on all IPv6 addresses takes IPv4 too unless it is `v6only` (ipv6(7), IPV6_V6ONLY).
    """
    if address is None:
        return row.get("loopback") is not True
    target, own = parsed_address(address), parsed_address(text(row, "address"))
    if target is None:
        return row.get("loopback") is not True
    if row.get("wildcard") is True or (own is not None and own.is_unspecified):
        family = "ipv%d" % target.version
        return row.get("family") in (family, None) or (target.version == 4 and row.get("v6only") is not True)
    return own == target


def is_complete(fact: Entry, port: int) -> bool:
    """Return whether the absence of a row means that nothing listens on the port."""
    if type(fact.get("listeners")) is not list:
        return False
    if any(row.get("status") in ("denied", "failed") for row in rows(fact, "sources")):
        return False
    return fact.get("truncated") is False or (bool(text(fact, "ports", "tcp")) and port not in _ports(fact, "tcp"))


def _ports(fact: Entry, key: str) -> t.Container[int]:
    """Return the ports of a summary such as `22,80,8000-8010`; every port when the summary was cut."""
    written = text(fact, "ports", key)
    if written.endswith("..."):
        return range(65536)
    found: set[int] = set()
    for part in written.split(","):
        first, _dash, last = part.strip().partition("-")
        if first.isdigit() and (last.isdigit() or not last):
            found.update(range(int(first[:5]), min(int((last or first)[:5]), 65535) + 1))
    return found


def saturation(row: Row) -> float | int | None:
    """Return how full the accept queue of a listener is, in percent; 100 takes no further connection."""
    return number(row, "accept_queue", "saturation_percent")


def full_listeners(facts: Entry) -> list[Row]:
    """Return the listeners of a peer whose accept queue is full."""
    return [row for row in tcp_listeners(facts) if (saturation(row) or 0) >= FULL_PERCENT and port_of(row.get("port"))]


def ssh_ports(facts: Entry) -> list[int]:
    """Return the ports on which sshd listens, 22 when none is seen."""
    found = [row["port"] for row in tcp_listeners(facts) if _is_ssh(row) and port_of(row.get("port"))]
    return list(dict.fromkeys(found)) or [SSH]


def _is_ssh(row: Row) -> bool:
    return row.get("name") == "sshd" or (row.get("port") == SSH and row.get("name") in (*SSH_NAMES, None))
