# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs faults on fresh fleets, diagnoses them, and prints what the diagnosis said of each.

tests/scenarios/run.py [--set known further mixed] [--only NAME ...] [--way named|unnamed|both] [--decoys]
                       [--trace SECONDS] [--json FILE]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import typing as t
from dataclasses import replace

import further
import known
import mixed
import stage
from fault import Fault

sys.path.insert(0, str(stage.HERE.parent / "fleet"))

import running_fleet  # noqa: E402

ABOVE_POSSIBLE = ("confirmed", "likely")
FIRST = {"named": 1, "unnamed": 3}
SETS: dict[str, tuple[Fault, ...]] = {"known": known.FAULTS, "further": further.FAULTS, "mixed": mixed.FAULTS}


class Outcome(t.NamedTuple):
    """What became of one fault diagnosed in one way; `rank` is 0 when the cause was not found."""

    name: str
    way: str
    saw: str
    rank: int
    verdict: str
    culprit: str
    first: str
    seconds: float
    passed: bool
    why: str


def run(fault: Fault, ways: t.Sequence[str], decoys: bool = False, trace_s: int = 0) -> list[Outcome]:
    """Return the outcome of a fault for each way, all on one fresh fleet, with or without decoys around it."""
    fault = replace(fault, variables={**fault.variables, "diagnose_trace_seconds": trace_s})
    with running_fleet.running(hosts=fault.hosts, router=True, layers=fault.layers) as fleet:
        place = stage.Stage(fleet)
        if decoys:
            mixed.decoys(place)
        fault.inject(place)
        saw = fault.drive(place)
        if saw not in fault.sees:
            return [Outcome(fault.name, way, saw, 0, "", "", "", 0.0, False, "the client saw %s" % saw) for way in ways]
        return [diagnosed(fault, place, way, saw) for way in ways]


