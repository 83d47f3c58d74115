# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence put together: all that speaks for one cause at one place, be it a host, a flow or the fleet."""

from __future__ import annotations

import typing as t

from ._evidence import Asked, Entry, Finding, Piece, concerns, is_about, strengths

MOST_FLOWS = 3
"""Evidence on a host backs so many flows without stronger evidence of their own; of more it is nobody's."""

Causes = t.Mapping[str, Entry]
Flows = t.Mapping[str, Entry]


class Group(t.NamedTuple):
    """All that speaks for and against one cause at one place: a host, a flow, or (both None) the fleet.

    `flow` is the name of one of the `flows` that share server and port.
    """

    cause: str
    host: str | None
    flow: str | None
    pieces: list[Piece]
    flows: tuple[str, ...] = ()

    @property
    def is_strong(self) -> bool:
        """Return whether something else than settings, and what is worth no more, speaks for or against the cause."""
        return any(strength != "setting" for strength in strengths(self.pieces))

    @property
    def is_backed(self) -> bool:
        """Return whether something else than settings speaks for the cause."""
        return any(strength in ("supporting", "conclusive") for strength in strengths(self.pieces))


def grouped(findings: t.Iterable[Finding], causes: Causes, flows: Flows, asked: Asked | None = None) -> list[Group]:
    """Return the evidence by cause and place; a group holds at least one piece that speaks for its cause.

    Evidence on a host joins that of flows it concerns; what is about another port than the one asked for is left out.
    """
    hosts: dict[tuple[str, str | None], Group] = {}
    places: dict[tuple[t.Any, ...], Group] = {}
    for finding in findings:
        if finding["status"] != "deviation":
            continue
        if asked and finding["host"] is not None and finding["host"] in asked.peers and not is_about(finding, asked):
            continue
        for cause, strength in finding["supports"].items():
            piece = Piece(strength, finding)
            if finding["flow"] is None:
                key = (cause, finding["host"])
                hosts.setdefault(key, Group(cause, finding["host"], None, [])).pieces.append(piece)
            else:
                _add_to_place(places, cause, finding["flow"], flows, piece)
    at_flows = joined_ports(places)
    alone = [group for group in hosts.values() if not _attached(group, at_flows, causes, flows)]
    found = [*alone, *at_flows]
    return [group for group in found if any(piece.strength != "excluding" for piece in group.pieces)]


def _add_to_place(places: dict[tuple[t.Any, ...], Group], cause: str, name: str, flows: Flows, piece: Piece) -> None:
    flow = flows.get(name, {})
    key = (cause, flow.get("server", name), flow.get("port"))
    known = places.get(key, Group(cause, None, name, []))
    places[key] = known._replace(
        pieces=[*known.pieces, piece], flows=known.flows if name in known.flows else (*known.flows, name)
    )


def joined_ports(places: t.Mapping[tuple[t.Any, ...], Group]) -> list[Group]:
    """Return the groups of flows, those of no known port joined with one of the same cause and server that has one."""
    with_port: dict[tuple[str, str], tuple[t.Any, ...]] = {}
    for cause, server, port in places:
        if port is not None:
            with_port.setdefault((cause, server), (cause, server, port))
    found = dict(places)
    for (cause, server, port), group in places.items():
        key = with_port.get((cause, server))
        if port is None and key:
            other = found[key]
            found[key] = other._replace(pieces=other.pieces + group.pieces, flows=other.flows + group.flows)
            del found[(cause, server, port)]
    return list(found.values())


def _attached(group: Group, at_flows: list[Group], causes: Causes, flows: Flows) -> bool:
    """Add the pieces of a host to the groups of flows they concern; return whether there are any."""
    cause = causes.get(group.cause, {})
    indexes = [
        index
        for index, other in enumerate(at_flows)
        if other.cause == group.cause and any(_concerned(group, cause, flows.get(name, {})) for name in other.flows)
    ]
    strong = [index for index in indexes if at_flows[index].is_backed]
    named = [index for index in indexes if any(flows.get(name, {}).get("named") for name in at_flows[index].flows)]
    open_to = [index for index in indexes if not at_flows[index].is_strong]
    chosen = strong or named or (open_to if len(open_to) <= MOST_FLOWS else [])
    for index in chosen:
        at_flows[index] = at_flows[index]._replace(pieces=at_flows[index].pieces + group.pieces)
    return bool(chosen)


def _concerned(group: Group, cause: Entry, flow: Entry) -> bool:
    peers: t.Sequence[str] = flow.get("peers") or [flow[key] for key in ("client", "server") if flow.get(key)]
    servers = [name for name in (flow.get("server"), flow.get("target")) if name]
    if group.host is not None:
        return concerns(group.cause, cause, group.host, servers, peers)
    named = {host for piece in group.pieces for host in named_hosts(piece.finding["evidence"])}
    return bool(named & set(peers))


def named_hosts(value: t.Any) -> list[str]:
    """Return the hosts that evidence on the fleet names."""
    if isinstance(value, list):
        return [host for row in value for host in named_hosts(row)]
    if not isinstance(value, dict):
        return []
    rows = value.get("hosts")
    own = [host for host in rows if isinstance(host, str)] if isinstance(rows, list) else []
    return own + [host for key, part in value.items() if key != "hosts" for host in named_hosts(part)]


def merge_settings(groups: t.Iterable[Group]) -> list[Group]:
    """Return the groups with those of one cause that hold nothing but settings made one, whatever their hosts."""
    kept: list[Group] = []
    settings: dict[str, Group] = {}
    for group in groups:
        if group.is_strong:
            kept.append(group)
        elif group.cause in settings:
            first = settings[group.cause]
            settings[group.cause] = Group(group.cause, None, None, first.pieces + group.pieces)
        else:
            settings[group.cause] = group
    return kept + list(settings.values())


def merge_culprits(groups: t.Iterable[Group], culprit_of: t.Callable[[Group], str | None], flows: Flows) -> list[Group]:
    """Return the groups of flows with those of one cause, culprit and port made one: a router hits many servers."""
    kept: list[Group] = []
    places: dict[tuple[t.Any, ...], int] = {}
    for group in groups:
        culprit = culprit_of(group) if group.flow and group.is_strong else None
        key = (group.cause, culprit, flows.get(group.flow or "", {}).get("port"))
        if culprit is None or key not in places:
            places[key] = len(kept)
            kept.append(group)
        else:
            first = kept[places[key]]
            kept[places[key]] = first._replace(pieces=first.pieces + group.pieces, flows=first.flows + group.flows)
    return kept
