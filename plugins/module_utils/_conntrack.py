# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connection tracking of this network namespace: how full it is, and when it forgets a connection."""

from __future__ import annotations

import typing as t

from ._read import list_names, read_text

DIRECTORY = "/proc/sys/net/netfilter"
TIMEOUT = "nf_conntrack_tcp_timeout_"
SWITCHES = ("be_liberal", "loose", "max_retrans", "ignore_invalid_rst")


def collect() -> dict[str, t.Any] | None:
    """Return {count, max, buckets, occupancy_percent, timeouts_s, tcp, log_invalid}, or None when it is not loaded.

    `timeouts_s` holds the TCP timeouts by state in seconds (Documentation/networking/nf_conntrack-sysctl.rst).
    """
    names, status = list_names(DIRECTORY)
    if status != "ok" or "nf_conntrack_count" not in names:
        return None
    count, limit = number("nf_conntrack_count"), number("nf_conntrack_max")
    return {
        "count": count,
        "max": limit,
        "buckets": number("nf_conntrack_buckets"),
        "occupancy_percent": round(100.0 * count / limit, 1) if count is not None and limit else None,
        "timeouts_s": {name[len(TIMEOUT) :]: number(name) for name in names if name.startswith(TIMEOUT)},
        "tcp": {name: number("nf_conntrack_tcp_" + name) for name in SWITCHES if "nf_conntrack_tcp_" + name in names},
        "log_invalid": number("nf_conntrack_log_invalid"),
    }


def number(name: str) -> int | None:
    """Return one value of the directory, or None when it cannot be read."""
    text = (read_text("%s/%s" % (DIRECTORY, name)).text or "").strip()
    return int(text) if text.isdigit() else None
