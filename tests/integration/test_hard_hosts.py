# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts where much is forbidden: every family answers, and says for each source what kept it out.

Ansible runs the module with an interpreter of ours: a script that puts python3 into a sandbox first.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import typing as t
from pathlib import Path

import pytest

PYTHON = "/usr/bin/python3"
SERVICE = "systemd-run --quiet --pipe --wait --collect"
CONTAINER = (
    *("ProtectSystem=strict", "ProtectHome=read-only", "PrivateTmp=yes", "PrivateNetwork=yes", "PrivateDevices=yes"),
    *("ProtectKernelTunables=yes", "ProtectKernelLogs=yes", "ProtectControlGroups=yes", "ProtectProc=invisible"),
    *("NoNewPrivileges=yes", "CapabilityBoundingSet="),
)
ORDINARY = "setpriv --reuid ansible --regid ansible --clear-groups"
NO_NETLINK = "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX"
NO_SOCKETS = "SystemCallFilter=~socket setns syslog bpf perf_event_open sysinfo sched_getaffinity"
BARE = "mkdir -p /srv/bare /srv/none && cp -n /usr/bin/python3* /srv/bare"


def service(*properties: str, program: str = PYTHON) -> str:
    """Return the command that runs `program` as a transient unit of systemd."""
    return f"{SERVICE} {' '.join('-p ' + shlex.quote(one) for one in properties)} {program}"


def mounted(*steps: str, program: str = PYTHON) -> str:
    """Return the command that runs `program` in a mount namespace of its own, after `steps`."""
    script = " && ".join([*steps, f'exec {program} "$@"'])
    return f"unshare --mount sh -c {shlex.quote(script)} sh"


NETLINK = {
    "peer_firewall": {"nftables", "iptables-save"},
    "peer_interfaces": {"RTM_GETLINK, RTM_GETADDR", "RTM_GETQDISC"},
    "peer_routes": {"RTM_GETROUTE ipv4", "RTM_GETRULE ipv4"},
    "peer_connections": {"tcp_info"},
    "peer_reset_trace": {"packet socket"},
}
"""Sources that need a kind of socket, by fact."""

OF_ROOT = {
    "peer_firewall": {"nftables", "iptables-save"},
    "peer_kernel_log": {"syslog(2)"},
    "peer_reset_trace": {"tracefs", "packet socket"},
}
"""Sources that need a capability."""

OTHERS = {
    "peer_application_timeouts": {"/proc/PID"},
    "peer_connections": {"/proc/PID/ns/net"},
    "peer_listening_ports": {"/proc/PID/fd"},
    "peer_load": {"/proc/PID", "systemctl"},
}
"""Sources that need to see the processes of others."""

FILES = {
    "peer_tcp_counters": {"/proc/net/snmp", "/proc/net/netstat", "/proc/net/softnet_stat"},
    "peer_load": {"/proc/stat", "/proc/meminfo", "/proc/loadavg"},
    "peer_sysctls": {"/proc/sys"},
}

Places = dict[str, set[str]]

SANDBOXES: dict[str, tuple[str, Places]] = {
    "hidepid": (
        mounted("mount -t proc -o hidepid=2 proc /proc", program=f"{ORDINARY} {PYTHON}"),
        {**OF_ROOT, **OTHERS, "peer_sshd_log": {"journal", "/var/log/auth.log"}},
    ),
    "read-only-container": (service(*CONTAINER), OF_ROOT),
    "no-netlink": (service(NO_NETLINK), NETLINK),
    "no-sockets": (service(NO_SOCKETS, "SystemCallErrorNumber=EPERM"), {**NETLINK, "peer_kernel_log": {"syslog(2)"}}),
    "no-tools": (
        f"{BARE} && exec " + mounted("mount --bind /srv/none /usr/sbin", "mount --bind /srv/bare /usr/bin"),
        {"peer_load": {"systemctl"}},
    ),
    "empty-path": (f"env -i PATH=/nosuch HOME=/root {PYTHON}", {}),
    "no-proc": (
        mounted("mount -t tmpfs none /proc", "mount -t tmpfs none /sys"),
        {**FILES, "peer_listening_ports": {"/proc/PID/fd"}},
    ),
    "ordinary-without-anything": (
        service(*(one for one in CONTAINER if one != "PrivateNetwork=yes"), NO_NETLINK, "User=ansible"),
        {**NETLINK, **OTHERS, "peer_sshd_log": {"journal", "/var/log/auth.log"}},
    ),
}
"""How python3 is called, and which sources of which fact cannot be ok then."""

