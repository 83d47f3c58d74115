# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A summary of kernel messages: how many of each kind, when, and the newest of them."""

from __future__ import annotations

import collections
import re
import typing as t

from . import _kernel_events as events
from ._bounds import take
from ._netfilter_lines import Packets, parse_packet
from ._text import clean
from ._utc import iso

SETTLING_S = 120
"""After a boot links come up, and some drivers first say that they are down."""

EVENT_BYTES = 10 * 1024
NUMBERS = ("pid", "port", "signal")


class Own(t.NamedTuple):
    """By what a container knows its own messages in the buffer of the machine; a machine is `alone` in its own."""

    alone: bool
    netns: str
    hostname: str
    oom_kills: int | None


def moment(at_s: float | None) -> str | None:
    """Return a time (seconds since the epoch) as UTC, None when it is unknown."""
    return None if at_s is None else iso(at_s)


def is_own(event: t.Mapping[str, t.Any], own: Own) -> bool:
    """Return whether an event is known to be about this system.

    In a container that is what concerns the whole machine, what names its network namespace, and what names a control
    group with its host name, an OOM kill only when its own group counted one.
    """
    if own.alone or event["kind"] in events.EVERYWHERE:
        return True
    if "netns" in event:
        return bool(event["netns"] == own.netns)
    named = re.search(r"(?<!\w)%s(?!\w)" % re.escape(own.hostname), event.get("cgroup", "")) if own.hostname else None
    return bool(named) and (event["kind"] != "oom-kill" or own.oom_kills != 0)


class Summary:
    """Takes messages in rising order of time and keeps what is to be said of them."""

    def __init__(self, own: Own, max_events: int) -> None:
        self.own = own
        self.counts = dict.fromkeys(events.NAMES, 0)
        self.others: dict[str, int] = {}
        self.seen: dict[str, dict[str, str | None]] = {}
        self.events: collections.deque[dict[str, t.Any]] = collections.deque(maxlen=max_events)
        self.packets = Packets()
        self.held_back = self.lines = 0
        self.victim: dict[str, str] = {}
        self.booted_s: float | None = None

    def add(self, at_s: float | None, message: str) -> None:
        """Count one message of the kernel."""
        self.lines += 1
        self.held_back += events.suppressed(message)
        if message.startswith(events.BOOT):
            self.booted_s = at_s
        details = events.oom_details(message)
        if details:
            self.victim = {**({} if "pid" in self.victim else self.victim), **details}
        fields = events.classify(message)
        if fields and self._settling(at_s, fields["kind"]):
            return
        if fields:
            self._count(at_s, message, fields)
            return
        packet = parse_packet(message)
        if packet and self.own.alone:
            self.packets.add(packet, moment(at_s))

    def _settling(self, at_s: float | None, kind: str) -> bool:
        early = at_s is not None and self.booted_s is not None and at_s - self.booted_s < SETTLING_S
        return early and kind in ("link-up", "link-down")

    def _count(self, at_s: float | None, message: str, fields: dict[str, str]) -> None:
        if fields["kind"] == "oom-kill":
            details = self.victim if self.victim.get("pid") == fields["pid"] else {}
            fields = {"scope": "cgroup" if "emory cgroup" in message else "machine", **fields, **details}
        if not is_own(fields, self.own):
            self.others[fields["kind"]] = self.others.get(fields["kind"], 0) + 1
            return
        kind, when = fields["kind"], moment(at_s)
        self.counts[kind] += 1
        self.seen.setdefault(kind, {"first": when})["last"] = when
        if self.events and (self.events[-1]["kind"], self.events[-1]["message"]) == (kind, clean(message, 200)):
            self.events[-1].update(time=when, times=self.events[-1]["times"] + 1)
            return
        typed = {name: int(value) if name in NUMBERS else value for name, value in fields.items()}
        self.events.append({"time": when, **typed, "times": 1, "message": clean(message, 200)})

    def facts(self, known: bool = True) -> dict[str, t.Any]:
        """Return counts, first and last times, the newest events first, and packets that firewall rules wrote.

        Without a source nothing is `known`, so there are no counts.
        """
        newest = list(reversed(self.events))
        shown = take(newest, EVENT_BYTES)
        total = sum(self.counts.values())
        return {
            "lines_scanned": self.lines,
            "held_back": self.held_back,
            "counts": self.counts if known else {},
            "seen": self.seen,
            "events": shown,
            "total": total,
            "truncated": sum(event["times"] for event in shown) < total,
            "netfilter": {"total": self.packets.total, "by_prefix": list(self.packets.rows.values())},
            "others": self.others,
        }
