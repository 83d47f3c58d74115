# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services and sockets of systemd that failed, that ended badly, and those that started not long ago."""

from __future__ import annotations

import re
import typing as t

from ._bounds import take
from ._cgroups import unit_of_process
from ._command import run
from ._hidden_processes import HIDDEN
from ._process_stat import Process
from ._read import source
from ._service_ends import collect as collect_ends
from ._text import clean

RECENT_S = 3600
BOOT_S = 180
"""Services that started so soon after the system itself were not restarted."""

MAX_RECENT = 20
MAX_BYTES = 2048
PROPERTIES = ("Id", "ActiveState", "SubState", "Result", "NRestarts", "ExecMainStatus", "Listen")
SHOW: tuple[str, ...] = ("systemctl", "show", "--type=service,socket", "--state=failed,auto-restart")
SHOW += ("--property=" + ",".join(PROPERTIES),)
LISTENS = re.compile(r":(\d{1,5}) \((?:Stream|SequentialPacket)\)$")
"""The port of a socket unit, `Listen=[::]:5000 (Stream)`."""

TIMEOUT_S = 5.0


def recent(
    processes: t.Iterable[Process], system_started_s: float, uptime_s: float, ticks_per_s: int
) -> dict[str, dict[str, t.Any]]:
    """Return services whose first process is younger than `RECENT_S`, by unit; `age_s` in seconds."""
    found: dict[str, dict[str, t.Any]] = {}
    for process in sorted(processes, key=lambda one: -one.started_ticks):
        started_s = process.started_ticks / ticks_per_s
        age_s = uptime_s - started_s
        if process.parent != 1 or age_s > RECENT_S or started_s - system_started_s < BOOT_S:
            continue
        unit = unit_of_process(process.pid) or ""
        if unit.endswith(".service") and not unit.startswith("user@") and (unit in found or len(found) < MAX_RECENT):
            found[unit] = {"unit": unit, "pid": process.pid, "age_s": round(age_s), "restarts": None}
    return found


def parse_show(text: str) -> list[dict[str, str]]:
    """Return the properties of each unit, from `systemctl show`; an empty line ends a unit.

    NRestarts=0
    Id=ssh.service
    """
    blocks = (block.splitlines() for block in text.split("\n\n"))
    rows = [dict(line.partition("=")[::2] for line in block if "=" in line) for block in blocks]
    return [row for row in rows if row.get("Id")]


def ask(units: t.Iterable[str]) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Return the failed and failing services and the `units` as one `systemctl show` tells them, and a source."""
    read = run([*SHOW, "--", "*", *units], TIMEOUT_S)
    return parse_show(read.text or ""), source("systemctl", read.status, read.detail)


def runs_systemd(processes: t.Mapping[int, Process]) -> bool:
    """Return whether the first process is systemd."""
    return 1 in processes and processes[1].name == "systemd"


def collect(
    processes: t.Mapping[int, Process], uptime_s: float, ticks_per_s: int, sources: list[dict[str, str]]
) -> dict[str, t.Any]:
    """Return services that `failed`, that `ended` badly (None when they are not known) and `started_recently`."""
    if not runs_systemd(processes):
        known = source("systemctl", "absent", "the first process is not systemd")
        sources.append(known if 1 in processes else source("systemctl", "denied", HIDDEN))
        return {"failed": None, "ended": None, "started_recently": None}
    first = processes[1]
    young = recent(processes.values(), first.started_ticks / ticks_per_s, uptime_s, ticks_per_s)
    rows, said = ask(young)
    sources.append(said)
    for row in rows:
        if row["Id"] in young and row.get("NRestarts", "").isdigit():
            young[row["Id"]]["restarts"] = int(row["NRestarts"])
    failed = [failure(row) for row in rows if "failed" in row.values() or "auto-restart" in row.values()]
    return {
        "failed": take(failed, MAX_BYTES) if said["status"] == "ok" else None,
        "ended": collect_ends(RECENT_S, sources),
        "started_recently": list(young.values()),
    }


def failure(row: t.Mapping[str, str]) -> dict[str, t.Any]:
    """Return one service or socket unit as the fact names it; only the latter has a port."""
    names = {"unit": "Id", "state": "SubState", "result": "Result", "exit_status": "ExecMainStatus"}
    listens = LISTENS.search(row.get("Listen", ""))
    found: dict[str, t.Any] = {key: clean(row.get(name, ""), 128) for key, name in names.items()}
    return {**found, "port": int(listens.group(1))} if listens else found
