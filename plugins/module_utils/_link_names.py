# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of links by index, for the few rows that are shown (if_indextoname(3))."""

from __future__ import annotations

import os
import socket

from ._text import clean


def link_name(index: int | None) -> str | None:
    """Return the name of a link, or None when there is no such link now."""
    if not index:
        return None
    try:
        return clean(os.fsencode(socket.if_indextoname(index)), 64)
    except (OSError, OverflowError):
        return None


def link_index(name: str) -> int:
    """Return the index of a link, 0 when there is no such link."""
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return 0
