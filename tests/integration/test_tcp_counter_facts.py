# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters on real hosts: beside nstat, and while connections are really refused, reset and given up."""

from __future__ import annotations

import contextlib
import json
import threading
import time

import pytest

MODULE = "netdoctor.connection_reset.tcp_counter_facts"
WINDOW_S = 4

CLOSES_UNREAD = """
import socket, time
server = socket.create_server(("", 7001), backlog=8)
for dummy in range(3):
    connection = server.accept()[0]
    time.sleep(0.2)
    connection.close()
"""
SENDS = """
import socket, time
for dummy in range(3):
    connection = socket.create_connection(("%s", 7001))
    connection.sendall(b"unread")
    time.sleep(0.4)
"""
REFUSED = """
import socket
for dummy in range(5):
    print(socket.socket().connect_ex(("%s", 7002)))
"""
FULL = """
import socket, time
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("", 7003))
server.listen(3)
time.sleep(12)
"""
CONNECTS = """
import socket, time
kept = []
for dummy in range(%d):
    kept.append(socket.socket())
    kept[-1].setblocking(False)
    kept[-1].connect_ex(("%s", 7003))
time.sleep(3)
"""
IDLE_SERVER = """
import socket, time
server = socket.create_server(("", 7004))
kept = server.accept()[0]
time.sleep(12)
"""
PROBES = """
for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 2)):
    connection.setsockopt(socket.IPPROTO_TCP, option, value)
connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
time.sleep(6)
"""
SENDS_ON = """
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1500)
time.sleep(1.5)
connection.sendall(b"into nothing")
time.sleep(5)
"""
CONNECTION = """
import socket, time
connection = socket.create_connection(("%s", 7004))
"""


@pytest.fixture(name="watch")
def watch_while(run_module):
    """A function that returns the counters of a host over a window in which something was done."""

    def watch(host, action, window_s=WINDOW_S, user="root"):
        # Ansible needs a second before the module takes its first sample.
        worker = threading.Timer(2.0, action)
        worker.start()
        try:
            result = run_module(host, MODULE, {"window": window_s}, user=user)
        finally:
            worker.join()
        assert result["changed"] is False
        return result["ansible_facts"]["peer_tcp_counters"]

    return watch


def python(fleet, host, program):
    return fleet.exec(host, "python3", "-c", program)


@contextlib.contextmanager
def dropped(fleet, match):
    """Let the router drop what `match` says."""
    chain = "add chain ip away f { type filter hook forward priority 0; }"
    fleet.exec("router", "nft", f"add table ip away; {chain}; add rule ip away f {match} drop").check_returncode()
    try:
        yield
    finally:
        fleet.exec("router", "nft", "delete", "table", "ip", "away").check_returncode()


@pytest.fixture(name="serve")
def serve_beside(fleet):
    """A function that runs a program on a host beside the test, and ends it with the test."""
    workers = []
    hosts = set()

    def serve(host, program):
        hosts.add(host)
        worker = threading.Thread(target=python, args=(fleet, host, program))
        worker.start()
        workers.append(worker)
        time.sleep(0.5)

    yield serve
    for host in hosts:
        fleet.exec(host, "pkill", "-x", "python3")
    for worker in workers:
        worker.join(60)


@pytest.mark.parametrize("user", ["root", "ansible"])
def test_totals_are_those_of_nstat(fleet, run_module, user):
    compare_with_nstat(fleet, run_module, "h003", user)


def compare_with_nstat(fleet, run_module, host, user="root"):
    """Hold every counter of a host beside what nstat shows before and after."""

    def nstat():
        return json.loads(fleet.exec(host, "nstat", "-asz", "--json").stdout)["kernel"]

    before = nstat()
    fact = run_module(host, MODULE, user=user)["ansible_facts"]["peer_tcp_counters"]
    after = nstat()
    totals = {}
    for group, counters in {**fact["totals"]["snmp"], **fact["totals"]["netstat"]}.items():
        totals.update({group + name: value for name, value in counters.items()})
    totals.update(fact["totals"]["snmp6"])
    shared = totals.keys() & before.keys()
    assert len(shared) > 90
    low = {name: min(before[name], after[name]) for name in shared}
    high = {name: max(before[name], after[name]) for name in shared}
    assert [name for name in shared if not low[name] <= totals[name] <= high[name]] == []
    assert {entry["name"] for entry in fact["sources"] if entry["status"] != "ok"} == {
        "/proc/net/stat/arp_cache",
        "/proc/net/stat/ndisc_cache",
    }


