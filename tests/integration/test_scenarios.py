# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A few real faults that the diagnosis must name; `make scenarios` runs all of them."""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scenarios"))

import known
import run

SHORT = {
    "healthy_busy": "unnamed",
    "firewall_reject_iptables": "unnamed",
    "idle_nat_expiry": "named",
    "killed_process": "unnamed",
    "half_open": "named",
    "sshd_maxstartups": "unnamed",
    "two_faults": "unnamed",
}
"""One for each way in which a cause is found: no fault, rule, timer, death, reboot, log, and two at once."""

FAULTS = {fault.name: fault for fault in known.FAULTS}


@pytest.mark.parametrize(("name", "way"), SHORT.items(), ids=SHORT)
def test_the_cause_is_named(name: str, way: str, or_skip: t.Any) -> None:
    with or_skip():
        (outcome,) = run.run(FAULTS[name], [way])
    assert outcome.passed, "%s; first: %s" % (outcome.why, outcome.first)
