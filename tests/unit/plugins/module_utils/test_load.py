# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load: recordings into the fact, and the parsers behind it.

The recordings of Linux 6.1 and 6.18 are real (tests/fixtures/capture_proc.py), without processes, and so are those of
RHEL, which were published (tests/fixtures/README.md). The made-up ones hold what a container with limits and a machine
with an old kernel say.
"""

from __future__ import annotations

import errno
import json
import pathlib
import time
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _busiest,
    _cgroup_limits,
    _clock,
    _container,
    _cpu,
    _descriptors,
    _load,
    _pressure,
    _process_stat,
    _read,
    _services,
    _window,
)
from ansible_collections.netdoctor.connection_reset.plugins.module_utils._bounds import FAMILY_BYTES, size_bytes
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.module_utils.recordings import (
    FIXTURES,
    samples,
    write_tree,
)

RECORDINGS = sorted(path.stem for path in (FIXTURES / "load").glob("*.txt"))
SSHD = "812 (sshd) S 1 812 812 0 -1 4194560 1884 9549 0 2 9 3 6 8 20 0 1 0 166818 19914752 2776 184 0 0"


def first_sample(texts: dict[str, str], seconds_ago: float = 10.0) -> _window.Sample:
    reads = {path: _read.Read(text, "ok", "") for path, text in texts.items()}
    return _window.Sample(time.monotonic() - seconds_ago, reads)


@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    recorded = samples("load", name + ".txt")
    write_tree(tmp_path, recorded[-1])
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    fact = _load.collect(first=first_sample(recorded[0]) if len(recorded) > 1 else None)
    expected = json.loads((FIXTURES / "load" / (name + ".json")).read_text(encoding="utf-8"))
    steady(fact)
    assert fact == expected
    assert size_bytes(fact) < FAMILY_BYTES


def test_shares_of_the_cpu_are_those_that_another_program_finds() -> None:
    """Mackerel's plugin for the usage of Linux has the percentages for the same two samples."""
    before, after = (_cpu.parse_cpu_ticks(text["/proc/stat"]) for text in samples("load", "rhel-8-linux-4.18.txt"))
    found = _cpu.shares(before["cpu"], after["cpu"])
    known = {"user": 4.314, "nice": 0, "system": 4.686, "idle": 90.582, "iowait": 0.013, "irq": 0.119, "softirq": 0.279}
    assert found is not None
    assert {kind: found[kind + "_percent"] for kind in known} == pytest.approx(known, abs=0.05)


def test_pressure_is_absent_before_4_20(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    for name in ("rhel-7-linux-3.10", "rhel-8-linux-4.18"):
        write_tree(tmp_path, samples("load", name + ".txt")[-1])
        monkeypatch.setattr(_read, "ROOT", str(tmp_path))
        fact = _load.collect()
        said = {entry["name"]: entry["status"] for entry in fact["sources"]}
        assert {said["/proc/pressure/" + resource] for resource in _pressure.RESOURCES} == {"absent"}
        assert fact["pressure"] == {"scope": None}
        assert fact["memory"]["oom_kills"] is None


def test_what_an_old_kernel_does_not_tell_is_not_known(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    write_tree(tmp_path, samples("load", "machine-cgroup1-3.10-made.txt")[0])
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    fact = _load.collect()
    assert (fact["memory"]["available_bytes"], fact["memory"]["oom_kills"]) == (None, None)
    assert (fact["cgroup"]["pids_limit"], fact["cgroup"]["oom_kills"], fact["pressure"]["scope"]) == (None, None, None)


def steady(fact: dict[str, t.Any]) -> None:
    """Take out what differs from run to run: the clock is this machine's, and rates depend on the time that passed."""
    del fact["clock"]["synchronised"]
    for name in ("offset_ms", "estimated_error_ms", "maximum_error_ms"):
        fact["clock"].pop(name, None)
    fact["sources"] = [entry for entry in fact["sources"] if entry["name"] != "adjtimex"]
    for entry in fact["sources"]:
        entry["detail"] = "" if entry["status"] == "absent" else entry["detail"]
    if fact["container"]:
        del fact["boot"]["time"]
    fact["window_s"] = round(fact["window_s"], -1)
    for rows in (fact["memory"], *fact["processes"]["by_cpu"]):
        for name in ("swapped_in_pages_per_s", "swapped_out_pages_per_s", "cpu_percent"):
            if rows.get(name):
                rows[name] = round(rows[name] + 0.4, -1)


def test_a_process_that_is_gone_in_the_second_sample_is_no_error() -> None:
    assert _process_stat.parse_all(["", "812 (sshd", SSHD]).keys() == {812}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(SSHD, (812, "sshd", "S", 1, 12, 1, 166818, 2776), id="sshd"),
        pytest.param(
            SSHD.replace("(sshd)", "(a) b) S (c)"), (812, "a) b) S (c", "S", 1, 12, 1, 166818, 2776), id="brackets"
        ),
        pytest.param(
            SSHD.replace("(sshd)", "(\x1b[31m)"), (812, "\\x1b[31m", "S", 1, 12, 1, 166818, 2776), id="escape"
        ),
    ],
)
def test_process_stat(text: str, expected: tuple[t.Any, ...]) -> None:
    assert tuple(_process_stat.parse_process_stat(text)) == expected


