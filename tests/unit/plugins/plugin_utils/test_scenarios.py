# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults as facts by hand, judged with the catalogue that is shipped: the cause, the culprit, and nothing else."""

from __future__ import annotations

import datetime
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._document import document
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._hints import Hints
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils.fleet_samples import (
    DB,
    PORT,
    ROUTER,
    WEB,
    Facts,
    connections,
    counters,
    firewall,
    fleet,
    interfaces,
    link,
    listener,
    listening,
    load,
    lookup,
    probed,
    routes,
    rule,
    sockets,
    sysctls,
    topics,
)

Peers = dict[str, Facts]

NOW = datetime.datetime(2026, 11, 20, 12, 0, tzinfo=datetime.timezone.utc)
NAMED = {"client": "web1", "server": "db1", "server_address": DB, "port": PORT}
SSH = listener(22, "sshd")
YOUNG_S = 600


def diagnosed(peers: Peers, **given: t.Any) -> list[Facts]:
    """Return the diagnoses of a fleet."""
    return document(peers, {**topics(), **given}, NOW)["diagnoses"]


def loud(found: list[Facts]) -> list[tuple[str, str, str | None]]:
    """Return (cause, verdict, culprit) of what is more than possible."""
    return [(one["cause"], one["verdict"], one["culprit"]) for one in found if one["verdict"] != "possible"]


def put(peers: Peers, name: str, **families: t.Any) -> Peers:
    """Replace families of a peer."""
    peers[name]["facts"].update({"peer_" + family: fact for family, fact in families.items()})
    return peers


def tries(peers: Peers, *rows: Facts, name: str = "web1") -> Peers:
    """Let a peer have tried connections."""
    peers[name]["probes"] = list(rows)
    return peers


def nothing_listening(named: bool) -> Peers:
    peers = put(fleet(), "db1", listening_ports=listening(SSH), tcp_counters=counters({"Tcp.OutRsts": 5}))
    put(peers, "web1", tcp_counters=counters({"Tcp.ActiveOpens": 5, "Tcp.AttemptFails": 5}))
    return tries(peers, probed("refused")) if named else peers


def listens_elsewhere(named: bool) -> Peers:
    own = listener(PORT, address="127.0.0.1")
    peers = put(fleet(), "db1", listening_ports=listening(SSH, own), tcp_counters=counters({"Tcp.OutRsts": 5}))
    return tries(peers, probed("refused"))


def full_queue(reset: int) -> t.Callable[[bool], Peers]:
    def build(named: bool) -> Peers:
        queue = {"length": 2, "limit": 1, "saturation_percent": 100.0}
        moved = {"TcpExt.ListenOverflows": 4, "TcpExt.ListenDrops": 4}
        moved.update({"TcpExt.EmbryonicRsts": 2, "Tcp.OutRsts": 2} if reset else {})
        peers = put(
            fleet(),
            "db1",
            listening_ports=listening(SSH, listener(PORT, accept_queue=queue)),
            sysctls=sysctls(ipv4__tcp_abort_on_overflow=reset),
            tcp_counters=counters(moved),
        )
        return tries(peers, probed("timed_out")) if named else peers

    return build


def rejected_by(name: str, hook: str, counter: int | None = 12) -> t.Callable[[bool], Peers]:
    def build(named: bool) -> Peers:
        own = rule("reject", hook, counter, ports=str(PORT), reject_type="tcp-reset", packets_delta=counter and 4)
        peers = put(fleet(), name, firewall=firewall(own))
        return tries(peers, probed("refused")) if named else peers

    return build


def banned(source: str) -> t.Callable[[bool], Peers]:
    """A rule of fail2ban, which names an address and no port."""

    def build(named: bool) -> Peers:
        own = rule("reject", "input", 12, reject_type="icmp-port-unreachable", packets_delta=9, source=source)
        peers = put(fleet(), "db1", firewall=firewall({**own, "chain": "f2b-sshd"}))
        return tries(peers, probed("refused")) if named else peers

    return build


def refused_by_icmp(named: bool) -> Peers:
    own = rule("reject", "forward", 3, ports=str(PORT), reject_type="icmp-port-unreachable", packets_delta=1)
    peers = put(fleet(), "router", firewall=firewall(own))
    return tries(peers, probed("refused")) if named else peers


