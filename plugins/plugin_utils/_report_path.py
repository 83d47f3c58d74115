# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of a diagnosed flow, as a drawing and as rows: its stations, the timers on each, where the reset came from.

The drawing goes from the client at the top to the server at the bottom. Its heights are pixels, and it has no viewBox:
text keeps its size on a phone and in print.
"""

from __future__ import annotations

import typing as t

from ._report_text import plain
from ._report_words import Row, span

Document = dict[str, t.Any]

HEAD, STATION, LINE = 16, 46, 17
NAME, TEXT = 34, 44
"""Characters that fit on a phone beside the drawing."""

ROLES = {
    "client": "client",
    "hop": "on the way",
    "box": "declared box",
    "proxy": "takes the connection",
    "server": "server",
    "outside": "outside the inventory",
}
DOES = {"speaks": "speaks after %s", "forgets": "forgets after %s", "closes": "closes after %s"}
CERTAIN = {"traced": "seen in a trace", "counted": "by its counters", "inferred": "concluded, not seen"}
KINDS = {"kernel": "its kernel", "rule": "a firewall rule there", "box": "a box"}


def paths(document: Document) -> list[Row]:
    """Return the drawings of all paths of the document, each with an `anchor` of its own."""
    return [{**drawing(path), "anchor": "path-%d" % number} for number, path in enumerate(document["paths"]["rows"], 1)]


def with_paths(causes: t.Sequence[Document], drawn: t.Sequence[Row]) -> list[Document]:
    """Return causes with the `paths` that are drawn at each, and `seen`: those that stand at a cause before it.

    A cause that is only possible has none. The longest way comes first, as it shows most.
    """
    told: set[str] = set()
    found = []
    longest_first = sorted(drawn, key=lambda one: -len(one["stations"]))
    for cause in causes:
        own = [one for one in longest_first if cause["cause"] in one["causes"] and cause["verdict"] != "possible"]
        found.append({**cause, "paths": [one for one in own if one["anchor"] not in told],
                      "seen": [one for one in own if one["anchor"] in told]})  # fmt: skip
        told |= {one["anchor"] for one in own}
    return found


def of_no_cause(document: Document, drawn: t.Sequence[Row]) -> list[Row]:
    """Return the paths that no cause above `possible` has: those of the flow that was named."""
    known = {one["cause"] for one in document["diagnoses"] if one["verdict"] != "possible"}
    return [one for one in drawn if not known & set(one["causes"])]


def drawing(path: Row) -> Row:
    """Return {flow, causes, height, stations, reset, exact, rows, title, text, notes} of a path.

    A station is {y, name, full, role, kind, sender, timers: [{y, text, full, kind, first}]}, `reset` {from, to, middle}
    or None; all in pixels from the top. `notes` are the lines beside the drawing.
    """
    stations, y = [], HEAD
    for one in path["stations"]:
        stations.append(_station(path, one, y))
        y += STATION + LINE * len(one["timers"])
    notes = _notes(path)
    return {
        "flow": plain(path["flow"], 200),
        "causes": path["causes"],
        "height": y - 8,
        "stations": stations,
        "reset": _reset(stations),
        "exact": path["exact"],
        "rows": path_rows(path),
        "title": "Path of %s" % plain(path["flow"], 200),
        "text": "%s. %s" % (_way(path), " ".join(notes)),
        "notes": notes,
    }


def _station(path: Row, one: Row, y: int) -> Row:
    role = ROLES[one["role"]] + (_address(path) if one["role"] == "server" else "")
    return {
        "y": y,
        "name": plain(one["name"], NAME),
        "full": plain(one["name"], 200),
        "role": plain(role, TEXT),
        "kind": one["role"],
        "sender": one["name"] == path["reset"]["sender"],
        "timers": [_timer(one["name"], timer, y + 36 + LINE * place) for place, timer in enumerate(one["timers"])],
    }


def _address(path: Row) -> str:
    port = " port %d" % path["port"] if path["port"] else ""
    known = plain(path["address"] or "", 60) + port
    return ", %s" % known.strip() if known else ""


def _timer(station: str, timer: Row, y: int) -> Row:
    full = timer_text(station, timer)
    return {"y": y, "text": plain(full, TEXT), "full": full, "kind": _kind(timer), "first": timer["first"]}


def _kind(timer: Row) -> str:
    return "other" if timer["effect"] == "speaks" and timer["armed"] is False else str(timer["effect"])


def timer_text(station: str, timer: Row) -> str:
    """Return what a timer of a station does: `forgets after 1 h: connection tracking`."""
    name = plain(station, 120)
    what = plain(timer["what"], 150).removesuffix(" of %s" % name).removesuffix(" on %s" % name)
    what = what.removeprefix("%s (" % name).removesuffix(")") if what.startswith("%s (" % name) else what
    if timer["effect"] == "speaks" and timer["armed"] is False:
        return "%s is off (would speak after %s)" % (what, span(timer["after_s"]))
    return "%s: %s" % (DOES[timer["effect"]] % span(timer["after_s"]), what)


def _reset(stations: list[Row]) -> Row | None:
    """Return how the reset went: from its sender to the client, or to the server when the client sent it."""
    places = [place for place, one in enumerate(stations) if one["sender"]]
    if not places or len(stations) < 2:
        return None
    start, end = stations[places[-1]]["y"], stations[0 if places[-1] else -1]["y"]
    return {"from": start, "to": end, "middle": (start + end) // 2}


def _way(path: Row) -> str:
    return "From %s" % " to ".join(plain(one["name"], 60) for one in path["stations"])


def _notes(path: Row) -> list[str]:
    """Return who sent the reset and how that is known, who ends an idle connection first, and how sure the way is."""
    back = ", ".join(plain(name, 60) for name in path["back"])
    reasons = dict.fromkeys(_sentence(reason) for reason in path["reset"]["reasons"] if reason.strip())
    notes = [
        _sender(path["reset"]),
        *reasons,
        _first(path),
        "Packets come back over %s." % back if path["asymmetric"] and path["exact"] and back else "",
        "" if path["exact"] else "Dashed: concluded from routes and addresses, not every kernel on it was asked.",
    ]
    return [note for note in notes if note]


def _sentence(reason: str) -> str:
    text = plain(reason, 200).strip().rstrip(".")
    return text[:1].upper() + text[1:] + "."


def _sender(reset: Row) -> str:
    if not reset["sender"]:
        return "Who sends the reset was not seen."
    how = [KINDS.get(reset["kind"], ""), CERTAIN.get(reset["certainty"], "")]
    return "The reset came from %s." % ", ".join([plain(reset["sender"], 80), *(text for text in how if text)])


def _first(path: Row) -> str:
    told = ["%s %s" % (plain(one["name"], 80), timer_text(one["name"], timer))
            for one in path["stations"] for timer in one["timers"] if timer["first"]]  # fmt: skip
    return "First to end an idle connection: %s." % told[0] if told else ""


def path_rows(path: Row) -> list[list[str]]:
    """Return (station, role, timers, reset) of a path, from client to server."""
    rows = []
    for one in path["stations"]:
        timers = "; ".join(timer_text(one["name"], timer) for timer in one["timers"])
        sent = "sends it" if one["name"] == path["reset"]["sender"] else ""
        rows.append([plain(one["name"], 100), ROLES[one["role"]], timers, sent])
    return rows
