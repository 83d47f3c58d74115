# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes a run fail."""

from __future__ import annotations

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._threshold import exceeded


def finding(severity: str, status: str = "deviation") -> dict[str, object]:
    return {"severity": severity, "status": status, "title": "T", "host": "h", "rule": severity}


DOCUMENT = {
    "diagnoses": [
        {"verdict": "confirmed", "title": "A", "hosts": ["h1", "h2"], "cause": "a"},
        {"verdict": "likely", "title": "B", "hosts": [], "cause": "b"},
        {"verdict": "possible", "title": "C", "hosts": ["h1"], "cause": "c"},
    ],
    "findings": [
        finding("critical"),
        finding("warning"),
        finding("info"),
        finding("critical", "waived"),
        finding("critical", "unknown"),
    ],
}


@pytest.mark.parametrize(
    ("level", "lines"),
    [
        pytest.param("never", [], id="never"),
        pytest.param("confirmed", ["confirmed: A (h1, h2)"], id="confirmed"),
        pytest.param("likely", ["confirmed: A (h1, h2)", "likely: B (b)"], id="likely"),
        pytest.param("critical", ["critical: T on h (critical)"], id="critical"),
        pytest.param("warning", ["critical: T on h (critical)", "warning: T on h (warning)"], id="warning"),
    ],
)
def test_exceeded(level: str, lines: list[str]) -> None:
    assert exceeded(DOCUMENT, level) == lines


def test_info_takes_every_deviation() -> None:
    assert len(exceeded(DOCUMENT, "info")) == 3
