# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging and reporting many recorded peers: the time must grow with their number and no faster."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import tempfile
import typing as t

from . import payload
from .measure import HERE, Sample, Subject, in_turn, median_seconds
from .rows import MIB, Options, Row, highest_memory, ratio

PEERS = 1_000


def recorded(directory: pathlib.Path) -> pathlib.Path:
    """Return a file with the facts of this machine, as the bundle module gives them."""
    module = payload.build("netdoctor.connection_reset.peer_facts")
    done = subprocess.run([payload.TARGET_PYTHON, module], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    path = directory / "facts.json"
    path.write_text(json.dumps(json.loads(done.stdout)["ansible_facts"]), encoding="utf-8")
    return path


def judged(facts: pathlib.Path, peers: int) -> Subject:
    """Return a subject: evaluate and report so many copies of the recorded peer in a fresh Python."""

    def run() -> Sample:
        with tempfile.TemporaryDirectory() as directory:
            command = [sys.executable, HERE / "judge_once.py", facts, str(peers), directory]
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
        return Sample(**json.loads(done.stdout))

    return run


def rows(options: Options) -> t.Iterator[Row]:
    """Yield the rows for reports."""
    peers = options.size(PEERS)
    with tempfile.TemporaryDirectory() as directory:
        facts = recorded(pathlib.Path(directory))
        many, few = in_turn(options.rounds, judged(facts, peers), judged(facts, peers // 10))
    yield ratio(f"evaluate and report, {peers} peers", f"the same for {peers // 10}", 11.0, many, few)
    each_ms = median_seconds(many) / peers * 1000
    yield Row("evaluate and report, each peer", "", each_ms, 10.0, "ms")
    yield Row(f"evaluate and report, {peers} peers, memory", "", highest_memory(many) / MIB, 1024.0, "MiB")
