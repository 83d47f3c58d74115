# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tracepoints and captured segments of one host say together about each reset."""

from __future__ import annotations

import typing as t

Event = t.Dict[str, t.Any]

SAME_S = 0.1
"""Two records of one reset are never further apart than this."""

WIRE = ("flags", "ttl", "window", "ip_id", "interface")
TUPLE = ("source", "source_port", "destination", "destination_port")


def join(traced: t.Sequence[Event], captured: t.Sequence[Event], local: t.Container[str]) -> tuple[list[Event], int]:
    """Return the resets of this host, oldest first, and how many tracepoint events belong to other namespaces.

    `direction` is `sent` (by this kernel), `received` (by it), `forwarded`, or `forged`: sent from here in the name of
    another host, which is what a firewall's reject rule does. A listener's tracepoint names no client; the segment on
    the wire does.
    """
    left = list(traced)
    joined = [_with_reason(event, left) for event in _on_the_wire(captured, local)]
    alone = [_plain(event) for event in left if _is_ours(event, local)]
    return sorted(joined + alone, key=lambda event: event["at_s"]), len(left) - len(alone)


def _on_the_wire(captured: t.Sequence[Event], local: t.Container[str]) -> t.Iterator[Event]:
    """Yield each captured reset once, with its direction."""
    incoming = [event for event in captured if event["direction"] == "in"]
    outgoing = [event for event in captured if event["direction"] == "out"]
    for event in outgoing:
        if event["source"] in local:
            yield {**event, "direction": "sent"}
        else:
            yield {**event, "direction": "forwarded" if _twin(event, incoming) else "forged"}
    for event in incoming:
        if event["destination"] in local:
            yield {**event, "direction": "received"}


def _twin(event: Event, others: t.Iterable[Event]) -> bool:
    """Return whether the same segment was received just before; NAT changes addresses, not the sequence number."""
    return any(
        other["sequence"] == event["sequence"]
        and other["flags"] == event["flags"]
        and abs(other["at_s"] - event["at_s"]) < SAME_S
        for other in others
    )


def _with_reason(event: Event, left: list[Event]) -> Event:
    """Return a captured reset with state and reason of its tracepoint event, which is taken from `left`."""
    match = next((other for other in left if _same(event, other)), None)
    if match is not None:
        left.remove(match)
    kept = {key: event[key] for key in ("at_s", "direction", *TUPLE, *WIRE)}
    return {**kept, "state": match["state"] if match else None, "reason": match["reason"] if match else None}


def _same(event: Event, other: Event) -> bool:
    if event["direction"] != other["direction"] or abs(event["at_s"] - other["at_s"]) >= SAME_S:
        return False
    return all(other[key] is None or other[key] == event[key] for key in TUPLE)


def _is_ours(event: Event, local: t.Container[str]) -> bool:
    return event["source" if event["direction"] == "sent" else "destination"] in local


def _plain(event: Event) -> Event:
    kept = {key: event[key] for key in ("at_s", "direction", *TUPLE)}
    return {**kept, **dict.fromkeys(WIRE), "state": event["state"], "reason": event["reason"]}
