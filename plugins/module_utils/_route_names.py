# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of routing tables and route origins: the kernel's numbers, and what iproute2 is configured to call them."""

from __future__ import annotations

import typing as t

from ._read import list_names, read_text
from ._text import clean

FOLDERS = ("/usr/share/iproute2", "/usr/lib/iproute2", "/etc/iproute2")
"""In the order in which later names win; Debian 13 and Fedora 39 moved the shipped files out of /etc."""

TABLES = {253: "default", 254: "main", 255: "local"}
PROTOCOLS = {
    **{0: "unspec", 1: "redirect", 2: "kernel", 3: "boot", 4: "static", 8: "gated", 9: "ra", 10: "mrt", 11: "zebra"},
    **{12: "bird", 14: "xorp", 16: "dhcp", 17: "mrouted", 18: "keepalived", 42: "babel", 99: "openr", 186: "bgp"},
    **{187: "isis", 188: "ospf", 189: "rip", 192: "eigrp"},
}
"""RTPROT_* of include/uapi/linux/rtnetlink.h."""

MOST_NAMES = 4096


class Names(t.NamedTuple):
    """Names by number; a number without a name stays a number, as text."""

    tables: dict[int, str]
    protocols: dict[int, str]

    def table(self, number: int) -> str:
        """Return the name of a routing table."""
        return self.tables.get(number, str(number))

    def protocol(self, number: int) -> str:
        """Return the name of what put a route or a rule in."""
        return self.protocols.get(number, str(number))


def read_names() -> Names:
    """Return the kernel's own names and those of rt_tables and rt_protos with their `.d` directories."""
    return Names({**TABLES, **_configured("rt_tables")}, {**PROTOCOLS, **_configured("rt_protos")})


def _configured(name: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for folder in FOLDERS:
        more = ["%s/%s.d/%s" % (folder, name, entry) for entry in list_names("%s/%s.d" % (folder, name))[0]]
        for path in ["%s/%s" % (folder, name), *(entry for entry in more if entry.endswith(".conf"))]:
            found.update(parse_names(read_text(path).text or ""))
    return found


def parse_names(text: str) -> dict[int, str]:
    """Return the names in a file of iproute2 by number; lines that are neither are skipped, as iproute2 does.

    254     main
    0x64    uplink-b    # decimal or hexadecimal
    """
    found: dict[int, str] = {}
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if len(words) == 2 and len(found) < MOST_NAMES:
            try:
                found[int(words[0], 0)] = clean(words[1], 48)
            except ValueError:
                continue
    return found
