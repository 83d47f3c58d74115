# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters of a peer that moved: in the window, or since a boot so recent that all of it is of interest."""

from __future__ import annotations

import typing as t

from ._readings import Number, mapping, number

Entry = t.Mapping[str, t.Any]

RECENT_S = 3600
"""Totals of a peer that has been up for less are a window of their own."""

TABLES = {"Tcp": "snmp", "Ip": "snmp", "Icmp": "snmp", "TcpExt": "netstat", "MPTcpExt": "netstat"}
ABORTS = ("TcpExt.TCPAbortOnClose", "TcpExt.TCPAbortOnData", "TcpExt.TCPAbortOnMemory", "TcpExt.TCPAbortOnLinger")


class Moved(t.NamedTuple):
    """How far a counter moved; `basis` says over what: `window` or `boot`."""

    value: Number
    basis: str

    def __str__(self) -> str:
        return "%d %s" % (self.value, "in the window" if self.basis == "window" else "since a recent boot")


NOTHING = Moved(0, "window")


def window_s(facts: Entry) -> Number | None:
    """Return over how many seconds the counters of a peer were watched; None when they were not."""
    return number(facts, "peer_tcp_counters", "window_s") or None


def uptime_s(facts: Entry) -> Number | None:
    """Return for how long a peer has been up, in seconds."""
    return number(facts, "peer_load", "boot", "uptime_s")


def is_young(facts: Entry) -> bool:
    """Return whether a peer has been up for so short a time that its totals are evidence."""
    up_s = uptime_s(facts)
    return up_s is not None and up_s < RECENT_S


def basis(facts: Entry) -> str | None:
    """Return what `moved` goes by: `window`, `boot`, or None when neither is known."""
    return "window" if window_s(facts) else "boot" if is_young(facts) and _totals(facts) else None


def moved(facts: Entry, name: str) -> Moved | None:
    """Return how far a counter such as `TcpExt.ListenDrops` moved, or None when that cannot be known.

    A counter that stood still in the window is looked up since boot when that was within the hour, for a fault that is
    over when the peers are watched.
    """
    in_window = _in_window(facts, name)
    if in_window:
        return Moved(in_window, "window")
    since_boot = _value(facts, "totals", name) if is_young(facts) else None
    if since_boot:
        return Moved(since_boot, "boot")
    return None if in_window is None and since_boot is None else NOTHING


def together(facts: Entry, *names: str) -> list[Moved | None]:
    """Return how far counters moved over one and the same time: since a recent boot, else in the window."""
    deltas = [_in_window(facts, name) for name in names]
    if not is_young(facts) or not _totals(facts):
        return [None if value is None else Moved(value, "window") for value in deltas]
    totals = [_value(facts, "totals", name) for name in names]
    return [None if one is None else Moved(max(one, two or 0), "boot") for one, two in zip(totals, deltas, strict=True)]


def in_window(facts: Entry, name: str) -> Number | None:
    """Return how far a counter moved in the window, or None when it was not watched or does not exist."""
    return _in_window(facts, name)


def _in_window(facts: Entry, name: str) -> Number | None:
    if not window_s(facts) or _value(facts, "totals", name) is None:
        return None
    return _value(facts, "deltas", name) or 0


def _totals(facts: Entry) -> bool:
    return bool(mapping(facts, "peer_tcp_counters", "totals"))


def _value(facts: Entry, part: str, name: str) -> Number | None:
    group, _dot, counter = name.partition(".")
    if group in TABLES:
        return number(facts, "peer_tcp_counters", part, TABLES[group], group, counter)
    return number(facts, "peer_tcp_counters", part, group, counter)


class Resets(t.NamedTuple):
    """What a peer's counters say of resets: `aborts` it sent with a cause of its own, by counter, `others` it sent
    without one (closed ports, unknown connections), `received` on connections that stood, at least."""

    basis: str
    sent: Number
    aborts: dict[str, Number]
    others: Number
    received: Number


def resets(facts: Entry, windowed: bool = False) -> Resets | None:
    """Return what the counters say of resets, in the window or since a recent boot, or None when they do not.

    What ended connections in the window comes first; without it the time since a recent boot is looked at, unless only
    the window is asked for (`windowed`): tries to connect that are refused, those of a diagnosis too, hide nothing.

    EstabResets counts own aborts and silent timeouts of established connections too; what they do not explain was
    received. Source: net/ipv4/tcp.c tcp_set_state(), tcp_close(); measured on Linux 6.18.
    """
    names = ("Tcp.OutRsts", "Tcp.EstabResets")
    ended = any(_in_window(facts, name) for name in ("Tcp.EstabResets", *ABORTS))
    part = "deltas" if window_s(facts) and (ended or windowed or not is_young(facts)) else "totals"
    if part == "totals" and not is_young(facts):
        return None
    if _value(facts, "totals", "Tcp.OutRsts") is None:
        return None
    read = {name: _value(facts, part, name) or 0 for name in (*names, *ABORTS, "TcpExt.TCPAbortOnTimeout")}
    aborts = {name: read[name] for name in ABORTS if read[name]}
    overflow = _overflow_resets(facts, part)
    timeouts = read["TcpExt.TCPAbortOnTimeout"]
    others = max(0, read["Tcp.OutRsts"] - sum(aborts.values()) - overflow - timeouts)
    received = max(0, read["Tcp.EstabResets"] - sum(aborts.values()) - timeouts)
    return Resets("window" if part == "deltas" else "boot", read["Tcp.OutRsts"], aborts, others, received)


def _overflow_resets(facts: Entry, part: str) -> Number:
    if number(facts, "peer_sysctls", "values", "net.ipv4.tcp_abort_on_overflow", "running") != 1:
        return 0
    return min(_value(facts, part, name) or 0 for name in ("TcpExt.ListenOverflows", "TcpExt.EmbryonicRsts"))
