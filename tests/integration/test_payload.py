# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""However Ansible is told to reach a host and to become somebody there, the light script arrives and answers."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import typing as t

import pytest

PREFIX = "netdoctor.connection_reset."
ANSIBLE = str(pathlib.Path(sys.executable).with_name("ansible"))

PLAIN: tuple[str, ...] = ()
UNPIPED = ("-e", "ansible_pipelining=false")
WAYS = {
    "on the input of Python": (PLAIN, 0),
    "as a file": (UNPIPED, 0),
    "as a user": (("-e", "ansible_user=ansible"), 1000),
    "as a user who becomes root": (("-e", "ansible_user=ansible", "--become"), 0),
    "as a file of root who becomes a user": ((*UNPIPED, "--become", "--become-user=ansible"), 1000),
    "by su": (("--become", "--become-method=su", "--become-user=ansible"), 1000),
    "in check mode": (("--check",), 0),
    "in the background": (("--background=30", "--poll=1"), 0),
}


def ran(fleet: t.Any, module: str, *words: str) -> tuple[str, dict[str, t.Any]]:
    """Return how one module ended on h001 (`SUCCESS`, `FAILED!` ...) and what it returned."""
    command = [ANSIBLE, "-i", str(fleet.inventory), "h001", "-m", module, *words]
    done = subprocess.run(command, text=True, capture_output=True, timeout=120, check=False)
    line, brace, rest = done.stdout[done.stdout.index("h001 |") :].partition("{")
    return line.split()[2], json.loads(brace + rest)


@pytest.mark.parametrize("way", WAYS)
def test_the_script_arrives(fleet: t.Any, way: str) -> None:
    words, uid = WAYS[way]
    status, result = ran(fleet, PREFIX + "peer_facts", *words, "-a", json.dumps({"gather_subset": ["sysctl"]}))
    assert status in {"SUCCESS", "CHANGED"}, result
    assert result["ansible_facts"]["peer_gathering"]["uid"] == uid
    assert result["ansible_facts"]["peer_sysctls"]["sources"]


def test_nothing_stays_on_the_host_but_a_line_in_its_log(fleet: t.Any) -> None:
    ran(fleet, PREFIX + "route_facts", *UNPIPED, "-a", "max_routes=17")
    assert fleet.exec("h001", "find", "/root/.ansible", "-name", "*route_facts*").stdout == ""
    noted = fleet.exec("h001", "journalctl", "-t", "ansible-route_facts", "-o", "cat").stdout
    assert noted.splitlines()[-1] == "Invoked with max_routes=17 targets=[]"


@pytest.mark.parametrize("setting", ["ANSIBLE_NO_LOG", "ANSIBLE_NO_TARGET_SYSLOG"])
def test_what_shall_not_be_noted_is_not(fleet: t.Any, setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(setting, "1")
    ran(fleet, PREFIX + "route_facts", "-a", "max_routes=18")
    assert "max_routes=18" not in fleet.exec("h001", "journalctl", "-t", "ansible-route_facts").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("no_such=1", "Unsupported parameters for (netdoctor.connection_reset.route_facts) module: no_such"),
        ("max_routes=many", "'max_routes' is of type"),
    ],
)
def test_the_module_itself_says_what_is_wrong_with_arguments(fleet: t.Any, arguments: str, said: str) -> None:
    status, result = ran(fleet, PREFIX + "route_facts", "-a", arguments)
    assert status == "FAILED!"
    assert said in result["msg"]


def test_facts_are_the_same_as_of_the_module_that_ansible_sends(fleet: t.Any) -> None:
    light = ran(fleet, PREFIX + "peer_facts")[1]["ansible_facts"]
    chosen = json.dumps({"ansible_facts_modules": [PREFIX + "peer_facts"]})
    usual = ran(fleet, "ansible.builtin.gather_facts", "-e", chosen)[1]["ansible_facts"]
    assert set(light) == {name for name in usual if name.startswith("peer_")}
    assert light["peer_sysctls"]["values"] == usual["peer_sysctls"]["values"]
