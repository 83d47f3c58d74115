# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what on a report fails a run."""

from __future__ import annotations

import typing as t

VERDICTS = ("confirmed", "likely")
SEVERITIES = ("critical", "warning", "info")
LEVELS = ("never", *VERDICTS, *SEVERITIES)


def exceeded(document: t.Mapping[str, t.Any], level: str) -> list[str]:
    """Return one line for each diagnosis or finding of `document` that is at least as grave as `level`.

    A verdict looks at the diagnoses, a severity at the deviations; waived and unknown findings do not count.
    """
    if level in VERDICTS:
        wanted = VERDICTS[: VERDICTS.index(level) + 1]
        return [_diagnosis(entry) for entry in document["diagnoses"] if entry["verdict"] in wanted]
    if level in SEVERITIES:
        wanted = SEVERITIES[: SEVERITIES.index(level) + 1]
        return [_finding(entry) for entry in document["findings"] if _counts(entry, wanted)]
    return []


def _counts(finding: t.Mapping[str, t.Any], wanted: t.Sequence[str]) -> bool:
    return finding["status"] == "deviation" and finding["severity"] in wanted


def _diagnosis(entry: t.Mapping[str, t.Any]) -> str:
    return "%s: %s (%s)" % (entry["verdict"], entry["title"], ", ".join(entry["hosts"]) or entry["cause"])


def _finding(entry: t.Mapping[str, t.Any]) -> str:
    return "%s: %s on %s (%s)" % (entry["severity"], entry["title"], entry["host"] or "the fleet", entry["rule"])
