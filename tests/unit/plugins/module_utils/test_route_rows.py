# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes from recorded RTM_NEWROUTE messages, compared with what ip(8) printed of the same routes."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _links,
    _netlink,
    _path_mtus,
    _route_lookups,
    _route_names,
    _route_reading,
    _route_rows,
    _route_summary,
)
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.module_utils.rtnetlink_recordings import (
    answer,
    cases,
    name_of,
    told,
)

RECORDINGS = cases("route", "routes-*")
LOOKUPS = cases("route", "lookup-*")
LEARNED = cases("route", "exceptions-*")
TYPES = {"2": "local", "3": "broadcast", "4": "anycast", "5": "multicast", "6": "blackhole", "7": "unreachable"}
TYPES.update({"8": "prohibit", "9": "throw"})
NAMES = _route_names.Names(dict(_route_names.TABLES), dict(_route_names.PROTOCOLS))


def links_beside(path: pathlib.Path) -> dict[int | None, str]:
    """Return the names of links by index, as they were when the recording was made."""
    kernel = path.stem.rpartition("-linux-")[2]
    links = answer(path.parent.parent / "interface" / ("links-linux-%s.bin" % kernel))
    return {link["index"]: link["name"].decode() for link, dummy in _links.parse_links(links, {})}


def routes_of(path: pathlib.Path) -> list[_route_rows.Row]:
    """Return the routes of a recording."""
    buffer = answer(path)
    return [_route_rows.parse_route(buffer[start:end]) for dummy, start, end in _netlink.messages(buffer)]


def type_of(row: dict[str, t.Any]) -> str:
    """Return the type of a route as `ip -N` has it: a number, or nothing for the usual one."""
    return TYPES[row["type"]] if "type" in row else "unicast"


def of_ip(row: dict[str, t.Any], any_address: str) -> dict[str, t.Any]:
    """Return what ip(8) printed with our keys; `ip -N` prints numbers where it has names."""
    bits = "/128" if ":" in any_address else "/32"
    destination = any_address + "/0" if row["dst"] == "default" else row["dst"]
    metrics = {key: value for metric in row.get("metrics", []) for key, value in metric.items()}
    return {
        "destination": destination if "/" in destination else destination + bits,
        "type": type_of(row),
        "table": row.get("table", "254"),
        "gateway": row.get("gateway") or row.get("via", {}).get("host"),
        "dev": row.get("dev"),
        "source": row.get("prefsrc"),
        "metric": row.get("metric", 0),
        "protocol": row.get("protocol", "3"),
        "flags": sorted(row["flags"]),
        "mtu_bytes": metrics.get("mtu"),
        "from": row.get("from"),
        "tos": int(row.get("tos", "0"), 16) or None,
        "nexthop_id": row.get("nhid"),
        "expires_s": row.get("expires"),
        "preference": {"high": "high", "low": "low"}.get(row.get("pref", "")),
        "nexthops": [(hop["gateway"], hop["dev"], hop["weight"], hop["flags"]) for hop in row.get("nexthops", [])],
    }


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_routes_are_those_of_ip(path: pathlib.Path) -> None:
    any_address = "::" if "ipv6" in path.name else "0.0.0.0"
    names = links_beside(path)
    found = [
        {
            **{key: row[key] for key in ("destination", "type", "gateway", "source", "metric")},
            **{key: row.get(key) for key in ("mtu_bytes", "from", "tos", "nexthop_id", "expires_s", "preference")},
            "table": str(row["table"]),
            "protocol": str(row["protocol"]),
            "dev": names.get(row["interface"]),
            "flags": sorted(row["flags"]),
            "nexthops": [
                (hop["gateway"], names[hop["interface"]], hop["weight"], hop["flags"])
                for hop in row.get("nexthops", [])
            ],
        }
        for row in routes_of(path)
    ]
    assert found == [of_ip(row, any_address) for row in told(path)]


@pytest.mark.parametrize("path", RECORDINGS, ids=name_of)
def test_summaries_count_what_ip_shows(path: pathlib.Path) -> None:
    summary = _route_summary.new_summary()
    _route_summary.summarise(answer(path), 40, summary)
    counts = _route_summary.counts_of(summary, NAMES)
    rows = told(path)
    types = [type_of(row) for row in rows]
    assert counts["total"] == len(rows)
    assert counts["by_type"] == {kind: types.count(kind) for kind in set(types)}
    assert len(summary.defaults) == sum(row["dst"] == "default" for row in rows)
    rejecting = [row for row in rows if type_of(row) in ("blackhole", "unreachable", "prohibit", "throw")]
    assert len(summary.rejecting) == sum(row["dst"] != "default" for row in rejecting)
    assert len(summary.routes) == counts["ordinary"]
    assert sum(counts["by_table"].values()) == sum(counts["by_protocol"].values()) == len(rows)


