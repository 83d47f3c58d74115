# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Size, limits and statistics of the neighbour tables, which all network namespaces share (net/core/neighbour.c)."""

from __future__ import annotations

import struct
import typing as t

from ._netlink import ROUTE, attributes, dump, messages, number, numbers, request

RTM_NEWNEIGHTBL = 64
RTM_GETNEIGHTBL = 66
NDTMSG_BYTES = 4
THRESH1, THRESH2, THRESH3, CONFIG, STATS = 2, 3, 4, 5, 7
CONFIG_ENTRIES = struct.Struct("=HHI")
"""Start of struct ndt_config: key length, entry size, entries."""

STATISTICS = (
    "allocs",
    "destroys",
    "hash_grows",
    "res_failed",
    "lookups",
    "hits",
    "rcv_probes_mcast",
    "rcv_probes_ucast",
) + ("periodic_gc_runs", "forced_gc_runs", "table_fulls")
"""struct ndt_stats in order."""

KEPT = ("res_failed", "forced_gc_runs", "table_fulls", "unresolved_discards")


def read_table(family: int) -> dict[str, t.Any] | None:
    """Return the table of one address family, or None when the kernel sent none; raises OSError as `dump` does."""
    for buffer in dump(ROUTE, request(RTM_GETNEIGHTBL, struct.pack("=B3x", family))):
        # The table comes first and its parameters per link after it: the rest is not worth waiting for.
        return parse_table(buffer)
    return None


def parse_table(buffer: memoryview) -> dict[str, t.Any] | None:
    """Return thresholds, entries and statistics from the first message of RTM_NEWNEIGHTBL.

    {gc_thresh1, gc_thresh2, gc_thresh3, table_entries, res_failed, forced_gc_runs, table_fulls}
    """
    for kind, start, end in messages(buffer):
        if kind != RTM_NEWNEIGHTBL:
            continue
        found = attributes(buffer, start + NDTMSG_BYTES, end)
        config = found.get(CONFIG)
        statistics = dict(zip(STATISTICS, numbers(found.get(STATS), "Q")))
        return {
            "gc_thresh1": number(found.get(THRESH1)),
            "gc_thresh2": number(found.get(THRESH2)),
            "gc_thresh3": number(found.get(THRESH3)),
            "table_entries": CONFIG_ENTRIES.unpack_from(config, 0)[2] if config and len(config) >= 8 else None,
            **{name: statistics[name] for name in KEPT if name in statistics},
        }
    return None


def parse_statistics(text: str) -> dict[str, int]:
    """Return the counters of /proc/net/stat/arp_cache or ndisc_cache by the names of its first line.

        entries  allocs   destroys hash_grows lookups  hits     res_failed ...
        00000003  00000001 00000000 00000000 ...

    One line of hexadecimal numbers per CPU, which are added, except `entries`, which every line repeats. Raises
    ValueError with the line that is none.
    """
    names = text.partition("\n")[0].split()
    totals: dict[str, int] = {}
    for line in text.splitlines()[1:]:
        try:
            row = dict(zip(names, (int(word, 16) for word in line.split())))
        except ValueError:
            raise ValueError("neighbour statistics: %r" % line) from None
        for name, value in row.items():
            totals[name] = value if name == "entries" else totals.get(name, 0) + value
    return totals
