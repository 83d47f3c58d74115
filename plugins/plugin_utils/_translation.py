# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which peers on a way keep state of connections: those that translate addresses or judge by connection tracking."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck  # bool is an int, and tagged text a str
from ._readings import rows
from ._scene import Scene


def translates(scene: Scene, name: str) -> bool:
    """Return whether a peer translates addresses."""
    fact = scene.facts_of(name).get("peer_firewall")
    nat = fact.get("nat") if type(fact) is dict else None
    return type(nat) is dict and nat.get("present") is True


def is_stateful(scene: Scene, name: str) -> bool:
    """Return whether a peer's rules depend on connection tracking: NAT, states, or a policy that drops what is new."""
    facts = scene.facts_of(name)
    rules = rows(facts, "peer_firewall", "rules")
    return translates(scene, name) or any(rule.get("ct_state") or rule.get("action") == "policy-drop" for rule in rules)
