# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the firewall rules on the way of a flow say: which reset it, refuse it, limit it or drop it."""

from __future__ import annotations

import typing as t

from ._counters_of import in_window
from ._filters_of import Hit, Packet, describe, hits
from ._listeners_of import listening
from ._readings import Row, number, text
from ._scene import Scene
from ._signs import Signs, sign
from ._translation import translates

Entry = t.Mapping[str, t.Any]

REFUSALS = ("refused", "reset", "host_unreachable", "net_unreachable", "other")
NOTHING_ARRIVES_PERCENT = 95


def filter_signs(scene: Scene) -> Signs:
    """Return the signs of firewall rules on the way, by what they do; NAT hides the client from rules behind it."""
    found = scene_hits(scene)
    resetting = [hit for hit in found if hit.rule.get("reject_type") == "tcp-reset" and not hit.rule.get("limit")]
    refusing = [hit for hit in found if hit.rule.get("action") == "reject" and not hit.rule.get("limit")]
    answering = [hit for hit in refusing if hit not in resetting]
    dropping = [hit for hit in found if hit.rule.get("action") == "drop" and not hit.rule.get("limit")]
    limiting = [hit for hit in found if hit.rule.get("limit") and hit.exact]
    new = [hit for hit in dropping if not _is_invalid(hit)]
    return {
        "resets_now": _rows(hit for hit in resetting if not _is_invalid(hit) and _acts(scene, hit)),
        "resets_before": _rows(hit for hit in resetting if not _is_invalid(hit) and _acted(scene, hit)),
        "refuses_now": _rows(hit for hit in answering if _acts(scene, hit)),
        "refuses_before": _rows(hit for hit in answering if _acted(scene, hit)),
        "invalid_hit": _rows(hit for hit in [*resetting, *dropping] if _is_invalid(hit) and hit.packets),
        "resets_service": _guarded(scene)
        if any(_acted(scene, hit) and not _is_invalid(hit) for hit in resetting)
        else [],
        "limits": _rows(hit for hit in limiting if hit.packets),
        "limits_now": _rows(hit for hit in limiting if hit.moved),
        "drops_some": _works_in_part(scene, [hit for hit in new if hit.moved]),
        "drops": _rows(hit for hit in new if _swallows(scene, hit)),
        "drops_the_rest": _rows(hit for hit in new if not hit.exact and (hit.packets or hit.moved)),
        "banned": _rows(hit for hit in found if _is_ban(hit, scene.client_address)),
    }


def scene_hits(scene: Scene) -> list[Hit]:
    """Return the rules on all peers of the flow that match it, in both directions, those of the server first."""
    packet = Packet(scene.client_address, scene.ends.address, scene.ends.port)
    behind_nat = any(translates(scene, name) for name in scene.peers_between)
    found = []
    for name in scene.peers:
        part = "client" if name == scene.client else "server" if name == scene.target else "path"
        seen = packet._replace(source=None) if behind_nat and part == "server" else packet
        found += hits(name, scene.facts_of(name), part, seen)
    return found


def _guarded(scene: Scene) -> list[Row]:
    """Return that a service listens where a rule on the way rejects its callers."""
    port = scene.ends.port
    if port is None or scene.target is None or text(scene.probe, "class") == "ok":
        return []
    found = listening(scene.server_facts, port, scene.ends.address)
    if found.state != "yes":
        return []
    name = next((text(row, "name") for row in found.rows if text(row, "name")), "a service")
    return [sign(scene.target, "%s listens on %s, which the rule rejects" % (name, scene.where), port=port)]


def _works_in_part(scene: Scene, moving: list[Hit]) -> list[Row]:
    """Return that packets arrive while a rule on the way drops others."""
    loss = number(scene.probe, "ping", "loss_percent")
    arrives = text(scene.probe, "class") == "ok" or (loss is not None and loss < NOTHING_ARRIVES_PERCENT)
    arrives = arrives or (scene.probe is None and any(_answered(scene.facts_of(name)) for name in scene.peers))
    if not moving or not arrives or not any(repeats(scene.facts_of(name)) for name in scene.peers):
        return []
    names = ", ".join(dict.fromkeys(hit.host for hit in moving))
    what = "connections are served and segments repeated while %s drops packets" % names
    return [sign(moving[0].host, what, value=moving[0].moved, culprit=moving[0].host)]


def _answered(facts: Entry) -> bool:
    return bool(in_window(facts, "Tcp.PassiveOpens"))


def _rows(found: t.Iterable[Hit]) -> list[Row]:
    return [
        sign(hit.host, describe(hit), value=hit.moved or hit.packets, culprit=hit.host, **_ports(hit)) for hit in found
    ]


def _ports(hit: Hit) -> dict[str, str]:
    return {"ports": text(hit.rule, "ports")} if text(hit.rule, "ports") else {}


def _is_invalid(hit: Hit) -> bool:
    return "invalid" in text(hit.rule, "ct_state")


def _acts(scene: Scene, hit: Hit) -> bool:
    """Return whether a rule answers this flow now: it moved, or what was tried ended the way the rule ends it."""
    tried = text(scene.probe, "class")
    if tried == "ok":
        return False
    refused = tried in REFUSALS
    counts = hit.rule.get("packets") is not None
    return (bool(hit.moved) and (hit.exact or refused)) or (refused and hit.exact and (bool(hit.packets) or not counts))


def _acted(scene: Scene, hit: Hit) -> bool:
    """Return whether a rule answered packets, perhaps of this flow, at some time."""
    return bool(hit.packets) and (hit.exact or bool(hit.moved) or text(scene.probe, "class") in REFUSALS)


def _swallows(scene: Scene, hit: Hit) -> bool:
    """Return whether a rule drops packets of this flow: it names it, or an end repeats segments while the rule hits."""
    if hit.exact and hit.packets and text(scene.probe, "class") != "ok":
        return True
    return bool(hit.moved) and any(repeats(scene.facts_of(name)) for name in (scene.client, scene.target) if name)


def repeats(facts: Entry) -> bool:
    """Return whether a peer sent segments again in the window because nobody acknowledged them."""
    return any(in_window(facts, name) for name in ("TcpExt.TCPTimeouts", "TcpExt.TCPSynRetrans"))


def _is_ban(hit: Hit, client: str | None) -> bool:
    names = (text(hit.rule, "chain"), text(hit.rule, "table"))
    if not any(name.startswith(("f2b-", "fail2ban")) for name in names) or client is None:
        return False
    return bool(text(hit.rule, "source")) and hit.rule["source"][:1] not in "@n"
