# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers: accepted for a reason, on some hosts, until a day."""

from __future__ import annotations

import datetime
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._waivers import in_force, waiver_of

TODAY = datetime.date(2026, 11, 20)


def found(host: str | None, entry: dict[str, t.Any]) -> t.Any:
    """Return what a waiver of rule `r` says for a host."""
    return waiver_of(in_force([{"rule": "r", "reason": "known", **entry}], TODAY, {"r"}), "r", host)


@pytest.mark.parametrize(
    ("host", "entry", "applies"),
    [
        pytest.param("web1", {}, True, id="all-hosts"),
        pytest.param("web1", {"host": "*"}, True, id="star"),
        pytest.param("web1", {"host": "web*"}, True, id="pattern"),
        pytest.param("db1", {"host": "web*"}, False, id="other-pattern"),
        pytest.param("WEB1", {"host": "web1"}, False, id="case-counts"),
        pytest.param("web1", {"host": "web[1-3]"}, True, id="range"),
        pytest.param("web1", {"until": "2026-11-20"}, True, id="last-day"),
        pytest.param("web1", {"until": "2026-11-19"}, False, id="day-after"),
        pytest.param("web1", {"until": "2026-11-20T00:00:00"}, True, id="time-of-the-last-day"),
        pytest.param("web1", {"until": None}, True, id="no-end"),
        pytest.param(None, {}, True, id="fleet"),
        pytest.param(None, {"host": "web*"}, False, id="fleet-needs-star"),
    ],
)
def test_a_waiver_applies_to(host: str | None, entry: dict[str, t.Any], applies: bool) -> None:
    assert (found(host, entry) is not None) is applies


def test_an_expired_waiver_is_told() -> None:
    known = in_force([{"rule": "r", "host": "web*", "reason": "x", "until": "2026-01-01"}], TODAY, {"r"})
    assert known.warnings == ["The waiver of r on web* ended on 2026-01-01 and is not applied."]
    assert not known.by_rule


def test_a_waiver_of_no_rule_is_told() -> None:
    known = in_force([{"rule": "keepalive-idle-tim", "reason": "x"}], TODAY, {"keepalive-idle-time"})
    assert known.warnings == [
        'The waiver of keepalive-idle-tim has no effect: there is no such rule; did you mean "keepalive-idle-time"?'
    ]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        pytest.param({"rule": "r"}, r"waiver 1 \(r\), reason: text is needed", id="no-reason"),
        pytest.param({"rule": "r", "reason": "  "}, "reason: text is needed", id="blank-reason"),
        pytest.param({"reason": "x"}, r"waiver 1 \(no rule\), rule: text is needed", id="no-rule"),
        pytest.param({"rule": "r", "reason": "x", "until": "soon"}, "until: 'soon' is no day", id="no-day"),
        pytest.param({"rule": "r", "reason": "x", "hosts": "a"}, 'no such field; did you mean "host"', id="misspelt"),
        pytest.param("r", "waiver 1: a mapping is needed", id="text"),
    ],
)
def test_a_wrong_waiver_is_refused(entry: t.Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        in_force([entry], TODAY, {"r"})
