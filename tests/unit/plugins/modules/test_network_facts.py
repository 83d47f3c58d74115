# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented keys of interface_facts and route_facts are those that the facts have."""

from __future__ import annotations

import typing as t

import pytest

yaml = pytest.importorskip("yaml")
pytest.importorskip("ansible")

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _interfaces, _routes
from ansible_collections.netdoctor.connection_reset.plugins.modules import interface_facts, route_facts

FACTS = {
    "peer_interfaces": (interface_facts, _interfaces.collect),
    "peer_routes": (route_facts, lambda: _routes.collect(targets=["127.0.0.1", "::1"])),
}
SOMETIMES = ("when", "for a")


def undocumented(value: t.Any, contains: dict[str, t.Any], path: str) -> list[str]:
    """Return the paths of keys in a fact without documentation; what has no `contains` is not looked into."""
    rows = value if isinstance(value, list) else [value]
    found = []
    for row in rows:
        for key, item in row.items():
            if key not in contains:
                found.append("%s.%s" % (path, key))
            elif "contains" in contains[key] and item is not None:
                found += undocumented(item, contains[key]["contains"], "%s.%s" % (path, key))
    return found


def missing(value: t.Any, contains: dict[str, t.Any], path: str) -> list[str]:
    """Return the paths of keys that are documented as always there and are not."""
    rows = value if isinstance(value, list) else [value]
    found = []
    for row in rows:
        for key, entry in contains.items():
            if key not in row and not entry["returned"].startswith(SOMETIMES):
                found.append("%s.%s" % (path, key))
            elif key in row and "contains" in entry and row[key] is not None:
                found += missing(row[key], entry["contains"], "%s.%s" % (path, key))
    return found


@pytest.mark.parametrize("name", sorted(FACTS))
def test_documented_keys_are_the_keys(name: str) -> None:
    module, collect = FACTS[name]
    contains = yaml.safe_load(module.RETURN)["ansible_facts"]["contains"][name]["contains"]
    fact = collect()
    assert undocumented(fact, contains, name) == []
    assert missing(fact, contains, name) == []
