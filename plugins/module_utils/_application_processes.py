# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running servers, found by the name of their process, with the command lines that say where their configuration is."""

from __future__ import annotations

import typing as t

from ._read import list_names, read_text

SOFTWARE = {
    "haproxy": "haproxy",
    "beam.smp": "rabbitmq",
    "nginx": "nginx",
    "apache2": "apache",
    "httpd": "apache",
    "sshd": "sshd",
    "postgres": "postgresql",
    "postmaster": "postgresql",
    "mysqld": "mysql",
    "mariadbd": "mysql",
    "redis-server": "redis",
    "valkey-server": "redis",
}
"""The software by the name of a process (/proc/PID/comm)."""

MAX_PROCESSES = 8192
MAX_COMMAND_LINE = 16384
MAX_INSTANCES = 8

TITLES = ("nginx: master process ", "sshd: ")
"""What programs that rewrite their command line put before it."""

Commands = t.Dict[str, t.List[t.List[str]]]


def parse_command_line(text: str) -> list[str]:
    r"""Return the words of a command line from /proc/PID/cmdline.

        /usr/sbin/haproxy\0-Ws\0-f\0/etc/haproxy/haproxy.cfg\0
        sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups

    A program that set a title left one text with blanks; the listener of sshd ends it with its state.
    """
    words = text.rstrip("\0").split("\0")
    for title in TITLES:
        if words[0].startswith(title):
            return words[0][len(title) :].partition(" [listener]")[0].split()
    return words


def parse_is_contained(text: str) -> bool:
    """Return whether /proc/PID/status is that of a process in another PID namespace below this one.

    NSpid:	812	1
    """
    line = next((line for line in text.split("\n") if line.startswith("NSpid:")), "")
    return len(line.split()) > 2


def find() -> tuple[Commands, dict[str, int]]:
    """Return the command lines of servers by software, and how many more run in containers of this host."""
    commands: Commands = {}
    contained: dict[str, int] = {}
    pids = sorted(int(name) for name in list_names("/proc")[0] if name.isdigit())
    for pid in pids[:MAX_PROCESSES]:
        software = SOFTWARE.get((read_text("/proc/%d/comm" % pid, 32).text or "").rstrip("\n"))
        if software is None:
            continue
        words = parse_command_line(read_text("/proc/%d/cmdline" % pid, MAX_COMMAND_LINE).text or "")
        if not _is_server(software, words):
            continue
        if parse_is_contained(read_text("/proc/%d/status" % pid).text or ""):
            contained[software] = contained.get(software, 0) + 1
            continue
        known = commands.setdefault(software, [])
        if words not in known and len(known) < MAX_INSTANCES:
            known.append(words)
    return commands, contained


def _is_server(software: str, words: list[str]) -> bool:
    """Return whether a command line is that of a server and not of a worker, a session or another Erlang program."""
    if software == "rabbitmq":
        return any("rabbit" in word for word in words)
    if software in ("nginx", "sshd", "postgresql"):
        return words[0].startswith("/")
    return bool(words[0])


def option_values(words: t.Sequence[str], *options: str) -> list[str]:
    """Return the values that follow one of `options` as the next word, behind `=`, or (`-f`) in the same word."""
    found: list[str] = []
    for number, word in enumerate(words[1:], 1):
        name, equals, value = word.partition("=")
        if word in options:
            found += words[number + 1 : number + 2]
        elif equals and name in options:
            found.append(value)
        elif len(word) > 2 and word[:2] in options and word[1] != "-":
            found.append(word[2:])
    return found
