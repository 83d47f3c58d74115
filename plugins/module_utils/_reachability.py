# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether other hosts can be reached from here: names, echo, path MTU and TCP, many targets side by side."""

from __future__ import annotations

import errno
import socket
import time
import typing as t

from ._connect import Wishes, try_connection
from ._echo import Echo, ping
from ._path_mtu_search import path_mtu
from ._text import clean

Target = t.Tuple[str, int]
"""Host (name or address) and port; port 0 means that no connection is tried."""

Address = t.Tuple[int, t.Tuple[t.Any, ...]]
"""Address family and socket address."""

MAX_ADDRESSES = 4
LATE = "the time limit for all targets was reached first"
FAMILY_NAMES: dict[int, str] = {socket.AF_INET: "ipv4", socket.AF_INET6: "ipv6"}


class Probe(t.NamedTuple):
    """What is done with every target; times in seconds, 0 leaves a step out."""

    wishes: Wishes
    ping_count: int
    ping_s: float
    path_mtu: bool


def resolve(host: str, port: int) -> tuple[list[Address], str | None]:
    """Return the (family, socket address) pairs of a name in the order of the resolver, and an error or None."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return [], clean(str(error))
    pairs: list[Address] = [(entry[0], entry[4]) for entry in found if entry[0] in FAMILY_NAMES]
    return list(dict.fromkeys(pairs))[:MAX_ADDRESSES], None


def examine(host: str, port: int, probe: Probe) -> dict[str, t.Any]:
    """Return {host, port, class, phase, error, resolve_ms, addresses} of one target.

    `class`, `phase` and `error` are those of the first address that could be connected to, else of the first address;
    without a port they are those of the echo. `addresses` holds one row for each address of the name.
    """
    started = time.monotonic()
    pairs, error = resolve(host, port)
    result: dict[str, t.Any] = {"host": host, "port": port or None}
    result["resolve_ms"] = round((time.monotonic() - started) * 1000, 1)
    if error is not None or not pairs:
        return {**result, "class": "name_error", "phase": "resolve", "error": error, "addresses": []}
    rows = [_address(family, address, port, probe) for family, address in pairs]
    best = next((row for row in rows if row["class"] == "ok"), rows[0])
    return {**result, **{key: best[key] for key in ("class", "phase", "error")}, "addresses": rows}


def _address(family: int, address: tuple[t.Any, ...], port: int, probe: Probe) -> dict[str, t.Any]:
    row: dict[str, t.Any] = {"address": address[0], "family": FAMILY_NAMES[family]}
    row.update(_echo(family, address, probe))
    if port:
        row.update(try_connection(family, address, probe.wishes))
    else:
        row.update(_class_of_echo(row["ping"]))
    return row


def _echo(family: int, address: tuple[t.Any, ...], probe: Probe) -> dict[str, t.Any]:
    """Return {ping, path_mtu}; both null when they were not asked for, `ping.error` says what forbids them."""
    if not probe.ping_count:
        return {"ping": None, "path_mtu": None}
    try:
        echo = Echo(family, (address[0], 0) + tuple(address[2:]))
    except OSError as error:
        denied = error.errno in (errno.EPERM, errno.EACCES, errno.EPROTONOSUPPORT)
        reason = "ICMP sockets are not allowed here" if denied else clean(error.strerror or str(error))
        return {"ping": {"sent_packets": 0, "received_packets": 0, "error": reason}, "path_mtu": None}
    try:
        answered = ping(echo, probe.ping_count, probe.ping_s)
        wanted = probe.path_mtu and answered["received_packets"]
        return {"ping": answered, "path_mtu": path_mtu(echo, probe.ping_s) if wanted else None}
    finally:
        echo.close()


def _class_of_echo(answer: dict[str, t.Any] | None) -> dict[str, t.Any]:
    if answer is None or not answer["sent_packets"]:
        return {"class": "other", "phase": "ping", "error": answer["error"] if answer else "nothing was asked for"}
    silent = not answer["received_packets"]
    return {"class": "timed_out" if silent else "ok", "phase": "ping", "error": answer["error"] if silent else None}


def examine_all(targets: t.Sequence[Target], probe: Probe, workers: int, limit_s: float) -> list[dict[str, t.Any]]:
    """Return what `examine` gives for each target, in their order, `workers` at a time, in `limit_s` seconds at most.

    A target that is not finished by then has the class `timed_out` and the phase `queued`. The threads are daemons: a
    resolver that hangs does not keep the caller from ending.
    """
    import queue
    import threading

    todo: queue.SimpleQueue[int] = queue.SimpleQueue()
    results: dict[int, dict[str, t.Any]] = {}
    for index in range(len(targets)):
        todo.put(index)

    def work() -> None:
        while not todo.empty():
            try:
                index = todo.get_nowait()
            except queue.Empty:
                return
            results[index] = _guarded(targets[index], probe)

    threads = [threading.Thread(target=work, daemon=True) for dummy in range(max(1, min(workers, len(targets))))]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + limit_s
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [results.get(index) or _failed(target, "timed_out", "queued", LATE) for index, target in enumerate(targets)]


def _guarded(target: Target, probe: Probe) -> dict[str, t.Any]:
    """Return what `examine` gives; an error that nobody expected belongs to this target alone."""
    try:
        return examine(target[0], target[1], probe)
    except Exception as error:
        return _failed(target, "other", "resolve", clean("%s: %s" % (type(error).__name__, error)))


def _failed(target: Target, kind: str, phase: str, reason: str) -> dict[str, t.Any]:
    shared: dict[str, t.Any] = {"host": target[0], "port": target[1] or None, "resolve_ms": None, "addresses": []}
    return {**shared, "class": kind, "phase": phase, "error": reason}
