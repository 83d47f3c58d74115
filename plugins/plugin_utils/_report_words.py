# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that the tables and the pictures of the report share: hosts, timers, connections that were tried."""

from __future__ import annotations

import typing as t

from ._report_hosts import host_list
from ._report_text import and_more, plain, quantity

Row = dict[str, t.Any]

CLASSES = {
    "ok": ("ok", "ok"),
    "refused": ("refused", "critical"),
    "reset": ("reset", "critical"),
    "closed": ("closed", "warning"),
    "timed_out": ("no answer", "warning"),
    "host_unreachable": ("host unreachable", "unreachable"),
    "net_unreachable": ("network unreachable", "unreachable"),
    "name_error": ("name not found", "unreachable"),
}
"""Classes of a connection that was tried: what the reader reads, and the tone of it."""

EFFECTS = {"speaks": "keeps it alive", "forgets": "forgets it", "closes": "closes it", "other": "does not end it"}
"""What a timer does to an idle connection."""


class Tag(t.NamedTuple):
    """A word that stands out; `kind` gives its colour."""

    text: str
    kind: str


def class_tag(kind: str) -> Tag:
    """Return the class of a connection that was tried in words."""
    return Tag(*CLASSES.get(kind, (plain(kind, 40).replace("_", " "), "unreachable")))


def hosts_text(row: Row, limit: int = 4) -> str:
    """Return the hosts of a row {hosts, count}, folded into ranges; the row names only the first of many."""
    return and_more(host_list(row["hosts"], limit), row["count"] - len(row["hosts"]))


def span(seconds: t.Any) -> str:
    """Return seconds as a reader says them: `30 s`, `2 h`; `off` for None."""
    if seconds is None:
        return "off"
    text = quantity(seconds, "s")
    return text.partition("(")[2].rstrip(")") or text


def server_text(row: Row) -> str:
    """Return the server and port of a connection that was tried."""
    return server_name(row) + (":%d" % row["port"] if row["port"] else "")


def server_name(row: Row) -> str:
    """Return the peer that was tried, else the name or address that was given."""
    return plain(row["server"] or row["host"] or row["address"] or "?", 100)


def timer_name(row: Row) -> str:
    """Return a timer of the fleet by its software and setting: `haproxy timeout client [defaults]`."""
    section = " [%s]" % plain(row["section"], 60) if row["section"] else ""
    return "%s %s%s" % (plain(row["software"] or "", 40), plain(row["name"], 80), section)
