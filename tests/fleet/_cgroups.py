# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cgroup per host, under one per fleet, in every hierarchy: accounting, limits, and a way to stop everything.

Pure v2 machines have one hierarchy, hybrid ones a v1 hierarchy per controller plus name=systemd and unified.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

import _machine

ROOT = Path("/sys/fs/cgroup")
HYBRID = ("systemd", "unified", "memory", "pids", "cpu", "cpuacct")
STOP_LIMIT_S = 30.0


def of_fleet(fleet: str) -> list[Path]:
    """Return the fleet's folder in every hierarchy of this machine, existing or not."""
    if (ROOT / "cgroup.controllers").exists():
        roots = [ROOT]
    else:
        roots = [ROOT / name for name in HYBRID if (ROOT / name).is_dir()]
    return [root / f"fl-{fleet}" for root in roots]


def of_host(fleet: str, host: str) -> list[Path]:
    """Return the host's folder in every hierarchy. In each, `boot` holds the host and `loop` what starts it again."""
    return [folder / host for folder in of_fleet(fleet)]


def create(fleet: str, host: str) -> None:
    """Create the host's cgroups, with the controllers of v2 handed down as far as the machine allows."""
    for folder in of_host(fleet, host):
        try:
            (folder / "loop").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _machine.CannotRunHere(f"cannot create cgroups: {error}; mount {ROOT} writable") from error
        for parent in (folder.parent.parent, folder.parent):
            for controller in ("cpu", "io", "memory", "pids"):
                with contextlib.suppress(OSError):
                    (parent / "cgroup.subtree_control").write_text(f"+{controller}")


def processes(folder: Path) -> list[int]:
    """Return the process ids in a cgroup and everything below it."""
    found = []
    for place, _folders, files in os.walk(folder):  # passes over a cgroup that vanishes meanwhile, unlike rglob
        if "cgroup.procs" in files:
            with contextlib.suppress(OSError):
                found += [int(word) for word in Path(place, "cgroup.procs").read_text().split()]
    return found


def stop(fleet: str) -> None:
    """Kill every process of the fleet and remove its cgroups; FleetError when one survives.

    Removing proves that no process is left: a process that was about to join finds its folder gone and ends.
    """
    deadline = time.monotonic() + STOP_LIMIT_S
    left = [folder for folder in of_fleet(fleet) if folder.exists()]
    while left:
        for folder in left:
            _kill(folder)
            _remove(folder)
        left = [folder for folder in left if folder.exists()]
        if left and time.monotonic() > deadline:
            raise _machine.FleetError(f"processes {processes(left[0])[:5]} do not end: {left[0]}")
        time.sleep(0.02 if left else 0)


def _kill(folder: Path) -> None:
    with contextlib.suppress(OSError):  # v2 only: the whole tree in one write
        (folder / "cgroup.kill").write_text("1")
    for process in processes(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _remove(folder: Path) -> None:
    for path, _folders, _files in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(path)
