# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limits of the control group in which the whole system of the peer runs, when it is a container."""

from __future__ import annotations

import typing as t

from ._ratio import percent
from ._read import Read, list_names, read_text
from ._window import Sample

MOUNT = "/sys/fs/cgroup"
UNLIMITED_BYTES = 1 << 60
"""Version 1 writes the largest page-aligned number for no limit."""


def parse_membership(text: str) -> dict[str, str]:
    """Return the path by controller from /proc/PID/cgroup; that of version 2 has the empty name.

    4:memory:/
    0::/init.scope
    """
    found = {}
    for line in text.splitlines():
        dummy, controllers, path = (line.split(":", 2) + ["", ""])[:3]
        for controller in controllers.split(","):
            found[controller] = path
    return found


def folders() -> dict[str, str]:
    """Return where `memory`, `cpu`, `pids` and `pressure` of the first process are, the scope of systemd taken off.

    A container sees its own group as the root; without a namespace for it the path leads there, or nowhere: then the
    root is its own as well.
    """
    paths = parse_membership(read_text("/proc/1/cgroup").text or "")
    hybrid = list_names(MOUNT + "/unified")[1] == "ok"
    unified = MOUNT + ("/unified" if hybrid else "")
    found = {"pressure": _existing(unified, paths.get("", "/"))}
    for controller in ("memory", "cpu", "pids"):
        old = controller in paths
        mount = "%s/%s" % (MOUNT, controller) if old else unified
        found[controller] = _existing(mount, paths.get(controller if old else "", "/"))
    return found


def _existing(mount: str, path: str) -> str:
    path = path[: -len("/init.scope")] if path.endswith("/init.scope") else path
    inside = mount + path.rstrip("/")
    return inside if list_names(inside)[1] == "ok" else mount


def sampled_paths(folder: t.Mapping[str, str]) -> dict[str, str]:
    """Return the files whose counters are read twice."""
    return {
        "cpu": folder["cpu"] + "/cpu.stat",
        "memory_v2": folder["memory"] + "/memory.events",
        "memory_v1": folder["memory"] + "/memory.oom_control",
        "pids": folder["pids"] + "/pids.events",
    }


def parse_counters(text: str) -> dict[str, int]:
    """Return numbers by name, from cpu.stat, memory.events, memory.oom_control or pids.events.

    nr_throttled 12
    """
    rows = (line.split() for line in text.splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}


def limit(text: str) -> int | None:
    """Return a limit (bytes or tasks), None when there is none: `max`, -1 or a number beyond any memory."""
    word = text.split()[0] if text.split() else ""
    return int(word) if word.isdigit() and int(word) < UNLIMITED_BYTES else None


def cpu_quota(folder: str) -> float | None:
    """Return how many CPUs the group may use, None without a quota."""
    words = (read_text(folder + "/cpu.max").text or "").split()
    if not words:
        words = [(read_text(folder + "/cpu.cfs_%s_us" % kind).text or "").strip() for kind in ("quota", "period")]
    if len(words) != 2 or not all(word.isdigit() for word in words):
        return None
    return round(int(words[0]) / int(words[1]), 2)


def memory(folder: str) -> dict[str, t.Any]:
    """Return limit and use in bytes; what the page cache could give back at once is not counted as used."""
    first = _first(folder, "memory.max", "memory.limit_in_bytes")
    bound = limit(first.text or "")
    used = limit(_first(folder, "memory.current", "memory.usage_in_bytes").text or "")
    statistics = parse_counters(read_text(folder + "/memory.stat").text or "") if bound else {}
    cache = statistics.get("total_inactive_file", statistics.get("inactive_file", 0))
    working = None if bound is None or used is None else max(0, used - cache)
    return {
        "memory_limit_bytes": bound,
        "memory_used_bytes": working,
        "memory_used_percent": percent(working, bound),
    }


def _first(folder: str, *names: str) -> Read:
    read = Read(None, "absent", folder)
    for name in names:
        read = read_text("%s/%s" % (folder, name))
        if read.text is not None:
            break
    return read


def limits(folder: t.Mapping[str, str], before: Sample | None, after: Sample) -> dict[str, t.Any]:
    """Return limits and use of the group, and what the two samples say: throttling, kills, refused forks."""
    bound = limit(read_text(folder["pids"] + "/pids.max").text or "")
    tasks = limit(read_text(folder["pids"] + "/pids.current").text or "")
    now = counters(folder, after)
    moved = {name: _grown(counters(folder, before).get(name), now[name]) for name in now} if before else {}
    return {
        **memory(folder["memory"]),
        "cpu_quota_cpus": cpu_quota(folder["cpu"]),
        "throttled_percent": percent(moved.get("nr_throttled"), moved.get("nr_periods")),
        "oom_kills": now.get("oom_kill"),
        "oom_kills_in_window": moved.get("oom_kill"),
        "pids_limit": bound,
        "pids_used": tasks if bound else None,
        "pids_used_percent": percent(tasks, bound),
        "forks_refused": now.get("max"),
        "forks_refused_in_window": moved.get("max"),
    }


def counters(folder: t.Mapping[str, str], taken: Sample) -> dict[str, int]:
    """Return the counters of one sample by the names of the kernel; `max` is that of pids.events."""
    paths = sampled_paths(folder)
    events = parse_counters(taken.text(paths["memory_v2"]) or taken.text(paths["memory_v1"]))
    kept = {"oom_kill": events["oom_kill"]} if "oom_kill" in events else {}
    return {**parse_counters(taken.text(paths["cpu"])), **kept, **parse_counters(taken.text(paths["pids"]))}


def _grown(before: int | None, after: int) -> int | None:
    return None if before is None else max(0, after - before)
