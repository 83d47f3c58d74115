# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Neighbours and their tables from recorded messages, compared with what ip(8) printed of the same ones."""

from __future__ import annotations

import pathlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _neighbour_tables, _neighbours
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.module_utils.rtnetlink_recordings import (
    answer,
    cases,
    name_of,
    told,
)

RECORDINGS = cases("interface", "neighbours-*")
TABLES = cases("interface", "neighbour-table-*")
OWN = {bytes.fromhex("020000000a00")}


def summary_of(path: pathlib.Path) -> _neighbours.Summary:
    """Return the summary of the neighbours in a recording."""
    summary = _neighbours.new_summary()
    _neighbours.summarise_neighbours(answer(path), OWN, summary)
    return summary


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_states_are_those_of_ip(path: pathlib.Path) -> None:
    states = [row["state"][0].lower() for row in told(path)]
    assert _neighbours.by_state(summary_of(path)) == {state: states.count(state) for state in set(states)}


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_those_that_do_not_answer_are_named(path: pathlib.Path) -> None:
    expected = [row["dst"] for row in told(path) if row["state"][0] in ("FAILED", "INCOMPLETE")]
    rows = summary_of(path)["unresolved"]
    assert [row["address"] for row in rows] == expected
    assert all(row["state"] in ("failed", "incomplete") and row["mac"] is None for row in rows)


def test_an_address_that_answers_as_this_host_is_named() -> None:
    path = next(path for path in RECORDINGS if "ipv4" in path.name)
    assert [row["address"] for row in summary_of(path)["own_mac"]] == ["192.0.2.15"]
    assert summary_of(path)["not_collected"] == 1


def test_a_state_of_a_newer_kernel_is_a_number() -> None:
    path = next(path for path in RECORDINGS if "ipv4" in path.name)
    content = bytearray(answer(path))
    for dummy, start, _end in _neighbours.messages(memoryview(bytes(content))):
        if _neighbours.NDMSG.unpack_from(content, start)[2] not in _neighbours.UNRESOLVED:
            struct.pack_into("=H", content, start + 8, 0x200)
    summary = _neighbours.new_summary()
    _neighbours.summarise_neighbours(memoryview(content), OWN, summary)
    assert [row["state"] for row in summary["own_mac"]] == ["512"]
    assert _neighbours.by_state(summary)["512"] == summary["states"][0x200]


def test_a_virtual_router_is_no_double() -> None:
    path = next(path for path in RECORDINGS if "ipv4" in path.name)
    content = bytes(answer(path)).replace(bytes.fromhex("020000000a00"), bytes.fromhex("00005e000107"))
    summary = _neighbours.new_summary()
    _neighbours.summarise_neighbours(memoryview(content), {bytes.fromhex("00005e000107")}, summary)
    assert summary["own_mac"] == []


def test_multicast_entries_are_counted_in_one_go() -> None:
    """Buffers with nothing but settled entries take another way through the code, with the same result."""
    path = next(path for path in RECORDINGS if "ipv6" in path.name)
    settled = b""
    for dummy, start, end in _neighbours.messages(answer(path)):
        if _neighbours.NDMSG.unpack_from(answer(path), start)[2] == _neighbours.NOARP:
            settled += bytes(answer(path)[start - 16 : end])
    count = _neighbours.by_state(summary_of(path))["noarp"]
    for content in (settled, settled + settled):
        summary = _neighbours.new_summary()
        _neighbours.summarise_neighbours(memoryview(content), OWN, summary)
        assert _neighbours.by_state(summary) == {"noarp": count * len(content) // len(settled)}


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_one_neighbour(path: pathlib.Path) -> None:
    first = told(path)[0]
    expected = {"state": first["state"][0].lower(), "mac": first.get("lladdr")}
    assert _neighbours.parse_neighbour(answer(path)) == expected
    assert _neighbours.parse_neighbour(memoryview(b"")) is None


@pytest.mark.parametrize("path", TABLES, ids=name_of)
def test_tables_are_those_of_ip(path: pathlib.Path) -> None:
    row = told(path)[0]
    expected = {
        **{"gc_thresh%d" % number: row["thresh%d" % number] for number in (1, 2, 3)},
        **{name: row[name] for name in ("res_failed", "forced_gc_runs", "table_fulls")},
        "table_entries": row["entries"],
    }
    assert _neighbour_tables.parse_table(answer(path)) == expected


def test_statistics_are_added_over_cpus() -> None:
    text = (
        "entries  allocs   res_failed unresolved_discards table_fulls\n"
        "00000005  00000010 00000001 0000000a 00000000\n"
        "00000005  00000020 00000002 00000010 00000003\n"
    )
    expected = {"entries": 5, "allocs": 48, "res_failed": 3, "unresolved_discards": 26, "table_fulls": 3}
    assert _neighbour_tables.parse_statistics(text) == expected
    assert _neighbour_tables.parse_statistics("") == {}


def test_statistics_of_another_kernel_keep_what_has_a_name() -> None:
    text = "entries allocs\n00000001 00000002 00000003\n"
    assert _neighbour_tables.parse_statistics(text) == {"entries": 1, "allocs": 2}


def test_a_bad_line_is_named() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        _neighbour_tables.parse_statistics("entries\nnonsense\n")


@given(st.data())
def test_broken_messages_raise_nothing_but_value_error(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(RECORDINGS + TABLES))
    content = bytearray(answer(path))
    for dummy in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    buffer = memoryview(content)[: data.draw(st.integers(0, len(content)))]
    try:
        _neighbours.summarise_neighbours(buffer, OWN, _neighbours.new_summary())
        _neighbours.parse_neighbour(buffer)
        _neighbour_tables.parse_table(buffer)
    except ValueError:
        pass
