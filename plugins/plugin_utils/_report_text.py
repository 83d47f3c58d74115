# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of a report as one safe line of text, whatever a host, a log or a user put into them."""

from __future__ import annotations

import json
import re
import typing as t

from ..module_utils._text import clean

LINE_CHARACTERS = 300
BLOCK_CHARACTERS = 8000
LIST_ITEMS = 8

# What `clean` leaves: soft hyphen, Mongolian vowel separator, interlinear marks, tag characters (all invisible) and the
# two code points that no XML document may hold.
INVISIBLE = re.compile("[\u00ad\u180e\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]")

DURATIONS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
SIZES = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
SYMBOLS = {"percent": "%"}


def plain(value: t.Any, limit: int = LINE_CHARACTERS) -> str:
    """Return `value` (text, or any JSON value) as one line of at most `limit` visible characters."""
    text = value if isinstance(value, str) else _json(value)
    if len(text) <= limit and text.isprintable():  # the many; neither what is escaped here nor in `clean` is printable
        return text
    return INVISIBLE.sub(_escaped, clean(text, limit))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return ("\\u%04x" if code < 0x10000 else "\\U%08x") % code


def _json(value: t.Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def block(text: str, limit: int = BLOCK_CHARACTERS) -> str:
    """Return text of several lines (a command, a task) with its line breaks, everything else as in `plain`."""
    lines = text[:limit].expandtabs(4).replace("\r\n", "\n").strip("\n").split("\n")
    return "\n".join(plain(line, limit) for line in lines) + ("\n..." if len(text) > limit else "")


def quantity(value: t.Any, unit: str | None = None) -> str:
    """Return a value as the reader wants it: `7200 s (2 h)`, `12.5 %`, `eth0, eth1`, `port=22, count=3`."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number(value, unit)
    if isinstance(value, str):
        return plain(value) if value.strip() else "empty text"
    if isinstance(value, dict):
        return plain(_joined(["%s=%s" % (key, _nested(item)) for key, item in value.items()]))
    if isinstance(value, (list, tuple)):
        between = "; " if any(isinstance(item, (dict, list)) for item in value) else ", "
        return plain(_joined([quantity(item, unit) for item in value[: LIST_ITEMS + 1]], len(value), between))
    return plain(value)


def _nested(value: t.Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _joined(items: list[str], total: int | None = None, between: str = ", ") -> str:
    total = len(items) if total is None else total
    more = ["+%d more" % (total - LIST_ITEMS)] if total > LIST_ITEMS else []
    return between.join(items[:LIST_ITEMS] + more) or "none"


def _number(value: int | float, unit: str | None) -> str:
    text = _decimal(value)
    if unit:
        text += " " + plain(SYMBOLS.get(unit, unit), 40)
    familiar = FAMILIAR[unit](value) if unit in FAMILIAR else ""
    return "%s (%s)" % (text, familiar) if familiar else text


def _decimal(value: int | float) -> str:
    if not isinstance(value, float) or not abs(value) < 1e15:
        return plain(value, 40)
    if value.is_integer():
        return "%d" % value
    return ("%.3f" % value).rstrip("0") if abs(value) >= 0.001 else "%.3g" % value


def _duration(seconds: int | float) -> str:
    """Return `1 h 30 min` for 5400; nothing below two minutes, where seconds read best, nor for fractions."""
    if not 120 <= seconds < 1e12 or seconds != int(seconds):
        return ""
    parts, rest = [], int(seconds)
    for size, name in DURATIONS:
        if rest >= size:
            parts.append("%d %s" % (rest // size, name))
            rest %= size
    return " ".join(parts[:2])


def _size(amount: int | float) -> str:
    for size, name in SIZES:
        if abs(amount) >= size * 4 or (abs(amount) >= size and amount % size == 0):
            return "%s %s" % (_decimal(round(amount / size, 1)), name)
    return ""


FAMILIAR: dict[str, t.Callable[[float], str]] = {"s": _duration, "bytes": _size}
"""Units whose large values are said in familiar ones too."""


def evidence_lines(evidence: t.Sequence[t.Any], limit: int = LIST_ITEMS) -> list[str]:
    """Return each piece of a finding's evidence as a line; the last says how many were left out."""
    lines = [quantity(item) for item in evidence[:limit]]
    return lines + (["+%d more" % (len(evidence) - limit)] if len(evidence) > limit else [])


def flow_text(flow: t.Any) -> str:
    """Return `client -> server:port` for the flow of a finding or a diagnosis; empty for none."""
    if not flow:
        return ""
    if not isinstance(flow, dict):
        return plain(flow, 200)
    port = ":" + plain(flow["port"], 20) if flow.get("port") else ""
    return "%s -> %s%s" % (plain(flow.get("client") or "any client", 80), plain(flow.get("server") or "?", 80), port)


def and_more(text: str, rest: int) -> str:
    """Return a list that was cut with how many are left out: `a1, a2 +3 more`."""
    return "%s +%d more" % (text, rest) if rest > 0 else text


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """Return `1 host`, `2 hosts`."""
    return "%d %s" % (count, singular if count == 1 else plural or singular + "s")