def expired(named: bool) -> Peers:
    """Let the router forget after five seconds what it translates, and the server reset what it does not know."""
    peers = put(fleet(), "router", firewall=firewall(nat=True, established_s=5))
    put(peers, "router", tcp_counters=counters({"conntrack.invalid": 2}))
    put(peers, "db1", tcp_counters=counters({"Tcp.OutRsts": 2}))
    return put(peers, "web1", tcp_counters=counters({"Tcp.EstabResets": 2}))


def cut_while_held(named: bool) -> Peers:
    peers = put(fleet(), "router", firewall=firewall(nat=True, established_s=5))
    return tries(peers, probed("reset", phase="hold", held_s=8.0))


HAPROXY = {
    **{"software": "haproxy", "kind": "idle_timeout", "name": "timeout client", "seconds": 3.0, "layer": 7},
    **{"side": "client", "source": "config", "file": "/etc/haproxy/haproxy.cfg", "line": 4, "section": "defaults"},
    **{"ports": [6000], "mode": "tcp"},
}
PROXIED = {"client": "web1", "server": "router", "server_address": ROUTER[0], "port": 6000}


def behind_haproxy(named: bool) -> Peers:
    peers = put(fleet(), "router", listening_ports=listening(SSH, listener(6000, "haproxy")))
    put(peers, "router", application_timeouts={"sources": [], "timeouts": [HAPROXY], "services": {}, "problems": []})
    put(peers, "router", tcp_counters=counters({"Tcp.OutRsts": 2, "Tcp.PassiveOpens": 4}))
    return put(peers, "web1", tcp_counters=counters({"Tcp.EstabResets": 2}))


def held_by_haproxy(named: bool) -> Peers:
    peers = put(fleet(), "router", listening_ports=listening(SSH, listener(6000, "haproxy")))
    put(peers, "router", application_timeouts={"sources": [], "timeouts": [HAPROXY], "services": {}, "problems": []})
    return tries(peers, probed("closed", 6000, ROUTER[0], phase="hold", held_s=3.1))


def sleeping_sockets(named: bool) -> Peers:
    peers = put(fleet(), "web1", connections=connections(remotes=[sockets(PORT, DB, 5)]))
    here = sockets(PORT, None, 5, remotes=1, top_remotes=[{"address": WEB, "count": 5}])
    return put(peers, "db1", connections=connections(services=[here]))


def unread_data(named: bool) -> Peers:
    moved = {"TcpExt.TCPAbortOnClose": 4, "Tcp.OutRsts": 4, "Tcp.EstabResets": 4, "Tcp.PassiveOpens": 4}
    peers = put(fleet(), "db1", tcp_counters=counters(moved))
    put(peers, "web1", tcp_counters=counters({"Tcp.EstabResets": 4, "Tcp.ActiveOpens": 4}))
    return tries(peers, probed("ok")) if named else peers


def killed_process(named: bool) -> Peers:
    totals = {"TcpExt__TCPAbortOnClose": 1, "Tcp__OutRsts": 1, "Tcp__EstabResets": 1, "Tcp__PassiveOpens": 3}
    young = [{"unit": "app.service", "pid": 812, "age_s": 20, "restarts": 1}]
    own = load(YOUNG_S, services={"failed": [], "started_recently": young})
    peers = put(fleet(), "db1", tcp_counters=counters(**totals), load=own)
    put(peers, "web1", tcp_counters=counters(Tcp__EstabResets=1), load=load(YOUNG_S))
    return tries(peers, probed("ok")) if named else peers


def killed_and_failed(named: bool) -> Peers:
    peers = killed_process(named)
    failed = [{"unit": "app.service", "state": "failed", "result": "signal", "exit_status": "9"}]
    put(peers, "db1", load=load(YOUNG_S, services={"failed": failed, "started_recently": []}))
    put(peers, "db1", listening_ports=listening(SSH))
    return tries(peers, probed("refused")) if named else peers


def oom_killed(named: bool) -> Peers:
    peers = killed_and_failed(named)
    peers["db1"]["facts"]["peer_load"]["cgroup"] = {"oom_kills": 1, "oom_kills_in_window": 0}
    return peers


def half_open(named: bool) -> Peers:
    peers = put(fleet(), "db1", tcp_counters=counters(Tcp__OutRsts=1, Tcp__PassiveOpens=2), load=load(40))
    return put(peers, "web1", tcp_counters=counters(Tcp__EstabResets=1), load=load(YOUNG_S))


def still_half_open(named: bool) -> Peers:
    peers = put(fleet(), "db1", load=load(40))
    return put(peers, "web1", connections=connections(remotes=[sockets(PORT, DB, 5)]))


