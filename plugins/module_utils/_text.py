# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that others choose (log lines, names, banners) made safe to keep in a fact."""

from __future__ import annotations

import re

# C0, DEL and C1 controls, line and paragraph separators, zero-width and bidirectional controls, surrogates, BOM.
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return "\\x%02x" % code if code < 256 else "\\u%04x" % code


def clean(value: str | bytes, limit: int = 256) -> str:
    """Return `value` on one line, control characters escaped, at most `limit` characters (`...` marks a cut)."""
    text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
    if len(text) <= limit and text.isprintable():  # the many; none of the unsafe characters is printable
        return text
    text = UNSAFE.sub(_escaped, text[: limit + 1])
    return text if len(text) <= limit else text[: max(limit - 3, 0)] + "..."
