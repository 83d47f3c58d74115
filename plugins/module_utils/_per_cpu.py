# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernel counters with one line for each CPU, in hexadecimal."""

from __future__ import annotations

import typing as t

SOFTNET_COLUMNS = (
    ("processed", "dropped", "time_squeeze")
    + ("", "", "", "", "")
    + ("cpu_collision", "received_rps", "flow_limit_count", "backlog_len", "cpu")
    + ("input_queue_length", "process_queue_length")
)
"""Kernel 4.18 has eleven of them, 5.10 thirteen, 6.4 fifteen; the unnamed ones are always 0."""

Rows = t.Dict[str, t.Dict[str, int]]


def parse_softnet_stat(text: str) -> Rows:
    """Return the packets counted by each CPU, from /proc/net/softnet_stat. Raises ValueError.

        000011d8 00000000 00000001 00000000 ...

    A CPU that is offline has no line, so kernels that tell the number of the CPU are believed before the place of
    the line: net/core/net-procfs.c.
    """
    rows = {}
    for place, line in enumerate(text.splitlines()):
        row = dict(zip(SOFTNET_COLUMNS, (int(word, 16) for word in line.split())))
        row.pop("", None)
        rows[str(row.pop("cpu", place))] = row
    return rows


def parse_stat_table(text: str) -> Rows:
    """Return one row for each CPU, from a file of /proc/net/stat. Raises ValueError.

        entries  searched found new invalid ignore
        0000001f  00000000 00000000 00000000 00000002 00000105

    net/netfilter/nf_conntrack_standalone.c and net/core/neighbour.c; the names differ between kernels.
    """
    header, *lines = text.splitlines() or [""]
    names = header.split()
    return {str(place): dict(zip(names, (int(word, 16) for word in line.split()))) for place, line in enumerate(lines)}


def total(rows: Rows) -> dict[str, int]:
    """Return the sum over all CPUs; `entries` is one figure that each line repeats."""
    sums: dict[str, int] = {}
    for row in rows.values():
        for name, value in row.items():
            sums[name] = value if name == "entries" else sums.get(name, 0) + value
    return sums
