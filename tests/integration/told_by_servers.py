# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What servers that have a command for it say of their settings, by name: seconds (0: never), a number or a switch."""

from __future__ import annotations

import re
import typing as t

import running_fleet
import told_by_sockets

Told = dict[str, t.Any]

NEVER = {"none": 0}
SWITCHES = {"yes": True, "no": False}


def said(fleet: running_fleet.RunningFleet, host: str, *command: str) -> str:
    answer = fleet.exec(host, *command)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def rabbitmq(fleet: running_fleet.RunningFleet, host: str) -> Told:
    """From `rabbitmqctl environment`, and from its sockets what it hands on to them."""
    environment = said(fleet, host, "rabbitmqctl", "environment")
    queue = said(fleet, host, "ss", "-Hltn", "sport = :5673").split()[2]
    options = told_by_sockets.listening(fleet, host, "beam.smp")[5673]
    told: Told = {
        "tcp_listen_options.backlog": int(queue),
        "tcp_listen_options.keepalive": options.keepalive,
        "tcp_listen_options.linger.on": {"value": options.linger, "seconds": options.linger_s},
    }
    for name, factor in (("heartbeat", 1), ("handshake_timeout", 1000), ("ssl_handshake_timeout", 1000)):
        (number,) = re.findall(rf"\{{{name},(\d+)\}}", environment)
        told[name] = int(number) / factor
    return told


def postgresql(fleet: running_fleet.RunningFleet, host: str) -> Told:
    """From pg_settings: `reset_val`, as `setting` shows 0 for what concerns TCP over a socket of the file system."""
    query = "SELECT name, reset_val, unit FROM pg_settings WHERE vartype = 'integer'"
    told: Told = {}
    for line in said(fleet, host, "su", "postgres", "-c", f'psql -At -c "{query}"').splitlines():
        name, value, unit = line.split("|")
        told[name] = int(value) * {"ms": 0.001, "s": 1}.get(unit, 1)
    return told


def redis(fleet: running_fleet.RunningFleet, host: str) -> Told:
    """From CONFIG GET."""
    words = said(fleet, host, "redis-cli", "CONFIG", "GET", "*").splitlines()
    settings = dict(zip(words[::2], words[1::2], strict=True))
    told: Told = {name: int(value) for name, value in settings.items() if value.isdigit()}
    buffers = settings["client-output-buffer-limit"].replace("slave", "replica").split()
    for place in range(0, len(buffers), 4):
        numbers = dict(
            zip(("hard_bytes", "soft_bytes", "soft_s"), map(int, buffers[place + 1 : place + 4]), strict=True)
        )
        told[f"client-output-buffer-limit {buffers[place]}"] = {"parts": numbers}
    return told


def sshd(fleet: running_fleet.RunningFleet, host: str) -> Told:
    """From `sshd -T`, whose names are in lower case."""
    told: Told = {}
    for line in said(fleet, host, "/usr/sbin/sshd", "-T").splitlines():
        name, _blank, value = line.partition(" ")
        told[name] = int(value) if value.isdigit() else {**NEVER, **SWITCHES}.get(value, value)
    parts = dict(zip(("start", "rate", "full"), map(int, told["maxstartups"].split(":")), strict=True))
    told["maxstartups"] = {"value": told["maxstartups"], "parts": parts}
    return told


def systemd(fleet: running_fleet.RunningFleet, host: str) -> Told:
    """From `systemctl show` of the one socket unit."""
    told: Told = {}
    for line in said(fleet, host, "systemctl", "show", "epmd.socket").splitlines():
        name, _equals, value = line.partition("=")
        number = re.fullmatch(r"(\d+)s?", value)
        told[name.replace("USec", "Sec")] = int(number[1]) if number else SWITCHES.get(value, value)
    return told
