# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching the resets of this host for a while, with what the kernel says of each."""

from __future__ import annotations

import collections
import select
import socket
import threading
import time
import typing as t

from . import _reset_capture, _tracefs
from ._address_files import read_files
from ._addresses import parse_address, read_addresses
from ._bounds import FAMILY_BYTES, size_bytes, take
from ._read import source, status_of
from ._reset_events import parse_event
from ._reset_join import join
from ._text import clean

Event = t.Dict[str, t.Any]

MAX_RECORDS = 5000
POLL_S = 0.1
ROOT_ADDS = "as root the kernel's tracepoints and packet sockets say who reset whom"


class Watch:
    """Reads tracepoints and captured segments in a thread from the moment it is made until `stop`."""

    def __init__(self) -> None:
        self.sources: list[dict[str, str]] = []
        self.began_s, self.began_at = time.monotonic(), time.time()
        self.traced: list[Event] = []
        self.captured: list[Event] = []
        self.beyond = 0
        self.unread = ""
        self.instance = self._open("tracefs", lambda: _tracefs.Instance().__enter__())
        self.capture = self._open("packet socket", _reset_capture.open_capture)
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._read_until_the_end, daemon=True)
        self.thread.start()

    def _open(self, name: str, start: t.Callable[[], t.Any]) -> t.Any:
        try:
            opened = start()
        except OSError as error:
            detail = "%s; %s" % (error.strerror or error, ROOT_ADDS)
            self.sources.append(source(name, status_of(error), clean(detail, 200)))
            return None
        missing = getattr(opened, "missing", [])
        self.sources.append(source(name, "ok", "without %s" % ", ".join(missing) if missing else ""))
        return opened

    def _read_until_the_end(self) -> None:
        descriptors = [opened for opened in (self.capture, self.instance and self.instance.descriptor) if opened]
        while descriptors and not self.ending.is_set():
            if select.select(descriptors, [], [], POLL_S)[0]:
                self._read()

    def _read(self) -> None:
        if self.instance is not None:
            self.unread += self.instance.read()
            lines = self.unread.split("\n")
            self.unread = lines.pop()
            for event in filter(None, map(parse_event, lines)):
                self._keep(self.traced, event)
        if self.capture is not None:
            self._receive(self.capture)

    def _receive(self, capture: socket.socket) -> None:
        while True:
            try:
                packet, origin = capture.recvfrom(_reset_capture.SNAPSHOT_BYTES)
            except OSError:
                return
            event = _reset_capture.parse_segment(packet, clean(origin[0], 32), origin[2])
            if event is not None:
                self._keep(self.captured, {**event, "at_s": time.monotonic()})

    def _keep(self, records: list[Event], event: Event) -> None:
        if len(records) < MAX_RECORDS:
            records.append(event)
        else:
            self.beyond += 1

    def stop(self) -> int:
        """End watching and let go of everything; return how many events the kernel dropped meanwhile."""
        self.ending.set()
        self.thread.join(5)
        self._read()
        lost = self.beyond
        if self.capture is not None:
            self.capture.close()
        if self.instance is not None:
            lost += self.instance.overrun()
            self.instance.__exit__()
        return lost


def sample() -> Watch:
    """Begin to watch."""
    return Watch()


def collect(window_s: float, max_events: int = 100, first: Watch | None = None) -> dict[str, t.Any]:
    """Return the resets of `window_s` seconds; see the module reset_trace_info for the keys.

    The window began with `first` when that is given. `lost` counts events that were dropped, `elsewhere` tracepoint
    events of other network namespaces, which share the kernel's tracing.
    """
    watch = first or Watch()
    time.sleep(max(0.0, watch.began_s + window_s - time.monotonic()))
    measured_s = round(time.monotonic() - watch.began_s, 2)
    lost = watch.stop()
    events, elsewhere = join(watch.traced, watch.captured, local_addresses())
    fact = {
        "sources": watch.sources,
        "began_at": moment(watch.began_at),
        "window_s": measured_s,
        "counts": counts(events),
        "total": len(events),
        "lost": lost,
        "elsewhere": elsewhere,
    }
    rows = [timed(event, watch) for event in events[:max_events]]
    kept = take(rows, FAMILY_BYTES - size_bytes(fact) - 64)
    return {**fact, "events": kept, "truncated": len(kept) < len(events)}


def timed(event: Event, watch: Watch) -> Event:
    """Return an event with its `time` (UTC) in place of the monotonic clock."""
    at_s = watch.began_at + event["at_s"] - watch.began_s
    return {"time": moment(at_s), **{key: value for key, value in event.items() if key != "at_s"}}


def moment(at_s: float) -> str:
    """Return a time as ISO 8601 in UTC, to the millisecond."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_s)) + ".%03dZ" % (at_s % 1 * 1000)


def counts(events: t.Iterable[Event]) -> list[dict[str, t.Any]]:
    """Return how often each direction, state and reason occurred, the most frequent first."""
    keys = ("direction", "state", "reason")
    counted = collections.Counter(tuple(event[key] for key in keys) for event in events)
    return [{**dict(zip(keys, found)), "count": count} for found, count in counted.most_common(20)]


def local_addresses() -> set[str]:
    """Return the addresses of this network namespace."""
    try:
        found = {parse_address(message)["address"] for dummy, message in read_addresses([])}
    except (OSError, ValueError):  # netlink is refused
        found = {row["address"] for dummy, row in read_files([])}
    return found | {"127.0.0.1", "::1"}
