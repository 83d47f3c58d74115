# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""report.html: one file without outside assets that reads well on a screen, on a phone and on paper."""

from __future__ import annotations

import base64
import functools
import hashlib
import pathlib
import typing as t

import jinja2
from markupsafe import Markup

from . import _report_groups as report_groups
from ._report_bars import timeout_bars
from ._report_causes import causes
from ._report_chart import state_bar
from ._report_host_details import host_details, with_anchors
from ._report_hosts import host_list, worst_states
from ._report_matrix import matrix
from ._report_path import of_no_cause, paths, with_paths
from ._report_steps import coverage, first_steps, headline
from ._report_tables import tables
from ._report_text import block, counted, plain
from ._report_timeline import timeline
from ._report_words import hosts_text

TEMPLATES = pathlib.Path(__file__).resolve().parents[2] / "roles" / "diagnose" / "templates"
ASSETS = {"style": "report.css", "script": "report.js"}
VARIANTS = 20
"""Rows of a finding that stand open; the rest is in the details of its hosts."""

Document = dict[str, t.Any]

DRAWINGS = {"timeline": timeline, "connectivity": matrix, "timeouts": timeout_bars}
"""Key of a table: what draws it above its rows, or gives None when there is too little to draw."""


def render_html(document: Document) -> str:
    """Return the document as one page; it is complete without its script, which adds copy buttons and a filter."""
    return _template().render(view(document))


@functools.lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    """Return the page's template, its own Jinja environment apart from Ansible's: data is never a template here."""
    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.FileSystemLoader(str(TEMPLATES)),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(plain=plain, block=block, host_list=host_list)
    environment.globals.update(scope_of=report_groups.scope_of, flow_list=report_groups.flow_list)
    environment.globals.update(counted=counted, hosts_text=hosts_text)
    return environment.get_template("report.html.j2")


def view(document: Document) -> dict[str, t.Any]:
    """Return what the template shows, in the order in which it shows it."""
    states = worst_states(document)
    groups = with_anchors(report_groups.by_rule(report_groups.findings_of(document, "deviation")))
    state, sentence = headline(document)
    drawn = paths(document)
    found = with_paths(causes(document), drawn)
    return {
        **_assets(),
        "document": document,
        "state": state,
        "headline": sentence,
        "coverage": coverage(document),
        "notes": document.get("warnings") or [],
        "steps": first_steps(document),
        "bar": state_bar(states),
        "strong_causes": [one for one in found if one["verdict"] != "possible"],
        "other_paths": of_no_cause(document, drawn),
        "weak_causes": [one for one in found if one["verdict"] == "possible"],
        "unreachable": report_groups.unreachable(document),
        "tables": tables(document),
        "drawings": {key: draw(document[key]) for key, draw in DRAWINGS.items()},
        "groups": groups,
        "variants": VARIANTS,
        "blind_spots": document["blind_spots"]["rows"],
        "not_observed": report_groups.not_observed(document),
        "unknown": report_groups.unknown(document),
        "waived": report_groups.waived(document),
        "hosts": host_details(document, states, groups),
    }


def _assets() -> dict[str, t.Any]:
    """Return style and script and their hashes for the Content-Security-Policy (CSP level 2, section 5)."""
    texts = {kind: (TEMPLATES / name).read_text(encoding="utf-8") for kind, name in ASSETS.items()}
    return {
        **{kind: Markup(text) for kind, text in texts.items()},
        **{kind + "_hash": _hash(text) for kind, text in texts.items()},
    }


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
