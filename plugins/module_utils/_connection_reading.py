# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the connections of a network namespace: by netlink, or from /proc/net where that is refused."""

from __future__ import annotations

import itertools
import socket
import typing as t

from ._addresses import ADDRESS, IFADDR, LOCAL, read_addresses
from ._connection_counts import MANY_KEYS, Counts, directions
from ._connection_groups import Groups, address_of
from ._connection_limits import DEFAULT_RANGE
from ._connection_rows import OPEN, SMALL, Row, read_rows
from ._connection_sample import Sample
from ._idle_times import observe
from ._listening_sockets import FAMILIES, listening
from ._netlink import attributes
from ._proc_net import parse_sockstat
from ._read import read_text, source, status_of
from ._shortlist import Shortlist
from ._sock_diag import sockets

MOST_SUSPECTS = 20
MOST_SAMPLED = 1000
MANY_SMALL = 500
LINES = 4096
"""Lines of /proc/net/tcp that are taken together."""

Ports = t.Dict[int, t.Optional[int]]
Sources = t.List[t.Dict[str, str]]


class Reading:
    """What was read of one network namespace; `listening` has the control groups of listeners by port."""

    def __init__(self, listening_ports: Ports, ephemeral: tuple[int, int] | None, most_sampled: int) -> None:
        """Start empty."""
        own = own_addresses()
        self.listening = listening_ports
        self.table = directions(listening_ports, ephemeral or DEFAULT_RANGE)
        self.groups = Groups(own)
        self.own_is_known = bool(own)
        self.suspects = Shortlist(MOST_SUSPECTS)
        self.sample = Sample(most_sampled)
        self.established = 0

    def add(self, family: int, lots: t.Iterable[t.Iterable[Row]]) -> None:
        """Count the sockets of a family."""
        counts = Counts(family, self.table, self.suspects, self.sample)
        for rows in lots:
            counts.add(rows)
            if len(counts.sockets) >= MANY_KEYS:
                self._fold(counts)
        self._fold(counts)

    def _fold(self, counts: Counts) -> None:
        if not self.own_is_known:
            self.groups.own |= {address_of(counts.family, key[1][:16], b"") for key in counts.sockets}
        self.established += self.groups.fold(counts)

    def look_closer(self) -> None:
        """Ask for the sockets of the sample in full. Raises OSError where netlink is refused."""
        observe(self.groups, self.sample.rows, self.table, self.suspects)


def read_namespace(ephemeral: tuple[int, int] | None, most_sampled: int) -> Reading:
    """Return the connections in the network namespace of this thread. Raises OSError where netlink is refused."""
    found = {family: list(sockets(family, socket.IPPROTO_TCP, ("LISTEN",))) for family, dummy in FAMILIES}
    ports = {entry.port: entry.cgroup for entries in found.values() for entry in entries}
    reading = Reading(ports, ephemeral, most_sampled)
    for family, entries in found.items():
        reading.add(family, netlink_rows(family, len(entries)))
    reading.look_closer()
    return reading


def read_connections(ephemeral: tuple[int, int] | None, sources: Sources) -> Reading:
    """Return the connections of the peer; `sources` gets a line for each family, and one for the sample."""
    found, said = listening(("tcp",))
    sources += [entry for entry in said if entry["status"] != "ok"]
    reading = Reading({entry.port: entry.cgroup for entry in found["tcp"]}, ephemeral, MOST_SAMPLED)
    for family, suffix in FAMILIES:
        sources.append(_read_family(reading, family, suffix))
    try:
        reading.look_closer()
        sources.append(source("tcp_info"))
    except OSError as error:
        sources.append(source("tcp_info", status_of(error), "idle times are not known: %s" % error))
    return reading


def netlink_rows(family: int, listeners: int = 0) -> t.Iterator[t.Iterable[Row]]:
    """Yield all sockets of a family that do not listen; none when so many listeners are known to be all there is.

    For each dump the kernel walks through the sockets of all namespaces, so an idle one is better not asked about.
    Many sockets in TIME_WAIT would make the lengths of messages change all the time, so they come by themselves.
    """
    inuse, time_wait = in_use(family)
    if inuse is not None and inuse <= listeners and time_wait == 0:
        return
    masks = (OPEN, SMALL) if time_wait is None or time_wait > MANY_SMALL else (OPEN | SMALL,)
    for mask in masks:
        yield from read_rows(family, mask)


def in_use(family: int) -> tuple[int | None, int | None]:
    """Return how many sockets of a family there are, listeners included, and how many of both are in TIME_WAIT.

    Of the network namespace of this thread; None where /proc/net/sockstat does not tell.
    """
    texts = [read_text("/proc/thread-self/net/sockstat" + suffix).text or "" for suffix in ("", "6")]
    try:
        tables = parse_sockstat("\n".join(text.rstrip() for text in texts if text))
    except ValueError:
        return None, None
    name = "TCP" if family == socket.AF_INET else "TCP6"
    return tables.get(name, {}).get("inuse"), tables.get("TCP", {}).get("tw")


def _read_family(reading: Reading, family: int, suffix: str) -> dict[str, str]:
    name, path = "sock_diag tcp" + suffix, "/proc/net/tcp" + suffix
    try:
        reading.add(family, netlink_rows(family))
        return source(name)
    except OSError as error:
        refusal = "%s: %s" % (name, error.strerror)
    from ._connection_lines import read_lines

    try:
        rows = read_lines(path)
        reading.add(family, iter(lambda: list(itertools.islice(rows, LINES)), []))
        return source(path, "ok", refusal)
    except OSError as error:
        return source(path, status_of(error), "%s; %s: %s" % (refusal, path, error.strerror))
    except ValueError as error:
        return source(path, "failed", "%s; %s" % (refusal, error))


def own_addresses() -> set[bytes]:
    """Return the addresses of this network namespace (4 or 16 bytes); none where netlink is refused."""
    try:
        found = (attributes(memoryview(message), IFADDR.size, len(message)) for dummy, message in read_addresses([]))
        return {bytes(row.get(LOCAL, row.get(ADDRESS, b""))) for row in found}
    except OSError:
        return set()
