# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network links from /proc/net/dev and /sys/class/net, for where netlink is refused; same shape as `_links` gives."""

from __future__ import annotations

import typing as t

from ._link_details import IPV4_SETTINGS, IPV6_SETTINGS
from ._links import COUNTERS, STATES, Link
from ._read import read_link, read_text, source
from ._text import clean

COLUMNS = (
    ("rx_bytes", "rx_packets", "rx_errors", "rx_dropped", "rx_fifo_errors", "rx_frame_errors", "rx_compressed")
    + ("multicast", "tx_bytes", "tx_packets", "tx_errors", "tx_dropped", "tx_fifo_errors", "collisions")
    + ("tx_carrier_errors", "tx_compressed")
)
"""What /proc/net/dev shows (net/core/net-procfs.c); its `drop`, `frame` and `carrier` each hold several kinds."""

IFF_PROMISC = 0x100


def read_files(sources: list[dict[str, str]]) -> list[Link]:
    """Return all links; `sources` gets a line on /proc/net/dev, without which there are none."""
    found = read_text("/proc/net/dev")
    try:
        rows = parse_net_dev(found.text or "")
    except ValueError as error:
        sources.append(source("/proc/net/dev", "failed", str(error)))
        return []
    sources.append(source("/proc/net/dev", found.status, found.detail))
    return [link_of(name, row, position) for position, (name, row) in enumerate(rows.items(), 1)]


def parse_net_dev(text: str) -> dict[str, dict[str, int]]:
    """Return the counters (packets, bytes) of each link of /proc/net/dev by name.

        face |bytes    packets errs drop fifo frame compressed multicast|bytes ...
        eth0: 203654266    4555    0    0    0     0          0         0   287505 ...

    Raises ValueError with a line that is neither heading nor counters.
    """
    rows = {}
    for line in text.splitlines()[2:]:
        name, colon, values = line.rpartition(":")
        try:
            row = dict(zip(COLUMNS, (int(word) for word in values.split())))
        except ValueError:
            row = {}
        if not colon or not row:
            raise ValueError("/proc/net/dev: %r" % line)
        rows[name.strip(" ")] = row
    return rows


def link_of(name: str, row: dict[str, int], position: int) -> Link:
    """Return what is kept of every link; a link without a readable index has the negative `position`."""
    flags = _number(name, "flags", 16) or 0
    operstate = _text(name, "operstate")
    mac = _text(name, "address") or ""
    return {
        "index": _number(name, "ifindex") or -position,
        "hardware": _number(name, "type"),
        "flags": flags,
        "name": name.encode(),
        "mac": bytes.fromhex(mac.replace(":", "")),
        "mtu": _number(name, "mtu"),
        "operstate": STATES.index(operstate) if operstate in STATES else None,
        "carrier": _number(name, "carrier"),
        "carrier_changes": _number(name, "carrier_changes"),
        "carrier_up_count": _number(name, "carrier_up_count"),
        "carrier_down_count": _number(name, "carrier_down_count"),
        "kind": _kind(name),
        "master": _index_of(read_link("/sys/class/net/%s/master" % name)),
        "parent": _number(name, "iflink"),
        "netnsid": None,
        "counters": tuple(row.get(counter) for counter in COUNTERS),
    }


def details_of(name: str) -> dict[str, t.Any]:
    """Return what is shown of a link beyond `link_of`, as far as files tell it."""
    flags = _number(name, "flags", 16)
    alias = _text(name, "ifalias")
    return {
        "txqueuelen": _number(name, "tx_queue_len"),
        "qdisc": None,
        "promiscuous": None if flags is None else bool(flags & IFF_PROMISC),
        "alias": clean(alias, 64) if alias else None,
        "device": _base_name(read_link("/sys/class/net/%s/device" % name)),
        "xdp": None,
        "ipv4": _settings("ipv4", name, IPV4_SETTINGS),
        "ipv6": _settings("ipv6", name, IPV6_SETTINGS),
    }


def _text(name: str, attribute: str) -> str | None:
    text = read_text("/sys/class/net/%s/%s" % (name, attribute)).text
    return None if text is None else text.strip()


def _number(name: str, attribute: str, base: int = 10) -> int | None:
    try:
        return int(_text(name, attribute) or "", base)
    except ValueError:
        return None


def _kind(name: str) -> bytes | None:
    """Return the kind of a link; `virtual` where /sys tells no more than that."""
    for line in (_text(name, "uevent") or "").splitlines():
        if line.startswith("DEVTYPE=") and line != "DEVTYPE=wlan":
            return line[len("DEVTYPE=") :].encode()
    if _text(name, "tun_flags"):
        return b"tun"
    place = read_link("/sys/class/net/%s" % name) or ""
    return b"virtual" if "/virtual/" in place and name != "lo" else None


def _base_name(path: str | None) -> str | None:
    return clean(path.rpartition("/")[2], 64) if path else None


def _index_of(path: str | None) -> int | None:
    return _number(path.rpartition("/")[2], "ifindex") if path else None


def _settings(family: str, name: str, names: t.Iterable[str]) -> dict[str, int]:
    values = {}
    for setting in names:
        text = read_text("/proc/sys/net/%s/conf/%s/%s" % (family, name, setting)).text
        if text is not None and text.strip().lstrip("-").isdigit():
            values[setting] = int(text)
    return values
