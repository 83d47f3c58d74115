# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes requirements/constraints.txt: the newest versions that resolve on each Python, told apart by markers."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import tempfile

import interpreters
from interpreters import Version

REQUIREMENTS = pathlib.Path(__file__).resolve().parents[2] / "requirements"
CONTROLLER_SINCE = (3, 10)
HEADING = "# Written by `make pin`; every package of run.in, dev.in and target.in.\n"


def resolve(python: str, requirements: str) -> dict[str, str]:
    """Return what pip would install from the file `requirements`: version by name.

    A throwaway environment, because `pip install --report` is younger than the pip of the older Pythons.
    """
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([python, "-m", "venv", directory], check=True)
        pip = [f"{directory}/bin/python", "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, "--upgrade", "pip"], check=True)
        report = subprocess.run(
            [*pip, "--dry-run", "--report", "-", "-r", str(REQUIREMENTS / requirements)],
            check=True,
            stdout=subprocess.PIPE,
        )
    packages = [item["metadata"] for item in json.loads(report.stdout)["install"]]
    return {package["name"]: package["version"] for package in packages}


def lines(resolved: dict[Version, dict[str, str]]) -> list[str]:
    """Return the constraints: one line per package, or one per release of it with the Pythons it is for."""
    names = {name.lower().replace("_", "-"): name for found in resolved.values() for name in found}
    result = []
    for dummy, name in sorted(names.items()):
        pythons: dict[str, list[Version]] = {}
        for version, found in resolved.items():
            if name in found:
                pythons.setdefault(found[name], []).append(version)
        result += [f"{name}=={release}{_marker(wanted, pythons)}" for release, wanted in pythons.items()]
    return result


def _marker(wanted: list[Version], pythons: dict[str, list[Version]]) -> str:
    """Return for which Pythons a release is; the oldest release takes all older ones, the newest all newer ones."""
    releases = list(pythons.values())
    first, last = interpreters.text(wanted[0]), interpreters.text(wanted[-1])
    if len(releases) == 1:
        return ""
    if wanted == releases[0]:
        return f'; python_version <= "{last}"'
    if wanted == releases[-1]:
        return f'; python_version >= "{first}"'
    return f'; python_version >= "{first}" and python_version <= "{last}"'


def main() -> int:
    """Resolve on every interpreter; all of them have to be there, or their pins would be lost."""
    found = interpreters.find()
    missing = [interpreters.text(version) for version in interpreters.TARGET if version not in found]
    if missing:
        print("make pin needs all supported Pythons; not found:", ", ".join(missing), file=sys.stderr)
        return 1
    resolved = {
        version: resolve(python, "dev.in" if version >= CONTROLLER_SINCE else "target.in")
        for version, python in found.items()
    }
    text = HEADING + "\n".join(lines(resolved)) + "\n"
    (REQUIREMENTS / "constraints.txt").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
