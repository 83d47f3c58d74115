# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules as a target runs them: the file that Ansible would send, run by Python, without the controller's part."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import typing as t
import zipfile

from .measure import CACHE, Subject, process

COMMUNITY_WHEEL = "ansible==12.3.0"
"""Holds community.general, which is on no other index that pip knows."""


TARGET_PYTHON = shutil.which("python3", path="/usr/bin:/bin") or os.path.realpath(sys.executable)
"""As on a target. One without a compiled standard library, as pyenv may make it, would slow every module down."""


def build(module: str, **arguments: t.Any) -> pathlib.Path:
    """Let Ansible make the file for a module and its arguments, and keep it."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="netdoctor-benchmark-"))
    command = ["ansible", "-i", "localhost,", "-c", "local", "localhost", "-m", module]
    if arguments:
        command += ["-a", json.dumps(arguments)]
    done = subprocess.run(
        command, env=_environment(directory), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False
    )
    kept = list(directory.glob("ansible-tmp-*/AnsiballZ_*.py"))
    if done.returncode or not kept:
        raise RuntimeError(f"{module}: {done.stdout[-800:]}")
    return kept[0]


def _environment(directory: pathlib.Path) -> dict[str, str]:
    collections = os.pathsep.join([os.environ["ANSIBLE_COLLECTIONS_PATH"].split(os.pathsep)[0], str(CACHE)])
    return dict(
        os.environ,
        ANSIBLE_KEEP_REMOTE_FILES="1",
        ANSIBLE_REMOTE_TMP=str(directory),
        ANSIBLE_COLLECTIONS_PATH=collections,
        ANSIBLE_PYTHON_INTERPRETER=TARGET_PYTHON,
        ANSIBLE_HOME=str(directory),
        ANSIBLE_DEPRECATION_WARNINGS="0",
    )


def subject(module: str, **arguments: t.Any) -> Subject:
    """Return a subject: the module as a process on the target. Building it runs it once, so build before the load."""
    return process([TARGET_PYTHON, build(module, **arguments)], parse=_succeeded)


def _succeeded(output: bytes) -> None:
    result = json.loads(output)
    if result.get("failed"):
        raise RuntimeError(result.get("msg"))


def community_general() -> None:
    """Fetch the collection community.general once."""
    if (CACHE / "ansible_collections" / "community" / "general").is_dir():
        return
    with tempfile.TemporaryDirectory() as directory:
        pip = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "-d", directory, COMMUNITY_WHEEL]
        subprocess.run(pip, check=True)
        with zipfile.ZipFile(next(pathlib.Path(directory).glob("*.whl"))) as wheel:
            names = [name for name in wheel.namelist() if name.startswith("ansible_collections/community/general/")]
            wheel.extractall(CACHE, names)
