# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queueing disciplines from recorded RTM_NEWQDISC messages, compared with what tc(8) printed of the same ones."""

from __future__ import annotations

import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _links, _qdiscs
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.module_utils.rtnetlink_recordings import (
    answer,
    cases,
    name_of,
    told,
)

RECORDINGS = cases("interface", "qdiscs")


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_counters_are_those_of_tc(path: pathlib.Path) -> None:
    links = answer(path.with_name(path.name.replace("qdiscs", "links")))
    names = {link["index"]: link["name"].decode() for link, dummy in _links.parse_links(links, {})}
    expected = {
        row["dev"]: {
            "qdisc_packets": row["packets"],
            "qdisc_drops": row["drops"],
            "qdisc_requeues": row["requeues"],
            "qdisc_overlimits": row["overlimits"],
            "qdisc_backlog_bytes": row["backlog"],
        }
        for row in told(path)
        if row.get("root") and (row["packets"] or row["drops"])
    }
    found: dict[int, dict[str, int]] = {}
    _qdiscs.parse_qdiscs(answer(path), found)
    assert {names[index]: row for index, row in found.items()} == expected
    assert not any("ingress_drops" in row for row in found.values())


def test_one_of_them_drops() -> None:
    found: dict[int, dict[str, int]] = {}
    for path in RECORDINGS:
        _qdiscs.parse_qdiscs(answer(path), found)
    assert any(row["qdisc_drops"] > 0 for row in found.values())


@given(st.data())
def test_broken_messages_neither_raise_nor_loop(data: st.DataObject) -> None:
    content = bytearray(answer(data.draw(st.sampled_from(RECORDINGS))))
    for dummy in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    _qdiscs.parse_qdiscs(memoryview(content)[: data.draw(st.integers(0, len(content)))], {})
