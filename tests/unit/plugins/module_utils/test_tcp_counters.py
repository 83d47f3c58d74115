# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters: recordings of several kernels into the fact, and the arithmetic behind it.

The recordings of 6.1 and 6.18 are real, with two samples (tests/fixtures/capture_proc.py). Those of other kernels are
published output with one sample (tests/fixtures/README.md), or have the columns of a kernel and made-up figures, which
move over the end of 32 and 64 bits.
"""

from __future__ import annotations

import json
import pathlib
import time
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _counter_names,
    _counter_signs,
    _read,
    _tcp_counters,
    _window,
)
from ansible_collections.netdoctor.connection_reset.plugins.module_utils._bounds import FAMILY_BYTES, size_bytes
from ansible_collections.netdoctor.connection_reset.plugins.module_utils._per_cpu import (
    parse_softnet_stat,
    parse_stat_table,
    total,
)
from ansible_collections.netdoctor.connection_reset.plugins.module_utils._proc_net import (
    parse_snmp,
    parse_snmp6,
    parse_sockstat,
)
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.module_utils.recordings import (
    FIXTURES,
    samples,
    write_tree,
)

RECORDINGS = sorted(path.stem for path in (FIXTURES / "tcp_counter").glob("*.txt"))
NEW_IN = {
    "rhel-7-linux-3.10": "",
    "linux-4.8": "TCPKeepAlive TCPWinProbe TCPFastOpenActiveFail TCPToZeroWindowAdv",
    "rhel-8-linux-4.18": "TCPMD5Failure TCPMemoryPressuresChrono TCPMTUPFail TCPZeroWindowDrop TCPRcvQDrop",
    "linux-5.2": "",
    "ubuntu-20.04-linux-5.4": "",
    "linux-6.12": "TCPMigrateReqFailure TCPAORequired TCPAOBad TCPAOKeyNotFound",
    "ubuntu-25.04-linux-6.14": "PAWSOldAck",
}
"""Counters that no kernel before in the list has."""
WITH_MPTCP = ("rhel-8-linux-4.18", "linux-6.12", "ubuntu-25.04-linux-6.14")


@pytest.fixture(name="collected")
def collect_recording(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> t.Callable[..., dict[str, t.Any]]:
    """Return a function that collects from a recording, with its first sample ten seconds ago or with none."""

    def collect(name: str, window: bool = True, change: t.Callable[[str], str] = str) -> dict[str, t.Any]:
        recorded = samples("tcp_counter", name + ".txt")
        reads = {path: _read.Read(text, "ok", "") for path, text in recorded[0].items()}
        write_tree(tmp_path, {path: change(text) for path, text in recorded[-1].items()})
        monkeypatch.setattr(_read, "ROOT", str(tmp_path))
        first = _window.Sample(time.monotonic() - 10, reads) if window and len(recorded) > 1 else None
        return _tcp_counters.collect(first=first)

    return collect


@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings(name: str, collected: t.Callable[..., dict[str, t.Any]]) -> None:
    fact = collected(name)
    expected = json.loads((FIXTURES / "tcp_counter" / (name + ".json")).read_text(encoding="utf-8"))
    assert fact.pop("window_s") == pytest.approx(10 if len(samples("tcp_counter", name + ".txt")) > 1 else 0, abs=2)
    per_s = {key: fact["derived"].pop(key) for key in list(fact["derived"]) if key.endswith("_per_s")}
    wanted = expected["derived"].pop("per_s")
    assert per_s == (wanted if None in wanted.values() else pytest.approx(wanted, rel=0.2))
    # Where the recording has no file, the message of the system is that of this machine and its folder.
    for entry in fact["sources"]:
        entry["detail"] = "" if entry["status"] == "absent" else entry["detail"]
    assert fact == expected


@pytest.mark.parametrize(
    ("name", "counters", "signs"),
    [
        pytest.param(
            "linux-3.10-columns",
            "TCPMD5Failure TCPMemoryPressuresChrono TCPFastOpenActiveFail TCPFastOpenBlackhole TCPWantZeroWindowAdv"
            " TCPSynRetrans TCPWinProbe TCPKeepAlive TCPMTUPFail TCPRcvQDrop TCPZeroWindowDrop TCPMigrateReqFailure",
            "zero_windows zero_window_probes fast_open_failures softnet_flow_limited mptcp_resets paws_rejected",
            id="3.10",
        ),
        pytest.param(
            "linux-5.4-columns",
            "TCPMigrateReqFailure TCPAORequired PAWSOldAck",
            "mptcp_resets migrate_failures paws_rejected",
            id="5.4",
        ),
    ],
)
def test_what_a_kernel_does_not_count_is_absent_and_not_0(
    name: str, counters: str, signs: str, collected: t.Callable[..., dict[str, t.Any]]
) -> None:
    fact = collected(name)
    for tables in (fact["totals"], fact["deltas"]):
        assert set(counters.split()) & set(tables["netstat"]["TcpExt"]) == set()
    assert {fact["derived"][sign] for sign in signs.split()} == {None}
    assert "MPTcpExt" not in fact["totals"]["netstat"]


@pytest.mark.parametrize(
    ("name", "table", "group", "known"),
    [
        pytest.param(
            "rhel-7-linux-3.10",
            "snmp",
            "Tcp",
            {"ActiveOpens": 4199726, "OutRsts": 25965, "RetransSegs": 109993, "InErrs": 1548},
            id="3.10",
        ),
        pytest.param(
            "linux-4.8",
            "netstat",
            "TcpExt",
            {"EmbryonicRsts": 19896, "TCPTimeouts": 375133, "TCPAbortOnTimeout": 14556, "TCPKeepAlive": 503111},
            id="4.8-as-cfengine-parses-it",
        ),
        pytest.param(
            "rhel-8-linux-4.18", "netstat", "TcpExt", {"ListenOverflows": 0, "ListenDrops": 376}, id="4.18-as-mackerel"
        ),
        pytest.param(
            "linux-5.2",
            "netstat",
            "TcpExt",
            {"SyncookiesFailed": 72186, "ListenOverflows": 36278, "TCPLostRetransmit": 56306, "TCPTimeouts": 424264},
            id="5.2-as-below-parses-it",
        ),
        pytest.param(
            "ubuntu-20.04-linux-5.4", "netstat", "TcpExt", {"IPReversePathFilter": 2124}, id="5.4-as-hotsos-parses-it"
        ),
    ],
)
def test_other_programs_read_the_same_figures(
    name: str, table: str, group: str, known: dict[str, int], collected: t.Callable[..., dict[str, t.Any]]
) -> None:
    counters = collected(name)["totals"][table][group]
    assert {counter: counters[counter] for counter in known} == known


def test_each_kernel_adds_counters(collected: t.Callable[..., dict[str, t.Any]]) -> None:
    later = {counter for counters in NEW_IN.values() for counter in counters.split()}
    for name, counters in NEW_IN.items():
        fact = collected(name)
        later -= set(counters.split())
        there = fact["totals"]["netstat"]
        assert set(counters.split()) <= set(there["TcpExt"])
        assert not later & set(there["TcpExt"]), name
        assert ("MPTcpExt" in there) == (name in WITH_MPTCP)
        said = {entry["name"]: entry["status"] for entry in fact["sources"]}
        assert (said["/proc/net/netstat"], said["/proc/net/softnet_stat"]) == ("ok", "absent")
        assert "softnet" not in fact["totals"]


def test_without_a_window_nothing_is_known_of_movement(collected: t.Callable[..., dict[str, t.Any]]) -> None:
    fact = collected("linux-4.18-columns", window=False)
    known = {name for name, value in fact["derived"].items() if value is not None}
    assert fact["window_s"] == 0.0
    assert fact["deltas"] == {}
    assert known == {
        *("orphans_percent", "tcp_memory_percent", "time_wait_percent", "conntrack_percent"),
        "retransmit_percent_since_boot",
    }


def test_what_cannot_be_read_is_unknown_and_not_zero(
    collected: t.Callable[..., dict[str, t.Any]], tmp_path: pathlib.Path
) -> None:
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/net/netstat").mkdir()
    first = _window.Sample(time.monotonic(), {})
    _read.ROOT, kept = str(tmp_path), _read.ROOT
    try:
        fact = _tcp_counters.collect(first=first)
    finally:
        _read.ROOT = kept
    assert {entry["name"]: entry["status"] for entry in fact["sources"]}["/proc/net/netstat"] == "failed"
    assert fact["totals"] == {}
    assert set(fact["derived"].values()) == {None}


def test_text_that_makes_no_sense_is_said(collected: t.Callable[..., dict[str, t.Any]]) -> None:
    fact = collected("linux-6.1.176", change=lambda text: text.replace("TcpExt: 0", "TcpExt: zero"))
    said = {entry["name"]: entry for entry in fact["sources"]}["/proc/net/netstat"]
    assert said["status"] == "failed"
    assert "zero" in said["detail"]
    assert "netstat" not in fact["totals"]
    assert fact["derived"]["unexplained_resets"] is None
    assert fact["derived"]["checksum_errors"] == 0


def test_the_fact_is_small_when_every_counter_moves(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    before, after = samples("tcp_counter", "linux-6.18.44.txt")
    words = {path: text.split(" ") for path, text in before.items()}
    large = {path: " ".join(_larger(word) for word in words[path]) for path in after}
    write_tree(tmp_path, large)
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    reads = {path: _read.Read(text, "ok", "") for path, text in before.items()}
    fact = _tcp_counters.collect(first=_window.Sample(time.monotonic() - 10, reads))
    assert fact["truncated"] is True
    assert fact["deltas"]["netstat"]["TcpExt"]["ListenDrops"] == 1844674407370955161
    assert size_bytes(fact) < FAMILY_BYTES


def _larger(word: str) -> str:
    return "1844674407370955161" + word[1:] if word.isdigit() and len(word) < 8 else word


def test_the_rest_of_the_window_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [100.0]
    monkeypatch.setattr(_window.time, "monotonic", lambda: now_s[0])
    monkeypatch.setattr(_window.time, "sleep", lambda seconds: now_s.append(now_s.pop() + seconds))
    first = _window.Sample(99.25, {})
    begin, end, measured_s = _window.samples(lambda: _window.Sample(now_s[0], {}), 1.0, first)
    assert begin is first
    assert (end.at_s, measured_s) == (100.25, 1.0)


def test_totals_are_kept_of_every_counter_that_bears_on_resets() -> None:
    kept = _counter_names.TOTALS["netstat"]
    used = {name for names in _counter_signs.SUMS.values() for name in names.split() if name.startswith("TcpExt.")}
    assert isinstance(kept, dict)
    assert {name.partition(".")[2] for name in used} <= set(kept["TcpExt"].split())


@pytest.mark.parametrize(
    ("moved", "abort_on_overflow", "expected"),
    [
        pytest.param({}, 0, (0, 0, 0, 0, 0), id="quiet"),
        pytest.param({"OutRsts": 3}, 0, (0, 0, 0, 0, 3), id="closed-port"),
        pytest.param({"OutRsts": 2, "TCPAbortOnClose": 1, "TCPAbortOnData": 1}, 0, (0, 0, 0, 0, 0), id="application"),
        pytest.param({"ListenOverflows": 5, "ListenDrops": 5}, 0, (0, 5, 0, 0, 0), id="silent-overflow"),
        pytest.param(
            {"ListenOverflows": 5, "EmbryonicRsts": 2, "OutRsts": 2}, 0, (0, 5, 0, 0, 2), id="overflow-and-scanner"
        ),
        pytest.param(
            {"ListenOverflows": 5, "EmbryonicRsts": 5, "OutRsts": 5}, 1, (5, 0, 0, 0, 0), id="reset-at-overflow"
        ),
        pytest.param(
            {"ListenOverflows": 5, "EmbryonicRsts": 5, "OutRsts": 5}, None, (5, 0, 0, 0, 0), id="unknown-setting"
        ),
        pytest.param({"TCPAbortOnTimeout": 1, "OutRsts": 1}, 0, (0, 0, 1, 0, 0), id="keepalive"),
        pytest.param(
            {"TCPAbortOnTimeout": 1, "OutRsts": 1, "TCPTimeouts": 3, "TCPSynRetrans": 3},
            0,
            (0, 0, 1, 0, 0),
            id="keepalive-beside-connects",
        ),
        pytest.param({"TCPAbortOnTimeout": 1, "TCPTimeouts": 9}, 0, (0, 0, 0, 1, 0), id="retransmission"),
        pytest.param(
            {"TCPAbortOnTimeout": 1, "TCPTimeouts": 7, "AttemptFails": 1}, 0, (0, 0, 0, 0, 0), id="connect-timeout"
        ),
        pytest.param({"TCPAbortOnTimeout": 1, "TCPTimeouts": 5, "OutRsts": 4}, 0, (0, 0, 0, 0, 4), id="either-of-two"),
        pytest.param({"TCPAbortOnTimeout": 3, "TCPTimeouts": 1, "OutRsts": 2}, 0, (0, 0, 2, 1, 0), id="both"),
        pytest.param({"TCPAbortOnMemory": 4, "OutRsts": 1}, 0, (0, 0, 0, 0, 0), id="more-aborts-than-resets"),
    ],
)
def test_who_is_behind_resets(moved: dict[str, int], abort_on_overflow: int | None, expected: tuple[int, ...]) -> None:
    found = _counter_signs.resets(lambda counter: moved.get(counter.partition(".")[2], 0), abort_on_overflow, probes=9)
    names = (
        "overflow_resets",
        "silent_overflows",
        "keepalive_timeouts",
        "retransmission_timeouts",
        "unexplained_resets",
    )
    assert tuple(found[name] for name in names) == expected


def test_a_host_that_never_sent_a_probe_ended_nothing_by_keepalive() -> None:
    moved = {"Tcp.OutRsts": 1, "TcpExt.TCPAbortOnTimeout": 1}
    assert _counter_signs.resets(lambda counter: moved.get(counter, 0), 0, probes=0)["keepalive_timeouts"] == 0


@pytest.mark.parametrize(
    ("counters", "expected"),
    [
        pytest.param({"PAWSEstab": 3, "PAWSOldAck": 9}, 3, id="apart"),
        pytest.param({"PAWSEstab": 3}, None, id="mixed-with-harmless-ones"),
    ],
)
def test_timestamps_that_were_refused(counters: dict[str, int], expected: int | None) -> None:
    assert _counter_signs.paws_rejected(lambda counter: counters.get(counter.partition(".")[2])) == expected


@pytest.mark.parametrize(
    ("parser", "text"),
    [
        pytest.param(parse_snmp, "Tcp: RtoAlgorithm\nUdp: 1\n", id="other-group"),
        pytest.param(parse_snmp, "Tcp: RtoAlgorithm\nTcp: one\n", id="no-number"),
        pytest.param(parse_snmp6, "Ip6InReceives many\n", id="snmp6"),
        pytest.param(parse_sockstat, "TCP: inuse many\n", id="sockstat"),
        pytest.param(parse_softnet_stat, "0000000g\n", id="softnet"),
        pytest.param(parse_stat_table, "entries found\n00000001 zz\n", id="stat"),
    ],
)
def test_bad_text_is_refused(parser: t.Callable[[str], t.Any], text: str) -> None:
    with pytest.raises(ValueError, match="."):
        parser(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "0000000a 00000001 00000002\n", {"0": {"processed": 10, "dropped": 1, "time_squeeze": 2}}, id="short-row"
        ),
        pytest.param("", {}, id="empty"),
    ],
)
def test_softnet_rows(text: str, expected: dict[str, dict[str, int]]) -> None:
    assert parse_softnet_stat(text) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(
            ["6dcad223 00000000 00000001 00000000 00000000 00000000 00000000 00000000 00000005"],
            {"0": {"processed": 1842008611, "dropped": 0, "time_squeeze": 1, "cpu_collision": 5}},
            id="rhel-5",
        ),
        pytest.param(
            [
                "62ce59b3 00000000 00045c26 00000000 00000000 00000000 00000000 00000000 00000000 00000000",
                "82d1c5e6 00000000 00000004 00000000 00000000 00000000 00000000 00000000 00000000 00000000",
            ],
            {
                "0": {
                    "processed": 1657690547,
                    "dropped": 0,
                    "time_squeeze": 285734,
                    "cpu_collision": 0,
                    "received_rps": 0,
                },
                "1": {"processed": 2194785766, "dropped": 0, "time_squeeze": 4, "cpu_collision": 0, "received_rps": 0},
            },
            id="rhel-6",
        ),
        pytest.param(
            ["00022be3 000000fe 00000012 00000000 00000000 00000000 00000000 00000000 00000003 00000002 00000001"],
            {
                "0": {
                    "processed": 142307,
                    "dropped": 254,
                    "time_squeeze": 18,
                    "cpu_collision": 3,
                    "received_rps": 2,
                    "flow_limit_count": 1,
                }
            },
            id="rhel-8",
        ),
        pytest.param(
            [
                "02600138 00004bc7 00000000 00000000 00000000 00000000 00000000 00000000 00000000 02328493 00000000"
                " 00000000 00000002"
            ],
            {
                "2": {
                    "processed": 39846200,
                    "dropped": 19399,
                    "time_squeeze": 0,
                    "cpu_collision": 0,
                    "received_rps": 36865171,
                    "flow_limit_count": 0,
                    "backlog_len": 0,
                }
            },
            id="rhel-9",
        ),
    ],
)
def test_softnet_rows_of_other_kernels(lines: list[str], expected: dict[str, dict[str, int]]) -> None:
    assert parse_softnet_stat("\n".join(lines) + "\n") == expected


def test_a_cpu_is_known_by_its_number_where_there_is_one() -> None:
    rows = parse_softnet_stat(("%s %08x\n" % ("00000001 " * 11 + "00000000", 3)) * 1)
    assert list(rows) == ["3"]


def test_entries_of_a_table_are_one_figure() -> None:
    assert total(parse_stat_table("entries found\n00000007 00000001\n00000007 00000002\n")) == {
        "entries": 7,
        "found": 3,
    }


def test_conntrack_statistics_before_5_8() -> None:
    text = (
        "entries  searched found new invalid ignore delete delete_list insert insert_failed drop early_drop icmp_error"
        "  expect_new expect_create expect_delete search_restart\n"
        "00000021  00000000 00000000 00000000 00000003 0000588a 00000000 00000000 00000000 00000000 00000000 00000000"
        " 00000000  00000000 00000000 00000000 00000000\n"
        "00000021  00000000 00000000 00000000 0000002f 00005688 00000000 00000000 00000000 00000000 00000000 00000000"
        " 00000000  00000000 00000000 00000000 00000004\n"
    )
    sums = total(parse_stat_table(text))
    assert {name: value for name, value in sums.items() if value} == {
        **{"entries": 33, "invalid": 50, "ignore": 44818, "search_restart": 4}
    }
    assert {"new", "delete_list"} <= set(sums)
    assert "clash_resolve" not in sums


def test_shorter_and_longer_rows_are_legal() -> None:
    assert parse_snmp("Tcp: A B C\nTcp: 1 2\n") == {"Tcp": {"A": 1, "B": 2}}
    assert parse_stat_table("a b\n1 2 3\n") == {"0": {"a": 1, "b": 2}}
