# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Path MTUs that the kernel has learned from ICMP; cached routes keep them for ten minutes (route.mtu_expires)."""

from __future__ import annotations

import typing as t

from ._link_names import link_name
from ._netlink import ROUTE, dump, messages, request
from ._route_lookups import CLONED, RTM_GETROUTE
from ._route_rows import RTMSG, Row, parse_route

MOST_EXCEPTIONS = 16


def read_path_mtus(family: int) -> list[Row]:
    """Return the learned path MTUs: {address, pmtu_bytes, expires_s, gateway, interface}; raises OSError.

    The dump of cached routes (RTM_F_CLONED) is honoured since Linux 5.3; before that it gives ordinary routes, which
    are left out.
    """
    found: dict[str, Row] = {}
    body = RTMSG.pack(family, 0, 0, 0, 0, 0, 0, 0, CLONED)
    for buffer in dump(ROUTE, request(RTM_GETROUTE, body), strict=True):
        for row in parse_path_mtus(buffer):
            if len(found) < MOST_EXCEPTIONS:
                found[row["address"]] = {**row, "interface": link_name(row["interface"])}
    return list(found.values())


def parse_path_mtus(buffer: memoryview) -> t.Iterator[Row]:
    """Yield the cached routes with a learned MTU in a buffer of RTM_NEWROUTE; raises ValueError for a broken one."""
    for dummy, start, end in messages(buffer):
        if end - start < RTMSG.size or not RTMSG.unpack_from(buffer, start)[8] & CLONED:
            continue
        route = parse_route(buffer[start:end])
        if "mtu_bytes" in route and "expires_s" in route:
            yield {
                "address": route["destination"].rpartition("/")[0],
                "pmtu_bytes": route["mtu_bytes"],
                "expires_s": route["expires_s"],
                "gateway": route["gateway"],
                "interface": route["interface"],
            }
