# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python interpreters of this machine, one per minor version."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

Version = tuple[int, int]

TARGET = [(3, minor) for minor in range(7, 14)]
"""Versions the modules promise to run on."""

PROBE = "import sys; print('%d.%d' % sys.version_info[:2])"


def find() -> dict[Version, str]:
    """Return the executable of each installed Python of `TARGET`, oldest first.

    pyenv's real interpreters come before the PATH, because its shims exist and yet fail for versions not selected.
    """
    found: dict[Version, str] = {}
    for version in TARGET:
        for candidate in _candidates(version):
            if version not in found and _answers(candidate, version):
                found[version] = candidate
    return found


def _candidates(version: Version) -> list[str]:
    name = "python%d.%d" % version
    root = pathlib.Path(os.environ.get("PYENV_ROOT") or pathlib.Path.home() / ".pyenv")
    candidates = [str(path) for path in sorted(root.glob(f"versions/*/bin/{name}"))]
    for found in (shutil.which(name), shutil.which("python3", path="/usr/local/bin:/usr/bin:/bin")):
        if found:
            candidates.append(found)
    return candidates


def _answers(executable: str, version: Version) -> bool:
    probe = subprocess.run([executable, "-c", PROBE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return probe.stdout.decode().strip() == "%d.%d" % version


def text(version: Version) -> str:
    """Return a version as people write it: `3.11`."""
    return "%d.%d" % version