def sshd_log(**more: t.Any) -> Facts:
    """Return the fact peer_sshd_log of a quiet day."""
    nothing = {"total": 0, "preauth": 0, "by_address": [], "by_reason": {}, "truncated": False}
    return {"sources": [], "counts": {}, "resets": nothing, "drops": nothing, "events": [], **more}


SECURE_SHELL = {"client": "web1", "server": "db1", "server_address": DB, "port": 22}


def sshd_down(named: bool) -> Peers:
    """Let sshd be down on a peer that was reached by another port."""
    peers = put(fleet(), "db1", listening_ports=listening(listener(PORT)))
    return tries(peers, probed("refused", 22))


def sshd_unreachable(named: bool) -> Peers:
    peers = fleet()
    peers["db1"] = {
        "status": "unreachable",
        "reason": "ssh: connect to host db1 port 22: Connection refused",
        "facts": {},
    }
    return peers


def rabbit_without_heartbeat(named: bool) -> Peers:
    peers = expired(named)
    row = {"software": "rabbitmq", "kind": "heartbeat", "name": "heartbeat", "seconds": None, "off": True, "layer": 7}
    own = {
        **row,
        "side": "client",
        "source": "config",
        "file": "/etc/rabbitmq/rabbitmq.conf",
        "line": 1,
        "ports": [5672],
    }
    put(peers, "db1", application_timeouts={"sources": [], "timeouts": [own], "services": {}, "problems": []})
    return put(peers, "db1", listening_ports=listening(SSH, listener(5672, "beam.smp")))


def lossy_router(named: bool) -> Peers:
    peers = put(fleet(), "router", firewall=firewall(rule("drop", "forward", 40, packets_delta=9)))
    again = {"Tcp.RetransSegs": 9, "Tcp.OutSegs": 150, "TcpExt.TCPTimeouts": 5, "TcpExt.TCPSynRetrans": 3}
    put(peers, "web1", tcp_counters=counters(again))
    put(peers, "db1", tcp_counters=counters({"Tcp.PassiveOpens": 4, "TcpExt.TCPTimeouts": 2}))
    lost = {"sent_packets": 3, "received_packets": 2, "loss_percent": 33.3}
    return tries(peers, probed("ok", ping=lost)) if named else peers


def link_down(named: bool) -> Peers:
    down = link("eth1", DB, "02:00:00:00:02:02", operstate="down", carrier=False, admin_up=False)
    own = interfaces(link("eth0", "10.0.0.2", "02:00:00:00:00:02"), down)
    own["addressed_but_down"] = [{"interface": "eth1", "admin_up": False, "carrier": False, "operstate": "down"}]
    peers = put(fleet(), "db1", interfaces=own)
    return tries(peers, probed("host_unreachable")) if named else peers


def no_route(named: bool) -> Peers:
    refused = lookup(DB, "", ok=False, error="EHOSTUNREACH", type="unreachable")
    peers = put(fleet(), "web1", routes=routes(ROUTER[0], "eth1", [refused]))
    return tries(peers, probed("host_unreachable"))


def keepalive_kills(named: bool) -> Peers:
    peers = put(fleet(), "router", firewall=firewall(rule("drop", "forward", 40, packets_delta=4)))
    died = counters(TcpExt__TCPAbortOnTimeout=1, TcpExt__TCPKeepAlive=3, Tcp__OutRsts=1, Tcp__EstabResets=1)
    put(peers, "web1", tcp_counters=died, load=load(YOUNG_S))
    lost = {"sent_packets": 3, "received_packets": 0, "loss_percent": 100.0}
    return tries(peers, probed("timed_out", ping=lost)) if named else peers


def two_faults(named: bool) -> Peers:
    peers = full_queue(1)(False)
    own = rule("reject", "input", 12, ports="5001", reject_type="tcp-reset", packets_delta=4)
    return put(peers, "db1", firewall=firewall(own))


def duplicate(named: bool) -> Peers:
    peers = fleet()
    other = interfaces(link("eth0", "10.0.0.4", "02:00:00:00:00:04"), link("eth1", DB, "02:00:00:00:02:04"))
    peers["db2"] = {
        "status": "ok",
        "reason": "",
        "facts": {"peer_interfaces": other, "peer_routes": routes(ROUTER[1], "eth1")},
    }
    seen = lookup(DB, "eth2", neighbour_mac="02:00:00:00:02:04")
    put(peers, "router", routes=routes(None, "", [seen]))
    return tries(peers, probed("refused"))


