# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened on one peer and when: resets, drops, restarts, kills, as its logs and traces tell."""

from __future__ import annotations

import datetime
import math
import typing as t

from ._counters_of import RECENT_S, uptime_s
from ._readings import Row, moment, number, rows, text
from ._shown import short
from ._traces import trace_rows

Entry = t.Mapping[str, t.Any]

KINDS = ("reset", "drop", "restart", "kill", "boot", "link", "kernel")
"""What is told of, and in the picture tells colours and shapes apart."""

KERNEL = {
    **dict.fromkeys(("oom-kill", "crash", "seccomp-kill"), "kill"),
    **dict.fromkeys(("link-up", "link-down", "netdev-watchdog"), "link"),
    **dict.fromkeys(("conntrack-table-full", "syn-flood", "tcp-out-of-memory", "too-many-orphans"), "kernel"),
    **dict.fromkeys(("time-wait-overflow", "neighbour-overflow", "fork-refused", "file-limit", "clock-jump"), "kernel"),
}
SENT = {
    "sent": "sent a reset from port %(source_port)s to %(destination)s%(why)s",
    "forged": "reset %(destination)s in the name of %(source)s port %(source_port)s",
    "received": "received a reset from %(source)s port %(source_port)s",
}
STARTS = {"server-listening": "sshd began to listen", "listener-sighup": "sshd read its configuration again"}
EPHEMERAL = 32768
"""Ports from here on are chosen by the kernel: naming them would make each reset an event of its own."""

Moment = tuple[float, str, str]
"""Time in seconds since the epoch, kind, what happened."""


def moments(facts: Entry) -> t.Iterator[Moment]:
    """Yield what happened on a peer, by its own clock."""
    for source in (_traced, _logged, _kernel, _started):
        for when, kind, what in source(facts):
            if when is not None and math.isfinite(when):
                yield when, kind, what


def _traced(facts: Entry) -> t.Iterator[tuple[float | None, str, str]]:
    for row in trace_rows(facts):
        words = SENT.get(text(row, "direction"))
        if words:
            yield moment(row.get("time")), "reset", words % _ends(row)


def _ends(row: Row) -> dict[str, str]:
    reason = text(row, "reason")
    source_port = number(row, "source_port")
    known = source_port is not None and source_port < EPHEMERAL
    return {
        "source": short(row.get("source"), 60) or "an unknown address",
        "destination": short(row.get("destination"), 60) or "an unknown address",
        "source_port": "%d" % source_port if known and source_port is not None else "of a client",
        "why": ": %s" % short(reason, 60) if reason else "",
    }


def _logged(facts: Entry) -> t.Iterator[tuple[float | None, str, str]]:
    words = {"resets": ("reset", "sshd lost the connection of %s%s"), "drops": ("drop", "sshd turned %s away%s")}
    for part, (kind, what) in words.items():
        for row in rows(facts, "peer_sshd_log", part, "newest"):
            reason = short(row.get("reason"), 60)
            who = short(row.get("address"), 60) or "somebody"
            yield moment(row.get("time")), kind, what % (who, ": %s" % reason if reason else "")
    for part in ("events", "latest"):
        for row in rows(facts, "peer_sshd_log", part):
            if text(row, "kind") in STARTS:
                yield moment(row.get("time")), "restart", STARTS[text(row, "kind")]


def _kernel(facts: Entry) -> t.Iterator[tuple[float | None, str, str]]:
    for row in rows(facts, "peer_kernel_log", "events"):
        if text(row, "kind") in KERNEL:
            what = "%s: %s" % (text(row, "kind"), short(row.get("message"), 120) or "")
            yield moment(row.get("time")), KERNEL[text(row, "kind")], what


def _started(facts: Entry) -> t.Iterator[tuple[float | None, str, str]]:
    read_at = collected_at(facts)
    for row in rows(facts, "peer_load", "services", "started_recently"):
        age_s = number(row, "age_s")
        if read_at is not None and age_s is not None:
            again = " by itself again" if number(row, "restarts") else ""
            yield read_at - age_s, "restart", "%s was started%s" % (short(row.get("unit"), 80) or "a service", again)
    for row in rows(facts, "peer_load", "services", "ended"):
        how = "%s, %s" % (short(row.get("code"), 20), short(row.get("status"), 20))
        yield (
            moment(row.get("time")),
            "restart",
            "%s ended badly (%s)" % (short(row.get("unit"), 80) or "a service", how),
        )
    up_s = uptime_s(facts)
    if up_s is not None and up_s < RECENT_S:
        yield moment(text(facts, "peer_load", "boot", "time")), "boot", "the system was started"


def collected_at(facts: Entry) -> float | None:
    """Return when the facts of a peer were read, by its own clock, in seconds since the epoch."""
    return moment(text(facts, "peer_gathering", "collected_at"))


def stamp(when: float) -> str | None:
    """Return a time as ISO 8601 in UTC; None beyond the years that this has."""
    try:
        found = datetime.datetime.fromtimestamp(math.floor(when), datetime.timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None
    return found.strftime("%Y-%m-%dT%H:%M:%SZ")
