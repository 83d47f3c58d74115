# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""report.json: the whole document, one host, finding or diagnosis to a line, so that grep and diff work on it."""

from __future__ import annotations

import json
import math
import typing as t

LINE_PER_ENTRY = ("hosts", "findings", "diagnoses")


def render_json(document: dict[str, t.Any]) -> str:
    """Return the document as JSON in ASCII; numbers that JSON does not have (NaN, infinities) become null."""
    try:
        return _laid_out(document)
    except ValueError:
        return _laid_out(_finite(document))


def _laid_out(document: dict[str, t.Any]) -> str:
    members = ["%s: %s" % (json.dumps(key), _member(key, value)) for key, value in document.items()]
    return "{\n%s\n}\n" % ",\n".join(" " + member for member in members)


def _member(key: str, value: t.Any) -> str:
    if isinstance(value, dict) and value.get("rows") and isinstance(value["rows"], list):
        rest = ["%s: %s" % (json.dumps(name), _compact(value[name])) for name in value if name != "rows"]
        rows = ",\n".join("  " + _compact(row) for row in value["rows"])
        return '{"rows": [\n%s\n ], %s}' % (rows, ", ".join(rest))
    if key not in LINE_PER_ENTRY or not value:
        return _compact(value)
    if isinstance(value, dict):
        lines = ["%s: %s" % (json.dumps(name), _compact(entry)) for name, entry in value.items()]
    else:
        lines = [_compact(entry) for entry in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return "%s\n%s\n %s" % (opening, ",\n".join("  " + line for line in lines), closing)


def _compact(value: t.Any) -> str:
    return json.dumps(value, allow_nan=False)


def _finite(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
