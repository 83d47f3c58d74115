# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as facts have them."""

from __future__ import annotations

import time


def iso(seconds: float) -> str:
    """Return a time (seconds since the epoch) in UTC: `2024-12-10T06:55:46Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
