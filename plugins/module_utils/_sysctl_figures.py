# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sysctls amount to together: room for outgoing connections, and in the connection tracking table."""

from __future__ import annotations

import typing as t

from ._port_ranges import PORTS, parse_ports

Values = t.Mapping[str, t.Mapping[str, t.Any]]


def local_ports(values: Values) -> dict[str, int] | None:
    """Return {low, high, count}: the ports for outgoing connections, reserved ones not counted; None when not read.

    `count` connections can be open at a time to one address and port. Source: ip-sysctl.rst, ip_local_port_range.
    """
    bounds = _running(values, "net.ipv4.ip_local_port_range")
    if not isinstance(bounds, list) or len(bounds) != 2:
        return None
    low, high = bounds
    text = str(_running(values, "net.ipv4.ip_local_reserved_ports"))
    pairs = parse_ports(text) if PORTS.fullmatch(text) else []
    reserved = sum(max(0, min(last, high) - max(first, low) + 1) for first, last in pairs)
    return {"low": low, "high": high, "count": high - low + 1 - reserved}


def conntrack(values: Values) -> dict[str, t.Any] | None:
    """Return {count, max, used_percent} of the connection tracking table; None when its module is not loaded.

    `count` is of this network namespace while `max` holds for each. Source: nf_conntrack-sysctl.rst.
    """
    count, most = (_running(values, "net.netfilter.nf_conntrack_" + name) for name in ("count", "max"))
    if not isinstance(count, int) or not isinstance(most, int):
        return None
    return {"count": count, "max": most, "used_percent": round(100 * count / most, 1) if most > 0 else None}


def _running(values: Values, name: str) -> t.Any:
    return values.get(name, {}).get("running")
