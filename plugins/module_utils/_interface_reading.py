# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading links, addresses and queues: rtnetlink in one pass, or /proc and /sys where a sandbox refuses netlink."""

from __future__ import annotations

import typing as t

from ._address_overview import Addresses, new_addresses, observe_messages, observe_row
from ._addresses import read_addresses
from ._interface_overview import Overview, is_addressed_but_down, new_overview, observe
from ._link_measures import UNMEASURED, Measures, is_wire, measure
from ._links import IFF_UP, Link, read_links
from ._qdiscs import read_qdiscs
from ._read import read_text, source, status_of
from ._shortlist import Shortlist

MOST_SHOWN = 64
Sources = t.List[t.Dict[str, str]]
Queues = t.Dict[int, t.Dict[str, int]]
NO_QUEUE: dict[str, int] = {}


class Candidate(t.NamedTuple):
    """A link that may be shown; `message` is its netlink message, or None when it came from files."""

    link: Link
    message: bytes | None
    measures: Measures


class State(t.NamedTuple):
    """All that was read; `candidates` holds the links that matter most."""

    overview: Overview
    addresses: Addresses
    queues: Queues
    candidates: Shortlist
    uptime_days: float


def read_state(sources: Sources) -> State:
    """Return what netlink says, else what files say; `sources` gets a line for each."""
    uptime = (read_text("/proc/uptime").text or "0").split()[0]
    days = float(uptime) / 86400 if uptime.replace(".", "", 1).isdigit() else 0.0
    state = _from_netlink(days, sources)
    return _from_files(days, sources) if state is None else state


def _from_netlink(days: float, sources: Sources) -> State | None:
    state = State(new_overview(), new_addresses(), _queues(sources), Shortlist(MOST_SHOWN), days)
    remarks: list[str] = []
    try:
        observe_messages(state.addresses, read_addresses(remarks))
        for link, view in read_links(remarks):
            _consider(state, link, view)
    except (OSError, ValueError) as error:
        status = status_of(error) if isinstance(error, OSError) else "failed"
        sources.append(source("RTM_GETLINK, RTM_GETADDR", status, str(error)))
        return None
    sources.append(source("RTM_GETLINK, RTM_GETADDR", "ok", "; ".join(remarks)))
    return state


def _queues(sources: Sources) -> Queues:
    try:
        queues = read_qdiscs([])
    except OSError as error:
        sources.append(source("RTM_GETQDISC", status_of(error), str(error)))
        return {}
    sources.append(source("RTM_GETQDISC"))
    return queues


def _from_files(days: float, sources: Sources) -> State:
    from ._address_files import read_files as read_address_files
    from ._link_files import read_files as read_link_files

    state = State(new_overview(), new_addresses(), {}, Shortlist(MOST_SHOWN), days)
    links = read_link_files(sources)
    indexes = {link["name"].decode("utf-8", "backslashreplace"): link["index"] for link in links}
    for name, row in read_address_files(sources):
        if name in indexes:
            observe_row(state.addresses, indexes[name], row)
    for link in links:
        _consider(state, link, None)
    return state


def _consider(state: State, link: Link, message: memoryview | None) -> None:
    index = link["index"]
    link["wire"] = is_wire(link)
    measures = measure(link, state.queues.get(index, NO_QUEUE))
    addressed = index in state.addresses["reachable"]
    observe(state.overview, link, measures, addressed, state.uptime_days)
    rank = _rank(link, measures, addressed)
    if state.candidates.wants(rank):
        state.candidates.add(rank, Candidate(link, bytes(message) if message else None, measures))


def _rank(link: Link, measures: Measures, addressed: bool) -> tuple[int, ...]:
    """Return the sort key of a link: reachable or hardware first, then by what goes wrong on it, then those in use."""
    wrong = 0 if measures is UNMEASURED else sum(map(bool, measures.values()))
    wrong += 2 * is_addressed_but_down(link, addressed)
    relevant = addressed or (link["wire"] and link["kind"] is None)
    return (not relevant, -wrong, not (link["flags"] & IFF_UP and link["carrier"]), link["index"])
