# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make molecule`: the role and the playbooks on the hosts of a fleet, every scenario of extensions/molecule."""

from __future__ import annotations

import subprocess
import sys
import time

import checkout
import fleet_packages
from outcome import Outcome, save

SCENARIOS = checkout.ROOT / "extensions" / "molecule"


def main() -> int:
    """Run all scenarios, or say why none can run."""
    names = sorted(path.parent.name for path in SCENARIOS.glob("*/molecule.yml"))
    reason = fleet_packages.provide()
    if reason:
        skipped = Outcome("molecule", "scenarios", skipped=len(names), detail=f"NOT TESTED ON REAL HOSTS: {reason}")
        return save("molecule", [skipped])
    started = time.monotonic()
    environment = dict(checkout.environment(), ANSIBLE_FORCE_COLOR="0", NO_COLOR="1", PY_COLORS="0")
    environment["MOLECULE_EPHEMERAL_DIRECTORY"] = str(checkout.CACHE / "molecule")
    command = ["molecule", "test", *(sys.argv[1:] or ["--all"])]
    done = subprocess.run(command, cwd=checkout.ROOT, env=environment, stdin=subprocess.DEVNULL, check=False)
    failed = int(done.returncode != 0)
    outcome = Outcome("molecule", "scenarios", 0 if failed else len(names), failed, seconds=time.monotonic() - started)
    outcome.detail = ", ".join(names)
    return save("molecule", [outcome])


if __name__ == "__main__":
    sys.exit(main())
