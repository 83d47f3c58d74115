# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What silence does to a flow: who forgets it before anybody speaks, which sockets wait for that, and who was cut."""

from __future__ import annotations

from ._counters_of import moved
from ._filter_signs import repeats
from ._ledger import Ledger
from ._readings import Row, number, text
from ._scene import Scene
from ._signs import Signs, sign
from ._sockets_of import LONG_LIVED_S, Sockets, accepted_from, toward
from ._timeouts import Chain, enders, is_short
from ._timers_of import CLOSES, FORGETS, Timer, heartbeat_setting
from ._translation import translates

ENDED = ("reset", "closed", "timed_out")
IDLE_S = 1
"""A socket that waits for its first probe is idle from the start; this only leaves out what is being used."""

TOLERANCE_S = 1.5
"""A timer may fire this much later than it says: HAProxy and conntrack look at intervals."""


def idle_signs(scene: Scene, chain: Chain, ledger: Ledger, invalid: list[Row]) -> Signs:
    """Return the signs of silence below `flow.chain`; `invalid` are rules that hit packets of no known connection."""
    short = chain.first if is_short(chain) else None
    tracked = short if short and short.effect == FORGETS else None
    expired = _expired(scene, tracked, ledger, invalid) if tracked else []
    beat = _heartbeat(scene, chain)
    cuts = _cuts(scene, chain)
    exposed = _exposed(chain, tracked) if tracked else []
    return {
        "late_keepalive": [_late(tracked, chain)] if tracked else [],
        "tracking_forgets": [_late(tracked, chain)] if tracked and tracked.kind == "linux-conntrack" else [],
        "proxy_closes": [_closes(short)] if short and short.software == "haproxy" else [],
        "pool_outlives": [_closes(short)] if short and short.cause == "http-pool-stale" else [],
        "heartbeat_off": beat,
        "exposed": exposed,
        "unguarded": _unguarded(chain, tracked) if tracked else [],
        "expired": expired,
        "heartbeat_expired": beat and [{**row, "culprit": scene.target} for row in expired + exposed],
        "proxy_reset": _proxy_reset(scene, short, ledger),
        "cut_by_proxy": [row for row in cuts if row["cause"] == "haproxy-timeout"],
        "cut_by_tracking": [row for row in cuts if row["cause"] == "nat-or-firewall-idle-expiry"],
        "cut_by_box": [row for row in cuts if row["cause"] not in ("haproxy-timeout", "nat-or-firewall-idle-expiry")],
    }


def _late(timer: Timer, chain: Chain) -> Row:
    speaking = chain.refresh or chain.perhaps
    speaks = "the first probe comes after %g s" % speaking.after_s if speaking else "nobody speaks before"
    what = "%s forgets an idle connection after %g s, and %s" % (timer.what, timer.after_s, speaks)
    return sign(timer.host, what, value=timer.after_s, culprit=timer.host, cause=timer.cause)


def _closes(timer: Timer) -> Row:
    what = "%s closes a connection without data after %g s" % (timer.what, timer.after_s)
    return sign(timer.host, what, value=timer.after_s, culprit=timer.host)


def _heartbeat(scene: Scene, chain: Chain) -> list[Row]:
    """Return the heartbeat of RabbitMQ when it is off or speaks too late for something on the path."""
    row = heartbeat_setting(scene.server_facts, scene.ends.port)
    ends_s = min((timer.after_s for timer in enders(chain.timers)), default=None)
    if row is None or text(row, "software") != "rabbitmq" or ends_s is None or not is_short(chain):
        return []
    seconds = number(row, "seconds")
    if seconds and seconds / 2 < ends_s:
        return []
    told = "is off" if not seconds else "sends a frame every %g s" % (seconds / 2)
    what = "the heartbeat of RabbitMQ on %s %s, and an idle connection lasts %g s" % (scene.target, told, ends_s)
    return [sign(scene.target, what, value=seconds or 0, culprit=scene.target, place=row.get("file"))]


def _exposed(chain: Chain, timer: Timer) -> list[Row]:
    """Return the groups of long-lived sockets that the box will forget before a probe is sent."""
    found = []
    for group in _idle(chain):
        late = group.remaining_s is not None and group.remaining_s > timer.after_s
        if group.off or late:
            remaining = "the next probe in %g s" % (group.remaining_s or 0)
            told = "%d without keepalive" % group.off if group.off else remaining
            what = "%d connections of %s on port %d stand idle, %s, and %s forgets them after %g s" % (
                *(group.established, group.host, group.port, told, timer.host, timer.after_s),
            )
            found.append(sign(group.host, what, value=group.remaining_s, culprit=timer.host, port=group.port))
    return found


