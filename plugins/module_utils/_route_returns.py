# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replies that leave by another link than the question came in by, on peers with default routes over several links."""

from __future__ import annotations

import socket

from ._addresses import parse_address, read_addresses
from ._link_names import link_index, link_name
from ._netlink import KernelError
from ._route_lookups import Question, look_up
from ._route_rows import Row

MOST_SOURCES = 12
FAR_AWAY = {socket.AF_INET: bytes((240, 0, 0, 1)), socket.AF_INET6: bytes((0x3F, 0xFF)) + bytes(13) + b"\1"}
"""Addresses that stand for the Internet: class E and RFC 9637. They are only looked up, never sent to."""


def asymmetric_sources(links: dict[str, list[str]]) -> list[Row]:
    """Return the addresses on one default-route link whose replies leave by another: {source, interface, leaves_by}.

    `links` holds the links of default routes by family. Without a rule for the address, an answer takes the best
    default route whatever link the question came in by. Raises OSError when netlink is refused.
    """
    rows: list[Row] = []
    wanted = {link_index(name) for names in links.values() if len(names) > 1 for name in names}
    for index, message in read_addresses([]) if wanted else ():
        if index not in wanted or len(rows) >= MOST_SOURCES:
            continue
        address, name = parse_address(message), link_name(index)
        ways_out = links[address["family"]]
        if address["scope"] != "global" or len(ways_out) < 2 or name not in ways_out:
            continue
        leaves_by = _leaves_by(address)
        if leaves_by and leaves_by != name:
            rows.append({"source": address["address"], "interface": name, "leaves_by": leaves_by})
    return rows


def _leaves_by(address: Row) -> str | None:
    family = socket.AF_INET6 if address["family"] == "ipv6" else socket.AF_INET
    source = socket.inet_pton(family, address["address"])
    try:
        return link_name(look_up(Question(int(family), FAR_AWAY[family], source=source))["interface"])
    except KernelError:
        return None
