# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names sort as people count, and a slip of the pen is recognised."""

from __future__ import annotations

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._order import closest, natural


def test_natural_counts_numbers_in_names() -> None:
    names = ["web10", "web2", "db", "10.0.0.2", "10.0.0.10", "web", "9", "web2-a", ""]
    assert sorted(names, key=natural) == ["", "9", "10.0.0.2", "10.0.0.10", "db", "web", "web2", "web2-a", "web10"]


def test_natural_bears_digits_that_are_no_decimals() -> None:
    assert sorted(["web\u00b2", "web\u0662", "web1"], key=natural)[0] == "web1"


def test_closest_names_one_or_none() -> None:
    assert closest("keepalive-idle-tim", ["keepalive-idle-time", "x"]) == '; did you mean "keepalive-idle-time"?'
    assert closest("zzz", ["keepalive-idle-time"]) == ""
