# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Root causes as a reader wants them: one entry per cause and verdict, however many places it was found in."""

from __future__ import annotations

import typing as t

from ._report_groups import evidence_rows
from ._report_hosts import host_list, in_order
from ._report_text import flow_text, plain, quantity

Document = dict[str, t.Any]


def causes(document: Document) -> list[Document]:
    """Return the diagnoses folded by cause and verdict, in the document's order: best first.

    An entry holds {cause, title, verdict, culprits, rst_sender, flows, hosts, explanation, places, evidence,
    remediation, sources}; `places` are {culprit, flow, explanation} for each diagnosis when there are several, and
    `explanation` is that of the first.
    """
    return _folded(document["diagnoses"])


def blamed(document: Document) -> list[Document]:
    """Return the causes that are more than a possibility, best first."""
    return _folded(one for one in document["diagnoses"] if one["verdict"] != "possible")


def _folded(diagnoses: t.Iterable[Document]) -> list[Document]:
    folded: dict[tuple[str, str], list[Document]] = {}
    for diagnosis in diagnoses:
        folded.setdefault((diagnosis["verdict"], diagnosis["cause"]), []).append(diagnosis)
    return [_cause(members) for members in folded.values()]


def _cause(members: list[Document]) -> Document:
    first = members[0]
    return {
        "cause": plain(first["cause"], 100),
        "title": plain(first["title"]).strip() or plain(first["cause"], 100),
        "verdict": first["verdict"],
        "culprits": in_order(one["culprit"] for one in members if one["culprit"]),
        "rst_sender": quantity(first["rst_sender"]) if first["rst_sender"] else "",
        "flows": list(dict.fromkeys(flow for flow in map(flow_of, members) if flow)),
        "hosts": in_order(host for one in members for host in one["hosts"]),
        "explanation": plain(first["explanation"], 1500),
        "places": [_place(one) for one in members] if members[1:] else [],
        "evidence": evidence_rows([piece for one in members for piece in one["evidence"]]),
        "remediation": list({cure["text"]: cure for one in members for cure in one["remediation"]}.values()),
        "sources": list(dict.fromkeys(plain(source) for one in members for source in one["sources"])),
    }


def _place(diagnosis: Document) -> dict[str, str]:
    return {
        "culprit": plain(diagnosis["culprit"] or "", 100),
        "flow": flow_of(diagnosis) or host_list(diagnosis["hosts"]),
        "explanation": plain(diagnosis["explanation"]),
    }


def flow_of(diagnosis: Document) -> str:
    """Return `client -> server:port` of a diagnosis, empty when it belongs to no flow."""
    return flow_text({key: diagnosis[key] for key in ("client", "server", "port")}) if diagnosis["server"] else ""


def place_of(cause: Document, width: int = 1000) -> str:
    """Return where a cause is to be cured: its culprits, else its hosts, else its flows."""
    return host_list(cause["culprits"] or cause["hosts"], 4, width) or ", ".join(cause["flows"][:2])
