# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fault: what is done to the stage, how a client then fails, and what the diagnosis must say of it."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field

from stage import CLIENT, SERVER, Stage, ended

PORT = 5000
REFUSED, RESET, BROKEN = {"ECONNREFUSED"}, {"ECONNRESET"}, {"ECONNRESET", "EPIPE", "EOF"}
SILENT = {"timeout", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"}


@dataclass(frozen=True)
class Fault:
    """One scenario. `drive` makes the client fail and returns what it saw, which must be in `sees`.

    `causes` are the ids that may stand for it; none means that nothing above `possible` may be found. `also` are other
    faults {cause: culprit} that were injected at the same time: found among the first as well when no flow is named,
    and with `both` when it is. `ways` are those in which it can be found: some faults leave nothing that can be seen
    unless somebody says which connection fails. `again` is repeated while the diagnosis runs, as real users would.
    """

    name: str
    inject: t.Callable[[Stage], None]
    drive: t.Callable[[Stage], str]
    sees: set[str]
    causes: tuple[str, ...] = ()
    culprit: str | None = None
    port: int = PORT
    server: str = SERVER
    client: str = CLIENT
    also: dict[str, str] = field(default_factory=dict)
    both: bool = False
    again: t.Callable[[Stage], object] | None = None
    variables: dict[str, t.Any] = field(default_factory=dict)
    layers: tuple[str, ...] = ()
    hosts: int = 2
    limit: str = "all"
    ways: tuple[str, ...] = ("named", "unnamed")


def talk(stage: Stage) -> str:
    return stage.talk(PORT)


def idle(seconds: float) -> t.Callable[[Stage], str]:
    return lambda stage: stage.talk(PORT, "--pauses 0,%g" % seconds)


def echo(stage: Stage) -> None:
    stage.serve("echo", PORT)


def interrupted(stage: Stage, options: str, happens: t.Callable[[], object], after_s: float = 1) -> str:
    """Let the client hold a connection, let something happen `after_s` seconds later, and return how it ended."""
    talking = stage.talk_aside(PORT, options)
    stage.wait_for(SERVER, "ss -Htn state established 'sport = :%d' | grep -q ." % PORT)
    time.sleep(after_s)
    happens()
    return ended(talking)
