# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spans of time: the same text means different things to different programs."""

from __future__ import annotations

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils._durations import (
    APACHE,
    HAPROXY,
    NGINX,
    OPENSSH,
    POSTGRESQL,
    SYSTEMD,
    Notation,
    parse_duration,
)


@pytest.mark.parametrize(
    ("text", "notation", "seconds"),
    [
        ("2m", HAPROXY, 120.0),
        ("120s", HAPROXY, 120.0),
        ("5000", HAPROXY, 5.0),
        ("50us", HAPROXY, 0.00005),
        ("1d", HAPROXY, 86400.0),
        ("60", NGINX, 60.0),
        ("1h30m", NGINX, 5400.0),
        ("1h 30m", NGINX, 5400.0),
        ("500ms", NGINX, 0.5),
        ("1M", NGINX, 2592000.0),
        ("1y", NGINX, 31536000.0),
        ("600", OPENSSH, 600.0),
        ("1h30M", OPENSSH, 5400.0),
        ("1w2D", OPENSSH, 777600.0),
        ("1.5 min", POSTGRESQL, 90.0),
        ("2d", POSTGRESQL, 172800.0),
        ("30mi", APACHE, 1800.0),
        ("100ms", APACHE, 0.1),
        ("5", APACHE, 5.0),
        ("1min 30s", SYSTEMD, 90.0),
        ("2.5", SYSTEMD, 2.5),
        ("5min 20s 500ms", SYSTEMD, 320.5),
        ("10 \u00b5s", SYSTEMD, 0.00001),
        ("1hour", SYSTEMD, 3600.0),
        ("1month", SYSTEMD, 2629800.0),
    ],
    ids=lambda value: value.program if isinstance(value, Notation) else str(value),
)
def test_span_of_time(text: str, notation: Notation, seconds: float) -> None:
    assert parse_duration(text, notation) == pytest.approx(seconds)


def test_a_bare_number_counts_in_the_unit_of_the_parameter() -> None:
    assert parse_duration("1500", POSTGRESQL, 0.001) == 1.5
    assert parse_duration("1500s", POSTGRESQL, 0.001) == 1500.0


@pytest.mark.parametrize(
    ("text", "notation"),
    [
        ("", HAPROXY),
        ("1h30m", HAPROXY),
        ("1 s", HAPROXY),
        ("3.5s", HAPROXY),
        ("-1", HAPROXY),
        ("1min", HAPROXY),
        ("$IDLE", HAPROXY),
        ("5x", NGINX),
        ("1.5h", NGINX),
        ("5min", OPENSSH),
        ("soon", OPENSSH),
        ("1h 30min", POSTGRESQL),
        ("1.2.3s", POSTGRESQL),
        ("infinity", SYSTEMD),
        (".", SYSTEMD),
        ("9" * 50, NGINX),
        ("\u0661s", HAPROXY),
    ],
)
def test_what_the_program_refuses_is_refused(text: str, notation: Notation) -> None:
    with pytest.raises(ValueError, match="no span of time for"):
        parse_duration(text, notation)