def like(path: pathlib.Path, destination: str) -> bytes:
    """Return the message of one route of a recording."""
    buffer = answer(path)
    for dummy, start, end in _netlink.messages(buffer):
        if _route_rows.parse_route(buffer[start:end])["destination"] == destination:
            return bytes(buffer[start - 16 : end])
    raise AssertionError(destination)


def test_a_full_table_is_counted_and_not_kept() -> None:
    """5,000 routes alike: the first are kept, and the others take the way without a step for each."""
    path = next(path for path in RECORDINGS if "ipv4" in path.name)
    row = like(path, "10.1.0.0/16")
    summary = _route_summary.new_summary()
    for dummy in range(100):
        _route_summary.summarise(memoryview(row * 50), 40, summary)
    counts = _route_summary.counts_of(summary, NAMES)
    assert (counts["total"], counts["ordinary"], counts["by_protocol"]) == (5000, 5000, {"bgp": 5000})
    assert len(summary.routes) == 40


def test_a_default_route_among_very_many_is_found() -> None:
    path = next(path for path in RECORDINGS if "ipv4" in path.name)
    row, default = like(path, "10.1.0.0/16"), like(path, "0.0.0.0/0")
    summary = _route_summary.new_summary()
    for content in (row * 200, row * 90 + default + row * 90, row * 200):
        _route_summary.summarise(memoryview(content), 40, summary)
    assert [route["destination"] for route in summary.defaults] == ["0.0.0.0/0"]
    assert _route_summary.counts_of(summary, NAMES)["total"] == 581


def test_many_tables_are_summed_up() -> None:
    summary = _route_summary.new_summary()
    for table in range(1000, 1040):
        summary.counts[(60, _route_rows.RTM_NEWROUTE, 24, 252, 4, 1, 0, 8, 15, table)] = 1
    by_table = _route_summary.counts_of(summary, NAMES)["by_table"]
    assert len(by_table) == _route_summary.LISTED_NAMES + 1
    assert by_table["other"] == 40 - _route_summary.LISTED_NAMES


@pytest.mark.parametrize("path", LOOKUPS, ids=name_of)
def test_lookups_are_those_of_ip(path: pathlib.Path) -> None:
    expected = told(path)[0]
    metrics = {key: value for metric in expected.get("metrics", []) for key, value in metric.items()}
    dummy, start, end = next(_netlink.messages(answer(path)))
    row = _route_lookups.parse_lookup(answer(path)[start:end])
    assert row["ok"] and row["error"] is None
    assert row["type"] == expected.get("type", "unicast")
    assert row["gateway"] == expected.get("gateway")
    assert row["source"] == expected["prefsrc"]
    assert row["pmtu_bytes"] == (metrics.get("mtu") if "expires" in expected else None)
    assert (row["pmtu_expires_s"] is None) == ("expires" not in expected)


def test_an_mtu_of_a_route_that_expires_was_not_learned() -> None:
    """An IPv6 route with an MTU and a lifetime of its own, as a router advertisement or a user sets it."""
    path = next(path for path in RECORDINGS if "ipv6" in path.name)
    row = _route_lookups.parse_lookup(memoryview(like(path, "2001:db8:77::/48"))[16:])
    assert (row["route_mtu_bytes"], row["pmtu_bytes"], row["pmtu_expires_s"]) == (1300, None, None)


def test_numbers_of_a_route_become_names() -> None:
    row = {"table": 254, "protocol": 3, "interface": None, "encapsulation": 1, "nexthops": []}
    told = _route_reading.named(row, NAMES)
    assert (told["table"], told["protocol"], told["encapsulation"]) == ("main", "boot", "mpls")
    assert _route_reading.named({**row, "encapsulation": 99}, NAMES)["encapsulation"] == "99"


@pytest.mark.parametrize("path", LEARNED, ids=name_of)
def test_learned_path_mtus_are_those_of_ip(path: pathlib.Path) -> None:
    expected = [(row["dst"], row["gateway"], row["metrics"][0]["mtu"]) for row in told(path)]
    rows = list(_path_mtus.parse_path_mtus(answer(path)))
    assert [(row["address"], row["gateway"], row["pmtu_bytes"]) for row in rows] == expected
    assert all(0 < row["expires_s"] <= 600 for row in rows)


def test_ordinary_routes_are_no_learned_path_mtus() -> None:
    """Kernels before 5.3 answer the question for cached routes with ordinary ones."""
    for path in RECORDINGS:
        assert list(_path_mtus.parse_path_mtus(answer(path))) == []


@given(st.data())
def test_broken_messages_raise_nothing_but_value_error(data: st.DataObject) -> None:
    content = bytearray(answer(data.draw(st.sampled_from(RECORDINGS + LOOKUPS + LEARNED))))
    for dummy in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    buffer = memoryview(content)[: data.draw(st.integers(0, len(content)))]
    try:
        _route_summary.summarise(buffer, 40, _route_summary.new_summary())
        list(_path_mtus.parse_path_mtus(buffer))
        for dummy, start, end in _netlink.messages(buffer):
            _route_lookups.parse_lookup(buffer[start:end])
    except ValueError:
        pass
