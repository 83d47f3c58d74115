# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limits that connections can reach, and the keepalive that the kernel would use for them."""

from __future__ import annotations

import typing as t

from ._port_ranges import PORTS, parse_ports
from ._proc_net import parse_sockstat
from ._read import read_text

DEFAULT_RANGE = (32768, 60999)
KEEPALIVE = ("time", "intvl", "probes")


class Limits(t.NamedTuple):
    """Limits of the network namespace of the thread that reads them; what could not be read is None.

    `ephemeral` is the first and last port that a connection may be given, `ports` how many of them are not reserved.
    The limits of TIME_WAIT and of orphans are only there outside of containers.
    """

    ephemeral: tuple[int, int] | None
    ports: int | None
    time_wait: int | None
    orphans: int | None
    keepalive_s: dict[str, int | None]


def read_limits() -> Limits:
    """Return the limits as they are now."""
    ephemeral = _range(read_text("/proc/sys/net/ipv4/ip_local_port_range").text or "")
    reserved = (read_text("/proc/sys/net/ipv4/ip_local_reserved_ports").text or "").strip()
    return Limits(
        ephemeral,
        usable_ports(ephemeral, reserved) if ephemeral else None,
        _sysctl("tcp_max_tw_buckets"),
        _sysctl("tcp_max_orphans"),
        read_keepalive(),
    )


def read_keepalive() -> dict[str, int | None]:
    """Return {time_s, intvl_s, probes} of the namespace of this thread."""
    time_s, intvl_s, probes = (_sysctl("tcp_keepalive_" + name) for name in KEEPALIVE)
    return {"time_s": time_s, "intvl_s": intvl_s, "probes": probes}


def read_orphans() -> int | None:
    """Return how many sockets no process holds any more while they still end, on the whole machine."""
    try:
        return parse_sockstat(read_text("/proc/net/sockstat").text or "").get("TCP", {}).get("orphan")
    except ValueError:
        return None


def usable_ports(ephemeral: tuple[int, int], reserved: str) -> int:
    """Return how many ports of a range are not in a list of reserved ones (`8080,9000-9010`)."""
    low, high = ephemeral
    taken = parse_ports(reserved) if PORTS.fullmatch(reserved) else []
    inside = (min(last, high) - max(first, low) + 1 for first, last in taken)
    return high - low + 1 - sum(count for count in inside if count > 0)


def _range(text: str) -> tuple[int, int] | None:
    words = text.split()
    if len(words) != 2 or not all(word.isdecimal() and int(word) < 65536 for word in words):
        return None
    return int(words[0]), int(words[1])


def _sysctl(name: str) -> int | None:
    text = (read_text("/proc/sys/net/ipv4/" + name).text or "").strip()
    return int(text) if text.isdecimal() else None
