# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test fleet keeps its promises: separate hosts, real logins, real logs, and nothing left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import running_fleet

FLEET = [sys.executable, str(running_fleet.FLEET)]
KEEPALIVE = "net.ipv4.tcp_keepalive_time"


def call(*words):
    return subprocess.run([*FLEET, *words], text=True, capture_output=True, timeout=120, check=False)


def rests(name):
    """Everything on this machine that carries the name of a fleet."""
    found = [str(path) for path in Path("/run/netns").glob(f"fl-{name}-*")]
    found += [str(path) for path in Path("/sys/class/net").glob(f"fl-{name}")]
    found += [str(path) for path in Path("/sys/fs/cgroup").glob(f"**/fl-{name}")]
    found += [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if f"/{name}/" in line]
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [text for text in [path.read_text()] if f"fleets/{name}/" in text or f"fl-{name}-" in text]
        except OSError:  # ended meanwhile
            continue
    return found


@pytest.mark.parametrize(("user", "identity"), [("root", "0"), ("ansible", "1000")])
def test_module_runs_as(run_module, user, identity):
    assert run_module("h001", "ansible.builtin.command", {"argv": ["id", "-u"]}, user=user)["stdout"] == identity


def test_ordinary_user_may_become_root(fleet):
    assert fleet.ssh("h001", "sudo", "-n", "id", "-u", user="ansible").stdout == "0\n"


def test_failed_module_is_a_result(run_module):
    assert run_module("h001", "ansible.builtin.command", {"argv": ["false"]})["failed"] is True


def test_module_of_the_collection(run_module):
    result = run_module("h002", "netdoctor.connection_reset.peer_facts", {"gather_subset": ["sysctl"]}, user="ansible")
    assert result["changed"] is False
    assert result["ansible_facts"]


@pytest.mark.parametrize("host", ["h001", "h002", "h003", "router"])
def test_systemd_is_content(fleet, host):
    assert fleet.exec(host, "systemctl", "is-system-running", "--wait").stdout == "running\n"
    assert fleet.exec(host, "hostname").stdout == f"{host}\n"


def test_sysctls_are_the_hosts_own(fleet):
    before = (
        fleet.exec("h002", "sysctl", "-n", KEEPALIVE).stdout,
        Path("/proc/sys/net/ipv4/tcp_keepalive_time").read_text(),
    )
    fleet.exec("h001", "sysctl", "-qw", f"{KEEPALIVE}=111").check_returncode()
    after = (
        fleet.exec("h002", "sysctl", "-n", KEEPALIVE).stdout,
        Path("/proc/sys/net/ipv4/tcp_keepalive_time").read_text(),
    )
    assert fleet.exec("h001", "sysctl", "-n", KEEPALIVE).stdout == "111\n"
    assert after == before
    fleet.exec("h001", "sysctl", "-qw", f"{KEEPALIVE}={before[0].strip()}").check_returncode()


def test_sysctls_of_the_machine_are_out_of_reach(fleet):
    assert fleet.exec("h001", "sysctl", "-qw", "kernel.pid_max=32768").returncode != 0


def test_processes_and_files_are_the_hosts_own(fleet):
    fleet.exec("h001", "touch", "/etc/only-here").check_returncode()
    assert fleet.exec("h002", "test", "-e", "/etc/only-here").returncode == 1
    assert not Path("/etc/only-here").exists()
    ids = {fleet.exec(host, "cat", "/etc/machine-id").stdout for host in fleet.hosts}
    assert len(ids) == len(fleet.hosts)
    spaces = {fleet.exec(host, "readlink", "/proc/1/ns/pid").stdout.strip() for host in fleet.hosts}
    assert len(spaces) == len(fleet.hosts) and os.readlink("/proc/self/ns/pid") not in spaces


@pytest.mark.parametrize("version", [4, 6])
def test_segments_meet_at_the_router(fleet, version):
    ping = fleet.exec("h001", "ping", f"-{version}", "-c", "1", "-W", "2", fleet.address("h002", version))
    assert "ttl=63" in ping.stdout


def test_login_is_in_journal_and_file(fleet):
    fleet.ssh("h003", "true", user="ansible").check_returncode()
    line = "Accepted publickey for ansible from 10."
    assert line in fleet.exec("h003", "journalctl", "-t", "sshd", "-o", "cat", "--no-pager").stdout
    deadline = time.monotonic() + 5  # rsyslog is told by journald
    while line not in fleet.exec("h003", "cat", "/var/log/auth.log").stdout:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_router_filters(fleet):
    chain = "chain forward { type filter hook forward priority 0\n tcp dport 9 reject with tcp reset\n}"
    fleet.exec("router", "nft", "-f", "-", input=f"table inet probe {{ {chain}\n}}").check_returncode()
    refused = fleet.exec("h001", "ncat", "-w", "2", fleet.address("h002"), "9")
    fleet.exec("router", "nft", "delete", "table", "inet", "probe").check_returncode()
    assert "refused" in refused.stderr


def test_reboot(run_module):
    result = run_module("h003", "ansible.builtin.reboot", {"reboot_timeout": 60})
    assert result["rebooted"] is True


def test_two_fleets_side_by_side(fleet):
    names = [f"{fleet.name[:5]}{suffix}" for suffix in "ab"]
    options = ["--hosts", "1", "--no-router"]
    started = [subprocess.Popen([*FLEET, "up", name, *options], stdout=subprocess.PIPE, text=True) for name in names]
    try:
        numbers = {json.loads(process.communicate(timeout=120)[0])["net"] for process in started}
        assert len(numbers) == 2
        assert call("exec", names[0], "h001", "hostname").stdout == "h001\n"
        call("down", names[0]).check_returncode()
        assert rests(names[0]) == []
        assert call("exec", names[1], "h001", "systemctl", "is-system-running", "--wait").stdout == "running\n"
    finally:
        for name in names:
            call("down", name)


@pytest.mark.parametrize("after_s", [0.15, 0.4, 0.8])
def test_killed_start_leaves_nothing_after_down(fleet, after_s):
    name = f"{fleet.name[:5]}k"
    started = subprocess.Popen([*FLEET, "up", name, "--hosts", "5"], stdout=subprocess.DEVNULL)
    time.sleep(after_s)
    started.kill()
    started.wait()
    if rests(name):
        again = call("up", name)
        assert again.returncode == 1
        assert f"down {name}" in again.stderr
    call("down", name).check_returncode()
    assert rests(name) == []
    assert call("down", name).returncode == 0


def test_existing_fleet_is_not_started_again(fleet):
    again = call("up", fleet.name)
    assert again.returncode == 1
    assert f"fleet {fleet.name} exists" in again.stderr


def test_missing_command_names_its_package(fleet):
    hide = f"mount --bind /dev/null $(command -v systemd-nspawn); exec {' '.join(FLEET)} up x"
    hidden = subprocess.run(["unshare", "--mount", "sh", "-c", hide], text=True, capture_output=True, check=False)
    assert hidden.returncode == running_fleet.CANNOT_RUN_HERE
    assert "apt-get install --no-install-recommends systemd-container" in hidden.stderr
