# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A flow as diagnoses need it: whose it is, who sent its resets, and what happens on the wire in one sentence."""

from __future__ import annotations

import typing as t

from ._correlation import Flow
from ._readings import Row, mapping, text, texts

ENDED = {
    "refused": "is refused",
    "reset": "is reset",
    "closed": "is closed",
    "timed_out": "gets no answer",
    "host_unreachable": "cannot reach it",
    "net_unreachable": "has no route to it",
}
SENDERS = {
    "kernel": "The reset comes from the kernel of %s.",
    "rule": "The reset comes from a firewall rule of %s.",
    "box": "The reset comes from %s.",
}


def flow_digest(flow: Flow) -> dict[str, t.Any]:
    """Return {client, server, port, target, peers, named, ssh_ports, sender, story} of a flow."""
    facts = mapping(flow.facts, "flow")
    origin = text(facts, "origin")
    return {
        "client": None if origin == "example" else facts.get("client"),
        "server": facts.get("server"),
        "port": facts.get("port"),
        "target": mapping(facts, "path").get("target"),
        "peers": list(flow.peers),
        "named": facts.get("named") is True,
        "ssh_ports": facts.get("ssh_ports") or [],
        "sender": text(facts, "attribution", "sender") or None,
        "story": story(facts),
    }


def story(facts: Row) -> str:
    """Return who speaks to whom on which way and how that ends: `web1 is refused by db1:5432 on the way over r1.`"""
    server = text(facts, "server") + (":%d" % facts["port"] if facts.get("port") else "")
    client = text(facts, "client") if text(facts, "origin") != "example" else ""
    hops = [*texts(facts, "path", "hops"), *texts(facts, "path", "boxes")]
    over = " over %s" % ", ".join(dict.fromkeys(hops)) if hops else ""
    ended = ENDED.get(text(facts, "probe", "class"), "")
    who = "%s speaks to %s%s" % (client, server, over) if client else "Clients speak to %s%s" % (server, over)
    first = who + (" and %s." % ended if ended else ".")
    return " ".join(filter(None, [first, _sender(facts)]))


def _sender(facts: Row) -> str:
    name, kind = text(facts, "attribution", "sender"), text(facts, "attribution", "kind")
    return SENDERS[kind] % name if name and kind in SENDERS else ""
