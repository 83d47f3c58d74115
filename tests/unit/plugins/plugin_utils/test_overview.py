# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables beside the findings: what they take from the facts of peers, their order and their bounds."""

from __future__ import annotations

import datetime
import json
import sys
import typing as t

import jsonschema
import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._keepalive import Hop
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._observing import how
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._overview import Overview
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._peers import observed_peer
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils import fleet_samples as fleet
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils import report_samples
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils.test_report import SCHEMA

NOW = datetime.datetime(2026, 11, 20, 12, 0, tzinfo=datetime.timezone.utc)
NAMES = {fleet.WEB: "web1", fleet.DB: "db1"}

Facts = dict[str, t.Any]


def tables(peers: dict[str, Facts], hops: t.Sequence[Hop] = ()) -> dict[str, t.Any]:
    """Return the tables of peers that were all read, after holding them against the schema."""
    overview = Overview()
    for name, facts in peers.items():
        overview.add(observed_peer(name, {"status": "ok", "facts": facts}, hops))
    found = overview.tables(NAMES.get, hops, NOW)
    for key, table in found.items():
        jsonschema.Draft202012Validator({"$defs": SCHEMA["$defs"], "$ref": "#/$defs/%s" % key}).validate(table)
    return found


def _timeout(**values: t.Any) -> Facts:
    row = {"software": "haproxy", "name": "timeout client", "kind": "idle_timeout", "layer": 7, "seconds": 30}
    return {**row, "file": "/etc/haproxy/haproxy.cfg", "line": 4, "section": "defaults", "side": "client", **values}


def test_a_peer_without_facts_shows_only_what_it_could_not_show() -> None:
    found = tables({"web1": {}})
    assert [key for key, table in found.items() if table["rows"]] == ["blind_spots"]
    assert [row["why"] for row in found["blind_spots"]["rows"]] == [
        *("resets were not watched", "counters were read once", "no connection was tried"),
    ]


@pytest.mark.parametrize("cut", [True, False])
def test_timeouts_that_were_cut_are_told_as_not_seen(cut: bool) -> None:
    fact = {"timeouts": [_timeout()], "total": 1 + cut, "truncated": cut}
    found = tables({"web1": {"peer_application_timeouts": fact}})["blind_spots"]["rows"]
    assert [row["hosts"] for row in found if "timeouts" in row["what"]] == [["web1"]] * cut


def test_connectivity_names_who_reached_whom() -> None:
    found = tables({"web1": {"peer_probes": {"probes": [fleet.probed("refused")]}}})["connectivity"]
    row = found["rows"][0]
    assert (row["client"], row["server"], row["port"], row["class"]) == ("web1", "db1", fleet.PORT, "refused")
    assert (found["total"], found["classes"]) == (1, {"refused": 1})


def test_connectivity_keeps_failures_when_it_has_to_choose() -> None:
    rows = [{"host": fleet.DB, "port": 1 + number, "class": "ok"} for number in range(900)]
    rows.append({"host": fleet.DB, "port": 2000, "class": "reset"})
    found = tables({"web1": {"peer_probes": {"probes": rows}}})["connectivity"]
    assert (len(found["rows"]), found["total"], found["truncated"]) == (600, 901, True)
    assert 2000 in [row["port"] for row in found["rows"]]


def test_timeouts_stand_in_the_order_in_which_they_fire() -> None:
    facts = {
        "peer_sysctls": {"keepalive": {"time_s": 7200, "intvl_s": 75, "probes": 9, "detection_s": 7875}},
        "peer_application_timeouts": {
            "timeouts": [
                _timeout(),
                _timeout(software="sshd", name="ClientAliveInterval", kind="heartbeat", seconds=None, off=True),
                _timeout(name="timeout client-fin", seconds=1),
                _timeout(name="MaxStartups", kind="limit"),
            ]
        },
    }
    found = tables({"web1": facts, "web2": facts}, [Hop("nlb", "aws-nlb", 350, 4, None)])["timeouts"]["rows"]
    assert [(row["name"], row["effect"], row["seconds"], row["hosts"]) for row in found] == [
        ("timeout client-fin", "other", 1, ["web1", "web2"]),
        ("timeout client", "closes", 30, ["web1", "web2"]),
        ("aws-nlb", "forgets", 350, ["nlb"]),
        ("first keepalive probe", "speaks", 7200, ["web1", "web2"]),
        ("ClientAliveInterval", "speaks", None, ["web1", "web2"]),
    ]
    assert found[1]["place"] == "/etc/haproxy/haproxy.cfg:4"


