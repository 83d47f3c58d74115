# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each step of `make test` passed, failed and skipped, kept so that the last lines can say all of it."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from xml.etree import ElementTree

import checkout

DIRECTORY = checkout.CACHE / "outcomes"


@dataclasses.dataclass
class Outcome:
    """One line of the summary: counts of tests, and the reason of what was left out."""

    step: str
    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    detail: str = ""


def save(step: str, outcomes: list[Outcome]) -> int:
    """Keep the outcomes of a step, print what was skipped or failed, and return the step's exit code."""
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    rows = [json.dumps(dataclasses.asdict(outcome)) + "\n" for outcome in outcomes]
    (DIRECTORY / f"{step}.jsonl").write_text("".join(rows), encoding="utf-8")
    print(*(line(outcome) for outcome in outcomes), sep="\n", flush=True)
    return 1 if any(outcome.failed for outcome in outcomes) else 0


def load(step: str) -> list[Outcome]:
    """Return the outcomes that a step saved, or nothing when it did not come so far."""
    path = DIRECTORY / f"{step}.jsonl"
    rows = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [Outcome(**json.loads(row)) for row in rows]


def line(outcome: Outcome) -> str:
    """Return one outcome for people to read."""
    counts = [f"{outcome.passed} passed"] if outcome.passed else []
    counts += [f"{outcome.failed} FAILED"] if outcome.failed else []
    counts += [f"{outcome.skipped} SKIPPED"] if outcome.skipped else []
    text = f"{outcome.step:12} {outcome.name:24} {', '.join(counts):26} {outcome.seconds:6.1f} s"
    return f"{text}  {outcome.detail}".rstrip()


def from_junit(step: str, name: str, path: pathlib.Path, exit_code: int) -> Outcome:
    """Return the counts that a pytest run wrote with --junitxml; a run that did not end well has at least one failure.

    pytest's exit code 5 (no tests collected) is a failure too: a step that tests nothing must not look green.
    """
    if not path.exists():
        return Outcome(step, name, failed=1, detail=f"pytest ended with {exit_code} and no results")
    root = ElementTree.parse(path).getroot()
    suites = list(root.iter("testsuite"))
    total, failures, errors, skipped = (
        sum(int(suite.get(key, 0)) for suite in suites) for key in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    outcome = Outcome(step, name, total - failed - skipped, failed, skipped)
    outcome.seconds = sum(float(suite.get("time", 0)) for suite in suites)
    outcome.detail = "; ".join(sorted({reason.get("message", "")[:120] for reason in root.iter("skipped")}))
    if exit_code and not failed:
        outcome.failed, outcome.detail = 1, f"pytest ended with {exit_code}"
    return outcome
