# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of timers on an idle connection: who speaks, who forgets, in the order in which they fire."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
import typing as t

from ._keepalive import RECOMMENDED_S, Hop
from ._readings import Number, Row
from ._scene import Scene
from ._sockets_of import Sockets, accepted, toward
from ._timers_of import FORGETS, SPEAKS, Timer, box, conntrack, heartbeats, idle_timeouts, keepalive
from ._translation import is_stateful

REQUIRED_S = 7440
"""RFC 5382 REQ-5: a NAT must keep an established connection for 2 hours and 4 minutes; what lasts longer is sound."""

SHORTEST_HEARTBEAT_S = 5
"""Below it heartbeats cause false alarms (RabbitMQ documents)."""


class Chain(t.NamedTuple):
    """All timers of a flow, and what they come to.

    `first` is the earliest that ends an idle connection although nothing is sure to speak before it, None when there
    is none. `refresh` is the earliest that speaks and reaches it, `perhaps` one of which that is not known.
    """

    timers: list[Timer]
    first: Timer | None
    refresh: Timer | None
    perhaps: Timer | None
    sockets: list[Sockets]

    @property
    def margin_s(self) -> Number | None:
        """Return the seconds between the refresh and half of what it has to beat, so that one probe may be lost."""
        ending = self.first or min(enders(self.timers), key=lambda timer: timer.after_s, default=None)
        speaking = self.refresh or self.perhaps
        return ending.after_s / 2 - speaking.after_s if ending and speaking else None


def chain(scene: Scene, hops: t.Sequence[Hop]) -> Chain:
    """Return the chain of a flow; `hops` are the declared boxes between client and server.

    Keepalive probes refresh what counts packets (layer 4) on the leg between the two kernels that speak TCP; what
    counts data (layer 7) is refreshed by heartbeats only, and so is everything when a declared proxy splits the path.
    """
    sockets = flow_sockets(scene)
    timers = [*speakers(scene, sockets), *end_timers(scene, hops)]
    split = any(hop.layer == 7 for hop in hops)
    for ending in sorted(enders(timers), key=lambda timer: timer.after_s):
        sure, perhaps = refreshers(timers, ending, split)
        if sure is None or sure.after_s >= ending.after_s:
            return Chain(ordered(timers), ending, sure, perhaps, sockets)
    ends = sorted(enders(timers), key=lambda timer: timer.after_s)[:1]
    sure, perhaps = refreshers(timers, ends[0], split) if ends else (None, None)
    return Chain(ordered(timers), None, sure, perhaps, sockets)


def ordered(timers: t.Iterable[Timer]) -> list[Timer]:
    """Return timers in the order in which they fire; of two at once the one that speaks comes first."""
    return sorted(timers, key=lambda timer: (timer.after_s, timer.effect != SPEAKS, timer.what))


def enders(timers: t.Iterable[Timer]) -> list[Timer]:
    """Return the timers that end a connection."""
    return [timer for timer in timers if timer.effect != SPEAKS]


def refreshers(timers: t.Iterable[Timer], ending: Timer, split: bool) -> tuple[Timer | None, Timer | None]:
    """Return the earliest timer that surely speaks past `ending`, and the earliest of which that is not known."""
    reaching = [
        timer for timer in timers if timer.effect == SPEAKS and (timer.layer == 7 or (ending.layer == 4 and not split))
    ]
    sure = [timer for timer in reaching if timer.armed is True]
    perhaps = [timer for timer in reaching if timer.armed is None]
    return min(sure, key=_time, default=None), min(perhaps, key=_time, default=None)


def _time(timer: Timer) -> Number:
    return timer.after_s


def flow_sockets(scene: Scene) -> list[Sockets]:
    """Return the groups of sockets at both ends that belong to the flow, those of the client first."""
    found: list[Sockets] = []
    if scene.client and scene.ends.address:
        found += toward(scene.client, scene.client_facts, scene.ends.address, scene.ends.port)
    if scene.target and scene.ends.port:
        found += accepted(scene.target, scene.server_facts, scene.ends.port)
    return found


def speakers(scene: Scene, sockets: t.Sequence[Sockets]) -> list[Timer]:
    """Return the timers of both ends that speak on an idle connection."""
    found: list[Timer | None] = []
    if scene.client:
        found.append(keepalive(scene.client, scene.client_facts, _of(sockets, scene.client)))
    if scene.target:
        found.append(keepalive(scene.target, scene.server_facts, _of(sockets, scene.target), scene.ends.port))
        found += heartbeats(scene.target, scene.server_facts, scene.ends.port)
    return [timer for timer in found if timer]


def _of(sockets: t.Sequence[Sockets], name: str) -> list[Sockets]:
    return [group for group in sockets if group.host == name]


def end_timers(scene: Scene, hops: t.Sequence[Hop]) -> list[Timer]:
    """Return the timers that end an idle connection: of tracking peers, declared boxes, the server's software."""
    tracking = [name for name in scene.peers_between if is_stateful(scene, name) or not _rules_known(scene, name)]
    found = [conntrack(name, scene.facts_of(name)) for name in tracking]
    found += [box(hop) for hop in hops]
    if scene.target:
        found += idle_timeouts(scene.target, scene.server_facts, scene.ends.port)
        guarded = scene.target not in tracking and is_stateful(scene, scene.target)
        found += [conntrack(scene.target, scene.server_facts)] if guarded else []
    return [timer for timer in found if timer]


def _rules_known(scene: Scene, name: str) -> bool:
    fact = scene.facts_of(name).get("peer_firewall")
    return type(fact) is dict and type(fact.get("rules")) is list


def chain_facts(found: Chain) -> dict[str, t.Any]:
    """Return the facts below `flow.chain`."""
    first, refresh = found.first, found.refresh or found.perhaps
    return {
        "timers": [_row(timer) for timer in found.timers],
        "first": _row(first) if first else None,
        "first_after_s": first.after_s if first else None,
        "first_layer": first.layer if first else None,
        "refresh_s": refresh.after_s if refresh else None,
        "refreshed_by": refresh.what if refresh else None,
        "refresh_is_sure": found.refresh is not None,
        "margin_s": found.margin_s,
        "keepalive_reaches_first": first.effect == FORGETS if first else None,
        "recommended_s": recommended_s(first) if first else None,
    }


def _row(timer: Timer) -> Row:
    return {
        **{"after_s": timer.after_s, "host": timer.host, "what": timer.what, "effect": timer.effect},
        **{"layer": timer.layer, "armed": timer.armed, "place": timer.place, "cause": timer.cause},
    }


def recommended_s(ending: Timer) -> int:
    """Return the time that would do: of keepalive at most half of what it has to beat, of a heartbeat the same."""
    half = max(int(ending.after_s / 2), 1)
    return min(RECOMMENDED_S, half) if ending.layer == 4 else max(min(half, 20), min(SHORTEST_HEARTBEAT_S, half))


def is_short(found: Chain) -> bool:
    """Return whether the connection is ended before anybody speaks, in less time than a sound box takes."""
    return found.first is not None and found.first.after_s < REQUIRED_S and not _perhaps_in_time(found)


def _perhaps_in_time(found: Chain) -> bool:
    return bool(found.first and found.perhaps and found.perhaps.after_s < found.first.after_s)
