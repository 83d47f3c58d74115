# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pressure stall information: the share of time in which work waited (Documentation/accounting/psi.rst)."""

from __future__ import annotations

import typing as t

from ._window import read_sample

RESOURCES = ("cpu", "memory", "io")
MACHINE = "/proc/pressure/%s"


def parse_pressure(text: str) -> dict[str, dict[str, float]]:
    """Return percentages of time over 10, 60 and 300 s in which some or all tasks waited. Raises ValueError.

    some avg10=0.17 avg60=2.75 avg300=3.56 total=38186727
    """
    rows = {}
    for line in text.splitlines():
        kind, *pairs = line.split() or [""]
        values = dict(pair.partition("=")[::2] for pair in pairs)
        rows[kind] = {name: float(value) for name, value in values.items() if name != "total"}
    return rows


def collect(group: str | None, sources: list[dict[str, str]]) -> dict[str, t.Any]:
    """Return the pressure by resource: of the control group whose folder is `group`, else of the machine.

    `scope` says which of the two. Kernels before 4.20 have neither, and before 5.13 there is no `full` for the CPU.
    """
    for scope, pattern in (("cgroup", group and group + "/%s.pressure"), ("machine", MACHINE)):
        paths = {resource: pattern % resource for resource in RESOURCES} if pattern else {}
        taken = read_sample(paths.values())
        said: list[dict[str, str]] = []
        found = {resource: taken.parsed(path, parse_pressure, said) for resource, path in paths.items()}
        if any(found.values()):
            sources += said
            return {"scope": scope, **{resource: value for resource, value in found.items() if value}}
    sources += said
    return {"scope": None}
