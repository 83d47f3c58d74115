# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the log of the kernel says that bears on connections."""

from __future__ import annotations

import os
import time
import typing as t

from . import _cgroup_limits
from ._container import container
from ._kernel_sources import Found, Sources, from_files, from_journal, from_ring
from ._kernel_summary import Own, Summary
from ._log_times import parse_since
from ._read import read_link
from ._utc import iso
from ._window import read_sample


def collect(
    since: str = "24h", max_events: int = 30, source: str = "auto", paths: t.Sequence[str] = ()
) -> dict[str, t.Any]:
    """Return `peer_kernel_log`: counts by kind, the newest events, packets that firewall rules wrote.

    `source` is `ring`, `journal`, `file`, or `auto` for the first that will do. Where no source could be read there
    are no counts. Raises ValueError for a `since` that is no time.
    """
    now_s = time.time()
    asked_s = parse_since(since, now_s) or 0.0
    sources: Sources = []
    found = find(source, paths, asked_s, now_s, sources)
    kind = container()
    summary = Summary(own() if kind else Own(True, "", "", None), max_events)
    for at_s, message in found.messages if found else ():
        if at_s is None or at_s >= asked_s:
            summary.add(at_s, message)
    return {
        "sources": sources,
        "window": {"since": iso(max(asked_s, found.complete_s)) if found else None, "until": iso(now_s)},
        "container": kind,
        **summary.facts(known=found is not None),
    }


def find(wanted: str, paths: t.Sequence[str], asked_s: float, now_s: float, sources: Sources) -> Found | None:
    """Return the messages of one source, None when none could be read.

    The buffer of the kernel costs no process, so it is taken when it reaches back far enough or to the boot. Otherwise
    a journal with messages of the kernel knows more; some journals, as those of containers, get none.
    """
    ring = from_ring(now_s, sources) if wanted in ("auto", "ring") else None
    if ring and (ring.whole_boot or ring.complete_s <= asked_s):
        return ring
    journal = from_journal(asked_s, sources) if wanted in ("auto", "journal") else None
    if ring and not (journal and journal.messages):
        return ring
    return from_files(paths, asked_s, sources) if wanted == "file" or (wanted == "auto" and not journal) else journal


def own() -> Own:
    """Return by what this container knows its own messages: network namespace, host name, kills in its group."""
    namespace = (read_link("/proc/self/ns/net") or "").strip("net:[]")
    folder = _cgroup_limits.folders()
    counted = _cgroup_limits.counters(folder, read_sample(_cgroup_limits.sampled_paths(folder).values()))
    return Own(False, namespace, os.uname().nodename, counted.get("oom_kill"))
