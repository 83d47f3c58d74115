# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs faults on fresh fleets, diagnoses them, and prints what the diagnosis said of each.

tests/scenarios/run.py [--only NAME ...] [--way named|unnamed|both] [--json FILE]
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

import faults
import stage

sys.path.insert(0, str(stage.HERE.parent / "fleet"))

import running_fleet  # noqa: E402

ABOVE_POSSIBLE = ("confirmed", "likely")
FIRST = {"named": 1, "unnamed": 3}


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


def run(fault: faults.Fault, ways: t.Sequence[str]) -> list[Outcome]:
    """Return the outcome of a fault for each way, all on one fresh fleet."""
    with running_fleet.running(hosts=2, router=True, layers=fault.layers) as fleet:
        place = stage.Stage(fleet)
        fault.inject(place)
        saw = fault.drive(place)
        if saw not in fault.sees:
            return [Outcome(fault.name, way, saw, 0, "", "", "", 0.0, False, "the client saw %s" % saw) for way in ways]
        return [diagnosed(fault, place, way, saw) for way in ways]


def diagnosed(fault: faults.Fault, place: stage.Stage, way: str, saw: str) -> Outcome:
    """Diagnose while the client goes on, and judge the report."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as directory, going_on(fault, place):
        said = play(fault, place, way, pathlib.Path(directory))
        path = pathlib.Path(directory) / "report.json"
        report = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    seconds = time.monotonic() - started
    if report is None:
        return Outcome(fault.name, way, saw, 0, "", "", "", seconds, False, said[-400:])
    return judged(fault, way, saw, report["diagnoses"], seconds)


@contextlib.contextmanager
def going_on(fault: faults.Fault, place: stage.Stage) -> t.Iterator[None]:
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


def play(fault: faults.Fault, place: stage.Stage, way: str, directory: pathlib.Path) -> str:
    """Run the playbook with the flow named or not, and return what it printed."""
    variables: dict[str, t.Any] = {"diagnose_report_dir": str(directory), "diagnose_since": "15m", **fault.variables}
    if way == "named":
        variables.update(diagnose_client=stage.CLIENT, diagnose_server=fault.server, diagnose_port=fault.port)
        variables["diagnose_server_address"] = place.address(fault.server, "eth1")
    else:
        variables["diagnose_window"] = 5
    command = ["ansible-playbook", "-i", str(place.fleet.inventory), *ports(place, directory)]
    command += ["netdoctor.connection_reset.diagnose", "-e", json.dumps(variables)]
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


def judged(fault: faults.Fault, way: str, saw: str, diagnoses: list[dict[str, t.Any]], seconds: float) -> Outcome:
    """Return the outcome from the diagnoses of a report."""
    ranks = {entry["cause"]: rank for rank, entry in reversed(list(enumerate(diagnoses, 1)))}
    first = ", ".join("%s (%s)" % (entry["cause"], entry["verdict"]) for entry in diagnoses[:2])
    if not fault.causes:
        loud = [entry["cause"] for entry in diagnoses if entry["verdict"] in ABOVE_POSSIBLE]
        why = "above possible: %s" % ", ".join(loud) if loud else ""
        return Outcome(fault.name, way, saw, 0, "", "", first, seconds, not loud, why)
    found = sorted(ranks[cause] for cause in fault.causes if cause in ranks)
    if not found or (fault.both and len(found) < len(fault.causes)):
        return Outcome(fault.name, way, saw, 0, "", "", first, seconds, False, "not found")
    rank = found[-1] if fault.both else found[0]
    best = diagnoses[rank - 1]
    limit = max(FIRST[way], len(fault.causes) if fault.both else 1)
    wrong = [
        "rank %d" % rank if rank > limit else "",
        "verdict %s" % best["verdict"] if best["verdict"] not in ABOVE_POSSIBLE else "",
        "culprit %s" % best["culprit"] if best["culprit"] != fault.culprit else "",
    ]
    why = ", ".join(filter(None, wrong))
    return Outcome(fault.name, way, saw, rank, best["verdict"], str(best["culprit"]), first, seconds, not why, why)


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
    parser.add_argument("--only", nargs="*", metavar="NAME", help="scenarios to run; all without it")
    parser.add_argument("--way", choices=["named", "unnamed", "both"], default="both", help="whether the flow is named")
    parser.add_argument("--json", type=pathlib.Path, help="also write the outcomes there")
    given = parser.parse_args()
    chosen = [fault for fault in faults.FAULTS if not given.only or fault.name in given.only]
    if not chosen:
        parser.error("no such scenario; there are %s" % ", ".join(fault.name for fault in faults.FAULTS))
    ways = ["named", "unnamed"] if given.way == "both" else [given.way]
    outcomes: list[Outcome] = []
    for fault in chosen:
        try:
            outcomes += run(fault, ways)
        except running_fleet.FleetUnavailable as error:
            print("scenarios were NOT run: %s" % error, file=sys.stderr)
            return running_fleet.CANNOT_RUN_HERE
        except RuntimeError as error:
            outcomes += [Outcome(fault.name, way, "", 0, "", "", "", 0.0, False, str(error)) for way in ways]
        print(table(outcomes[-len(ways) :]).split("\n", 1)[1], flush=True)
    print("\n" + table(outcomes))
    if given.json:
        given.json.write_text(json.dumps([one._asdict() for one in outcomes], indent=2) + "\n", encoding="utf-8")
    failed = sum(not one.passed for one in outcomes)
    print("\n%d passed, %d failed" % (len(outcomes) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