def diagnosed(fault: Fault, place: stage.Stage, way: str, saw: str) -> Outcome:
    """Diagnose while the client goes on, and judge the report."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as directory, going_on(fault, place):
        said = play(fault, place, way, pathlib.Path(directory))
        path = pathlib.Path(directory) / "report.json"
        report = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    seconds = time.monotonic() - started
    if report is None:
        return Outcome(fault.name, way, saw, 0, "", "", "", seconds, False, said[-400:])
    keep(fault, way, report, said)
    return judged(fault, way, saw, report["diagnoses"], seconds)


def keep(fault: Fault, way: str, report: t.Any, said: str) -> None:
    """Leave the report and what the play said in the folder that NETDOCTOR_SCENARIO_REPORTS names, to look at them."""
    folder = os.environ.get("NETDOCTOR_SCENARIO_REPORTS")
    if folder:
        path = pathlib.Path(folder) / ("%s-%s" % (fault.name, way))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".json").write_text(json.dumps(report, indent=1), encoding="utf-8")
        path.with_suffix(".txt").write_text(said, encoding="utf-8")


@contextlib.contextmanager
def going_on(fault: Fault, place: stage.Stage) -> t.Iterator[None]:
    """Let the client try again and again, as a real one would."""
    ending = threading.Event()

    def loop() -> None:
        while fault.again is not None and not ending.wait(0.5):
            with contextlib.suppress(RuntimeError, subprocess.TimeoutExpired):
                fault.again(place)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def play(fault: Fault, place: stage.Stage, way: str, directory: pathlib.Path) -> str:
    """Run the playbook with the flow named or not, and return what it printed."""
    variables: dict[str, t.Any] = {"diagnose_report_dir": str(directory), "diagnose_since": "15m", **fault.variables}
    if way == "named":
        variables.update(diagnose_client=fault.client, diagnose_server=fault.server, diagnose_port=fault.port)
        variables["diagnose_server_address"] = place.addresses[fault.server]
    else:
        variables["diagnose_window"] = 5
    command = ["ansible-playbook", "-i", str(place.fleet.inventory), *ports(place, directory)]
    command += ["netdoctor.connection_reset.diagnose", "-l", fault.limit, "-e", json.dumps(variables)]
    environment = {**os.environ, "ANSIBLE_PIPELINING": "true", "ANSIBLE_FORKS": "10"}
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    ).stdout


def ports(place: stage.Stage, directory: pathlib.Path) -> list[str]:
    """Return the options of an inventory for hosts that are reached at another port."""
    if not place.ports:
        return []
    path = directory / "ports.yml"
    hosts = {host: {"ansible_port": port} for host, port in place.ports.items()}
    path.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    return ["-i", str(path)]


def judged(fault: Fault, way: str, saw: str, diagnoses: list[dict[str, t.Any]], seconds: float) -> Outcome:
    """Return the outcome from the diagnoses of a report."""
    first = ", ".join("%s (%s)" % (entry["cause"], entry["verdict"]) for entry in diagnoses[:3])
    if not fault.causes:
        loud = [entry["cause"] for entry in diagnoses if entry["verdict"] in ABOVE_POSSIBLE]
        why = "above possible: %s" % ", ".join(loud) if loud else ""
        return Outcome(fault.name, way, saw, 0, "", "", first, seconds, not loud, why)
    together = fault.both or way == "unnamed"
    limit = max(FIRST[way], 1 + len(fault.also) if together else 1)
    rank, why = found(diagnoses, fault.causes, fault.culprit, limit)
    others = fault.also.items() if together else ()
    why = "; ".join(filter(None, [why, *(found(diagnoses, (cause,), name, limit)[1] for cause, name in others)]))
    best = diagnoses[rank - 1] if rank else {"verdict": "", "culprit": ""}
    return Outcome(fault.name, way, saw, rank, best["verdict"], str(best["culprit"]), first, seconds, not why, why)


def found(
    diagnoses: list[dict[str, t.Any]], causes: t.Sequence[str], culprit: str | None, limit: int
) -> tuple[int, str]:
    """Return the rank of the first of these causes, 0 if none is there, and what is wrong with it."""
    rank = next((rank for rank, entry in enumerate(diagnoses, 1) if entry["cause"] in causes), 0)
    if not rank:
        return 0, "%s not found" % causes[0]
    best = diagnoses[rank - 1]
    wrong = [
        "rank %d" % rank if rank > limit else "",
        "verdict %s" % best["verdict"] if best["verdict"] not in ABOVE_POSSIBLE else "",
        "culprit %s" % best["culprit"] if best["culprit"] != culprit else "",
    ]
    return rank, ", ".join("%s of %s" % (one, best["cause"]) for one in wrong if one)


def table(outcomes: t.Sequence[Outcome]) -> str:
    """Return the outcomes as a table for a person."""
    form = "%-26s %-8s %-13s %4s %-10s %-8s %6s  %-5s %s"
    lines = [form % ("scenario", "flow", "client saw", "rank", "verdict", "culprit", "s", "", "")]
    for one in outcomes:
        mark, time_s = "ok" if one.passed else "FAIL", "%.1f" % one.seconds
        notes = one.why and "%s; first: %s" % (one.why, one.first)
        lines.append(
            form % (one.name, one.way, one.saw, one.rank or "-", one.verdict, one.culprit, time_s, mark, notes)
        )
    return "\n".join(lines)


def main() -> int:
    """Run what was asked for; the exit code is 1 when anything was judged wrong, 3 when no fleet can run here."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--set", nargs="*", choices=list(SETS), default=list(SETS), help="the sets to run; all without it"
    )
    parser.add_argument("--only", nargs="*", metavar="NAME", help="scenarios to run; all of the sets without it")
    parser.add_argument("--decoys", action="store_true", help="set what looks bad and harms nobody around each fault")
    parser.add_argument("--way", choices=["named", "unnamed", "both"], default="both", help="whether the flow is named")
    parser.add_argument("--trace", type=int, default=0, metavar="SECONDS", help="also trace resets for so long")
    parser.add_argument("--json", type=pathlib.Path, help="also write the outcomes there")
    given = parser.parse_args()
    named = [fault for name in given.set for fault in SETS[name]]
    chosen = [fault for fault in named if not given.only or fault.name in given.only]
    if not chosen:
        parser.error("no such scenario; there are %s" % ", ".join(fault.name for fault in named))
    asked = ["named", "unnamed"] if given.way == "both" else [given.way]
    outcomes: list[Outcome] = []
    for fault in chosen:
        ways = [way for way in asked if way in fault.ways]
        if not ways:
            continue
        try:
            outcomes += run(fault, ways, given.decoys, given.trace)
        except running_fleet.FleetUnavailable as error:
            print("scenarios were NOT run: %s" % error, file=sys.stderr)
            return running_fleet.CANNOT_RUN_HERE
        except RuntimeError as error:
            outcomes += [Outcome(fault.name, way, "", 0, "", "", "", 0.0, False, str(error)) for way in ways]
        print(table([one for one in outcomes if one.name == fault.name]).split("\n", 1)[1], flush=True)
    print("\n" + table(outcomes))
    if given.json:
        given.json.write_text(json.dumps([one._asdict() for one in outcomes], indent=2) + "\n", encoding="utf-8")
    failed = sum(not one.passed for one in outcomes)
    print("\n%d passed, %d failed" % (len(outcomes) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
