# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A place of its own for a group of rows: network, mounts and processes that vanish with it, whatever happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t

from .measure import ROOT
from .rows import Options, Row, Sample

DIES_WITH_US = "setpriv --pdeathsig KILL".split()
UNSHARE = "unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private".split()
# /mnt is for temporary files of the group. A new sysfs shows the links of the new network namespace; control groups
# stay those of the machine. Namespaces that others keep in /run are not to be found.
MOUNTS = """
set -e
mount -t tmpfs none /mnt
mount -t tmpfs none /run
mkdir /mnt/cgroup
mount --rbind /sys/fs/cgroup /mnt/cgroup
mount -t sysfs none /sys
mount --rbind /mnt/cgroup /sys/fs/cgroup
ip link set lo up
"""


def run_inside(group: str, options: Options) -> t.Iterator[Row]:
    """Start this program again in new namespaces for one group, and yield its rows as they come."""
    words = ["-m", __package__, "--inside", group, "--rounds", str(options.rounds), "--scale", str(options.scale)]
    started = subprocess.Popen(
        [*DIES_WITH_US, *UNSHARE, sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with started:
        for line in started.stdout or ():
            yield from_json(line)
    if started.returncode:
        raise RuntimeError(f"the group {group} ended with {started.returncode}")


def settle() -> None:
    """Mount and set up what a group finds; called inside."""
    subprocess.run(["sh", "-c", MOUNTS], check=True)
    os.environ.update(LC_ALL="C.UTF-8", TMPDIR="/mnt")


def as_json(row: Row) -> str:
    """Return a row on one line."""
    return json.dumps(vars(row))


def from_json(line: str) -> Row:
    """Return the row of `as_json`."""
    fields = json.loads(line)
    samples = {name: [Sample(*sample) for sample in kept] for name, kept in fields.pop("samples").items()}
    return Row(samples=samples, **fields)
