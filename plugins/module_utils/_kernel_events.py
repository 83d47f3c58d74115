# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which messages of the kernel bear on connections, and what they say."""

from __future__ import annotations

import re
import typing as t

from ._text import clean


class Kind(t.NamedTuple):
    """A kind of message: a literal that each such line holds, and a pattern whose groups are fields of the event.

    `everywhere` is true where the message is about the whole machine, so about each container on it as well.
    """

    name: str
    literal: str
    pattern: t.Pattern[str]
    everywhere: bool = False


def _kind(name: str, literal: str, pattern: str = "", everywhere: bool = False) -> Kind:
    return Kind(name, literal, re.compile(pattern or re.escape(literal)), everywhere)


PORT = r"(?P<interface>[A-Za-z][\w.@-]*)"

KINDS = (
    _kind("oom-kill", "Killed process ", r"Killed process (?P<pid>\d+) \((?P<process>.*?)\)(?:,| total-vm)"),
    _kind(
        "conntrack-table-full", "table full", r"nf_conntrack: table full(?: in netns (?P<netns>\d+))?, dropping packet"
    ),
    _kind("conntrack-invalid", "nf_ct_", r"nf_ct_(?:proto_6|tcp): (?P<reason>.*?)(?: IN=.*)?$"),
    _kind("conntrack-helper-drop", "dropping packet", r"nf_ct_(?P<helper>(?!proto_|tcp)\w+): .*dropping packet"),
    _kind(
        "syn-flood",
        "SYN flooding",
        r"on port (?:\[?(?P<address>[^\s\]]+)\]?:)?(?P<port>\d+)\. (?P<action>Sending cookies|Dropping request)",
    ),
    _kind("tcp-out-of-memory", "TCP: out of memory", everywhere=True),
    _kind("too-many-orphans", "too many orphaned sockets", everywhere=True),
    _kind("time-wait-overflow", "time wait bucket table overflow"),
    _kind("neighbour-overflow", "table overflow", r"(?i:neighbou?r table overflow)", everywhere=True),
    _kind("link-down", "own", PORT + r":? (?:NIC )?[Ll]ink (?:is )?[Dd]own\b"),
    _kind("link-down", "definitely down", r"link status definitely down for interface " + PORT),
    _kind("link-down", "definitely down", r"\(slave " + PORT + r"\): link status definitely down"),
    _kind("link-down", "arrier", PORT + r": carrier lost"),
    _kind("link-up", "ink ", PORT + r":? (?:NIC )?[Ll]ink (?:is )?[Uu]p\b"),
    _kind("link-up", "definitely up", r"link status definitely up for interface " + PORT),
    _kind("link-up", "definitely up", r"\(slave " + PORT + r"\): link status definitely up"),
    _kind("netdev-watchdog", "NETDEV WATCHDOG", r"NETDEV WATCHDOG: " + PORT + r" \("),
    _kind("netdev-watchdog", "NETDEV WATCHDOG", PORT + r"(?: \([^)]*\))?: NETDEV WATCHDOG"),
    _kind("netdev-watchdog", "NETDEV WATCHDOG"),
    _kind("netdev-watchdog", "Hardware Unit Hang", PORT + r": Detected Hardware Unit Hang"),
    _kind("duplicate-address", "duplicate address", PORT + r": IPv6 duplicate address (?P<address>\S+)"),
    _kind(
        "martian-source",
        "martian source",
        r"martian source (?P<destination>\S+) from (?P<address>[^\s,]+),? on dev (?P<interface>\S+)",
    ),
    _kind("crash", "segfault at", r"^(?P<process>.{1,64}?)\[(?P<pid>\d+)\]: (?P<reason>segfault) at"),
    _kind("crash", "traps: ", r"^traps: (?P<process>.{1,64}?)\[(?P<pid>\d+)\] (?P<reason>[a-z ]+) ip:"),
    _kind("seccomp-kill", "type=1326", r' pid=(?P<pid>\d+) comm="(?P<process>[^"]*)".* sig=(?P<signal>[1-9]\d*)'),
    _kind(
        "access-denied",
        'apparmor="DENIED"',
        r'apparmor="DENIED" operation="(?P<reason>[^"]*)".* comm="(?P<process>[^"]*)"',
    ),
    _kind("access-denied", "avc:  denied", r'avc:  denied  \{ (?P<reason>[^}]*) \}.* comm="(?P<process>[^"]*)"'),
    _kind("file-limit", "file-max limit", everywhere=True),
    _kind("fork-refused", "fork rejected", r"fork rejected by pids controller in (?P<cgroup>\S+)"),
    _kind("hung-task", "blocked for more than", r"task (?P<process>.*):(?P<pid>\d+) blocked for more than"),
    _kind("cpu-stall", "soft lockup", everywhere=True),
    _kind("cpu-stall", "hard LOCKUP", everywhere=True),
    _kind("cpu-stall", "stall", r"rcu\w*:? .*detected (?:expedited )?stall", everywhere=True),
    _kind("clock-jump", "clocksource", r"[Mm]arking clocksource '(?P<clock>[\w-]+)' as unstable", everywhere=True),
    _kind("suspended", "PM: ", r"PM: (?:suspend exit|hibernation: hibernation exit)", everywhere=True),
    _kind("io-error", "I/O error", r"I/O error,? (?:on )?dev (?P<device>[\w-]+)", everywhere=True),
)

