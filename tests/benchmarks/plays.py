# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole Ansible commands on a fleet of real hosts over SSH."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import typing as t

from .measure import CACHE, HERE, ROOT, Sample, Subject, in_turn
from .rows import Options, Row, ratio

sys.path.insert(0, str(ROOT / "tests" / "fleet"))

import running_fleet

HOSTS = 10
FORKS = "10"


def rows(options: Options) -> t.Iterator[Row]:
    """Yield the rows for a fleet."""
    try:
        with running_fleet.running("bench", hosts=HOSTS, router=False) as fleet, tempfile.TemporaryDirectory() as home:
            yield from on_fleet(options, str(fleet.inventory), home)
    except running_fleet.FleetUnavailable as reason:
        raise RuntimeError(str(reason)) from reason


def on_fleet(options: Options, inventory: str, home: str) -> t.Iterator[Row]:
    """Yield the rows: modules first, then plays."""
    site = os.environ["ANSIBLE_COLLECTIONS_PATH"].split(os.pathsep)[0]
    environment = dict(os.environ, ANSIBLE_HOME=home, ANSIBLE_COLLECTIONS_PATH=os.pathsep.join([site, str(CACHE)]))

    def command(*words: str) -> Subject:
        return _command([*words, "-i", inventory, "--forks", FORKS], environment, home)

    def play(name: str) -> Subject:
        return command("ansible-playbook", str(HERE / f"{name}.yml"))

    bundle, ping = in_turn(
        options.rounds,
        command("ansible", "all", "-m", "netdoctor.connection_reset.peer_facts"),
        command("ansible", "all", "-m", "ansible.builtin.ping"),
    )
    yield ratio(f"peer_facts, {HOSTS} hosts over SSH", "ping", 1.25, bundle, ping)
    diagnose = command("ansible-playbook", "netdoctor.connection_reset.diagnose")
    ours, three, seven = in_turn(options.rounds, diagnose, play("three_tasks"), play("seven_tasks"))
    yield ratio(f"diagnose play, {HOSTS} hosts", "setup, listen_ports_facts, service_facts", 0.8, ours, three)
    yield ratio(f"diagnose play, {HOSTS} hosts", "seven tasks of stock modules", 0.3, ours, seven)


def _command(words: list[str], environment: dict[str, str], directory: str) -> Subject:
    def run() -> Sample:
        started = time.perf_counter()
        done = subprocess.run(
            words, env=environment, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}: {done.stdout[-800:].decode()}")
        return Sample(time.perf_counter() - started)

    return run
