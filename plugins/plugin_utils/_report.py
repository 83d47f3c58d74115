# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of one run in every format it is wanted in."""

from __future__ import annotations

import typing as t

from ._report_html import render_html
from ._report_json import render_json
from ._report_junit import render_junit
from ._report_markdown import render_markdown

Renderer = t.Callable[[dict[str, t.Any]], str]

FORMATS: dict[str, tuple[str, Renderer]] = {
    "json": ("report.json", render_json),
    "md": ("report.md", render_markdown),
    "html": ("report.html", render_html),
    "junit": ("junit.xml", render_junit),
}
"""Name of a format: the file it goes to, and what makes its text from a report document."""


def render(document: dict[str, t.Any], formats: t.Iterable[str] = tuple(FORMATS)) -> dict[str, str]:
    """Return {file name: text} for the wanted formats; the same document gives the same text, byte for byte.

    `document` is what roles/diagnose/files/report.schema.json describes. Raises ValueError for an unknown format.
    """
    wanted = list(formats)
    unknown = sorted(set(wanted) - set(FORMATS))
    if unknown:
        raise ValueError("unknown report format %s; known are %s" % (", ".join(unknown), ", ".join(FORMATS)))
    return {file_name: make(document) for file_name, make in (FORMATS[name] for name in wanted)}
