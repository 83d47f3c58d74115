# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings as evidence: what each says for or against a cause, and whether it has to do with what the user asked."""

from __future__ import annotations

import typing as t

from ._background import BACKGROUND
from ._filters_of import RANGE
from ._readings import Row

Entry = t.Mapping[str, t.Any]
Finding = t.Mapping[str, t.Any]

STRONGEST_FIRST = ("conclusive", "supporting", "setting", "excluding")
REMOTE = frozenset({"remote-kernel", "remote-app"})
OWN_SIDE = REMOTE | {"local-kernel"}
AT_SERVER = frozenset(("syn-backlog-overflow", "cpu-saturation", "sshd-max-sessions"))
"""Causes of the server's side that send no reset."""


class Piece(t.NamedTuple):
    """One finding as evidence for one cause."""

    strength: str
    finding: Finding

    @property
    def rows(self) -> list[Row]:
        """Return the evidence of the finding that is a mapping."""
        return [row for row in self.finding["evidence"] if isinstance(row, dict)]


class Asked(t.NamedTuple):
    """The flow that the user named: its hosts by their part, its port, and the ports of sshd on its server."""

    client: str | None
    server: str | None
    port: int | None
    servers: frozenset[str]
    peers: frozenset[str]
    ssh_ports: frozenset[int]


def asked_of(flows: t.Iterable[Entry]) -> Asked | None:
    """Return what the user named, from the flows of the run, or None when no flow was named."""
    named = [flow for flow in flows if flow.get("named")]
    if not named:
        return None
    first = named[0]
    return Asked(
        first.get("client"),
        first.get("server"),
        first.get("port"),
        frozenset(name for flow in named for name in (flow.get("server"), flow.get("target")) if name),
        frozenset(name for flow in named for name in flow.get("peers") or ()),
        frozenset(port for flow in named for port in flow.get("ssh_ports") or ()),
    )


def is_at_server(name: str, cause: Entry) -> bool:
    """Return whether a cause lies in the kernel or an application of the server."""
    senders = set(cause.get("rst_sender") or ())
    return name in AT_SERVER or (bool(senders) and senders <= REMOTE)


def concerns(name: str, cause: Entry, host: str | None, servers: t.Container[str], peers: t.Container[str]) -> bool:
    """Return whether evidence on a host can be about a flow: that for the server's side only on the server."""
    return host in (servers if is_at_server(name, cause) else peers)


def is_about(finding: Finding, asked: Asked) -> bool:
    """Return whether a finding on a host says something of the port that was asked for, or of no port at all."""
    if asked.port is None:
        return True
    if "peer_sshd_log" in finding.get("families", ()) and asked.port not in asked.ssh_ports:
        return False
    told = [row for row in finding["evidence"] if isinstance(row, dict) and ("port" in row or "ports" in row)]
    return not told or any(_has_port(row, asked.port) for row in told)


def _has_port(row: Row, port: int) -> bool:
    told = row.get("ports") or row.get("port")
    if isinstance(told, list):
        return port in told
    if isinstance(told, str):
        return not told or any(_in_range(part.strip(), port) for part in told.removeprefix("not ").split(","))
    return told in (None, port)


def _in_range(written: str, port: int) -> bool:
    found = RANGE.match(written)
    return not found or int(found.group(1)) <= port <= int(found.group(2) or found.group(1))


def strengths(pieces: t.Sequence[Piece]) -> list[str]:
    """Return the strengths that count: one rule that deviates on many hosts is one piece, not many.

    What healthy hosts show too is worth a setting, unless something else than that and settings speaks for the cause.
    """
    distinct = dict.fromkeys((piece.strength, piece.finding["rule"]) for piece in pieces)
    backed = any(strength in ("supporting", "conclusive") and rule not in BACKGROUND for strength, rule in distinct)
    return [_worth(strength, rule, backed) for strength, rule in distinct]


def _worth(strength: str, rule: str, backed: bool) -> str:
    return "setting" if rule in BACKGROUND and not backed and strength != "excluding" else strength
