# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of connectivity, timers, counters, sockets, resets and events for the tests of the renderers."""

from __future__ import annotations

import itertools
import typing as t

Row = dict[str, t.Any]
Tables = dict[str, Row]

CLASSES = ("ok", "refused", "reset", "closed", "timed_out", "host_unreachable", "net_unreachable", "name_error")
KINDS = ("reset", "drop", "restart", "kill", "boot", "link", "kernel")
EFFECTS = ("speaks", "forgets", "closes", "other")
ROLES = ("client", "hop", "box", "proxy", "server", "outside")


def tables(names: t.Sequence[str], text: str | None = None, cause: str = "sshd-maxstartups") -> Tables:
    """Return all tables for hosts of these names; `text`, when given, stands wherever hosts choose the words."""
    said = "as a host says it" if text is None else text
    makers = (_paths, _connectivity, _timeouts, _counters, _unguarded, _reset_sources, _timeline, _blind_spots)
    made = {make.__name__[1:]: make(list(names), said) for make in makers}
    for row in made["paths"]["rows"]:
        row["causes"] = [cause]
    return made


def merged(parts: t.Iterable[Tables]) -> Tables:
    """Return tables with the rows of all parts, what stands beside the rows from the last."""
    whole: Tables = {}
    for part in parts:
        for key, table in part.items():
            rows = whole.get(key, {"rows": []})["rows"] + table["rows"]
            whole[key] = {**table, "rows": rows, "total": len(rows)}
    return whole


def _table(rows: list[Row], limit: int = 600, **rest: t.Any) -> Row:
    return {"rows": rows[:limit], "total": len(rows), "truncated": len(rows) > limit, **rest}


def _hosts(names: list[str]) -> Row:
    return {"hosts": names[:20], "count": len(names)}


def _paths(names: list[str], said: str) -> Row:
    return _table([_path(names, said, sender) for sender in (names[0], names[-1], None)])


def _path(names: list[str], said: str, sender: str | None) -> Row:
    on_way = (names * len(ROLES))[1 : len(ROLES) - 1]
    stations = zip([names[0], *on_way, names[-1]], ROLES, strict=True)
    return {
        "flow": "%s -> %s:22" % (names[0], names[-1]),
        **{"client": names[0], "server": names[-1], "address": said, "port": 22},
        "stations": [{"name": name, "role": role, "timers": _timers(name, said)} for name, role in stations],
        **{"back": names[:3], "asymmetric": True, "exact": sender is None, "ended": "reset"},
        "reset": {
            "sender": sender,
            "kind": "kernel",
            "certainty": "traced" if sender else "unknown",
            "reasons": [said],
        },
        "story": said,
    }


def _timers(name: str, said: str) -> list[Row]:
    known = zip(EFFECTS, (7200, 3600, 30.5, 10), (False, None, True, True), strict=True)
    return [
        {"what": "%s of %s" % (said, name), "after_s": after_s, "effect": effect, "layer": 4, "armed": armed}
        | {"place": said, "first": effect == "closes"}
        for effect, after_s, armed in known
        if effect != "other"
    ]


def _connectivity(names: list[str], said: str) -> Row:
    pairs = [(one, other) for one, other in itertools.product(names[:40], names[:40]) if one != other or not names[1:]]
    rows = [_tried(one, other, said, place) for place, (one, other) in enumerate(pairs)]
    classes: dict[str, int] = {}
    for row in rows:
        classes[row["class"]] = classes.get(row["class"], 0) + 1
    return _table(rows, classes=classes)


def _tried(client: str, server: str, said: str, place: int) -> Row:
    kind = CLASSES[place % len(CLASSES)] if place % 7 == 0 else "ok"
    return {
        **{"client": client, "server": server if place % 3 else None, "host": said, "address": said},
        **{
            "port": 22 + place % 2,
            "class": kind,
            "phase": said,
            "error": said,
            "connect_ms": None if place % 5 else 0.4,
        },
        **{"loss_percent": 12.5, "mtu_bytes": 1400, "black_hole": place % 11 == 0},
    }


def _timeouts(names: list[str], said: str) -> Row:
    rows = [
        {"software": said, "name": said, "section": said, "kind": said, "effect": effect, "layer": 7}
        | {"seconds": seconds, "place": said, **_hosts(names)}
        for seconds in (0.5, 30, 7200, 432000, 99999999, None)
        for effect in EFFECTS
    ]
    return _table(rows)


def _counters(names: list[str], said: str) -> Row:
    most = [{"host": name, "moved": 7} for name in names[:20]]
    row = {"counter": said, "meaning": said, "moved": 7 * len(names), "hosts": most, "count": len(names)}
    return _table([row], window_s=10.0, watched=len(names))


def _unguarded(names: list[str], said: str) -> Row:
    rows = [
        {"host": name, "direction": direction, "port": 22, "address": said, "peer": said, "unit": said}
        | {"sockets": 3, "established": 4, "idle_max_s": 5400}
        for name in names
        for direction in ("in", "out")
    ]
    return _table(rows, 100)


def _reset_sources(names: list[str], said: str) -> Row:
    counts = {"resets": 3, "drops": 2, "traced": 1, "first": said, "last": said}
    return _table([{"address": said, "peer": name, **counts, **_hosts(names)} for name in names], 100)


def _timeline(names: list[str], said: str) -> Row:
    rows = [
        {"time": "2026-11-20T11:%02d:00Z" % (place % 60), "last": "2026-11-20T11:59:59Z", "host": name}
        | {"kind": KINDS[place % len(KINDS)], "what": said, "count": 1 + place % 3}
        for place, name in enumerate(names * 2)
    ]
    offsets = [{"host": name, "offset_s": 95.0 - 200 * place} for place, name in enumerate(names[:9])]
    return _table(sorted(rows, key=lambda row: row["time"]), 300, offsets=offsets, until="2026-11-20T12:00:00Z")


def _blind_spots(names: list[str], said: str) -> Row:
    return _table([{"what": said, "why": said, "how": said, **_hosts(names)}])
