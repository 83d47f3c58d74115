# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that are tried while the counters of several peers are watched."""

from __future__ import annotations

import time
import typing as t

from ._bounds import FAMILY_BYTES, take

WORKERS = 16
START = 0.2
"""Which part of the window to let pass first, so that it has begun on the other peers too."""


def collect(targets: t.Sequence[t.Mapping[str, t.Any]], window_s: float, hold_s: float) -> dict[str, t.Any]:
    """Return {sources, probes, total, truncated}; `probes` holds one row for each {host, port} of `targets`."""
    rows: list[dict[str, t.Any]] = []
    if targets:  # seldom, so what it takes is not compiled on every peer
        from ._connect import Wishes
        from ._reachability import Probe, examine_all

        time.sleep(START * window_s)
        wait_s = max(1.0, (window_s or 4.0) * 0.5)
        probe = Probe(Wishes(wait_s, 1.0, hold_s, b""), ping_count=3, ping_s=0.5, path_mtu=True)
        pairs = [(target["host"], target["port"]) for target in targets]
        rows = examine_all(pairs, probe, WORKERS, wait_s * 4 + hold_s)
    kept = take(rows, FAMILY_BYTES - 256)
    return {"sources": [], "probes": kept, "total": len(rows), "truncated": len(kept) < len(rows)}
