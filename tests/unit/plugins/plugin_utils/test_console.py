# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary at the end of a play."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._console import summary
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils import report_samples

PATHS = ["/srv/report/report.json", "/srv/report/report.html"]
DOCUMENTS: dict[str, t.Callable[[], dict[str, t.Any]]] = {
    "three_hosts": lambda: report_samples.recorded("three_hosts"),
    "fleet": lambda: report_samples.fleet(300),
    "hostile": report_samples.hostile,
}


@pytest.mark.parametrize("name", report_samples.RECORDED)
def test_golden(name: str) -> None:
    golden = report_samples.FIXTURES / name / "console.txt"
    assert summary(report_samples.recorded(name), PATHS) == golden.read_text(encoding="utf-8")


def test_healthy_is_two_lines() -> None:
    lines = summary(report_samples.recorded("healthy"), PATHS).splitlines()
    assert lines == [
        "Healthy: 3 hosts, 75 checks passed, nothing deviates.",
        "Reports: /srv/report (report.json, report.html)",
    ]


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("color", [False, True])
def test_short_narrow_and_printable(name: str, color: bool) -> None:
    document = {**DOCUMENTS[name](), "warnings": ["w" * 500, "second"]}
    text = summary(document, PATHS, color)
    plain = re.sub("\033\\[(?:31|33|36|32|0)m", "", text) if color else text
    lines = plain.splitlines()
    assert len(lines) <= 25
    assert all(len(line) <= 130 and line.isprintable() for line in lines)
    assert (text != plain) == color


def test_hosts_are_folded() -> None:
    text = summary(report_samples.fleet(40, long_names=False), PATHS)
    assert "First keepalive probe comes too late: 39 hosts, web-frontend-[0002-0039].r00 +1 more" in text


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([], "Reports: none written"),
        (["/a/x", "/b/y"], "Reports: /a/x, /b/y"),
        (["report.json"], "Reports: . (report.json)"),
    ],
    ids=["none", "two directories", "relative"],
)
def test_reports(paths: list[str], expected: str) -> None:
    assert summary(report_samples.recorded("healthy"), paths).splitlines()[-1] == expected
