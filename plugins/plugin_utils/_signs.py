# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sign: one row of evidence that a flow gives, with the host it was seen on and who is to blame when it counts."""

from __future__ import annotations

import typing as t

from ._readings import Row

Signs = dict[str, list[Row]]
"""Rows by the name of the sign; an empty list means that it was looked for and not found."""


def sign(host: str | None, what: str, *, value: t.Any = None, culprit: str | None = None, **more: t.Any) -> Row:
    """Return one row {host, what, value, culprit, ...}; `what` is a sentence without its full stop."""
    return {"host": host, "what": what, "value": value, "culprit": culprit, **more}