def black_hole(named: bool) -> Peers:
    mtu = {"mtu_bytes": 1400, "link_mtu_bytes": 1500, "black_hole": True}
    return tries(fleet(), probed("ok", path_mtu=mtu))


def forged(named: bool) -> Peers:
    return tries(fleet(), probed("reset", phase="banner"))


def watched(*events: Facts) -> t.Callable[[bool], Peers]:
    def build(named: bool) -> Peers:
        peers = fleet()
        peers["db1"]["trace"] = list(events)
        return peers

    return build


def event(state: str, reason: str, **more: t.Any) -> Facts:
    """Return a reset that db1 sent to web1."""
    ends = {"source": DB, "source_port": PORT, "destination": WEB, "destination_port": 40000}
    return {"time": "2026-11-20T11:59:00Z", "direction": "sent", **ends, "state": state, "reason": reason, **more}


BOX = {"path": [{"name": "nlb", "kind": "aws-nlb", "idle_timeout": 350, "layer": 4}]}
RABBIT = {**NAMED, "port": 5672}
LIKELY, CONFIRMED = "likely", "confirmed"

ROWS = [
    # id, fleet, cause, verdict, culprit, the flow as it is named (None: the flow cannot be found without its name)
    ("nothing-listening", nothing_listening, "nothing-listening", CONFIRMED, "db1", NAMED),
    ("listens-elsewhere", listens_elsewhere, "listener-wrong-address", CONFIRMED, "db1", NAMED),
    ("accept-queue-overflow", full_queue(1), "accept-queue-overflow", LIKELY, "db1", NAMED),
    ("accept-queue-silent", full_queue(0), "accept-queue-overflow-silent", CONFIRMED, "db1", NAMED),
    ("firewall-reject-server", rejected_by("db1", "input"), "firewall-reject-tcp-reset", CONFIRMED, "db1", NAMED),
    (
        "firewall-reject-router",
        rejected_by("router", "forward"),
        "firewall-reject-tcp-reset",
        CONFIRMED,
        "router",
        NAMED,
    ),
    ("firewall-reject-icmp", refused_by_icmp, "firewall-reject-icmp", CONFIRMED, "router", NAMED),
    ("idle-nat-expiry", expired, "nat-or-firewall-idle-expiry", LIKELY, "router", NAMED),
    ("idle-nat-held", cut_while_held, "nat-or-firewall-idle-expiry", CONFIRMED, "router", NAMED),
    ("idle-haproxy", behind_haproxy, "haproxy-timeout", LIKELY, "router", PROXIED),
    ("idle-haproxy-held", held_by_haproxy, "haproxy-timeout", CONFIRMED, "router", PROXIED),
    ("idle-declared-box", sleeping_sockets, "keepalive-later-than-middlebox", LIKELY, "nlb", {**NAMED, **BOX}),
    ("unread-data", unread_data, "close-with-unread-data", LIKELY, "db1", NAMED),
    ("killed-process", killed_process, "process-crash-or-kill", LIKELY, "db1", NAMED),
    ("killed-and-failed", killed_and_failed, "process-crash-or-kill", LIKELY, "db1", NAMED),
    ("oom-killed", oom_killed, "oom-kill", LIKELY, "db1", NAMED),
    ("half-open", half_open, "half-open-after-reboot", LIKELY, "db1", NAMED),
    ("still-half-open", still_half_open, "half-open-after-reboot", CONFIRMED, "db1", NAMED),
    ("sshd-down", sshd_down, "sshd-not-starting", LIKELY, "db1", SECURE_SHELL),
    ("sshd-unreachable", sshd_unreachable, "sshd-not-starting", LIKELY, "db1", SECURE_SHELL),
    ("rabbitmq-no-heartbeat", rabbit_without_heartbeat, "rabbitmq-heartbeat-off-or-long", LIKELY, "db1", RABBIT),
    ("packet-loss", lossy_router, "packet-loss", LIKELY, "router", NAMED),
    ("link-down", link_down, "link-flap", CONFIRMED, "db1", NAMED),
    ("no-route", no_route, "route-unreachable", CONFIRMED, "web1", NAMED),
    ("keepalive-kills", keepalive_kills, "keepalive-timeout", LIKELY, "router", NAMED),
    ("duplicate-address", duplicate, "duplicate-ip", CONFIRMED, "db2", NAMED),
    ("mtu-black-hole", black_hole, "mtu-black-hole", CONFIRMED, None, NAMED),
    ("forged", forged, "ids-or-middlebox-rst", CONFIRMED, None, NAMED),
    (
        *("traced-overflow", watched(event("TCP_LISTEN", "INVALID_SYN", destination=None, destination_port=None))),
        *("accept-queue-overflow", CONFIRMED, "db1", NAMED),
    ),
    (
        *("traced-close", watched(event("TCP_CLOSE", "TCP_ABORT_ON_CLOSE"))),
        *("close-with-unread-data", CONFIRMED, "db1", NAMED),
    ),
    (
        *("traced-destroyed", watched(event("TCP_ESTABLISHED", "TCP_STATE"))),
        *("socket-destroyed-by-admin", CONFIRMED, "db1", NAMED),
    ),
]
scenarios = pytest.mark.parametrize(
    ("build", "cause", "verdict", "culprit", "flow"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)


@scenarios
def test_a_named_flow_has_its_cause_first(
    build: t.Callable[[bool], Peers], cause: str, verdict: str, culprit: str | None, flow: Facts
) -> None:
    found = diagnosed(build(True), **flow)
    assert (found[0]["cause"], found[0]["verdict"], found[0]["culprit"]) == (cause, verdict, culprit), loud(found)
    assert (found[0]["server"], found[0]["port"]) == (flow["server"], flow["port"])


@scenarios
def test_without_a_name_the_cause_is_among_the_first(
    build: t.Callable[[bool], Peers], cause: str, verdict: str, culprit: str | None, flow: Facts
) -> None:
    found = diagnosed(build(False), path=flow.get("path", []))
    first = [(one["cause"], one["culprit"]) for one in found[:2] if one["verdict"] != "possible"]
    assert (cause, culprit) in first, loud(found)


@pytest.mark.parametrize("given", [NAMED, {}], ids=["named", "unnamed"])
def test_two_faults_are_two_diagnoses(given: Facts) -> None:
    found = diagnosed(two_faults(True), **{**given, "port": 0})
    assert {one["cause"] for one in found[:2]} == {"accept-queue-overflow", "firewall-reject-tcp-reset"}, loud(found)
    assert [one["culprit"] for one in found[:2]] == ["db1", "db1"]


def test_a_ban_of_a_peer_points_to_its_connections() -> None:
    hints = Hints()
    hints.add("db1", banned(WEB + "/32")(False)["db1"]["facts"])
    assert [(hint.client, hint.server, hint.port) for hint in hints.by_origin["rule"]] == [(WEB, "db1", None)]
    (found,) = [one for one in diagnosed(banned(WEB + "/32")(True), **NAMED) if one["verdict"] == CONFIRMED]
    assert (found["cause"], found["culprit"]) == ("fail2ban-ban", "db1")


@pytest.mark.parametrize("source", ["2001:db8::/32", "10.1.0.0/24", "10.1.0.1-10.1.0.9", "10.1.0.1, 10.1.0.2"])
def test_a_rule_for_more_than_one_address_points_to_nobody(source: str) -> None:
    hints = Hints()
    hints.add("db1", banned(source)(False)["db1"]["facts"])
    assert hints.by_origin["rule"] == []


@pytest.mark.parametrize("source", ["198.51.100.7/32", "198.51.100.0/24", "not 10.1.0.1", "@banned", ""])
def test_a_ban_of_strangers_is_no_fault_of_the_fleet(source: str) -> None:
    assert {one["verdict"] for one in diagnosed(banned(source)(False))} <= {"possible"}


@pytest.mark.parametrize("name", ["eth2", "e%s%n", "100%"])
def test_the_name_of_a_narrow_link_stays_text(name: str) -> None:
    narrow = link(name, ROUTER[1], "02:00:00:00:02:09", mtu=1000)
    near = link("eth1", ROUTER[0], "02:00:00:00:01:09")
    peers = put(fleet(), "router", interfaces=interfaces(near, narrow))
    stuck = {"sockets": 1, "stalled": 1, "retransmits_max": 6}
    put(peers, "web1", connections=connections(remotes=[sockets(PORT, DB, 1, retransmitting=stuck)]))
    (found,) = [one for one in diagnosed(peers, **NAMED) if one["cause"] == "mtu-black-hole"]
    told = [row["observed"] for row in found["evidence"] if row["strength"] == "supporting"]
    assert told == [
        "1 connections of web1 repeat what db1:5000 does not acknowledge, "
        "and %s on router carries 1000 bytes, the sender's link 1500" % name
    ]
    assert found["culprit"] == "router"


def busy() -> Peers:
    """Return a fleet amid scans, health checks, short-lived clients and resets that are meant."""
    scanned = {"Tcp.OutRsts": 43, "Tcp.PassiveOpens": 60, "TcpExt.TCPAbortOnData": 3, "Tcp.EstabResets": 3}
    peers = put(fleet(), "db1", tcp_counters=counters(scanned), load=load(YOUNG_S))
    put(peers, "db1", sshd_log=sshd_log(counts={"no-identification-string": 30, "connection-closed-by": 40}))
    scanning = {"Tcp.ActiveOpens": 63, "Tcp.AttemptFails": 40, "Tcp.OutRsts": 20}
    put(peers, "web1", tcp_counters=counters(scanning), load=load(YOUNG_S))
    return put(peers, "router", tcp_counters=counters({"Tcp.OutRsts": 12}), load=load(YOUNG_S))


def decoys() -> Peers:
    """Return a fleet with settings that are bad and harmless."""
    bad = sysctls(
        ipv4__tcp_abort_on_overflow=1, ipv4__tcp_retries2=3, netfilter__nf_conntrack_tcp_timeout_established=60
    )
    peers = fleet()
    for name in peers:
        put(peers, name, sysctls=bad)
    own = rule("reject", "input", 0, ports="7000-7100", reject_type="tcp-reset")
    put(peers, "db1", firewall=firewall(own, rule("drop", "input", 90, ct_state="invalid"), established_s=60))
    put(peers, "router", firewall=firewall(rule("drop", "forward", 900), nat=True, established_s=60))
    spare = link("eth3", "10.9.0.2", "02:00:00:00:09:02", operstate="down", carrier=False, rx_packets=0)
    peers["db1"]["facts"]["peer_interfaces"]["interfaces"].append(spare)
    return peers


@pytest.mark.parametrize(
    "given", [NAMED, {}, {"server": "db1"}, {"client": "web1"}], ids=["named", "unnamed", "server", "client"]
)
@pytest.mark.parametrize("build", [fleet, busy, decoys])
def test_a_healthy_fleet_has_nothing_above_possible(build: t.Callable[[], Peers], given: Facts) -> None:
    peers = build()
    assert loud(diagnosed(peers, **given)) == []
    assert loud(diagnosed(tries(peers, probed("ok")), **given)) == []


@scenarios
def test_decoys_do_not_change_the_first_cause(
    build: t.Callable[[bool], Peers], cause: str, verdict: str, culprit: str | None, flow: Facts
) -> None:
    peers = build(True)
    for name in ("web1", "router"):
        if peers[name]["status"] == "ok":
            own = peers[name]["facts"]["peer_sysctls"]["values"]
            own["net.ipv4.tcp_abort_on_overflow"] = {"running": 1}
            own["net.ipv4.tcp_retries2"] = {"running": 3}
    assert [one["cause"] for one in diagnosed(peers, **flow)][0] == cause


def test_evidence_of_another_port_does_not_count() -> None:
    peers = full_queue(1)(False)
    found = diagnosed(tries(peers, probed("ok", 5001)), **{**NAMED, "port": 5001})
    assert loud(found) == []


def test_evidence_on_another_host_is_no_more_than_possible() -> None:
    peers = fleet()
    peers["db2"] = full_queue(0)(False)["db1"]
    peers["db2"]["facts"]["peer_interfaces"] = interfaces(link("eth1", "10.2.0.3", "02:00:00:00:02:03"))
    found = diagnosed(tries(peers, probed("ok")), **NAMED)
    assert loud(found) == []
    assert "accept-queue-overflow-silent" in [one["cause"] for one in found]


def test_a_diagnosis_says_what_happens_and_what_to_do() -> None:
    found = diagnosed(rejected_by("router", "forward")(True), **NAMED)[0]
    assert (found["client"], found["server"], found["port"], found["rst_sender"]) == ("web1", "db1", PORT, "router")
    assert found["explanation"].startswith("web1 speaks to db1:5000 over router and is refused. ")
    assert "The reset comes from a firewall rule of router." in found["explanation"]
    assert {"host", "what", "observed", "strength"} == set(found["evidence"][0])
    assert "12 packets, 4 of them in the window" in found["evidence"][0]["observed"]
    assert found["remediation"][0]["command"]
    assert found["hosts"] == ["db1", "router", "web1"] or "router" in found["hosts"]
