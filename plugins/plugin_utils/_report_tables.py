# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables beside findings, as cells of text for the page and for Markdown."""

from __future__ import annotations

import typing as t

from ._report_text import and_more, counted, plain, quantity
from ._report_words import EFFECTS, Row, Tag, class_tag, hosts_text, server_text, span, timer_name

Document = dict[str, t.Any]
Cells = t.Sequence[str | Tag]

TEXT, CODE, NUMBER, TAG, TIME = "text", "code", "number", "tag", "time"


class Table(t.NamedTuple):
    """A table to show: `columns` are (title, style), `total` counts the rows that there were at the peers."""

    key: str
    title: str
    lead: str
    columns: tuple[tuple[str, str], ...]
    rows: list[Cells]
    total: int

    def rest(self, limit: int) -> str:
        """Return what is not among the first `limit` rows: `And 12 more in report.json.`, empty when all are."""
        kept, hidden = len(self.rows), self.total - min(len(self.rows), limit)
        where = "report.json" if kept == self.total else "report.json, which holds %d" % kept
        return "And %d more: see %s." % (hidden, where) if hidden > 0 else ""


def tables(document: Document) -> list[Table]:
    """Return the tables that have rows, in the order in which a reader wants them."""
    return [make(document[key], key) for key, make in MAKERS.items() if document[key]["rows"]]


def _timeline(given: Row, key: str) -> Table:
    rows: list[Cells] = [
        [_time(row["time"]), plain(row["host"], 100), Tag(row["kind"], row["kind"]), _happened(row)]
        for row in reversed(given["rows"])
    ]
    columns = (("Time (UTC)", TIME), ("Host", CODE), ("Kind", TAG), ("What happened", TEXT))
    return Table(key, "What happened when", _clocks(given), columns, rows, given["total"])


def _time(stamp: str | None) -> str:
    return plain(stamp or "", 40)[:19].replace("T", " ")


def _happened(row: Row) -> str:
    times = " (%d times until %s)" % (row["count"], _time(row["last"])[11:]) if row["count"] > 1 else ""
    return plain(row["what"], 200) + times


def _clocks(given: Row) -> str:
    if not given["offsets"]:
        return "Resets, drops, restarts and kills of all hosts, as their logs and traces tell, newest first."
    told = ["%s is %s" % (plain(one["host"], 60), _offset(one["offset_s"])) for one in given["offsets"][:5]]
    more = " and %d more" % (len(given["offsets"]) - 5) if given["offsets"][5:] else ""
    return "Newest first; times are put right where a clock is off: %s%s." % (", ".join(told), more)


def _offset(seconds: float) -> str:
    return "%s %s" % (span(abs(round(seconds))), "ahead" if seconds > 0 else "behind")


def _connectivity(given: Row, key: str) -> Table:
    rows: list[Cells] = [
        [
            plain(row["client"], 100),
            server_text(row),
            plain(row["address"] or ""),
            class_tag(row["class"]),
            _detail(row),
        ]
        for row in sorted(given["rows"], key=lambda row: row["class"] == "ok")
    ]
    classes = ", ".join("%d %s" % (count, class_tag(kind).text) for kind, count in given["classes"].items())
    lead = "%s that the peers tried themselves: %s." % (counted(given["total"], "connection"), classes)
    columns = (("Client", CODE), ("Server", CODE), ("Address", CODE), ("Result", TAG), ("Detail", TEXT))
    return Table(key, "Who reaches whom", lead, columns, rows, given["total"])


def _detail(row: Row) -> str:
    parts = [
        "at %s" % row["phase"] if row["phase"] and row["class"] != "ok" else "",
        row["error"] or "",
        "%s ms" % quantity(row["connect_ms"]) if row["connect_ms"] is not None else "",
        "%s %% of pings lost" % quantity(row["loss_percent"]) if row["loss_percent"] else "",
        "packets above %s bytes vanish" % quantity(row["mtu_bytes"]) if row["black_hole"] else "",
    ]
    return plain(", ".join(part for part in parts if part))