def _unguarded(chain: Chain, timer: Timer) -> list[Row]:
    """Return the groups of long-lived sockets without SO_KEEPALIVE, when keepalive with its sysctl would be in time."""
    found = []
    for group in _idle(chain):
        time_s = next((one.after_s for one in chain.timers if one.kind == "keepalive" and one.host == group.host), None)
        if group.off and not group.armed and time_s is not None and time_s < timer.after_s:
            what = "%d connections of %s on port %d have no keepalive, though probes every %g s would be in time" % (
                *(group.off, group.host, group.port, time_s),
            )
            found.append(sign(group.host, what, value=group.off, culprit=group.host, port=group.port))
    return found


def _idle(chain: Chain) -> list[Sockets]:
    return [group for group in chain.sockets if group.established and (group.idle_s or 0) >= IDLE_S]


def _expired(scene: Scene, timer: Timer, ledger: Ledger, invalid: list[Row]) -> list[Row]:
    """Return what shows that connections were forgotten on the way.

    That is an end that was reset by who did not know the connection, that waits in vain, or that alone still has it.
    Packets of no known connection go with it; alone they are what scanners send.
    """
    strange = [row for row in invalid if row["host"] == timer.host] + _strange_packets(scene, timer)
    found = one_sided(scene) + _counted(scene, timer, ledger, bool(strange)) + (_waiting(scene) if strange else [])
    return [{**row, "culprit": timer.host} for row in found + strange] if found else []


def _strange_packets(scene: Scene, timer: Timer) -> list[Row]:
    facts = scene.facts_of(timer.host) if timer.host in scene.book else {}
    strange = moved(facts, "conntrack.invalid")
    if not strange or not strange.value:
        return []
    what = "connection tracking of %s did not know the connection of packets: %s" % (timer.host, strange)
    return [sign(timer.host, what, value=strange.value)]


def _waiting(scene: Scene) -> list[Row]:
    """Return that an end repeats segments of connections that stand."""
    ends = [name for name in (scene.client, scene.target) if name and repeats(scene.facts_of(name))]
    return [sign(name, "%s repeats segments that nobody acknowledges" % name) for name in ends]


def one_sided(scene: Scene) -> list[Row]:
    """Return the established connections of the client that the server does not have, from whatever address."""
    address, port = scene.ends.address, scene.ends.port
    if not (scene.client and scene.target and address and port):
        return []
    groups = toward(scene.client, scene.client_facts, address, port)
    own = sum(group.established for group in groups if (group.idle_s or 0) >= LONG_LIVED_S)
    hidden_by = [name for name in scene.peers_between if translates(scene, name)]
    origins = [one for name in (scene.client, *hidden_by) for one in scene.book.addresses(name)]
    counts = [accepted_from(scene.server_facts, port, one) for one in origins]
    if not own or None in counts or sum(filter(None, counts)) >= own:
        return []
    seen = sum(filter(None, counts))
    what = "%s has %d idle connections to %s, of which %s has %d" % (scene.client, own, scene.where, scene.target, seen)
    return [sign(scene.client, what, value=own - seen, port=port)]


def _counted(scene: Scene, timer: Timer, ledger: Ledger, strange: bool = False) -> list[Row]:
    """Return the resets that the client received and that only who did not know the connection can have sent.

    `strange` says that packets of no known connection were seen, which a firewall's rule may have answered.
    """
    received = ledger.unexplained(scene.client)
    senders = [name for name in (timer.host, scene.target) if name and (row := ledger.of(name)) and row.others]
    if not received or not (senders or strange):
        return []
    told = "%s sent some" % " and ".join(dict.fromkeys(senders)) if senders else "%s met strange packets" % timer.host
    what = "%s received %d resets on connections that stood and no application ended; %s for unknown connections" % (
        *(scene.client, received, told),
    )
    return [sign(scene.client, what, value=received, culprit=timer.host)]


def _proxy_reset(scene: Scene, timer: Timer | None, ledger: Ledger) -> list[Row]:
    """Return the resets with which a proxy's kernel answered data on connections that the proxy had closed."""
    if timer is None or timer.software != "haproxy":
        return []
    return [{**row, "culprit": timer.host} for row in _counted(scene, timer, ledger)]


def _cuts(scene: Scene, chain: Chain) -> list[Row]:
    """Return the timer that ended the connection that was tried and held idle."""
    held_s = number(scene.probe, "held_s")
    if scene.probe is None or held_s is None or text(scene.probe, "phase") != "hold":
        return []
    if text(scene.probe, "class") not in ENDED:
        return []
    effects = (CLOSES,) if text(scene.probe, "class") == "closed" else (CLOSES, FORGETS)
    fitting = [one for one in enders(chain.timers) if one.effect in effects and one.after_s <= held_s + TOLERANCE_S]
    timer = max(fitting, key=lambda one: one.after_s, default=None)
    if timer is None:
        return []
    how = {"closed": "was closed", "reset": "was reset"}.get(text(scene.probe, "class"), "got no answer")
    what = "a connection that %s held idle to %s %s after %g s; %s lasts %g s" % (
        *(scene.client, scene.where, how, held_s, timer.what, timer.after_s),
    )
    return [sign(scene.client, what, value=held_s, culprit=timer.host, cause=timer.cause)]
