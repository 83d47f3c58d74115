# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running fleet as tests see it. Uses the command line of fleet.py, so tests and people do the same things."""

from __future__ import annotations

import contextlib
import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FLEET = Path(__file__).with_name("fleet.py")
CANNOT_RUN_HERE = 3


class FleetUnavailable(Exception):
    """This machine cannot run a fleet; the text says what it lacks."""


@dataclass(frozen=True)
class RunningFleet:
    """Names, addresses and ways into the hosts of one fleet."""

    name: str
    state: Path
    inventory: Path
    hosts: dict[str, dict[str, Any]] = field(repr=False)  # as in fleet.json: management, links, group, ...

    def exec(self, host: str, *command: str, timeout_s: float = 60, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command as root in a host, past SSH and so without a line in its logs; any exit code is a result."""
        words = [sys.executable, str(FLEET), "exec", self.name, host, *command]
        return _run(words, timeout_s, **options)

    def ssh(
        self, host: str, *command: str, user: str = "root", timeout_s: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in a host over SSH as `user` ("root" or "ansible"); any exit code is a result."""
        options = ["-o", f"UserKnownHostsFile={self.state}/known_hosts", "-o", "GlobalKnownHostsFile=/dev/null"]
        options += ["-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i", str(self.state / "id")]
        return _run(["ssh", *options, f"{user}@{self.hosts[host]['management']}", *command], timeout_s)

    def address(self, host: str, version: int = 4) -> str:
        """Return the address on the data network where other hosts reach this one."""
        return self.hosts[host]["links"][0]["address" if version == 4 else "address6"]


@contextlib.contextmanager
def running(
    name: str | None = None, hosts: int = 3, router: bool = True, layers: tuple[str, ...] = ()
) -> Iterator[RunningFleet]:
    """Start a fleet (under a random name by default), yield it, and take it down whatever happens meanwhile."""
    name = name or f"t{secrets.token_hex(2)}"
    options = ["--hosts", str(hosts), "--router" if router else "--no-router"]
    options += [word for layer in layers for word in ("--layer", layer)]
    started = _run([sys.executable, str(FLEET), "up", name, *options], timeout_s=1200)
    if started.returncode == CANNOT_RUN_HERE:
        raise FleetUnavailable(started.stderr.strip())
    if started.returncode:
        raise RuntimeError(started.stderr.strip())
    try:
        yield attach(name, Path(json.loads(started.stdout)["state"]))
    finally:
        _run([sys.executable, str(FLEET), "down", name], timeout_s=120).check_returncode()


def attach(name: str, state: Path) -> RunningFleet:
    """Return a fleet that somebody else started and will take down."""
    plan = json.loads((state / "fleet.json").read_text())
    return RunningFleet(name=name, state=state, inventory=state / "inventory.yml", hosts=plan["hosts"])


def _run(words: list[str], timeout_s: float, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, text=True, capture_output=True, timeout=timeout_s, check=False, **options)
