# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs the Debian packages that the test fleet needs and this machine lacks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import checkout

sys.path.insert(0, str(checkout.ROOT / "tests" / "fleet"))

import _machine

PACKAGE_OF = {**_machine.PACKAGE_OF, **_machine.IMAGE_PACKAGE_OF}


def provide() -> str:
    """Install what is missing where that is possible, and return why a fleet cannot run here, or "" when it can."""
    reason = _reason()
    if reason and os.geteuid() == 0 and shutil.which("apt-get"):
        _install(sorted({package for command, package in PACKAGE_OF.items() if not shutil.which(command)}))
        reason = _reason()
    return reason


def _reason() -> str:
    try:
        _machine.require(PACKAGE_OF)
    except _machine.CannotRunHere as reason:
        return str(reason)
    return ""


def _install(packages: list[str]) -> None:
    print("installing Debian packages for the fleet:", *packages, flush=True)
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for words in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", *words], env=environment, stdin=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    sys.exit(provide() or 0)