@pytest.mark.parametrize("text", ["", "812 sshd S 1", "812 (sshd) S 1 2"])
def test_what_is_no_process_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a line of /proc/PID/stat"):
        _process_stat.parse_process_stat(text)


def test_a_pid_that_was_given_away_again_counts_from_its_start() -> None:
    old = _process_stat.Process(9, "old", "S", 1, 5000, 1, 100, 10)
    new = old._replace(name="new", cpu_ticks=50, started_ticks=99000)
    rows = _busiest.busiest({9: old}, {9: new}, 10.0, 100, 1000.0, own_pid=1)
    assert [(row["name"], row["cpu_percent"]) for row in rows] == [("new", 5.0)]


def test_time_that_a_cpu_took_back_counts_as_none() -> None:
    before = {"user": 100, "idle": 100, "iowait": 50}
    found = _cpu.shares(before, {"user": 150, "idle": 150, "iowait": 49})
    assert found is not None
    assert (found["busy_percent"], found["iowait_percent"]) == (50.0, 0.0)
    assert _cpu.shares(before, before) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("4:memory:/a\n0::/b/init.scope\n", {"memory": "/a", "": "/b/init.scope"}, id="hybrid"),
        pytest.param("4:cpu,cpuacct:/x:y\n", {"cpu": "/x:y", "cpuacct": "/x:y"}, id="two-in-one-and-a-colon"),
        pytest.param("", {}, id="empty"),
    ],
)
def test_membership(text: str, expected: dict[str, str]) -> None:
    assert _cgroup_limits.parse_membership(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("max\n", None), ("-1\n", None), ("9223372036854771712\n", None), ("1048576\n", 1048576), ("0\n", 0), ("", None)],
)
def test_limits(text: str, expected: int | None) -> None:
    assert _cgroup_limits.limit(text) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"cpu.max": "150000 100000\n"}, 1.5, id="version-2"),
        pytest.param({"cpu.max": "max 100000\n"}, None, id="version-2-none"),
        pytest.param({"cpu.cfs_quota_us": "50000\n", "cpu.cfs_period_us": "100000\n"}, 0.5, id="version-1"),
        pytest.param({"cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n"}, None, id="version-1-none"),
        pytest.param({}, None, id="absent"),
    ],
)
def test_cpu_quota(
    files: dict[str, str], expected: float | None, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    write_tree(tmp_path, {"/g/" + name: text for name, text in files.items()})
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    assert _cgroup_limits.cpu_quota("/g") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "some avg10=0.17 avg60=2.75 avg300=3.56 total=9\n",
            {"some": {"avg10": 0.17, "avg60": 2.75, "avg300": 3.56}},
            id="5.10-has-no-full",
        ),
        pytest.param("", {}, id="empty"),
    ],
)
def test_pressure(text: str, expected: dict[str, dict[str, float]]) -> None:
    assert _pressure.parse_pressure(text) == expected


