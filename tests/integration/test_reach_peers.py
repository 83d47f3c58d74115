# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers that are lost in different ways, each with the finding that the controller's own connection makes of it."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import running_fleet

Report = dict[str, t.Any]

DROP = "table inet side { chain arriving { type filter hook input priority 0; tcp dport 22 drop; }; }"

PLAY = """\
- hosts: all
  gather_facts: {gather_facts}
  serial: {serial}
  tasks:
    - ansible.builtin.import_role:
        name: netdoctor.connection_reset.diagnose
      vars:
        diagnose_report_dir: {directory}
        diagnose_gather_subset: [sysctl]
"""

Expected = dict[str, tuple[str, str, str, str]]

EXPECTED: Expected = {
    "h001": ("peer-unreachable", "refused", "sshd -t && (systemctl restart", "nothing listens there"),
    "h002": ("peer-unreachable", "host_unreachable", "ip neigh show", "no host answers at this address"),
    "h003": ("peer-unreachable", "timed_out", "tracepath", "it answers ping, so only this port is dropped"),
    "h004": ("peer-unreachable", "banner", "systemctl status 'ssh*'", "open, but silent"),
    "name": ("peer-unreachable", "name_error", "getent ahosts", "the controller cannot resolve the name"),
    "key": ("peer-unreachable", "authentication", "IdentitiesOnly", "so the network and sshd work"),
    "python": ("peer-failed", "interpreter", "command -v python3", "so the network and sshd work"),
    "jump": ("peer-unreachable", "proxy", "ssh -G", "port 22: refused in phase connect"),
    "command": ("peer-unreachable", "proxy", "ssh -G", "no connection was tried"),
}
"""Rule, class, part of the remediation's command and of the evidence for each lost host."""

WITHOUT_A_MESSAGE: Expected = {
    **EXPECTED,
    "key": ("peer-unreachable", "login", "ssh -v", "so the network and sshd work"),
    "python": ("peer-unreachable", "login", "ssh -v", "left the play before"),
    "command": ("peer-unreachable", "other", "ansible.builtin.ping", "no connection was tried"),
}
"""What is found when the hosts left the play in another task, whose message nobody kept."""


@pytest.fixture(name="lost", scope="module")
def hosts_that_are_lost(
    or_skip: t.Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[running_fleet.RunningFleet, Path]]:
    """A fleet with a fault on four of its five hosts, and an inventory that names the fifth wrongly in five ways."""
    with or_skip(), running_fleet.running(hosts=5, router=False) as fleet:
        yield fleet, spoil(fleet, tmp_path_factory.mktemp("lost"))


def spoil(fleet: running_fleet.RunningFleet, directory: Path) -> Path:
    """Make the faults; return the path of the second inventory."""
    address = {host: entry["management"] for host, entry in fleet.hosts.items()}
    fleet.exec("h001", "systemctl", "stop", "ssh.socket", "ssh.service")
    fleet.exec("h002", "ip", "link", "set", "eth0", "down")
    fleet.exec("h003", "nft", "-f", "-", input=DROP)
    fleet.exec("h004", "pkill", "-STOP", "--oldest", "-x", "sshd")
    key = directory / "wrong"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    hosts = {
        "name": {"ansible_host": "nosuch.invalid"},
        "key": {"ansible_host": address["h005"], "ansible_ssh_private_key_file": str(key)},
        "python": {"ansible_host": address["h005"], "ansible_python_interpreter": "/nosuch/python3"},
        "jump": {
            "ansible_host": address["h005"],
            "ansible_ssh_common_args": f"-o ProxyJump=root@{address['h001']}",
        },
        "command": {"ansible_host": address["h005"], "ansible_ssh_common_args": "-o ProxyCommand='/bin/false %h'"},
    }
    inventory = directory / "lost.json"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
    return inventory


def diagnose(lost: t.Any, directory: Path, *words: str, gather_facts: bool = False, serial: int = 0) -> str:
    """Run the role over all hosts; return what ansible-playbook said. The report lies in `directory`."""
    fleet, inventory = lost
    play = directory / "play.yml"
    play.write_text(PLAY.format(gather_facts=gather_facts, serial=serial, directory=directory))
    given = ["-i", str(fleet.inventory), "-i", str(inventory), "-f", "20", "-T", "6", *words, str(play)]
    apart = {
        **os.environ,
        "ANSIBLE_SSH_ARGS": "-o ControlMaster=no",
    }  # else a wrong key shares a connection that stands
    done = subprocess.run(
        ["ansible-playbook", *given], env=apart, capture_output=True, text=True, check=False, timeout=300
    )
    return done.stdout + done.stderr


def why_lost(report: Report, host: str) -> tuple[str, str, str, str, str]:
    """Return rule, class, severity, command and evidence of the finding that says why a host is lost."""
    rules = ("peer-unreachable", "peer-failed")
    (row,) = (row for row in report["findings"] if row["host"] == host and row["rule"] in rules)
    return row["rule"], row["observed"], row["severity"], row["fix"]["command"], " ".join(row["evidence"])


@pytest.mark.parametrize(
    ("words", "given", "expected"),
    [
        pytest.param([], {}, EXPECTED, id="plain"),
        pytest.param([], {"serial": 4}, EXPECTED, id="batches"),
        pytest.param(["--limit", "h003,h005,command"], {}, EXPECTED, id="limit"),
        pytest.param([], {"gather_facts": True}, WITHOUT_A_MESSAGE, id="gather-facts"),
    ],
)
def test_every_lost_peer_has_a_class_of_its_own(
    lost: t.Any, tmp_path: Path, words: list[str], given: dict[str, t.Any], expected: Expected
) -> None:
    said = diagnose(lost, tmp_path, *words, **given)
    assert (tmp_path / "report.json").exists(), said
    report = json.loads((tmp_path / "report.json").read_text())
    chosen = set(expected) & set(report["hosts"])
    assert report["hosts"]["h005"]["status"] == "ok"
    assert len(chosen) == (2 if "--limit" in words else len(expected))
    for host in chosen:
        rule, kind, command, evidence = expected[host]
        found = why_lost(report, host)
        assert (host, *found[:3]) == (host, rule, kind, "critical")
        assert command in found[3]
        assert evidence in found[4]


def test_check_mode_tries_too(lost: t.Any, tmp_path: Path) -> None:
    said = diagnose(lost, tmp_path, "--check", "--limit", "h001,h004,h005")
    assert "UNREACHABLE refused: h001" in said
    assert "UNREACHABLE banner: h004" in said
