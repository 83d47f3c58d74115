# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make lint`: every static check, two at a time; the output of those that fail."""

from __future__ import annotations

import concurrent.futures
import pathlib
import subprocess
import sys
import time

import checkout
import interpreters
from outcome import Outcome, save

HEADER = "SPDX-License-Identifier: "
WITH_HEADER = {".py", ".sh", ".yml", ".yaml", ".toml", ".md", ".j2"}
GENERATED = ("CHANGELOG.md", "changelogs/", "tests/fixtures/")
COMPILE = "import sys\nfor name in sys.argv[1:]:\n    compile(open(name, 'rb').read(), name, 'exec', dont_inherit=True)"
TARGET_SIDE = {("plugins", "modules"), ("plugins", "module_utils")}

Command = list[str]


def commands(files: list[pathlib.Path]) -> dict[str, Command]:
    """Return the checks that are a command each."""
    oldest, python = next(iter(interpreters.find().items()))
    target = [path for path in files if path.suffix == ".py" and path.parts[:2] in TARGET_SIDE]
    return {
        "ruff": ["ruff", "check", "--no-cache", "."],
        "ruff format": ["ruff", "format", "--no-cache", "--check", "."],
        "mypy": ["mypy", "--cache-dir", ".cache/mypy", *_packages("module_utils", "plugin_utils", "action", "modules")],
        "yamllint": ["yamllint", "--strict", *_names(files, {".yml", ".yaml"})],
        "ansible-lint": ["ansible-lint", "--offline", "--strict", "-q"],
        "ansible-lint of remediations": [sys.executable, "tests/tools/lint_remediations.py"],
        "shellcheck": ["shellcheck", *_shell_scripts(files)],
        "changelog": ["antsibull-changelog", "lint"],
        "collection docs": ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", "."],
        f"compile on {interpreters.text(oldest)}": [python, "-c", COMPILE, *map(str, target)],
    }


def _packages(*names: str) -> Command:
    return [word for name in names for word in ("-p", f"ansible_collections.netdoctor.connection_reset.plugins.{name}")]


def _names(files: list[pathlib.Path], suffixes: set[str]) -> Command:
    return [str(path) for path in files if path.suffix in suffixes and not str(path).startswith(GENERATED)]


def _shell_scripts(files: list[pathlib.Path]) -> Command:
    return [str(path) for path in files if path.suffix == ".sh" or _first_line(path).startswith("#!/bin/sh")]


def _first_line(path: pathlib.Path) -> str:
    with (checkout.ROOT / path).open("rb") as stream:
        return stream.readline(80).decode("ascii", "replace")


def without_header(files: list[pathlib.Path]) -> list[str]:
    """Return the files whose first lines do not name their licence."""
    wanted = [checkout.ROOT / name for name in _names(files, WITH_HEADER)]
    return [str(path) for path in wanted if HEADER not in path.read_text(encoding="utf-8")[:600]]


def _tree() -> pathlib.Path:
    """Return a directory in which the checkout is the collection; mypy does not want site-packages for that."""
    tree = checkout.CACHE / "tree"
    link = tree / "ansible_collections" / "netdoctor" / "connection_reset"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or link.resolve() != checkout.ROOT:
        link.unlink(missing_ok=True)
        link.symlink_to(checkout.ROOT)
    return tree


def run(name: str, command: Command, environment: dict[str, str]) -> Outcome:
    """Run one check of the checkout; print what it says when it fails."""
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=checkout.ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    failed = int(done.returncode != 0)
    if failed:
        print(f"----- {name}: {' '.join(command)[:200]}\n{done.stdout}", flush=True)
    return Outcome("lint", name, 1 - failed, failed, seconds=time.monotonic() - started)


def main() -> int:
    """Run all checks."""
    files = checkout.files()
    bare = without_header(files)
    if bare:
        print("----- no SPDX line in:", *bare, sep="\n", flush=True)
    environment = dict(checkout.environment(), MYPYPATH=str(_tree()), NO_COLOR="1")
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        outcomes = list(pool.map(lambda item: run(*item, environment), commands(files).items()))
    return save("lint", [*outcomes, Outcome("lint", "licence headers", int(not bare), len(bare))])


if __name__ == "__main__":
    sys.exit(main())
