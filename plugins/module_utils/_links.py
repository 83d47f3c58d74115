# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network links from rtnetlink: what RTM_GETLINK says of each (include/uapi/linux/if_link.h, net/core/rtnetlink.c)."""

from __future__ import annotations

import functools
import struct
import typing as t

from ._netlink import ATTRIBUTE, ROUTE, attribute, dump, messages, nested, places, request, string

Link = t.Dict[str, t.Any]

RTM_NEWLINK = 16
RTM_GETLINK = 18
IFINFO = struct.Struct("=BxHiII")
"""Family, hardware type, index, flags, change mask."""

NAMES = {
    **{1: "mac", 3: "name", 4: "mtu", 5: "parent", 10: "master", 16: "operstate", 18: "linkinfo", 23: "counters"},
    **{33: "carrier", 35: "carrier_changes", 37: "netnsid", 47: "carrier_up_count", 48: "carrier_down_count"},
}
"""IFLA_* attributes that are kept of every link, and the key of each; half a dozen of about forty."""

AS_BYTES = frozenset((1, 3, 18, 23))
WIDTHS = {1: "B", 4: "I"}
EMPTY: Link = {**dict.fromkeys(NAMES.values()), "mac": b"", "name": b"", "linkinfo": b"", "counters": b""}
EXT_MASK = 29
INFO_KIND = 1
SKIP_STATS = 8
"""RTEXT_FILTER_SKIP_STATS leaves out the IPv6 protocol counters of each link, half of the message; not IFLA_STATS64."""

COUNTERS = (
    ("rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_errors", "tx_errors", "rx_dropped", "tx_dropped")
    + ("multicast", "collisions", "rx_length_errors", "rx_over_errors", "rx_crc_errors", "rx_frame_errors")
    + ("rx_fifo_errors", "rx_missed_errors", "tx_aborted_errors", "tx_carrier_errors", "tx_fifo_errors")
    + ("tx_heartbeat_errors", "tx_window_errors", "rx_compressed", "tx_compressed", "rx_nohandler")
    + ("rx_otherhost_dropped",)
)
"""struct rtnl_link_stats64 in order; older kernels send fewer."""

STATES = ("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")
"""RFC 2863 operational states as /sys/class/net/*/operstate writes them."""

HARDWARE = {
    **{1: "ether", 32: "infiniband", 280: "can", 512: "ppp", 519: "rawip", 768: "ipip", 769: "tunnel6"},
    **{772: "loopback", 776: "sit", 778: "gre", 801: "ieee802.11", 803: "ieee802.11/radiotap", 823: "gre6"},
    **{824: "netlink", 65534: "none"},
}
"""ARPHRD numbers, named as `ip link` prints them."""

IFF_UP, IFF_LOOPBACK = 0x1, 0x8


def link_request() -> bytes:
    """Return the request for all links."""
    return request(RTM_GETLINK, bytes(IFINFO.size) + attribute(EXT_MASK, struct.pack("=I", SKIP_STATS)))


class Layout(t.NamedTuple):
    """Where the wanted attributes stand in a message: their headers as they must be, and their payloads."""

    headers: struct.Struct
    expected: tuple[int, ...]
    values: struct.Struct
    keys: tuple[str, ...]


Layouts = t.Dict[t.Tuple[int, bytes], t.List[Layout]]


def read_links(remarks: list[str]) -> t.Iterator[tuple[Link, memoryview]]:
    """Yield every link with its message, which is valid only until the next; raises OSError as `dump` does."""
    layouts: Layouts = {}
    for buffer in dump(ROUTE, link_request(), remarks=remarks):
        yield from parse_links(buffer, layouts)


def parse_links(buffer: memoryview, layouts: Layouts) -> t.Iterator[tuple[Link, memoryview]]:
    """Yield the state and counters of each link in a buffer of RTM_NEWLINK, and the message they came from."""
    for kind, start, end in messages(buffer):
        if kind == RTM_NEWLINK and end - start >= IFINFO.size:
            message = buffer[start:end]
            yield parse_link(message, layouts), message


def parse_link(message: memoryview, layouts: Layouts) -> Link:
    """Return what is kept of every link: identity, state, and `counters` in the order of COUNTERS.

    Names and `mac` are bytes here; what the kernel does not say is None. `layouts` is filled as links are seen.
    """
    dummy, hardware, index, flags, dummy = IFINFO.unpack_from(message, 0)
    layout = _layout_of(message, layouts)
    link = EMPTY.copy()
    link.update(zip(layout.keys, layout.values.unpack_from(message, 0)))
    link["index"], link["hardware"], link["flags"] = index, hardware, flags
    link["name"] = link["name"].partition(b"\0")[0]
    link["kind"] = _kind_of(link["linkinfo"])
    counters = link["counters"]
    link["counters"] = _counters(len(counters) // 8).unpack_from(counters)
    return link


def _layout_of(message: memoryview, layouts: Layouts) -> Layout:
    """Return where the attributes stand in this message, from an earlier one that is built the same way.

    Links of one kind send the same attributes at the same places, so walking the forty of them once is enough; of
    further messages only the headers of the wanted ones are compared.
    """
    likeness = (len(message), bytes(message[IFINFO.size : IFINFO.size + 4]))
    known = layouts.get(likeness, ())
    for layout in known:
        if layout.headers.unpack_from(message, 0) == layout.expected:
            return layout
    layouts[likeness] = [new_layout(message), *known[:3]]
    return layouts[likeness][0]


def new_layout(message: memoryview) -> Layout:
    """Return the places of the attributes of NAMES in a message, by walking all its attributes."""
    headers, values, keys = ["="], ["="], []
    header_end = value_end = 0
    for kind, start, end in places(message, IFINFO.size, len(message)):
        form = "%ds" % (end - start) if kind in AS_BYTES else WIDTHS.get(end - start)
        if kind in NAMES and form:
            headers.append("%dxI" % (start - ATTRIBUTE.size - header_end))
            values.append("%dx%s" % (start - value_end, form))
            keys.append(NAMES[kind])
            header_end, value_end = start, end
    shape = struct.Struct("".join(headers))
    return Layout(shape, shape.unpack_from(message, 0), struct.Struct("".join(values)), tuple(keys))


@functools.lru_cache(maxsize=8)
def _counters(number: int) -> struct.Struct:
    return struct.Struct("=%dQ" % number)


@functools.lru_cache(maxsize=256)
def _kind_of(linkinfo: bytes) -> bytes | None:
    return string(nested(memoryview(linkinfo)).get(INFO_KIND))
