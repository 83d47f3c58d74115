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

    The pattern is compiled when the literal is met, which on most hosts is never. `everywhere` is true where the
    message is about the whole machine, so about each container on it as well.
    """

    name: str
    literal: str
    pattern: str = ""
    everywhere: bool = False


PORT = r"(?P<interface>[A-Za-z][\w.@-]*)"

KINDS = (
    Kind("oom-kill", "Killed process ", r"Killed process (?P<pid>\d+) \((?P<process>.*?)\)(?:,| total-vm)"),
    Kind(
        "conntrack-table-full", "table full", r"nf_conntrack: table full(?: in netns (?P<netns>\d+))?, dropping packet"
    ),
    Kind("conntrack-invalid", "nf_ct_", r"nf_ct_(?:proto_6|tcp): (?P<reason>.*?)(?: IN=.*)?$"),
    Kind("conntrack-helper-drop", "dropping packet", r"nf_ct_(?P<helper>(?!proto_|tcp)\w+): .*dropping packet"),
    Kind(
        "syn-flood",
        "SYN flooding",
        r"on port (?:\[?(?P<address>[^\s\]]+)\]?:)?(?P<port>\d+)\. (?P<action>Sending cookies|Dropping request)",
    ),
    Kind("tcp-out-of-memory", "TCP: out of memory", everywhere=True),
    Kind("too-many-orphans", "too many orphaned sockets", everywhere=True),
    Kind("time-wait-overflow", "time wait bucket table overflow"),
    Kind("neighbour-overflow", "table overflow", r"(?i:neighbou?r table overflow)", everywhere=True),
    Kind("link-down", "own", PORT + r":? (?:NIC )?[Ll]ink (?:is )?[Dd]own\b"),
    Kind("link-down", "definitely down", r"link status definitely down for interface " + PORT),
    Kind("link-down", "definitely down", r"\(slave " + PORT + r"\): link status definitely down"),
    Kind("link-down", "arrier", PORT + r": carrier lost"),
    Kind("link-up", "ink ", PORT + r":? (?:NIC )?[Ll]ink (?:is )?[Uu]p\b"),
    Kind("link-up", "definitely up", r"link status definitely up for interface " + PORT),
    Kind("link-up", "definitely up", r"\(slave " + PORT + r"\): link status definitely up"),
    Kind("netdev-watchdog", "NETDEV WATCHDOG", r"NETDEV WATCHDOG: " + PORT + r" \("),
    Kind("netdev-watchdog", "NETDEV WATCHDOG", PORT + r"(?: \([^)]*\))?: NETDEV WATCHDOG"),
    Kind("netdev-watchdog", "NETDEV WATCHDOG"),
    Kind("netdev-watchdog", "Hardware Unit Hang", PORT + r": Detected Hardware Unit Hang"),
    Kind("duplicate-address", "duplicate address", PORT + r": IPv6 duplicate address (?P<address>\S+)"),
    Kind(
        "martian-source",
        "martian source",
        r"martian source (?P<destination>\S+) from (?P<address>[^\s,]+),? on dev (?P<interface>\S+)",
    ),
    Kind("crash", "segfault at", r"^(?P<process>.{1,64}?)\[(?P<pid>\d+)\]: (?P<reason>segfault) at"),
    Kind("crash", "traps: ", r"^traps: (?P<process>.{1,64}?)\[(?P<pid>\d+)\] (?P<reason>[a-z ]+) ip:"),
    Kind("seccomp-kill", "type=1326", r' pid=(?P<pid>\d+) comm="(?P<process>[^"]*)".* sig=(?P<signal>[1-9]\d*)'),
    Kind(
        "access-denied",
        'apparmor="DENIED"',
        r'apparmor="DENIED" operation="(?P<reason>[^"]*)".* comm="(?P<process>[^"]*)"',
    ),
    Kind("access-denied", "avc:  denied", r'avc:  denied  \{ (?P<reason>[^}]*) \}.* comm="(?P<process>[^"]*)"'),
    Kind("file-limit", "file-max limit", everywhere=True),
    Kind("fork-refused", "fork rejected", r"fork rejected by pids controller in (?P<cgroup>\S+)"),
    Kind("hung-task", "blocked for more than", r"task (?P<process>.*):(?P<pid>\d+) blocked for more than"),
    Kind("cpu-stall", "soft lockup", everywhere=True),
    Kind("cpu-stall", "hard LOCKUP", everywhere=True),
    Kind("cpu-stall", "stall", r"rcu\w*:? .*detected (?:expedited )?stall", everywhere=True),
    Kind("clock-jump", "clocksource", r"[Mm]arking clocksource '(?P<clock>[\w-]+)' as unstable", everywhere=True),
    Kind("suspended", "PM: ", r"PM: (?:suspend exit|hibernation: hibernation exit)", everywhere=True),
    Kind("io-error", "I/O error", r"I/O error,? (?:on )?dev (?P<device>[\w-]+)", everywhere=True),
)

NAMES = tuple(dict.fromkeys(kind.name for kind in KINDS))
EVERYWHERE = frozenset(kind.name for kind in KINDS if kind.everywhere)

NOT_PORTS = frozenset(["SATA", "PCIe", "Slot"])
"""Words that stand where the name of an interface would: disks and buses have links too."""

OOM_LINES = (
    r"oom-kill:constraint=(?P<scope>\w+),.*?task_memcg=(?P<cgroup>.*?),task=.*,pid=(?P<pid>\d+)",
    r"Task in (?P<cgroup>\S+) killed as a result of limit of",
    r"(?P<scope>Memory cgroup o|O)ut of memory: Kill process (?P<pid>\d+) ",
)
BOOT = "Linux version "
"""What the first message of a boot begins with."""

SUPPRESSED = r"net_ratelimit: (\d+) callbacks suppressed"


def classify(message: str) -> dict[str, str] | None:
    """Return `kind` and the fields of a message of the kernel, None when it does not bear on connections.

        eth0: NIC Link is Down
        Memory cgroup out of memory: Killed process 812 (beam.smp) total-vm:...

    The texts are those of the kernel sources from 4.18 to 6.18 and of the common drivers.
    """
    for kind in KINDS:
        if kind.literal in message:
            match = re.search(kind.pattern or re.escape(kind.literal), message)
            if match and match.groupdict().get("interface") not in NOT_PORTS:
                fields = {name: clean(value, 64) for name, value in match.groupdict().items() if value}
                return {"kind": kind.name, **fields}
    return None


def oom_details(message: str) -> dict[str, str] | None:
    """Return what the lines around an OOM kill say of it: `pid`, `cgroup`, `scope` (`cgroup` or `machine`); or None.

        oom-kill:constraint=CONSTRAINT_MEMCG,...,oom_memcg=/a,task_memcg=/a/b,task=x,pid=7,uid=0

    The first of `OOM_LINES` is that of Linux 5.0 and later, the others are older (mm/oom_kill.c, mm/memcontrol.c).
    """
    if "kill" not in message and "Kill process" not in message:
        return None
    for pattern in OOM_LINES:
        match = re.search(pattern, message)
        if match:
            found = {name: clean(value, 128) for name, value in match.groupdict().items()}
            if "scope" in found:
                found["scope"] = "cgroup" if found["scope"] in ("CONSTRAINT_MEMCG", "Memory cgroup o") else "machine"
            return found
    return None


def suppressed(message: str) -> int:
    """Return how many messages the kernel says it held back, so that counts are known to be too low."""
    match = re.search(SUPPRESSED, message) if "callbacks suppressed" in message else None
    return int(match.group(1)) if match else 0
