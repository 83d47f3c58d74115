# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of the kernel: messages of many releases and drivers, recorded buffers, journal, files, containers.

The buffers of 6.1 and 6.18 are real (tests/fixtures/capture_kmsg.py); messages.txt has what other releases and drivers
print, by their sources.
"""

from __future__ import annotations

import json
import pathlib
import time
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _kernel_events,
    _kernel_files,
    _kernel_journal,
    _kernel_log,
    _kernel_sources,
    _kernel_summary,
    _kmsg,
    _netfilter_lines,
    _read,
)
from ansible_collections.netdoctor.connection_reset.plugins.module_utils._bounds import FAMILY_BYTES, size_bytes
from ansible_collections.netdoctor.connection_reset.plugins.module_utils._log_times import Times
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.module_utils.recordings import (
    FIXTURES,
    write_tree,
)

FOLDER = FIXTURES / "kernel_log"
MESSAGES = (FOLDER / "messages.txt").read_text(encoding="utf-8").splitlines()
MEANINGS = json.loads((FOLDER / "messages.json").read_text(encoding="utf-8"))
BUFFERS = sorted(path.stem for path in FOLDER.glob("kmsg-*.txt"))
MACHINE = _kernel_summary.Own(True, "", "", None)
KILLED = "Memory cgroup out of memory: Killed process 7 (node) total-vm:9kB"


def own(oom_kills: int | None = 1) -> _kernel_summary.Own:
    return _kernel_summary.Own(False, "4026531999", "web1", oom_kills)


def summary(messages: t.Iterable[str], who: _kernel_summary.Own = MACHINE, max_events: int = 30) -> dict[str, t.Any]:
    found = _kernel_summary.Summary(who, max_events)
    for second, message in enumerate(messages):
        found.add(1000.0 + second, message)
    return found.facts()


def test_each_message_has_a_meaning() -> None:
    assert len(MESSAGES) == len(MEANINGS)


@pytest.mark.parametrize(("message", "meaning"), list(zip(MESSAGES, MEANINGS)), ids=range(len(MESSAGES)))
def test_messages(message: str, meaning: dict[str, t.Any] | None) -> None:
    assert (_kernel_events.classify(message) or _netfilter_lines.parse_packet(message)) == meaning


def test_every_kind_has_a_message() -> None:
    assert {meaning["kind"] for meaning in MEANINGS if meaning and "kind" in meaning} == set(_kernel_events.NAMES)


@pytest.mark.parametrize("name", BUFFERS)
def test_recorded_buffers(name: str) -> None:
    found = _kernel_summary.Summary(MACHINE, 100)
    for record in _kmsg.parse_kmsg((FOLDER / (name + ".txt")).read_text(encoding="utf-8")):
        if record.kernel:
            found.add(record.uptime_s, record.message)
    facts = found.facts()
    facts["counts"] = {kind: count for kind, count in facts["counts"].items() if count}
    assert facts == json.loads((FOLDER / (name + ".json")).read_text(encoding="utf-8"))


def test_what_a_program_wrote_into_the_buffer_is_not_the_kernel() -> None:
    records = list(_kmsg.parse_kmsg("30,7,5000000,-;program[1]: Killed process 1 (x) total-vm\n"))
    assert [(record.kernel, record.sequence, record.uptime_s) for record in records] == [(False, 7, 5.0)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "6,3,1500000,-;eth0: up\n SUBSYSTEM=net\n DEVICE=+net:eth0\n", [(3, 1.5, "eth0: up", True)], id="dictionary"
        ),
        pytest.param("6,3,1500000,-,caller=T9;a;b\n", [(3, 1.5, "a;b", True)], id="caller-and-semicolon"),
        pytest.param("rubbish\n6,x,1,-;no\n", [], id="rubbish"),
    ],
)
def test_records_of_kmsg(text: str, expected: list[tuple[t.Any, ...]]) -> None:
    assert [tuple(record[:3]) + (record.kernel,) for record in _kmsg.parse_kmsg(text)] == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("<6>[ 1677.410788] br0: port 1(p0)", (None, 1677.410788, "br0: port 1(p0)", True), id="plain"),
        pytest.param("<6>[    1.000000][  T123] [drm] loaded", (None, 1.0, "[drm] loaded", True), id="caller"),
        pytest.param("<30>[    2.000000] systemd[1]: x", (None, 2.0, "systemd[1]: x", False), id="program"),
    ],
)
def test_records_of_the_ring(line: str, expected: tuple[t.Any, ...]) -> None:
    assert [tuple(record) for record in _kmsg.parse_ring(line + "\n continued\n")] == [expected]


@pytest.mark.parametrize(("numbers", "expected"), [([], 0), ([4], 0), ([4, 5, 9], 3)])
def test_gaps(numbers: list[int], expected: int) -> None:
    assert _kmsg.gaps(numbers) == expected


def test_an_old_kernel_names_the_group_in_a_line_of_its_own() -> None:
    facts = summary(
        [
            "Task in /docker/0a1b killed as a result of limit of /docker/0a1b",
            "Memory cgroup out of memory: Kill process 812 (beam.smp) score 1992 or sacrifice child",
            "Killed process 812 (beam.smp) total-vm:2031616kB, anon-rss:1014784kB, file-rss:0kB, shmem-rss:0kB",
            "Out of memory: Kill process 9 (java) score 901 or sacrifice child",
            "Killed process 9 (java) total-vm:8123456kB, anon-rss:7012345kB, file-rss:0kB, shmem-rss:0kB",
        ]
    )
    newest, oldest = facts["events"]
    assert facts["counts"]["oom-kill"] == 2
    assert (oldest["process"], oldest["pid"], oldest["scope"], oldest["cgroup"]) == (
        "beam.smp",
        812,
        "cgroup",
        "/docker/0a1b",
    )
    assert (newest["process"], newest["pid"], newest["scope"], newest.get("cgroup")) == ("java", 9, "machine", None)


def test_the_same_message_in_a_row_is_one_event() -> None:
    facts = summary(
        ["TCP: too many orphaned sockets"] * 5 + ["TCP: out of memory -- consider tuning tcp_mem"], max_events=1
    )
    assert facts["counts"]["too-many-orphans"] == 5
    assert facts["seen"]["too-many-orphans"] == {"first": "1970-01-01T00:16:40Z", "last": "1970-01-01T00:16:44Z"}
    assert [(event["kind"], event["times"]) for event in facts["events"]] == [("tcp-out-of-memory", 1)]
    assert (facts["total"], facts["truncated"]) == (6, True)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [pytest.param(60, 0, id="while-it-settles"), pytest.param(600, 1, id="later")],
)
def test_links_that_come_up_at_boot_do_not_flap(seconds: int, expected: int) -> None:
    found = _kernel_summary.Summary(MACHINE, 5)
    found.add(1000.0, "Linux version 6.1.0-28-amd64 (debian-kernel@lists.debian.org)")
    found.add(1000.0 + seconds, "r8169 0000:01:00.0 enp1s0: Link is Down")
    assert found.facts()["counts"]["link-down"] == expected


@pytest.mark.parametrize(
    ("messages", "who", "counts", "others"),
    [
        pytest.param(["eth0: NIC Link is Down"], own(), {}, {"link-down": 1}, id="somebodys-link"),
        pytest.param(["TCP: out of memory -- x"], own(), {"tcp-out-of-memory": 1}, {}, id="everybodys-memory"),
        pytest.param(
            ["nf_conntrack: table full in netns 4026531999, dropping packet"],
            own(),
            {"conntrack-table-full": 1},
            {},
            id="own-namespace",
        ),
        pytest.param(
            ["nf_conntrack: table full in netns 4026531840, dropping packet"],
            own(),
            {},
            {"conntrack-table-full": 1},
            id="other-namespace",
        ),
        pytest.param(
            [
                "oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/x/web1,task_memcg=/x/web1/a,task=node,pid=7,uid=0",
                KILLED,
            ],
            own(),
            {"oom-kill": 1},
            {},
            id="own-group",
        ),
        pytest.param(
            ["oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/x/web1,task_memcg=/x/web1,task=node,pid=7,uid=0", KILLED],
            own(oom_kills=0),
            {},
            {"oom-kill": 1},
            id="same-name-but-the-own-group-counted-none",
        ),
        pytest.param(
            [
                "oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/x/web11,task_memcg=/x/web11,task=node,pid=7,uid=0",
                KILLED,
            ],
            own(),
            {},
            {"oom-kill": 1},
            id="longer-name",
        ),
        pytest.param([KILLED], own(), {}, {"oom-kill": 1}, id="no-group"),
        pytest.param(
            ["X: IN=eth0 OUT= SRC=192.0.2.7 DST=192.0.2.1 PROTO=TCP RST"], own(), {}, {}, id="somebodys-packet"
        ),
    ],
)
def test_a_container_counts_what_is_known_to_be_its_own(
    messages: list[str], who: _kernel_summary.Own, counts: dict[str, int], others: dict[str, int]
) -> None:
    facts = summary(messages, who)
    assert {kind: count for kind, count in facts["counts"].items() if count} == counts
    assert facts["others"] == others
    assert facts["netfilter"]["total"] == 0


def test_packets_are_counted_by_rule() -> None:
    line = "%s IN=eth0 OUT= SRC=192.0.2.%d DST=192.0.2.1 LEN=40 PROTO=TCP SPT=4 DPT=22 WINDOW=0 %s URGP=0"
    facts = summary(
        [line % ("DROP:", 7, "RST"), line % ("DROP:", 8, "SYN")] + [line % ("%d:" % n, 9, "ACK") for n in range(20)]
    )
    first = facts["netfilter"]["by_prefix"][0]
    assert facts["netfilter"]["total"] == 22
    assert len(facts["netfilter"]["by_prefix"]) == 10
    assert (first["prefix"], first["count"], first["resets"], first["example"]["source"]) == (
        "DROP:",
        2,
        1,
        "192.0.2.8",
    )


def test_the_fact_is_small_whatever_the_log_holds() -> None:
    name = "\\x1b" * 15
    facts = summary(["%s[%d]: segfault at %s" % (name, pid, "0" * 900) for pid in range(5000)], max_events=5000)
    assert facts["counts"]["crash"] == 5000
    assert facts["truncated"] is True
    assert size_bytes(facts) < FAMILY_BYTES


def test_journal_entries() -> None:
    text = (
        '{"MESSAGE":"eth0: NIC Link is Down","__REALTIME_TIMESTAMP":"1795176619123456","_BOOT_ID":"a"}\n'
        '{"MESSAGE":[101,118,27,255],"__REALTIME_TIMESTAMP":"1795176620000000"}\n'
        '{"MESSAGE":null,"__REALTIME_TIMESTAMP":"1795176620000000"}\n'
    )
    assert list(_kernel_journal.parse_journal(text)) == [
        (1795176619.123456, "eth0: NIC Link is Down"),
        (1795176620.0, "ev\x1b\\xff"),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            "Nov 20 12:52:01 web1 kernel: [ 1677.410788] eth0: NIC Link is Down",
            "eth0: NIC Link is Down",
            id="debian-11",
        ),
        pytest.param(
            "2026-11-20T12:52:01.123456+00:00 web1 kernel: [ 1677.410788] eth0: NIC Link is Down",
            "eth0: NIC Link is Down",
            id="debian-12",
        ),
        pytest.param("Nov 20 12:52:01 web1 kernel: eth0: NIC Link is Down", "eth0: NIC Link is Down", id="rhel"),
        pytest.param(
            "<4>1 2026-11-20T12:52:01Z web1 kernel - - - [ 1.5] eth0: NIC Link is Down",
            "eth0: NIC Link is Down",
            id="rfc-5424",
        ),
        pytest.param(
            "Nov 20 12:52:01 web1 sshd[1]: kernel: eth0: NIC Link is Down", None, id="a-program-that-says-kernel"
        ),
    ],
)
def test_lines_of_files(line: str, expected: str | None) -> None:
    found = list(_kernel_files.parse_lines([line.encode()], Times(2026)))
    assert [message for dummy, message in found] == ([expected] if expected else [])
    assert all(time.gmtime(at_s or 0)[4] == 52 for at_s, dummy in found)


@pytest.fixture(name="tree")
def recorded_tree(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> pathlib.Path:
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    return tmp_path


def stamped(seconds_ago: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds_ago))


def test_a_file_is_read_from_where_the_window_begins(tree: pathlib.Path) -> None:
    old = "%s web1 kernel: VFS: file-max limit 100 reached\n" % stamped(90000)
    young = "%s web1 kernel: TCP: too many orphaned sockets\n" % stamped(60)
    write_tree(tree, {"/var/log/messages": old * 3000 + young * 2})
    fact = _kernel_log.collect(source="file")
    assert (fact["counts"]["file-limit"], fact["counts"]["too-many-orphans"]) == (0, 2)
    assert fact["lines_scanned"] < 1000
    assert [entry["status"] for entry in fact["sources"]] == ["absent", "ok"]
    assert _kernel_log.collect(source="file", since="all")["counts"]["file-limit"] == 3000


def test_the_buffer_is_enough_when_it_reaches_back_to_the_boot(tree: pathlib.Path) -> None:
    uptime_us = int(time.clock_gettime(time.CLOCK_MONOTONIC) * 1e6)
    late = "4,2,%d,-;TCP: out of memory -- consider tuning tcp_mem\n" % (uptime_us - 5_000_000)
    write_tree(tree, {"/dev/kmsg": "5,0,0,-;Linux version 6.1.0\n" + late})
    fact = _kernel_log.collect(since="30s")
    assert [entry["name"] for entry in fact["sources"]] == ["/dev/kmsg"]
    assert fact["counts"]["tcp-out-of-memory"] == 1
    assert fact["seen"]["tcp-out-of-memory"]["last"] in (stamped(4), stamped(5), stamped(6))


def test_without_a_source_nothing_is_counted(tree: pathlib.Path) -> None:
    fact = _kernel_log.collect(source="file", paths=["/var/log/none"])
    assert fact["counts"] == {}
    assert fact["window"]["since"] is None
    assert fact["sources"][0]["status"] == "absent"


def test_a_buffer_that_was_overrun_says_so() -> None:
    records = [_kmsg.Record(number, 5.0, "x", True) for number in (10, 11, 15)]
    assert _kernel_sources.remarks(records).startswith("3 messages were overwritten")


def test_a_span_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="neither a span"):
        _kernel_log.collect(since="yesterday", source="file")
