# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sysctl_facts on real hosts: against the kernel, and against what systemd-sysctl makes of the files."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._expressions import expression
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._operators import judge

CATALOGUE = Path(__file__).resolve().parents[2] / "roles" / "diagnose" / "vars" / "main" / "sysctl.yml"
MODULE = "netdoctor.connection_reset.sysctl_facts"
LINKS = ("lo", "all", "default")
NAMES = [
    *(f"net.ipv4.conf.{link}.{name}" for link in LINKS for name in ("tag", "medium_id")),
    *("net.ipv4.tcp_retries1", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_orphan_retries"),
]
PATTERNS = ["net.ipv4.conf.*.tag", "net/ipv4/conf/[!ad]*/medium_id", "net.ipv4.*.*.tag", "net/ipv4/tcp_keepalive_pr*"]
OTHERS = ["# comment", "; comment", "", "no assignment here", "=5", "net.ipv4.no_such_name = 1"]
DIRECTORIES = ["/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d"]
FILES = ["10-first.conf", "50-middle.conf", "99-sysctl.conf", "zz-last.conf", "zz-no.cfg"]
BEFORE = 9


@pytest.fixture(name="clean")
def without_files_of_tests(fleet):
    """A host whose sysctl files and values are put back after the test."""
    keep = (
        "mkdir -p /root/kept && cp -a /etc/sysctl.d /etc/sysctl.conf /root/kept/"
        " && cp -a /usr/lib/sysctl.d /root/kept/usr"
    )
    back = (
        "rm -rf /etc/sysctl.d /usr/lib/sysctl.d /run/sysctl.d /usr/local/lib/sysctl.d"
        " && mv /root/kept/sysctl.d /etc/sysctl.d && mv /root/kept/sysctl.conf /etc/sysctl.conf"
        " && mv /root/kept/usr /usr/lib/sysctl.d"
    )
    values = {name: fleet.exec("h001", "sysctl", "-n", name).stdout.strip() for name in NAMES}
    fleet.exec("h001", "sh", "-c", keep).check_returncode()
    yield fleet
    fleet.exec("h001", "sh", "-c", back).check_returncode()
    fleet.exec("h001", "sysctl", "-q", *(f"{name}={value}" for name, value in values.items())).check_returncode()


def lines(dice):
    """A few lines of a sysctl file: assignments, patterns, exclusions and rubbish."""
    chosen = []
    for _line in range(dice.randint(0, 6)):
        name = dice.choice(NAMES + PATTERNS)
        assigned = f"{dice.choice(['', '', '-', ' '])}{name}{dice.choice(['=', ' = '])}{dice.randint(10, 14)}"
        chosen.append(dice.choice([assigned, assigned, assigned, assigned, "-" + name, dice.choice(OTHERS)]))
    return "\n".join(chosen) + "\n"


def script(dice):
    """Shell lines that write random files, links to /dev/null and to /etc/sysctl.conf."""
    written = [f"rm -f {directory}/*; mkdir -p {directory}" for directory in DIRECTORIES]
    written.append(f"cat > /etc/sysctl.conf <<'END'\n{lines(dice)}END")
    for path in dice.sample([f"{directory}/{name}" for directory in DIRECTORIES for name in FILES], dice.randint(1, 8)):
        target = dice.choice([None, None, None, None, "/dev/null", "/etc/sysctl.conf", "/nowhere"])
        written.append(f"ln -s {target} {path}" if target else f"cat > {path} <<'END'\n{lines(dice)}END")
    written.append(f"sysctl -q {' '.join(f'{name}={BEFORE}' for name in NAMES)}")
    # The service fails when a line is broken, having applied the others; five starts in ten seconds are its limit.
    apply = "systemctl reset-failed systemd-sysctl; systemctl restart systemd-sysctl || true"
    return "\n".join([*written, apply])


@pytest.mark.parametrize("seed", range(12))
def test_persisted_is_what_systemd_applies(clean, run_module, seed):
    clean.exec("h001", "sh", "-e", input=script(random.Random(seed))).check_returncode()
    fact = run_module("h001", MODULE, {"names": NAMES})["ansible_facts"]["peer_sysctls"]
    rows = {name: fact["values"][name] for name in NAMES}
    persisted = {name: row["persisted"]["value"] if row["persisted"] else BEFORE for name, row in rows.items()}
    assert {name: row["running"] for name, row in rows.items()} == persisted
    assert not set(fact["drifted"]) & set(NAMES)
    assert fact["applied_by"] == "systemd-sysctl"


@pytest.mark.parametrize("user", ["root", "ansible"])
def test_running_values_are_those_of_sysctl(fleet, run_module, user):
    fact = run_module("h002", MODULE, {"prefixes": ["net.core"]}, user=user)["ansible_facts"]["peer_sysctls"]
    shown = dict(line.split(" =", 1) for line in fleet.exec("h002", "sysctl", "-a").stdout.splitlines() if " =" in line)
    moving = ("fs.file-nr", "net.netfilter.nf_conntrack_count")
    assert len(fact["values"]) > 60
    for name, row in fact["values"].items():
        value = row["running"]
        text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
        assert name in moving or text == " ".join(shown[name].split()), name


def test_a_change_by_hand_is_drift_with_file_and_line(clean, run_module):
    clean.exec("h001", "sh", "-c", "printf '#\\nnet.ipv4.tcp_retries1 = 4\\n' > /etc/sysctl.d/70-test.conf")
    clean.exec("h001", "systemctl", "restart", "systemd-sysctl").check_returncode()
    before = run_module("h001", MODULE)["ansible_facts"]["peer_sysctls"]
    clean.exec("h001", "sysctl", "-q", "net.ipv4.tcp_retries1=5").check_returncode()
    after = run_module("h001", MODULE, user="ansible")["ansible_facts"]["peer_sysctls"]
    place = {"value": 4, "file": "/etc/sysctl.d/70-test.conf", "line": 2}
    assert before["values"]["net.ipv4.tcp_retries1"] == {"running": 4, "default": 3, "persisted": place, "drift": False}
    assert after["values"]["net.ipv4.tcp_retries1"] == {"running": 5, "default": 3, "persisted": place, "drift": True}
    assert (before["drifted"], after["drifted"]) == ([], ["net.ipv4.tcp_retries1"])


def test_files_closed_to_the_user_are_said(clean, run_module):
    clean.exec("h001", "install", "-m", "600", "/dev/null", "/etc/sysctl.d/71-closed.conf").check_returncode()
    fact = run_module("h001", MODULE, user="ansible")["ansible_facts"]["peer_sysctls"]
    (entry,) = [entry for entry in fact["sources"] if entry["name"] == "/etc/sysctl.d/71-closed.conf"]
    assert entry["status"] == "denied"
    assert "root could read it" in entry["detail"]


def test_what_only_the_machine_has_is_missing(run_module):
    fact = run_module("h002", MODULE)["ansible_facts"]["peer_sysctls"]
    assert "net.ipv4.tcp_mem" in fact["missing"]
    assert fact["values"]["kernel.pid_max"]["drift"] is None
    assert fact["drifted"] == []


def test_a_stock_host_has_one_warning(run_module):
    """Only the first keepalive probe is worth a warning on Debian as it comes."""
    facts = run_module("h003", MODULE)["ansible_facts"]
    rules = yaml.safe_load(CATALOGUE.read_text())["diagnose_rules_sysctl"]
    deviating = []
    for rule_id, rule in rules.items():
        if "when" not in rule or expression(rule["when"])(facts).value:
            status, detail = judge(rule["op"], expression(rule["fact"])(facts).value, rule.get("want"))
            assert status != "unknown", (rule_id, detail)
            deviating += [rule_id] if status == "deviation" and rule["severity"] != "info" else []
    assert deviating == ["keepalive-idle-time"]
