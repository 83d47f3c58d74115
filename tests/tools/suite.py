# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make test`: every step, whatever the one before it said, and at the end what passed, failed and was skipped."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time

import checkout
import outcome
from outcome import Outcome

STEPS = ["lint", "unit", "sanity", "integration", "molecule"]


def run(make: str, step: str) -> list[Outcome]:
    """Run one step and return its outcomes; a step that ends badly and says nothing counts as one failure."""
    print(f"\n===== {step}", flush=True)
    started = time.monotonic()
    code = subprocess.run([make, "--no-print-directory", step], cwd=checkout.ROOT, check=False).returncode
    outcomes = outcome.load(step)
    if not outcomes or (code and not any(row.failed for row in outcomes)):
        outcomes.append(Outcome(step, "ended with %d" % code, failed=1, seconds=time.monotonic() - started))
    return outcomes


def closing_line(outcomes: list[Outcome], seconds: float) -> str:
    """Return the totals the way pytest ends."""
    totals = {word: sum(getattr(row, word) for row in outcomes) for word in ("failed", "passed", "skipped")}
    text = ", ".join(f"{count} {word}" for word, count in totals.items() if count)
    return f" {text} in {seconds:.2f}s ".center(100, "=")


def main() -> int:
    """Run the steps, print the summary, and fail when anything failed."""
    shutil.rmtree(outcome.DIRECTORY, ignore_errors=True)
    started = time.monotonic()
    outcomes = [row for step in STEPS for row in run(sys.argv[1], step)]
    print("\n===== summary", *map(outcome.line, outcomes), sep="\n")
    skipped = [row for row in outcomes if row.skipped]
    if skipped:
        print("\n===== SKIPPED, so not tested", *map(outcome.line, skipped), sep="\n")
    print(closing_line(outcomes, time.monotonic() - started), flush=True)
    return 1 if any(row.failed for row in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
