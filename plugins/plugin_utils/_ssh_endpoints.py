# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Ansible logs in: the address and port of a host's sshd, as its variables and ssh_config(5) say."""

from __future__ import annotations

import shlex
import subprocess
import typing as t
from concurrent.futures import ThreadPoolExecutor

Login = t.Mapping[str, t.Any]
"""{connection, host, port, ssh_executable, ssh_args, ssh_common_args, ssh_extra_args}, as Ansible uses them."""

CONNECTIONS = ("ssh", "smart", "paramiko", "paramiko_ssh", "libssh")
OPTIONS = ("host", "port", "ssh_executable", "ssh_args", "ssh_common_args", "ssh_extra_args")
"""What is read of a host: options of the connection plugin ansible.builtin.ssh."""

ASK_S = 5.0
WORKERS = 8


class Endpoint(t.NamedTuple):
    """Where the first connection for a host goes; `jump` says that this is a jump host and not the host itself."""

    host: str
    port: int
    jump: bool = False


def endpoints(logins: t.Mapping[str, Login | str]) -> dict[str, Endpoint | str]:
    """Return the endpoint of each host by name, or the reason why no connection can be tried for it.

    A login that is not known is such a reason already.
    """
    with ThreadPoolExecutor(WORKERS) as pool:
        return dict(zip(logins, pool.map(endpoint, logins.values()), strict=True))


def endpoint(login: Login | str) -> Endpoint | str:
    """Return where a connection to a host goes, or the reason why it cannot be tried by TCP."""
    if isinstance(login, str):
        return login
    connection = str(login.get("connection") or "ssh").rpartition(".")[2]
    if connection not in CONNECTIONS:
        return "it is not reached over SSH but by the connection %s" % connection
    address = str(login["host"])
    try:
        port = int(login.get("port") or 0)
        before, *after = (shlex.split(str(login.get(key) or "")) for key in OPTIONS[3:])
    except ValueError as error:
        return "its port or its arguments of ssh cannot be read: %s" % error
    words = [*before, *(["-o", "Port=%d" % port] if port else []), *after[0], *after[1], "--", address]
    answer = _ask_ssh(str(login.get("ssh_executable") or "ssh"), words)
    return parse_ssh_config(answer) if answer else Endpoint(address, port or 22)


def _ask_ssh(program: str, words: list[str]) -> str:
    """Return what ssh would do (`ssh -G` connects nowhere), or "" where there is no ssh or it refuses the words."""
    try:
        asked = subprocess.run(
            [program, "-G", *words],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ASK_S,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.SubprocessError, ValueError):
        return ""
    return asked.stdout if asked.returncode == 0 else ""


def parse_ssh_config(text: str) -> Endpoint | str:
    """Return where ssh would connect to, from the output of ssh -G, or why that cannot be tried.

    hostname 192.0.2.10
    port 22
    proxyjump deploy@bastion:2222
    """
    said = dict(line.partition(" ")[::2] for line in reversed(text.splitlines()))
    if said.get("proxycommand", "none") != "none":
        return "its way leads through a ProxyCommand"
    jumps = said.get("proxyjump", "none")
    if jumps != "none":
        return parse_jump(jumps.split(",")[0])
    return Endpoint(said["hostname"], int(said["port"]))


def parse_jump(text: str) -> Endpoint:
    """Return the jump host in `[user@]host[:port]` or `ssh://[user@]host[:port]`; IPv6 addresses stand in brackets."""
    place = text.rpartition("//")[2].rpartition("@")[2]
    host, _separator, port = place.rpartition(":")
    if not port.isdigit() or not host or (":" in host and not host.endswith("]")):
        host, port = place, "22"
    return Endpoint(host.strip("[]"), int(port), jump=True)