def test_pressure_that_is_switched_off_is_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a kernel built with CONFIG_PSI_DEFAULT_DISABLED, as that of RHEL 8 is, answers to read(2)."""

    def refused(path: str, mode: str) -> t.NoReturn:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported", path)

    monkeypatch.setattr(_read, "open", refused, raising=False)
    sources: list[dict[str, str]] = []
    assert _pressure.collect(None, sources) == {"scope": None}
    assert [(entry["name"], entry["status"]) for entry in sources] == [
        ("/proc/pressure/cpu", "absent"),
        ("/proc/pressure/memory", "absent"),
        ("/proc/pressure/io", "absent"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("1189\t0\t2466183\n", {"used": 1189, "limit": 2466183, "used_percent": 0.05}, id="usual"),
        pytest.param("", {"used": None, "limit": None, "used_percent": None}, id="unreadable"),
    ],
)
def test_descriptors_of_the_machine(text: str, expected: dict[str, t.Any]) -> None:
    assert _descriptors.system(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "Max open files            1024                 524288               files     \n", 1024, id="number"
        ),
        pytest.param(
            "Max open files            unlimited            unlimited            files     \n", None, id="unlimited"
        ),
        pytest.param(
            "Max processes             1024                 524288               processes \n", None, id="other"
        ),
    ],
)
def test_soft_limit(text: str, expected: int | None) -> None:
    assert _descriptors.parse_soft_limit(text) == expected


def test_a_process_that_opens_nothing_by_intent_is_not_short_of_descriptors(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    given = {1: ("sshd", 1, 7), 2: ("sandbox", 0, 4), 3: ("haproxy", 8, 8), 4: ("free", "unlimited", 9)}
    processes = {}
    for pid, (name, limit, used) in given.items():
        processes[pid] = _process_stat.Process(pid, name, "S", 1, 0, 1, 0, 10)
        (tmp_path / "proc" / str(pid) / "fd").mkdir(parents=True)
        (tmp_path / "proc" / str(pid) / "limits").write_text("Max open files  %s  %s  files\n" % (limit, limit))
        for descriptor in range(used):
            (tmp_path / "proc" / str(pid) / "fd" / str(descriptor)).touch()
    sources: list[dict[str, str]] = []
    found = _descriptors.of_processes(processes, [], sources)
    assert found["processes"] == [{"pid": 3, "name": "haproxy", "used": 8, "limit": 8, "used_percent": 100.0}]
    assert (found["examined"], found["unknown"], sources[0]["status"]) == (4, 0, "ok")


@pytest.mark.parametrize(
    ("state", "timex", "expected"),
    [
        pytest.param(0, (0, 1500, 0, 20000, 300, 0x2001), (True, 0.002, 0.3, 20.0), id="nanoseconds"),
        pytest.param(0, (0, 1500, 0, 20000, 300, 0x0001), (True, 1.5, 0.3, 20.0), id="microseconds"),
        pytest.param(5, (0, 0, 0, 16000000, 16000000, 0x2041), (False, 0.0, 16000.0, 16000.0), id="nobody-keeps-it"),
    ],
)
def test_clock(state: int, timex: tuple[int, ...], expected: tuple[t.Any, ...]) -> None:
    found = _clock.discipline(state, timex)
    names = ("synchronised", "offset_ms", "estimated_error_ms", "maximum_error_ms")
    assert tuple(found[name] for name in names) == expected


def test_the_kernel_tells_about_its_clock() -> None:
    sources: list[dict[str, str]] = []
    clock = _clock.collect(sources)
    assert sources[0]["name"] == "adjtimex"
    assert (clock["synchronised"] in (True, False)) == (sources[0]["status"] == "ok" or clock["synchronised"] is True)


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        pytest.param(PermissionError(errno.EPERM, "Operation not permitted"), "absent", "in a container", id="refused"),
        pytest.param(OSError(errno.EFAULT, "Bad address"), "failed", "Bad address", id="failed"),
        pytest.param(AttributeError("no adjtimex"), "absent", "no adjtimex", id="other-libc"),
    ],
)
def test_a_clock_that_may_not_be_asked_is_no_gap(
    monkeypatch: pytest.MonkeyPatch, error: Exception, status: str, detail: str
) -> None:
    def refused() -> t.NoReturn:
        raise error

    monkeypatch.setattr(_clock, "read_timex", refused)
    sources: list[dict[str, str]] = []
    _clock.collect(sources)
    assert sources[0]["status"] == status
    assert detail in sources[0]["detail"]
    assert ("in a container" in sources[0]["detail"]) == isinstance(error, PermissionError)


def test_units_of_systemctl_show() -> None:
    text = "Result=exit-code\nNRestarts=3\nId=a.service\nActiveState=failed\n\n\nId=\n\nId=b.service\nNRestarts=\n"
    assert [row["Id"] for row in _services.parse_show(text)] == ["a.service", "b.service"]
    assert _services.failure(_services.parse_show(text)[0]) == {
        "unit": "a.service",
        "state": "",
        "result": "exit-code",
        "exit_status": "",
    }


def test_services_that_began_long_after_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    groups = {
        21: "/system.slice/early.service",
        22: "/system.slice/late.service",
        23: "/user.slice/user@0.service",
        24: "/system.slice/late.service",
    }
    write_tree(tmp_path, {"/proc/%d/cgroup" % pid: "0::%s\n" % path for pid, path in groups.items()})
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    starts = {21: 100_500, 22: 350_000, 23: 350_000, 24: 390_000}
    processes = [_process_stat.Process(pid, "x", "S", 1, 0, 1, start, 1) for pid, start in starts.items()]
    found = _services.recent(processes, system_started_s=1000.0, uptime_s=4000.0, ticks_per_s=100)
    assert found == {"late.service": {"unit": "late.service", "pid": 22, "age_s": 500, "restarts": None}}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"/run/systemd/container": "lxc\n"}, "lxc", id="systemd-says"),
        pytest.param({"/run/.containerenv": ""}, "podman", id="podman"),
        pytest.param({"/proc/1/stat": SSHD.replace("812 (sshd)", "1 (tini)")}, "unknown", id="began-late"),
        pytest.param(
            {"/proc/1/stat": SSHD.replace("812 (sshd)", "1 (systemd)").replace("166818", "2")}, None, id="machine"
        ),
        pytest.param({}, None, id="nothing-readable"),
    ],
)
def test_container(
    files: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    write_tree(tmp_path, files)
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    assert _container.container() == expected
