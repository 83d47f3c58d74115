# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How busy the peer is: CPU, pressure, memory, descriptors, processes, clock and boot."""

from __future__ import annotations

import os
import time
import typing as t

from . import _busiest, _cgroup_limits, _clock, _cpu, _descriptors, _earlier_boot, _memory, _pressure, _services
from ._container import LATE_S, container, first_start_s
from ._hidden_processes import HIDDEN
from ._process_stat import parse_all, stat_paths
from ._ratio import per_second, percent
from ._read import source
from ._text import clean
from ._utc import iso
from ._window import Sample, read_sample, samples

SAMPLED = ("/proc/stat", "/proc/vmstat", "/proc/uptime")
ONCE = (
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/sys/fs/file-nr",
    "/proc/sys/kernel/pid_max",
    "/proc/sys/kernel/threads-max",
    "/proc/sys/kernel/random/boot_id",
    "/proc/sys/vm/overcommit_memory",
)
Sources = t.List[t.Dict[str, str]]


def sample() -> Sample:
    """Return what is read twice: CPU times, swapping, counters of the control group, all processes."""
    group = _cgroup_limits.sampled_paths(_cgroup_limits.folders()).values()
    return read_sample([*SAMPLED, *group, *stat_paths()])


def collect(window_s: float = 0.0, first: Sample | None = None, pids: t.Sequence[int] = ()) -> dict[str, t.Any]:
    """Return `peer_load`; what needs two samples is None without a window, which begins at `first` when given.

    The descriptors of `pids` are looked at before those of the largest processes.
    """
    begin, end, measured_s = samples(sample, window_s, first)
    once, folder = read_sample(ONCE), _cgroup_limits.folders()
    sources: Sources = []
    kind = container()
    cpu = _cpu.usage(
        (begin.parsed("/proc/stat", _cpu.parse_cpu_ticks) if begin else None) or {},
        end.parsed("/proc/stat", _cpu.parse_cpu_ticks, sources) or {},
    )
    memory = memory_use(begin, end, once, measured_s, sources)
    return {
        "window_s": measured_s,
        "container": kind,
        "cpu": cpu,
        "run_queue": run_queue(once, cpu["cpus"], sources),
        "pressure": _pressure.collect(folder["pressure"] if kind else None, sources),
        "memory": memory,
        "cgroup": _cgroup_limits.limits(folder, begin, end),
        **tasks(begin, end, once, measured_s, pids, memory["total_bytes"], sources),
        "clock": _clock.collect(sources),
        "sources": sources,
    }


def run_queue(once: Sample, cpus: int | None, sources: Sources) -> dict[str, t.Any]:
    """Return the load averages, and that of the last minute for each CPU, from /proc/loadavg.

    0.92 1.08 0.62 1/146 28834
    """
    words = once.parsed("/proc/loadavg", lambda text: [float(word) for word in text.split()[:3]], sources) or []
    load = dict(zip(("load1", "load5", "load15"), words))
    return {**load, "load1_per_cpu": round(load["load1"] / cpus, 2) if load and cpus else None}


def memory_use(begin: Sample | None, end: Sample, once: Sample, window_s: float, sources: Sources) -> dict[str, t.Any]:
    """Return memory and swap of the machine, pages swapped per second, and processes killed for lack of memory."""
    now = end.parsed("/proc/vmstat", _memory.parse_vmstat, sources) or {}
    then = (begin.parsed("/proc/vmstat", _memory.parse_vmstat) if begin else None) or {}
    moved = {name: now[name] - then[name] for name in ("pswpin", "pswpout", "oom_kill") if name in then and name in now}
    return {
        **_memory.usage(once.parsed("/proc/meminfo", _memory.parse_meminfo, sources) or {}),
        "overcommit_memory": _cgroup_limits.limit(once.text("/proc/sys/vm/overcommit_memory")),
        "swapped_in_pages_per_s": per_second(moved.get("pswpin"), window_s),
        "swapped_out_pages_per_s": per_second(moved.get("pswpout"), window_s),
        "oom_kills": now.get("oom_kill"),
        "oom_kills_in_window": moved.get("oom_kill"),
    }


def tasks(
    begin: Sample | None,
    end: Sample,
    once: Sample,
    window_s: float,
    pids: t.Sequence[int],
    memory_bytes: int | None,
    sources: Sources,
) -> dict[str, t.Any]:
    """Return what is known of processes: number, use of CPU, memory and descriptors, services, and the boot."""
    ticks_per_s = os.sysconf("SC_CLK_TCK")
    uptime_s = float((end.text("/proc/uptime").split() or ["0"])[0])
    processes = parse_all(_stats(end))
    earlier = parse_all(_stats(begin)) if begin else {}
    sources.append(source("/proc/PID") if 1 in processes else source("/proc/PID", "denied", HIDDEN))
    return {
        "descriptors": {
            "system": _descriptors.system(once.text("/proc/sys/fs/file-nr")),
            **_descriptors.of_processes(processes, pids, sources),
        },
        "processes": {
            **_busiest.census(processes),
            **thread_limit(once),
            "by_cpu": _busiest.busiest(earlier, processes, window_s, ticks_per_s, uptime_s, os.getpid()),
            "by_memory": _busiest.largest(processes, os.sysconf("SC_PAGE_SIZE"), memory_bytes),
        },
        "services": _services.collect(processes, uptime_s, ticks_per_s, sources),
        "boot": boot(end, once, uptime_s, sources if _services.runs_systemd(processes) else None),
    }


def _stats(taken: Sample) -> t.Iterator[str]:
    return (read.text or "" for path, read in taken.reads.items() if path.endswith("/stat") and path != "/proc/stat")


def thread_limit(once: Sample) -> dict[str, t.Any]:
    """Return how many threads the machine may have, and how many of them it has in percent."""
    names = ("/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max")
    known = [bound for bound in (_cgroup_limits.limit(once.text(name)) for name in names) if bound]
    words = once.text("/proc/loadavg").split()
    running = words[3].partition("/")[2] if len(words) > 3 else ""
    bound = min(known, default=None)
    return {"thread_limit": bound, "thread_percent": percent(int(running) if running.isdigit() else None, bound)}


def boot(end: Sample, once: Sample, uptime_s: float, asked: Sources | None) -> dict[str, t.Any]:
    """Return when the system of the peer began, which in a container is later than the kernel.

    The journal is `asked` for the boot before when there can be one.
    """
    late_s = first_start_s()
    age_s = uptime_s - (late_s if late_s > LATE_S else 0.0)
    began = _cpu.parse_number(end.text("/proc/stat"), "btime") if age_s == uptime_s else None
    began = began or int(time.time() - age_s)
    return {
        "time": iso(began),
        "uptime_s": round(age_s),
        "kernel_uptime_s": round(uptime_s),
        "previous_end": _earlier_boot.last_life(age_s, asked) if asked is not None else None,
        "boot_id": clean(once.text("/proc/sys/kernel/random/boot_id").strip(), 64) or None,
    }
