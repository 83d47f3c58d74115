# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make molecule`: the role and the playbooks on the hosts of a fleet, every scenario of extensions/molecule."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
import zlib

import checkout
import fleet_packages
from outcome import Outcome, save

SCENARIOS = checkout.ROOT / "extensions" / "molecule"
STATE = checkout.CACHE / "molecule"
FLEET = f"m{zlib.crc32(bytes(checkout.ROOT)) & 0xFFFF:04x}"
"""Named after the checkout: two of them can be tested at once, and what an aborted run left, the next one removes."""

RECAP = re.compile(r"^(\S+) +: actions=\d+ +successful=(\d+) +disabled=\d+ +skipped=\d+ +missing=\d+ +failed=(\d+)")


def run(arguments: list[str]) -> list[Outcome]:
    """Run molecule from a clean start and return the actions of each scenario."""
    shutil.rmtree(STATE, ignore_errors=True)
    environment = dict(checkout.environment(), ANSIBLE_FORCE_COLOR="0", NO_COLOR="1", PY_COLORS="0")
    environment.update(MOLECULE_EPHEMERAL_DIRECTORY=str(STATE), NETDOCTOR_MOLECULE_FLEET=FLEET)
    started = time.monotonic()
    molecule = subprocess.Popen(
        ["molecule", "test", *(arguments or ["--all"])],
        cwd=checkout.ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    found: dict[str, Outcome] = {}
    with molecule:
        for line in molecule.stdout or ():
            print(line, end="", flush=True)
            match = RECAP.match(line)
            if match:
                outcome = found.setdefault(match[1], Outcome("molecule", match[1]))
                outcome.passed += int(match[2])
                outcome.failed += int(match[3])
    total = Outcome("molecule", "all scenarios", seconds=time.monotonic() - started)
    if molecule.returncode and not any(outcome.failed for outcome in found.values()):
        total.failed, total.detail = 1, f"molecule ended with {molecule.returncode}"
    return [*found.values(), total]


def main() -> int:
    """Run all scenarios, or say why none can run."""
    names = sorted(path.parent.name for path in SCENARIOS.glob("*/molecule.yml"))
    reason = fleet_packages.provide()
    if reason:
        detail = f"NOT TESTED ON REAL HOSTS: {reason}"
        return save("molecule", [Outcome("molecule", ", ".join(names), skipped=len(names), detail=detail)])
    outcomes = run(sys.argv[1:])
    if not sys.argv[1:]:
        ran = {outcome.name for outcome in outcomes}
        outcomes += [Outcome("molecule", name, failed=1, detail="did not run") for name in names if name not in ran]
    return save("molecule", outcomes)


if __name__ == "__main__":
    sys.exit(main())