def _reset_sources(given: Row, key: str) -> Table:
    rows: list[Cells] = [
        [plain(row["address"], 80), plain(row["peer"] or "", 80)]
        + [quantity(row[name]) for name in ("resets", "drops", "traced")]
        + [hosts_text(row), _time(row["last"])]
        for row in given["rows"]
    ]
    lead = "Addresses that sshd lost (resets) or turned away (drops), and that watched resets came from (traced)."
    numbers = (("Resets", NUMBER), ("Drops", NUMBER), ("Traced", NUMBER))
    columns = (("Address", CODE), ("Peer", CODE), *numbers, ("Seen by", TEXT), ("Last (UTC)", TIME))
    return Table(key, "Top talkers of resets", lead, columns, rows, given["total"])


def _counters(given: Row, key: str) -> Table:
    rows: list[Cells] = [
        [plain(row["counter"], 80), quantity(row["moved"]), plain(row["meaning"]), _movers(row)]
        for row in given["rows"]
    ]
    watched = counted(given["watched"], "host was", "hosts were")
    lead = "%s watched for %s. Counters that stood still are left out." % (
        watched,
        span(round(given["window_s"] or 0, 1)),
    )
    columns = (("Counter", CODE), ("Moved by", NUMBER), ("Meaning", TEXT), ("Most on", TEXT))
    return Table(key, "Counters that moved", lead, columns, rows, given["total"])


def _movers(row: Row) -> str:
    most = ["%s %s" % (plain(one["host"], 60), quantity(one["moved"])) for one in row["hosts"][:4]]
    return and_more(", ".join(most), row["count"] - len(most))


def _timeouts(given: Row, key: str) -> Table:
    rows: list[Cells] = [
        [
            timer_name(row),
            span(row["seconds"]),
            _effect(row),
            "%d" % row["layer"],
            hosts_text(row),
            plain(row["place"] or ""),
        ]
        for row in given["rows"]
    ]
    lead = (
        "In the order in which they fire on an idle connection. On each path, what speaks must come before what ends."
    )
    columns = (
        ("Timer", TEXT),
        ("After", NUMBER),
        ("Then it", TAG),
        ("Layer", NUMBER),
        ("Hosts", TEXT),
        ("Set in", CODE),
    )
    return Table(key, "Timeouts in force", lead, columns, rows, given["total"])


def _effect(row: Row) -> Tag:
    return Tag("nothing", "other") if row["seconds"] is None else Tag(EFFECTS[row["effect"]], row["effect"])


def _unguarded(given: Row, key: str) -> Table:
    rows: list[Cells] = [
        [plain(row["host"], 100), _toward(row), plain(row["unit"] or ""), quantity(row["sockets"])]
        + [quantity(row["established"]), span(row["idle_max_s"]) if row["idle_max_s"] is not None else ""]
        for row in given["rows"]
    ]
    lead = (
        "Nobody asks whether the partner still lives, and no probe keeps firewalls and balancers from forgetting them."
    )
    numbers = (("Without", NUMBER), ("Of", NUMBER), ("Longest idle", NUMBER))
    columns = (("Host", CODE), ("Connections", TEXT), ("Unit", CODE), *numbers)
    return Table(key, "Sockets without keepalive", lead, columns, rows, given["total"])


def _toward(row: Row) -> str:
    port = "%d" % row["port"] if row["port"] else "?"
    if row["direction"] == "in":
        return "accepted on port %s" % port
    return "to %s port %s%s" % (
        plain(row["address"] or "?", 60),
        port,
        " (%s)" % plain(row["peer"], 80) if row["peer"] else "",
    )


MAKERS: dict[str, t.Callable[[Row, str], Table]] = {
    "timeline": _timeline,
    "connectivity": _connectivity,
    "reset_sources": _reset_sources,
    "counters": _counters,
    "timeouts": _timeouts,
    "unguarded": _unguarded,
}
"""Key of the document: what makes its table."""
