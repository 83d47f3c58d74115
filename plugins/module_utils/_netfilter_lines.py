# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packets that a rule of the firewall wrote into the kernel log (`LOG` of iptables, `log` of nftables)."""

from __future__ import annotations

import re
import typing as t

from ._text import clean

LINE = r"^(?P<prefix>.*?)\bIN=\S* OUT=\S* .*?\bSRC=(?P<source>\S+) DST=(?P<destination>\S+) (?P<rest>.*)"
MAX_PREFIXES = 10


def parse_packet(message: str) -> dict[str, t.Any] | None:
    """Return prefix, addresses, ports and whether RST is set, of a packet in the log, or None for another line.

        DROP-IN: IN=eth0 OUT= MAC=... SRC=192.0.2.7 DST=192.0.2.1 ... PROTO=TCP SPT=4 DPT=22 WINDOW=0 RES=0x00 RST

    net/netfilter/nf_log_syslog.c
    """
    match = re.search(LINE, message) if " OUT=" in message else None
    if not match:
        return None
    words = match.group("rest").split()
    values = dict(word.split("=", 1) for word in words if "=" in word)
    return {
        "prefix": clean(match.group("prefix").strip(), 64),
        "source": clean(match.group("source"), 64),
        "destination": clean(match.group("destination"), 64),
        "protocol": clean(values.get("PROTO", ""), 16),
        "port": int(values["DPT"]) if values.get("DPT", "").isdigit() else None,
        "reset": "RST" in words,
    }


class Packets:
    """Counts packets by the prefix of the rule that wrote them."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, t.Any]] = {}
        self.total = 0

    def add(self, packet: dict[str, t.Any], time: str | None) -> None:
        """Count one packet; times come in rising order."""
        self.total += 1
        row = self.rows.get(packet["prefix"])
        if row is None:
            if len(self.rows) >= MAX_PREFIXES:
                return
            row = self.rows[packet["prefix"]] = {"prefix": packet["prefix"], "count": 0, "resets": 0, "first": time}
        row["count"] += 1
        row["resets"] += packet["reset"]
        row["last"] = time
        row["example"] = {name: packet[name] for name in ("source", "destination", "protocol", "port")}
