# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the collection side by side with what people use today: python -m tests.benchmarks [--quick] [--only NAME].

Prints a table and writes a JSON file with every sample. Times depend on the machine; what is compared with a target is
the ratio of medians taken in turn in one run. A collector is timed inside a fresh Python: its call alone, because a
module execution has started Python already. A command is timed as a whole process, with the parsing a reader needs; a
module as the process that a target runs; a play as the whole ansible command.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import importlib
import json
import os
import pathlib
import platform
import subprocess
import sys
import typing as t

from . import laboratory, payload
from .measure import HERE
from .rows import Options, Row

INSIDE = ("sysctls", "links", "routes", "listeners", "connections", "firewall", "logs", "loaded", "reports")
"""Groups with namespaces of their own."""

OUTSIDE = ("plays",)
"""Groups that need the machine itself, for a fleet on it."""

QUICK = Options(rounds=3, scale=0.05)
COLUMNS = "{:54} {:40} {:>10} {:>10} {:>9} {:>8}  {}"


def parse(words: list[str] | None = None) -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a twentieth of each size, 3 rounds: a trial, no verdict")
    parser.add_argument("--only", action="append", choices=INSIDE + OUTSIDE, help="a group; may be given again")
    parser.add_argument("--rounds", type=int, help="samples of each subject (default 5)")
    parser.add_argument("--scale", type=float, help="factor for the sizes (default 1)")
    parser.add_argument("--json", type=pathlib.Path, help="file to write (default below tests/benchmarks/results)")
    parser.add_argument("--inside", choices=INSIDE, help=argparse.SUPPRESS)
    return parser.parse_args(words)


def group_rows(group: str, options: Options) -> t.Iterable[Row]:
    """Return the rows of a group, measured while they are asked for."""
    if group in INSIDE:
        return laboratory.run_inside(group, options)
    return importlib.import_module(f"{__package__}.{group}").rows(options)


def figure(value: float | None, unit: str) -> str:
    """Return a number for the table: seconds unless there is a unit."""
    if value is None:
        return ""
    return f"{value:.1f} {unit}" if unit else f"{value:.4f} s" if value < 10 else f"{value:.1f} s"


def table_line(row: Row, judged: bool) -> str:
    """Return one line of the table; only sizes that the targets are for are judged."""
    memory = "memory" in row.name
    sides = [figure(value, "MiB" if memory else "") for value in (row.ours, row.theirs)]
    value = figure(row.value, row.unit) if row.unit else f"{row.value:.3f}"
    return COLUMNS.format(row.name, row.against, *sides, value, f"<= {row.target:g}", row.verdict if judged else "")


def samples_of(row: Row) -> dict[str, list[dict[str, float]]]:
    """Return every sample with the names of its figures."""
    return {side: [sample._asdict() for sample in samples] for side, samples in row.samples.items()}


def machine() -> dict[str, t.Any]:
    """Return what the times depend on."""
    return {
        "kernel": platform.release(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "load_average": os.getloadavg()[0],
    }


def main() -> int:
    """Measure, print, write; 1 when a target was missed in a whole run."""
    arguments = parse()
    options = dataclasses.replace(QUICK) if arguments.quick else Options()
    options.rounds = arguments.rounds or options.rounds
    options.scale = arguments.scale or options.scale
    if arguments.inside:
        return inside(arguments.inside, options)
    if os.geteuid() != 0:
        sys.exit("make bench: needs root, for network namespaces")
    return report(arguments, options)


def inside(group: str, options: Options) -> int:
    """Measure one group in the namespaces it was started in, and print its rows for the process outside."""
    laboratory.settle()
    try:
        for row in importlib.import_module(f"{__package__}.{group}").rows(options):
            print(laboratory.as_json(row), flush=True)
    except (RuntimeError, subprocess.CalledProcessError) as error:
        sys.exit(f"{group}: {error}")
    return 0


def report(arguments: argparse.Namespace, options: Options) -> int:
    """Measure the chosen groups, print each row when it is known, and keep all of it in a file."""
    now = datetime.datetime.now(datetime.timezone.utc)
    groups = arguments.only or INSIDE + OUTSIDE
    if set(groups) & {"listeners", "plays"}:
        payload.community_general()  # here, because there is no network inside
    before, rows, broken = machine(), [], []
    print(COLUMNS.format("what", "against", "ours", "theirs", "value", "target", ""), flush=True)
    for group in groups:
        try:
            for row in group_rows(group, options):
                rows.append(row)
                print(table_line(row, options.scale == 1), flush=True)
        except RuntimeError as error:
            broken.append(group)
            print(f"{group}: BROKEN: {error}", flush=True)
    path = arguments.json or HERE / "results" / now.strftime("%Y-%m-%dT%H%M%SZ.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    measured = [{**vars(row), "verdict": row.verdict, "samples": samples_of(row)} for row in rows]
    document = {"taken_at": now.isoformat(), "machine": before, "options": vars(options), "rows": measured}
    document["broken"] = broken
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    missed = sum(row.verdict != "ok" for row in rows)
    verdict = "a trial at other sizes than the targets are for" if options.scale != 1 else f"{missed} missed"
    print(f"{len(rows)} rows, {verdict}, broken groups: {', '.join(broken) or 'none'}; {path}")
    return int(bool(broken) or (bool(missed) and options.scale == 1))


if __name__ == "__main__":
    sys.exit(main())
