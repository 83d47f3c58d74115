# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks of the catalogue, run as the report shows them: in check mode, for good, and once more."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import running_fleet
import yaml

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._catalogue import merged
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._fixes import rendered, with_steps

HOST = "h001"
TOPICS = (Path(__file__).resolve().parents[2] / "roles" / "diagnose" / "vars" / "main").glob("*.yml")
FIXES = with_steps(
    merged(
        value
        for path in sorted(TOPICS)
        for name, value in yaml.safe_load(path.read_text()).items()
        if name.startswith("diagnose_fixes_")
    )
)
DROP_IN = "/etc/ssh/sshd_config.d/10-connection-reset-MaxStartups.conf"
CASES = {
    "sshd-maxstartups": ("sshd -T", r"(?m)^maxstartups 100:30:200$"),
    "sshd-log-level": ("sshd -T", r"(?m)^loglevel VERBOSE$"),
    "sshd-host-keys": ("ls /etc/ssh", r"ssh_host_rsa_key\b"),
    "flow-queue": ("sysctl -n net.core.somaxconn", "^4096$"),
    "sysctl-keepalive-set": ("sysctl -n net.ipv4.tcp_keepalive_time", "^60$"),
    "interface-arp": ("sysctl -n net.ipv4.conf.all.arp_announce", "^2$"),
}


@pytest.fixture(scope="module", name="fleet")
def host_to_mend(or_skip):
    """A host of this file's own: what remediations leave behind is not what others expect of a stock host."""
    with or_skip(), running_fleet.running(hosts=1, router=False) as started:
        yield started


def task(fix_id, **data):
    """Return the task of a remediation as the report shows it."""
    rule = {"op": "eq", "want": 0, "fix": {"id": fix_id, **data}}
    return yaml.safe_load(rendered(rule, FIXES, HOST, 1)["task"])


def play(fleet, tmp_path, tasks, *options):
    """Run tasks on the host and return the end of the play: {ok: n, changed: n, failed: n, rescued: n, ...}."""
    path = tmp_path / "play.yml"
    path.write_text(yaml.dump([{"hosts": HOST, "gather_facts": False, "tasks": tasks}]))
    command = [Path(sys.executable).with_name("ansible-playbook"), "-i", fleet.inventory, path, *options]
    environment = {**os.environ, "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    print(done.stdout, done.stderr)
    end = re.search(rf"^{HOST} .*$", done.stdout, re.MULTILINE)
    return {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", end.group())}


def test_tasks_do_what_they_say_once(fleet, tmp_path):
    fleet.exec(HOST, "sh", "-c", "rm -f /etc/ssh/sshd_config.d/*; systemctl reload ssh").check_returncode()
    tasks = [one for fix_id in CASES for one in task(fix_id)]
    assert play(fleet, tmp_path, tasks, "--check")["failed"] == 0
    done = play(fleet, tmp_path, tasks)
    assert done["failed"] == done["rescued"] == 0
    for fix_id, (command, expected) in CASES.items():
        assert re.search(expected, fleet.exec(HOST, *command.split()).stdout), fix_id
    again = play(fleet, tmp_path, tasks)
    assert (again["failed"], again["changed"]) == (0, 0)
    assert fleet.ssh(HOST, "true").returncode == 0


def test_the_running_sshd_takes_a_setting(fleet, tmp_path):
    fleet.exec(HOST, "sh", "-c", "rm -f /etc/ssh/sshd_config.d/*; systemctl reload ssh").check_returncode()
    started = "systemctl show ssh --property MainPID --value"
    before = fleet.exec(HOST, *started.split()).stdout
    play(fleet, tmp_path, task("sshd-setting", name="LogLevel", value="DEBUG"))
    fleet.ssh(HOST, "true")
    assert "debug1: " in fleet.exec(HOST, "journalctl", "-t", "sshd", "-n", "200").stdout
    assert fleet.exec(HOST, *started.split()).stdout == before  # reloaded, and no session was lost


@pytest.mark.parametrize("line", ["NoSuchOption yes", "ClientAliveInterval soon"])
def test_nothing_is_written_while_the_configuration_has_a_mistake(fleet, tmp_path, line):
    broken = "/etc/ssh/sshd_config.d/90-broken.conf"
    fleet.exec(HOST, "sh", "-c", f"rm -f {DROP_IN}; echo '{line}' > {broken}").check_returncode()
    try:
        assert play(fleet, tmp_path, task("sshd-maxstartups"))["failed"] == 1
        assert fleet.exec(HOST, "test", "-e", DROP_IN).returncode == 1
    finally:
        fleet.exec(HOST, "rm", broken).check_returncode()


@pytest.mark.parametrize("value", ["many", "200:30:100"])
def test_a_value_that_sshd_refuses_is_not_written(fleet, tmp_path, value):
    fleet.exec(HOST, "rm", "-f", DROP_IN).check_returncode()
    assert play(fleet, tmp_path, task("sshd-setting", name="MaxStartups", value=value))["failed"] == 1
    assert fleet.exec(HOST, "test", "-e", DROP_IN).returncode == 1


def test_a_stopped_sshd_is_started(fleet, tmp_path):
    fleet.exec(HOST, "systemctl", "disable", "--quiet", "ssh").check_returncode()
    assert not fleet.exec(HOST, "test", "-e", "/etc/systemd/system/sshd.service").returncode == 0
    done = play(fleet, tmp_path, task("listener-ssh"))  # without the alias sshd, as on Ubuntu with ssh.socket
    assert (done["failed"], done["rescued"]) == (0, 1)
    assert fleet.exec(HOST, "systemctl", "is-enabled", "ssh").stdout.strip() == "enabled"
    assert play(fleet, tmp_path, task("listener-ssh"))["changed"] == 0
