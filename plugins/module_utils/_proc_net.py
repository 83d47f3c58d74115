# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decimal tables of /proc/net."""

from __future__ import annotations


def parse_snmp(text: str) -> dict[str, dict[str, int]]:
    """Return the counters by group, from /proc/net/snmp or /proc/net/netstat.

        Tcp: RtoAlgorithm RtoMin RtoMax
        Tcp: 1 200 120000

    Which names there are and their order depends on the kernel: net/ipv4/proc.c. Raises ValueError.
    """
    groups = {}
    lines = text.splitlines()
    for names, values in zip(lines[::2], lines[1::2]):
        group, dummy, rest = names.partition(":")
        if not values.startswith(group + ":"):
            raise ValueError("no values for the names in %r" % names[:80])
        groups[group] = dict(zip(rest.split(), map(int, values[len(group) + 1 :].split())))
    return groups


def parse_snmp6(text: str) -> dict[str, int]:
    """Return the counters of /proc/net/snmp6 but those of UDP. Raises ValueError.

    Ip6InReceives                   2
    """
    rows = (line.split() for line in text.splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and not row[0].startswith("Udp")}


def parse_sockstat(text: str) -> dict[str, dict[str, int]]:
    """Return the gauges by protocol, from /proc/net/sockstat or sockstat6; `mem` is in pages. Raises ValueError.

    TCP: inuse 27 orphan 0 tw 3 alloc 30 mem 4
    """
    groups = {}
    for line in text.splitlines():
        group, dummy, rest = line.partition(":")
        words = rest.split()
        groups[group] = dict(zip(words[::2], map(int, words[1::2])))
    return groups