def test_counters_that_moved_are_summed_and_those_that_stood_are_left_out() -> None:
    peers = {
        name: {"peer_tcp_counters": fleet.counters({"Tcp.EstabResets": n})} for name, n in (("web1", 2), ("db1", 5))
    }
    found = tables(peers)["counters"]
    assert [(row["counter"], row["moved"]) for row in found["rows"]] == [("Tcp.EstabResets", 7)]
    assert found["rows"][0]["hosts"] == [{"host": "db1", "moved": 5}, {"host": "web1", "moved": 2}]
    assert (found["window_s"], found["watched"]) == (5.0, 2)


def test_sockets_without_keepalive_are_those_to_other_hosts() -> None:
    group = fleet.sockets(5432, fleet.DB, 20, keepalive={"armed": 2, "off": 18, "unknown": 0}, idle_max_s=900)
    own = fleet.sockets(5432, "127.0.0.1", 9, keepalive={"armed": 0, "off": 9, "unknown": 0}, loopback=True)
    found = tables({"web1": {"peer_connections": {"services": [], "remotes": [group, own]}}})["unguarded"]["rows"]
    assert [(row["peer"], row["direction"], row["sockets"], row["established"]) for row in found] == [
        ("db1", "out", 18, 20)
    ]


def _sshd(**parts: t.Any) -> Facts:
    return {"peer_sshd_log": parts}


def test_sources_of_resets_are_counted_over_all_hosts() -> None:
    row = {"address": "203.0.113.7", "count": 4, "first": "2026-11-20T10:00:00Z", "last": "2026-11-20T10:00:09Z"}
    later = {**row, "count": 1, "first": "2026-11-20T11:00:00Z", "last": "2026-11-20T11:00:00Z"}
    traced = {"peer_reset_trace": {"events": [{"direction": "received", "source": fleet.DB, "time": NOW.isoformat()}]}}
    peers = {"web1": {**_sshd(resets={"by_address": [row]}), **traced}, "web2": _sshd(drops={"by_address": [later]})}
    first, second = tables(peers)["reset_sources"]["rows"]
    assert (first["address"], first["resets"], first["drops"], first["hosts"]) == (
        "203.0.113.7",
        4,
        1,
        ["web1", "web2"],
    )
    assert (first["first"], first["last"]) == ("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z")
    assert (second["peer"], second["traced"], second["hosts"]) == ("db1", 1, ["web1"])


def _dropped(*times: str) -> Facts:
    rows = [{"time": moment, "address": "203.0.113.7", "reason": "maxstartups"} for moment in times]
    return _sshd(drops={"newest": rows})


def test_what_repeats_within_a_minute_is_one_event() -> None:
    times = ("2026-11-20T11:00:30Z", "2026-11-20T11:00:01Z", "2026-11-20T11:05:00Z")
    found = tables({"db1": _dropped(*times)})["timeline"]["rows"]
    assert [(row["time"], row["last"], row["count"]) for row in found] == [
        ("2026-11-20T11:00:01Z", "2026-11-20T11:00:30Z", 2),
        ("2026-11-20T11:05:00Z", "2026-11-20T11:05:00Z", 1),
    ]
    assert found[0]["what"] == "sshd turned 203.0.113.7 away: maxstartups"


def test_events_of_all_sources_stand_in_one_order() -> None:
    sent = {"direction": "sent", "source": fleet.DB, "source_port": 22, "destination": fleet.WEB, "reason": "NO_SOCKET"}
    facts = {
        "peer_gathering": {"collected_at": "2026-11-20T12:00:00Z"},
        "peer_reset_trace": {"events": [{**sent, "time": "2026-11-20T11:59:00.5Z"}]},
        "peer_kernel_log": {
            "events": [{"time": "2026-11-20T11:30:00Z", "kind": "oom-kill", "message": "Killed postgres"}]
        },
        "peer_load": {
            "services": {"started_recently": [{"unit": "postgresql.service", "age_s": 1798, "restarts": 1}]},
            "boot": {"time": "2026-11-20T11:10:00Z", "uptime_s": 3000},
        },
    }
    found = tables({"db1": facts})["timeline"]["rows"]
    assert [(row["time"][11:19], row["kind"], row["what"]) for row in found] == [
        ("11:10:00", "boot", "the system was started"),
        ("11:30:00", "kill", "oom-kill: Killed postgres"),
        ("11:30:02", "restart", "postgresql.service was started by itself again"),
        ("11:59:00", "reset", "sent a reset from port 22 to %s: NO_SOCKET" % fleet.WEB),
    ]


