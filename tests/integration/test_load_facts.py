# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load on real hosts: beside the files it comes from, at a CPU quota, at a memory limit, out of descriptors."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path

import pytest
import yaml

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._expressions import expression
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._operators import judge

CATALOGUE = Path(__file__).resolve().parents[2] / "roles" / "diagnose" / "vars" / "main"
MODULE = "netdoctor.connection_reset.load_facts"
EATER = """
import resource, time
open("/proc/self/oom_score_adj", "w").write("1000")
kept = []
while True:
    kept.append(bytearray(1 << 20))
"""
HOLDER = """
import resource, time
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
kept = [open("/dev/null") for dummy in range(36)]
time.sleep(%d)
"""


def load(run_module, host="h001", user="root", **arguments):
    result = run_module(host, MODULE, arguments, user=user)
    assert result["changed"] is False
    return result["ansible_facts"]["peer_load"]


@contextlib.contextmanager
def limited(fleet, host, controller, settings):
    """Write limits into the control group of a host (name and value for each version) and take them back."""
    folder = next(Path("/sys/fs/cgroup").glob(f"{controller}/fl-{fleet.name}/{host}/boot"), None)
    version = 0 if folder else 1
    folder = folder or Path(f"/sys/fs/cgroup/fl-{fleet.name}/{host}/boot")
    (name, value, none) = settings[version]
    (folder / name).write_text(value)
    try:
        yield
    finally:
        (folder / name).write_text(none)


@pytest.mark.parametrize("user", ["root", "ansible"])
def test_what_the_files_say(fleet, run_module, user):
    fact = load(run_module, user=user)
    total_kib = int(fleet.exec("h001", "awk", "/MemTotal/ {print $2}", "/proc/meminfo").stdout)
    assert fact["memory"]["total_bytes"] == total_kib * 1024
    assert fact["boot"]["boot_id"] == fleet.exec("h001", "cat", "/proc/sys/kernel/random/boot_id").stdout.strip()
    assert fact["cpu"]["cpus"] == int(fleet.exec("h001", "nproc", "--all").stdout)
    assert fact["container"] == "systemd-nspawn"
    assert fact["services"]["failed"] == []
    status = {entry["name"]: entry["status"] for entry in fact["sources"]}
    assert status["systemctl"] == "ok"
    assert status["/proc/PID"] == "ok"


def test_the_boot_is_that_of_the_host_and_not_of_the_machine(fleet, run_module):
    fact = load(run_module)
    began = int(fleet.exec("h001", "stat", "-c", "%Y", "/run/systemd/container").stdout)
    assert fact["boot"]["uptime_s"] == pytest.approx(time.time() - began, abs=15)
    assert fact["boot"]["kernel_uptime_s"] == pytest.approx(float(Path("/proc/uptime").read_text().split()[0]), abs=15)
    assert fact["boot"]["time"][:4] == str(time.gmtime().tm_year)


def test_the_busiest_process_is_named(fleet, run_module):
    worker = threading.Thread(target=fleet.exec, args=("h001", "timeout", "6", "sh", "-c", "while :; do :; done"))
    worker.start()
    fact = load(run_module, window=2)
    worker.join()
    busiest = fact["processes"]["by_cpu"][0]
    assert (busiest["name"], busiest["user"]) == ("sh", "root")
    assert busiest["cpu_percent"] > 20
    assert 0 < fact["cpu"]["busy_percent"] <= 100
    assert fact["window_s"] == pytest.approx(2, abs=1)


@pytest.mark.parametrize("user", ["root", "ansible"])
def test_a_process_without_descriptors_left(fleet, run_module, user):
    worker = threading.Thread(target=fleet.exec, args=("h001", "python3", "-c", HOLDER % 6))
    worker.start()
    time.sleep(0.5)
    fact = load(run_module, user=user)
    worker.join()
    fullest = fact["descriptors"]["processes"][0]
    assert (fullest["limit"], fullest["name"]) == (40, "python3")
    assert fullest["used_percent"] >= 95


def test_a_service_that_failed(fleet, run_module):
    fleet.exec("h001", "systemd-run", "--unit=broken", "--wait", "false")
    try:
        fact = load(run_module, user="ansible")
    finally:
        fleet.exec("h001", "systemctl", "reset-failed", "broken.service")
    assert fact["services"]["failed"] == [
        {"unit": "broken.service", "state": "failed", "result": "exit-code", "exit_status": "1"}
    ]


