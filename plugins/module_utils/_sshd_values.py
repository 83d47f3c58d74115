# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keywords of sshd that decide about idle, silent and many clients: defaults, releases, and how their values read."""

from __future__ import annotations

import re
import typing as t

from ._durations import OPENSSH, parse_duration
from ._timeout_rows import About, Row, flag, timer

LIMIT = About("limit", 7, "client")


class Keyword(t.NamedTuple):
    """A keyword: its default, the first release that has it, what it is and how its value reads."""

    default: str
    since: tuple[int, int]
    about: About
    reads: str


KEYWORDS = {
    "ClientAliveInterval": Keyword("0", (0, 0), About("heartbeat", 7, "client"), "time"),
    "ClientAliveCountMax": Keyword("3", (0, 0), LIMIT, "probes"),
    "TCPKeepAlive": Keyword("yes", (0, 0), About("keepalive", 4, "client"), "flag"),
    "LoginGraceTime": Keyword("120", (0, 0), About("handshake_timeout", 7, "client"), "time"),
    "UnusedConnectionTimeout": Keyword("none", (9, 2), About("idle_timeout", 7, "client"), "time"),
    "ChannelTimeout": Keyword("none", (9, 2), About("idle_timeout", 7, "client"), "channels"),
    "MaxStartups": Keyword("10:30:100", (0, 0), LIMIT, "startups"),
    "PerSourceMaxStartups": Keyword("none", (8, 5), LIMIT, "connections"),
    "PerSourceNetBlockSize": Keyword("32:128", (8, 5), LIMIT, "bits"),
    "PerSourcePenalties": Keyword("yes", (9, 8), LIMIT, "penalties"),
    "MaxSessions": Keyword("10", (0, 0), LIMIT, "sessions"),
    "MaxAuthTries": Keyword("6", (0, 0), LIMIT, "attempts"),
}
"""Source: servconf.c and sshd_config(5) of 7.0 to 10.5."""

PENALTY = OPENSSH._replace(program="OpenSSH penalties", fractions=True)
MOST_PARTS = 12


def reading(name: str, text: str) -> Row:
    """Return the value of a keyword as a row shows it. Raises ValueError."""
    reads = KEYWORDS[name].reads
    if reads in READERS:
        return READERS[reads](text)
    if text == "none" and reads == "connections":
        return {"off": True}
    if not re.match(r"\d{1,9}(:\d{1,9})?$", text):
        raise ValueError("no number: %.40r" % text)
    return {"value": text if ":" in text else int(text), "unit": reads}


def _time(text: str) -> Row:
    return timer(0 if text == "none" else parse_duration(text, OPENSSH))


def _flag(text: str) -> Row:
    if text not in ("yes", "no"):
        raise ValueError("neither yes nor no: %.40r" % text)
    return flag(text == "yes")


def _startups(text: str) -> Row:
    return {"value": text, "unit": "start:rate:full", "parts": parse_max_startups(text)}


def parse_max_startups(text: str) -> dict[str, int]:
    """Return start, rate (percent) and full of MaxStartups; one number alone refuses all beyond it. Raises ValueError.

    10:30:100
    """
    found = re.match(r"(\d{1,9})(?::(\d{1,3}):(\d{1,9}))?$", text)
    if found is None:
        raise ValueError("no start:rate:full: %.40r" % text)
    start, rate, full = found.groups()
    return {"start": int(start), "rate": int(rate or 100), "full": int(full or start)}


def _channels(text: str) -> Row:
    """Return ChannelTimeout: the shortest time, and the time of each kind of channel."""
    if text == "none":
        return timer(0)
    pairs = [word.rpartition("=") for word in text.split()]
    parts = {kind: parse_duration(span, OPENSSH) for kind, equals, span in pairs if equals}
    if not parts:
        raise ValueError("no type=time: %.40r" % text)
    shortest = min([span for span in parts.values() if span] or [0.0])
    return {**timer(shortest), "parts": dict(list(parts.items())[:MOST_PARTS])}


def _penalties(text: str) -> Row:
    """Return PerSourcePenalties: off, or on with the seconds (and numbers) that are told."""
    words = text.split()
    pairs = [word.partition(":") for word in words if re.match(r"[^:]+:[0-9]", word)]
    parts = {kind: parse_duration(value, PENALTY) for kind, dummy, value in pairs}
    return {**flag(words[:1] != ["no"]), "parts": dict(list(parts.items())[:MOST_PARTS])}


READERS: dict[str, t.Callable[[str], Row]] = {
    "time": _time,
    "flag": _flag,
    "startups": _startups,
    "channels": _channels,
    "penalties": _penalties,
}