FAMILIES = {
    *("peer_interfaces", "peer_routes", "peer_sysctls", "peer_listening_ports", "peer_sshd_log", "peer_connections"),
    *("peer_application_timeouts", "peer_kernel_log", "peer_probes", "peer_tcp_counters", "peer_firewall"),
    *("peer_load", "peer_reset_trace"),
}
ARGUMENTS = {"gather_subset": ["all", "trace"], "window": 0.3, "probes": [{"host": "127.0.0.1", "port": 22}]}


def facts_in(fleet: t.Any, command: str, tmp_path: Path) -> dict[str, t.Any]:
    """Return the facts that peer_facts gives on h003 when Ansible calls python3 by `command`."""
    fleet.exec("h003", "tee", "/usr/local/bin/sandbox", input=f'#!/bin/sh\n{command} "$@"\n')
    fleet.exec("h003", "chmod", "755", "/usr/local/bin/sandbox")
    words = ["ansible", "-i", str(fleet.inventory), "h003", "-m", "netdoctor.connection_reset.peer_facts"]
    words += [
        "-a",
        json.dumps(ARGUMENTS),
        "-t",
        str(tmp_path),
        "-e",
        "ansible_python_interpreter=/usr/local/bin/sandbox",
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    result = json.loads((tmp_path / "h003").read_text())
    assert "ansible_facts" in result, (result, done.stderr)
    return t.cast(dict[str, t.Any], result["ansible_facts"])


@pytest.mark.parametrize("name", SANDBOXES)
def test_every_family_answers(fleet: t.Any, tmp_path: Path, name: str) -> None:
    command, refused = SANDBOXES[name]
    facts = facts_in(fleet, command, tmp_path)
    assert set(facts) == FAMILIES | {"peer_gathering"}
    families = facts["peer_gathering"]["families"].items()
    assert {family: entry["status"] for family, entry in families} == {family: "ok" for family, dummy in families}
    for fact in FAMILIES:
        sources = {entry["name"]: entry for entry in facts[fact]["sources"]}
        not_ok = {place for place, entry in sources.items() if entry["status"] != "ok"}
        assert refused.get(fact, set()) <= not_ok, (fact, sources)
        assert all(sources[place]["detail"] for place in not_ok), sources
        assert "Traceback" not in json.dumps(facts[fact])


def test_what_root_would_add_is_said(fleet: t.Any, tmp_path: Path) -> None:
    facts = facts_in(fleet, SANDBOXES["hidepid"][0], tmp_path)
    denied = [entry for fact in FAMILIES for entry in facts[fact]["sources"] if entry["status"] == "denied"]
    assert len(denied) >= 10
    assert [entry for entry in denied if "root" not in entry["detail"]] == []


def test_what_files_tell_in_place_of_netlink_is_the_same(fleet: t.Any, tmp_path: Path) -> None:
    free = facts_in(fleet, f"exec {PYTHON}", tmp_path)
    bound = facts_in(fleet, SANDBOXES["no-netlink"][0], tmp_path)
    assert compared(free) == compared(bound)
    assert all(compared(free).values())


def compared(facts: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return facts that netlink and files tell alike."""
    return {
        "ports": facts["peer_listening_ports"]["ports"]["tcp"],
        "links": {row["name"]: row["mtu"] for row in facts["peer_interfaces"]["interfaces"]},
        "gateways": [row["gateway"] for row in facts["peer_routes"]["default_routes"]],
        "neighbours": {row["address"] for row in facts["peer_routes"]["gateways"]},
    }