NAMES = tuple(dict.fromkeys(kind.name for kind in KINDS))
EVERYWHERE = frozenset(kind.name for kind in KINDS if kind.everywhere)

NOT_PORTS = frozenset(["SATA", "PCIe", "Slot"])
"""Words that stand where the name of an interface would: disks and buses have links too."""

OOM_LINES = (
    re.compile(r"oom-kill:constraint=(?P<scope>\w+),.*?task_memcg=(?P<cgroup>.*?),task=.*,pid=(?P<pid>\d+)"),
    re.compile(r"Task in (?P<cgroup>\S+) killed as a result of limit of"),
    re.compile(r"(?P<scope>Memory cgroup o|O)ut of memory: Kill process (?P<pid>\d+) "),
)
BOOT = "Linux version "
"""What the first message of a boot begins with."""

SUPPRESSED = re.compile(r"net_ratelimit: (\d+) callbacks suppressed")


def classify(message: str) -> dict[str, str] | None:
    """Return `kind` and the fields of a message of the kernel, None when it does not bear on connections.

        eth0: NIC Link is Down
        Memory cgroup out of memory: Killed process 812 (beam.smp) total-vm:...

    The texts are those of the kernel sources from 4.18 to 6.18 and of the common drivers.
    """
    for kind in KINDS:
        if kind.literal in message:
            match = kind.pattern.search(message)
            if match and match.groupdict().get("interface") not in NOT_PORTS:
                fields = {name: clean(value, 64) for name, value in match.groupdict().items() if value}
                return {"kind": kind.name, **fields}
    return None


def oom_details(message: str) -> dict[str, str] | None:
    """Return what the lines around an OOM kill say of it: `pid`, `cgroup`, `scope` (`cgroup` or `machine`); or None.

        oom-kill:constraint=CONSTRAINT_MEMCG,...,oom_memcg=/a,task_memcg=/a/b,task=x,pid=7,uid=0

    The first of `OOM_LINES` is that of Linux 5.0 and later, the others are older (mm/oom_kill.c, mm/memcontrol.c).
    """
    if "kill" not in message and "Kill" not in message:
        return None
    for pattern in OOM_LINES:
        match = pattern.search(message)
        if match:
            found = {name: clean(value, 128) for name, value in match.groupdict().items()}
            if "scope" in found:
                found["scope"] = "cgroup" if found["scope"] in ("CONSTRAINT_MEMCG", "Memory cgroup o") else "machine"
            return found
    return None


def suppressed(message: str) -> int:
    """Return how many messages the kernel says it held back, so that counts are known to be too low."""
    match = SUPPRESSED.search(message) if "callbacks suppressed" in message else None
    return int(match.group(1)) if match else 0