@pytest.mark.parametrize(
    ("times", "offsets"),
    [
        pytest.param(["12:00:00", "12:00:03", "12:00:01"], {}, id="one run"),
        pytest.param(["12:00:00", "12:05:00", "12:00:01", "12:00:02"], {"h1": 299}, id="ahead"),
        pytest.param(["12:00:00", "11:00:00", "12:00:01", "12:00:02"], {"h1": -3600}, id="behind"),
        pytest.param(["12:00:00", "12:09:00"], {}, id="two cannot outvote each other"),
        pytest.param(["12:0%d:00" % minute for minute in range(10)], {}, id="a run that took minutes"),
    ],
)
def test_clocks_that_are_off_are_put_right(times: list[str], offsets: dict[str, int]) -> None:
    peers = {}
    for number, clock in enumerate(times):
        gathered = {"peer_gathering": {"collected_at": "2026-11-20T%sZ" % clock}}
        peers["h%d" % number] = {**gathered, **_dropped("2026-11-20T%sZ" % clock)}
    found = tables(peers)["timeline"]
    assert {row["host"]: row["offset_s"] for row in found["offsets"]} == pytest.approx(offsets, abs=2)
    if offsets:
        put_right = next(row for row in found["rows"] if row["host"] == "h1")
        assert put_right["time"] in ("2026-11-20T12:00:00Z", "2026-11-20T12:00:01Z")


def test_a_flood_of_resets_hides_no_kill() -> None:
    resets = [
        {"direction": "sent", "source_port": 1000 + number, "destination": "10.9.0.1", "time": "2026-11-20T11:59:59Z"}
        for number in range(50)
    ]
    killed = {"events": [{"time": "2026-11-20T09:00:00Z", "kind": "oom-kill", "message": "x"}]}
    peers: dict[str, Facts] = {"p%d" % number: {"peer_reset_trace": {"events": resets}} for number in range(120)}
    peers["p3"]["peer_kernel_log"] = killed
    found = tables(peers)["timeline"]
    assert [row["host"] for row in found["rows"] if row["kind"] == "kill"] == ["p3"]
    assert (len(found["rows"]), found["total"], found["truncated"]) == (300, 6001, True)


HOSTILE_FACTS = [
    pytest.param({key: value}, id="%s %s" % (key, type(value).__name__))
    for key in (
        *("peer_probes", "peer_application_timeouts", "peer_connections", "peer_sshd_log", "peer_kernel_log"),
        *("peer_load", "peer_reset_trace", "peer_tcp_counters", "peer_gathering", "peer_firewall"),
    )
    for value in (None, 7, [], "x", {"events": 3, "probes": [1], "timeouts": [None], "services": [{"port": "x"}]})
]


@pytest.mark.parametrize("facts", HOSTILE_FACTS)
def test_facts_of_another_shape_show_nothing(facts: Facts) -> None:
    tables({"web1": facts})


def test_hostile_texts_are_bounded_and_on_one_line() -> None:
    for text in report_samples.HOSTILE:
        facts = {
            "peer_probes": {"probes": [{"host": text, "port": 1, "class": "ok", "error": text}]},
            "peer_application_timeouts": {"timeouts": [_timeout(software=text, name=text, section=text, file=text)]},
            "peer_connections": {"services": [{"port": 1, "unit": text, "keepalive": {"off": 1}}]},
            "peer_kernel_log": {"events": [{"time": NOW.isoformat(), "kind": "crash", "message": text}]},
            **_sshd(drops={"by_address": [{"address": text, "count": 1}]}, resets={"newest": [{"reason": text}]}),
        }
        written = json.dumps(tables({"web1": facts}), ensure_ascii=False)
        assert written.isprintable()
        assert len(written) < 10_000


def _calls(peers: dict[str, Facts]) -> int:
    """Return how many functions are called for the tables: the work, whatever else the machine does."""
    called = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal called
        called += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        tables(peers)
    finally:
        sys.setprofile(None)
    return called


def test_thousand_peers_take_linear_work_and_little_room() -> None:
    resets = [{"address": "10.%d.0.1" % number, "count": 1} for number in range(20)]
    facts = {**_sshd(resets={"by_address": resets}), "peer_tcp_counters": fleet.counters({"Tcp.OutRsts": 3})}
    facts["peer_probes"] = {"probes": [fleet.probed("reset")]}
    few, many = ({"peer%d" % number: facts for number in range(count)} for count in (100, 1000))
    assert _calls(many) <= 11 * _calls(few)
    assert len(json.dumps(tables(many))) < 400_000


@pytest.mark.parametrize(
    ("what", "why", "wanted"),
    [
        ("everything", "Connection refused", "Let Ansible log in"),
        ("peer_listening_ports: /proc/PID/fd", "denied: Permission denied", "Run as root"),
        ("peer_reset_trace: tracefs", "denied: only root may", "Mount tracefs and run as root"),
        ("peer_routes: rtnetlink", "failed: timed out", "Raise diagnose_gather_timeout"),
        ("peer_sshd_log: /var/log/auth.log.1.gz", "failed: not a gzip file", "Look at the file"),
        ("peer_load: pressure", "failed", None),
    ],
)
def test_what_to_do_about_a_gap(what: str, why: str, wanted: str | None) -> None:
    advice = how(what, why)
    assert advice is None if wanted is None else (advice or "").startswith(wanted)