def test_a_quota_that_runs_out(fleet, run_module):
    settings = [("cpu.cfs_quota_us", "10000", "-1"), ("cpu.max", "10000 100000", "max 100000")]
    with limited(fleet, "h003", "cpu", settings):
        worker = threading.Thread(target=fleet.ssh, args=("h003", "timeout 20 sh -c 'while :; do :; done'"))
        worker.start()
        fact = load(run_module, "h003", window=2)
        fleet.exec("h003", "pkill", "-x", "timeout")
        worker.join()
    assert fact["cgroup"]["cpu_quota_cpus"] == 0.1
    assert fact["cgroup"]["throttled_percent"] > 20


def test_a_memory_limit_that_kills(fleet, run_module):
    before = load(run_module, "h003")["cgroup"]["oom_kills"]
    limit = str(300 << 20)
    with limited(fleet, "h003", "memory", [("memory.limit_in_bytes", limit, "-1"), ("memory.max", limit, "max")]):
        fact = load(run_module, "h003")
        assert fact["cgroup"]["memory_limit_bytes"] == 300 << 20
        assert 0 < fact["cgroup"]["memory_used_percent"] < 90
        assert fleet.ssh("h003", f"python3 -c '{EATER}'").returncode != 0
        killed = load(run_module, "h003")
    assert killed["cgroup"]["oom_kills"] == before + 1
    assert load(run_module, "h001")["cgroup"]["oom_kills"] == 0
    events = run_module("h003", "netdoctor.connection_reset.kernel_log_facts")["ansible_facts"]["peer_kernel_log"]
    assert events["counts"]["oom-kill"] >= 1
    assert events["events"][0]["process"] == "python3"
    elsewhere = run_module("h001", "netdoctor.connection_reset.kernel_log_facts")["ansible_facts"]["peer_kernel_log"]
    assert elsewhere["counts"]["oom-kill"] == 0
    assert elsewhere["others"]["oom-kill"] >= 1


def test_a_quiet_host_shows_nothing_above_info(run_module):
    facts = {}
    for family, arguments in (("tcp_counter", {"window": 3}), ("load", {"window": 2}), ("kernel_log", {})):
        module = f"netdoctor.connection_reset.{family}_facts"
        facts.update(run_module("h001", module, arguments)["ansible_facts"])
    outcomes = {}
    for family in ("tcp_counter", "load", "kernel_log"):
        topic = yaml.safe_load((CATALOGUE / f"{family}.yml").read_text())
        for rule_id, rule in topic[f"diagnose_rules_{family}"].items():
            if "when" not in rule or expression(rule["when"])(facts).value:
                outcome = judge(rule["op"], expression(rule["fact"])(facts).value, rule.get("want"))[0]
                outcomes.setdefault(outcome, {})[rule_id] = rule["severity"]
    # The machine below may be short of CPU time, which is true of its hosts then.
    above = {name for name, severity in outcomes.get("deviation", {}).items() if severity != "info"}
    assert above - {"load-cpu-pressure", "load-cpu-steal"} == set()
    assert len(outcomes["ok"]) > 70
    assert "unknown" not in outcomes


FORGED = """MESSAGE_ID=98e322203f7a4ed290d09fe03c09fe15
MESSAGE=forged.service: Main process exited, code=killed, status=9/KILL
UNIT=forged.service
EXIT_CODE=killed
EXIT_STATUS=9
"""


def test_only_systemd_can_say_that_a_service_was_killed(fleet, run_module):
    fleet.exec("h001", "systemd-run", "--quiet", "--unit=victim", "sleep", "600").check_returncode()
    fleet.exec("h001", "systemctl", "kill", "--signal=KILL", "victim").check_returncode()
    written = fleet.exec("h001", "runuser", "-u", "ansible", "--", "logger", "--journald", input=FORGED)
    written.check_returncode()
    fleet.exec("h001", "journalctl", "--sync").check_returncode()
    assert "forged.service" in fleet.exec("h001", "journalctl", "UNIT=forged.service").stdout
    ended = {row["unit"]: row for row in load(run_module)["services"]["ended"]}
    assert (ended["victim.service"]["code"], ended["victim.service"]["status"]) == ("killed", "9")
    assert "forged.service" not in ended
    fleet.exec("h001", "systemctl", "reset-failed", "victim").check_returncode()