def test_closes_with_unread_input_are_counted_exactly(fleet, watch, serve):
    serve("h002", CLOSES_UNREAD)
    fact = watch("h002", lambda: python(fleet, "h001", SENDS % fleet.address("h002")))
    assert fact["derived"]["aborts_on_close"] == 3
    assert fact["deltas"]["snmp"]["Tcp"]["OutRsts"] == 3
    assert fact["derived"]["unexplained_resets"] == 0
    assert fact["window_s"] == pytest.approx(WINDOW_S, abs=1)


def test_refused_connects_are_resets_without_an_application(fleet, watch):
    said = []
    fact = watch("h002", lambda: said.append(python(fleet, "h001", REFUSED % fleet.address("h002")).stdout))
    assert said == ["111\n" * 5]
    assert fact["derived"]["unexplained_resets"] == 5
    assert fact["derived"]["aborts_on_close"] == 0


def test_a_full_accept_queue_resets_when_it_is_told_to(fleet, watch, serve):
    def crowd():
        # Three connections leave one place in the queue. Three more begin, and their last ACK comes when it is taken.
        address = fleet.address("h002")
        waiting = [threading.Thread(target=python, args=(fleet, "h001", CONNECTS % (3, address))) for dummy in range(2)]
        waiting[0].start()
        time.sleep(0.5)
        with dropped(fleet, "tcp dport 7003 tcp flags & (syn | ack) == ack"):
            waiting[1].start()
            time.sleep(0.5)
        for worker in waiting:
            worker.join()

    fleet.exec("h002", "sysctl", "-qw", "net.ipv4.tcp_abort_on_overflow=1").check_returncode()
    try:
        serve("h002", FULL)
        fact = watch("h002", crowd, window_s=7)
    finally:
        fleet.exec("h002", "sysctl", "-qw", "net.ipv4.tcp_abort_on_overflow=0").check_returncode()
    assert fact["derived"]["overflow_resets"] == 2
    assert fact["deltas"]["netstat"]["TcpExt"]["EmbryonicRsts"] == 2


def test_a_full_accept_queue_is_silent_otherwise(fleet, watch, serve):
    serve("h002", FULL)
    fact = watch("h002", lambda: python(fleet, "h001", CONNECTS % (12, fleet.address("h002"))))
    assert fact["derived"]["overflow_resets"] == 0
    assert fact["derived"]["silent_overflows"] == fact["deltas"]["netstat"]["TcpExt"]["ListenOverflows"] > 0
    assert fact["derived"]["listen_drops_per_s"] > 0


@pytest.mark.parametrize(
    ("program", "keepalive", "retransmission"),
    [pytest.param(PROBES, 1, 0, id="keepalive"), pytest.param(SENDS_ON, 0, 1, id="retransmission")],
)
def test_timers_that_give_up_are_told_apart(fleet, watch, serve, program, keepalive, retransmission):
    def cut_off():
        client = CONNECTION % fleet.address("h002") + program
        worker = threading.Thread(target=python, args=(fleet, "h001", client))
        worker.start()
        time.sleep(0.7)
        with dropped(fleet, "tcp dport 7004"):
            worker.join()

    serve("h002", IDLE_SERVER)
    fact = watch("h001", cut_off, window_s=9)
    assert fact["derived"]["aborts_on_timeout"] == 1
    assert fact["derived"]["keepalive_timeouts"] == keepalive
    assert fact["derived"]["retransmission_timeouts"] == retransmission
    assert fact["derived"]["unexplained_resets"] == 0


def test_connection_tracking_is_read_where_it_is(fleet, run_module):
    fact = run_module("router", MODULE)["ansible_facts"]["peer_tcp_counters"]
    limit = int(fleet.exec("router", "sysctl", "-n", "net.netfilter.nf_conntrack_max").stdout)
    assert fact["totals"]["nf_conntrack_max"] == limit
    assert fact["totals"]["conntrack"]["entries"] == fact["totals"]["nf_conntrack_count"]
