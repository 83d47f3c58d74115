# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make unit`: all unit tests on the Python of .venv, those of target-side code on every other one here as well."""

from __future__ import annotations

import concurrent.futures
import os
import subprocess
import sys

import checkout
import interpreters
from interpreters import Version
from outcome import Outcome, from_junit, save

RESULTS = checkout.CACHE / "unit"
REQUIREMENTS = ["requirements/target.in", "requirements/constraints.txt"]
TARGET_TESTS = ["tests/unit/plugins/module_utils", "tests/unit/plugins/modules"]


def controller(arguments: list[str]) -> tuple[Outcome, str]:
    """Run all unit tests on the Python of .venv; pytest-ansible stays out, so they show that they do without."""
    name = "controller, Python " + interpreters.text(sys.version_info[:2])
    return run_pytest(sys.executable, name, ["-n", "2", "-p", "no:pytest-ansible", "tests/unit", *arguments])


def on_target(version: Version, python: str, arguments: list[str]) -> tuple[Outcome, str]:
    """Run the tests of target-side code on one interpreter, with nothing installed there but pytest."""
    name = "target, Python " + interpreters.text(version)
    try:
        python = environment(version, python)
    except subprocess.CalledProcessError as error:
        reason = error.output.decode("utf-8", "replace").strip().splitlines()[-1:]
        return Outcome("unit", name, skipped=1, detail="no pytest for it: " + "".join(reason)), ""
    tests = [path for path in TARGET_TESTS if (checkout.ROOT / path).is_dir()]
    return run_pytest(python, name, [*tests, *arguments], quiet=True)


def environment(version: Version, python: str) -> str:
    """Return the Python of .cache/target/VERSION, which has requirements/target.in; made when requirements changed."""
    directory = checkout.CACHE / "target" / interpreters.text(version)
    wanted = "\n".join([python, *((checkout.ROOT / name).read_text(encoding="utf-8") for name in REQUIREMENTS)])
    stamp = directory / "stamp"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        pip = [str(directory / "bin" / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        make = [python, "-m", "venv", "--clear", str(directory)]
        for command in (make, [*pip, "-r", REQUIREMENTS[0], "-c", REQUIREMENTS[1]]):
            subprocess.run(command, cwd=checkout.ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        stamp.write_text(wanted, encoding="utf-8")
    return str(directory / "bin" / "python")


def run_pytest(python: str, name: str, arguments: list[str], quiet: bool = False) -> tuple[Outcome, str]:
    """Run pytest without the options of pyproject.toml that need plugins; return counts, and the output if `quiet`."""
    results = RESULTS / (name.replace(", ", "-").replace(" ", "-") + ".xml")
    results.unlink(missing_ok=True)
    command = [python, "-m", "pytest", "-q", "-o", "addopts=", "-o", f"cache_dir={RESULTS / 'pytest'}"]
    done = subprocess.run(
        [*command, f"--junitxml={results}", *arguments],
        cwd=checkout.ROOT,
        env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return from_junit("unit", name, results, done.returncode), (done.stdout or b"").decode("utf-8", "replace")


def main() -> int:
    """Run on the controller's Python, then on the targets' ones, two at a time."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    arguments = sys.argv[1:]
    outcomes = [controller(arguments)[0]]
    targets = {version: path for version, path in interpreters.find().items() if version != sys.version_info[:2]}
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for outcome, output in pool.map(lambda item: on_target(*item, arguments), targets.items()):
            outcomes.append(outcome)
            if outcome.failed:
                print(f"----- {outcome.name}\n{output}", flush=True)
    absent = [v for v in interpreters.TARGET if v not in targets and v != sys.version_info[:2]]
    if absent:
        names = ", ".join(map(interpreters.text, absent))
        detail = f"not on this machine: {names}"
        outcomes.append(Outcome("unit", "target, other Pythons", skipped=len(absent), detail=detail))
    return save("unit", outcomes)


if __name__ == "__main__":
    sys.exit(main())
