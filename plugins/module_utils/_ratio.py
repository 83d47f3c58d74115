# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares and rates; what rests on an unknown figure is unknown (None)."""

from __future__ import annotations


def percent(part: float | None, whole: float | None) -> float | None:
    """Return `part` in percent of `whole`; None when either is unknown or there is no whole."""
    return None if part is None or not whole else round(100.0 * part / whole, 2)


def per_second(amount: float | None, window_s: float) -> float | None:
    """Return `amount` for each second of the window; None when it is unknown or there is no window."""
    return None if amount is None or not window_s else round(amount / window_s, 2)
