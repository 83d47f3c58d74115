# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Ansible inventory of a fleet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

GROUPS = ("clients", "servers", "routers")


def as_script(plan: dict[str, Any], state: Path) -> dict[str, Any]:
    """Return the inventory in the shape a dynamic inventory script prints for --list."""
    hosts = plan["hosts"]
    groups = {name: {"hosts": [host for host in hosts if hosts[host]["group"] == name]} for name in GROUPS}
    return {
        "_meta": {"hostvars": {host: _host_variables(member, plan["ipv6"]) for host, member in hosts.items()}},
        "all": {"children": list(GROUPS), "vars": _variables(state)},
        **groups,
    }


def as_yaml(plan: dict[str, Any], state: Path) -> str:
    """Return the same inventory as a YAML file."""
    script = as_script(plan, state)
    lines = ["---", "all:", "  vars:"]
    lines += [f"    {name}: {json.dumps(value)}" for name, value in script["all"]["vars"].items()]
    lines += ["  children:"]
    for group in GROUPS:
        lines += [f"    {group}:", "      hosts:" if script[group]["hosts"] else "      hosts: {}"]
        for host in script[group]["hosts"]:
            variables = script["_meta"]["hostvars"][host]
            lines += [f"        {host}:"] + [f"          {name}: {value}" for name, value in variables.items()]
    return "\n".join(lines) + "\n"


def _variables(state: Path) -> dict[str, Any]:
    known = f"-o UserKnownHostsFile={state}/known_hosts -o GlobalKnownHostsFile=/dev/null -o IdentitiesOnly=yes"
    return {
        "ansible_user": "root",
        "ansible_ssh_private_key_file": f"{state}/id",
        "ansible_ssh_common_args": known,
        # Kept sockets are the fleet's own: another fleet may get the same addresses a second later.
        "ansible_control_path_dir": f"{state}/ssh",
        "ansible_pipelining": True,
        "ansible_python_interpreter": "/usr/bin/python3",
    }


def _host_variables(member: dict[str, Any], ipv6: bool) -> dict[str, str]:
    """Where Ansible reaches the host (ansible_host) and where other hosts do (fleet_data_ip, fleet_data_ip6)."""
    variables = {"ansible_host": member["management"]}
    for suffix, link in zip(("", "_b"), member["links"]):
        variables[f"fleet_data_ip{suffix}"] = link["address"]
        if ipv6:
            variables[f"fleet_data_ip6{suffix}"] = link["address6"]
    return variables
