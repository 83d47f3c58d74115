# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the three keepalive sysctls amount to."""

from __future__ import annotations

import typing as t

PREFIX = "net.ipv4.tcp_keepalive_"


def keepalive(values: t.Mapping[str, t.Mapping[str, t.Any]]) -> dict[str, int | None]:
    """Return {time_s, intvl_s, probes, detection_s} from the running values; None for what was not read.

    A dead peer is found `detection_s` seconds after the last byte: the first probe goes out after `time_s`, then
    each of `probes` is waited for `intvl_s`, the last one too. Source: tcp(7), net/ipv4/tcp_timer.c.
    """
    time_s, intvl_s, probes = (_number(values, name) for name in ("time", "intvl", "probes"))
    known = time_s is not None and intvl_s is not None and probes is not None
    detection_s = time_s + intvl_s * probes if known else None  # type: ignore[operator]
    return {"time_s": time_s, "intvl_s": intvl_s, "probes": probes, "detection_s": detection_s}


def _number(values: t.Mapping[str, t.Mapping[str, t.Any]], name: str) -> int | None:
    running = values.get(PREFIX + name, {}).get("running")
    return running if isinstance(running, int) else None
