# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make integration`: the modules on the hosts of a fleet, over SSH."""

from __future__ import annotations

import subprocess
import sys

import checkout
import fleet_packages
from outcome import Outcome, from_junit, save

RESULTS = checkout.CACHE / "integration.xml"


def main() -> int:
    """Run pytest on tests/integration; without a fleet the tests that need one are skipped, and that is said."""
    reason = fleet_packages.provide()
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-rs", f"--junitxml={RESULTS}", "tests/integration", *sys.argv[1:]]
    done = subprocess.run(command, cwd=checkout.ROOT, env=checkout.environment(), stdin=subprocess.DEVNULL, check=False)
    outcome: Outcome = from_junit("integration", "modules on the fleet", RESULTS, done.returncode)
    if outcome.skipped and reason:
        outcome.detail = f"NOT TESTED ON REAL HOSTS: {reason}"
    return save("integration", [outcome])


if __name__ == "__main__":
    sys.exit(main())
