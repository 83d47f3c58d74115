# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places and files of this checkout."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def files() -> list[pathlib.Path]:
    """Return what Git knows or would add, relative to the root; what .gitignore names is left out."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    paths = {pathlib.Path(os.fsdecode(name)) for name in names.split(b"\0") if name}
    return sorted(path for path in paths if (ROOT / path).is_file())


def copy_to(target: pathlib.Path) -> None:
    """Make `target` a plain copy of the checkout's files; anything else in it goes."""
    shutil.rmtree(target, ignore_errors=True)
    for path in files():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target / path, follow_symlinks=False)


def build_directory() -> pathlib.Path:
    """Return build/, which Git ignores."""
    directory = ROOT / "build"
    directory.mkdir(exist_ok=True)
    (directory / ".gitignore").write_text("*\n", encoding="utf-8")
    return directory


def environment() -> dict[str, str]:
    """Return the environment in which tools of .venv find this checkout as the only collection."""
    site = next(VENV.glob("lib/python3.*/site-packages"))
    return dict(
        os.environ,
        PATH=os.pathsep.join([str(VENV / "bin"), os.environ["PATH"]]),
        ANSIBLE_COLLECTIONS_PATH=str(site),
        ANSIBLE_HOME=str(CACHE / "ansible"),
        # A pyenv shim that interpreter discovery may pick exists and yet fails with 127.
        ANSIBLE_PYTHON_INTERPRETER=str(PYTHON.resolve()),
    )
