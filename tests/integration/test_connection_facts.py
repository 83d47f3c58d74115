# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""connection_facts on real hosts, side by side with ss on the same connections."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "fixtures"))

import ss_rows

MODULE = "netdoctor.connection_reset.connection_facts"
GUARDED, PLAIN, CLOSED, FROZEN = range(7150, 7154)
SERVER = """
import socket, sys, threading, time
kept = []
def serve(port):
    listener = socket.create_server(("", port), backlog=64)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, int(port == %d))
    while True:
        kept.append(listener.accept()[0])
for port in %r:
    threading.Thread(target=serve, args=(port,), daemon=True).start()
time.sleep(3600)
"""
CLIENT = """
import socket, sys, time
server, kept = sys.argv[1], []
for port, count, idle_s in %r:
    for _number in range(count):
        entry = socket.create_connection((server, port))
        if idle_s:
            entry.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            entry.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, idle_s)
        entry.send(b"x")
        kept.append(entry)
for entry in kept:
    if entry.getpeername()[1] == %d:
        entry.shutdown(socket.SHUT_WR)
open("/run/connected", "w").close()
time.sleep(3600)
"""
CONNECTIONS = ((GUARDED, 5, 0), (PLAIN, 4, 40), (CLOSED, 2, 0))
INSIDE = """
import socket, time
server = socket.create_server(("127.0.0.1", 8765))
client = socket.create_connection(("127.0.0.1", 8765))
open("/run/inside", "w").close()
time.sleep(3600)
"""


def start(fleet, host, unit, *words):
    """Run a program of Python as a unit of systemd on a host."""
    fleet.exec(host, "systemd-run", "--quiet", f"--unit={unit}", *words).check_returncode()


def wait_for(fleet, host, path):
    """Wait until a file is there."""
    deadline = time.monotonic() + 10
    while fleet.exec(host, "test", "-e", path).returncode:
        assert time.monotonic() < deadline, path
        time.sleep(0.1)


@pytest.fixture(scope="module")
def connected(fleet):
    """Connections from h001 to h002 and to nowhere; returns the address of h002."""
    server = SERVER % (GUARDED, (GUARDED, PLAIN, CLOSED, FROZEN))
    start(fleet, "h002", "holder", "python3", "-c", server)
    deadline = time.monotonic() + 10
    while f":{FROZEN} " not in fleet.exec("h002", "ss", "-Hltn").stdout:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    start(fleet, "h001", "caller", "python3", "-c", CLIENT % (CONNECTIONS, CLOSED), fleet.address("h002"))
    wait_for(fleet, "h001", "/run/connected")
    yield fleet.address("h002")
    for host, unit in (("h001", "caller"), ("h002", "holder")):
        fleet.exec(host, "systemctl", "stop", unit).check_returncode()


def fact_of(run_module, host, user="root", **arguments):
    """Return the fact of a host."""
    result = run_module(host, MODULE, arguments, user=user)
    assert result.get("failed") is not True, result
    assert result["changed"] is False
    return result["ansible_facts"]["peer_connections"]


def witnessed(fleet, host):
    """Return what ss shows on a host."""
    return ss_rows.parse_ss(fleet.exec(host, *ss_rows.COMMAND).stdout)


def row_of(rows, port):
    """Return the row of a port."""
    (found,) = [row for row in rows if row["port"] == port]
    return found


def against(row, shown, age_s):
    """Compare a service or destination with the connections that ss shows of it."""
    established = [one for one in shown if one["state"] == "ESTABLISHED"]
    armed = [one for one in established if one["timer"] == "keepalive"]
    assert (row["sockets"], row["established"]) == (len(shown), len(established))
    assert row["keepalive"]["armed"] == len(armed)
    assert row["keepalive"]["off"] == sum(one["timer"] == "off" for one in established)
    for name in ("receive_queue", "send_queue"):
        waiting = [one[name] for one in shown if one[name]]
        expected = {"sockets": len(waiting), "bytes_max": max(waiting, default=0), "bytes_total": sum(waiting)}
        assert row[name] == expected
    if armed:
        coarse_s = 60 if armed[0]["expires_ms"] >= 600000 else age_s
        for name, pick in (("min", min), ("max", max)):
            shown_s = pick(one["expires_ms"] for one in armed) / 1000
            assert abs(row["keepalive"]["remaining_s"][name] - shown_s) <= coarse_s
    if established:
        idle_s = max(min(one["lastsnd"] or 0, one["lastrcv"] or 0) for one in established) / 1000
        assert abs(row["idle_max_s"] - idle_s) <= age_s
        assert sum(row["idle_s"].values()) == len(established)


@pytest.mark.parametrize("user", ["root", "ansible"])
def test_services_are_what_ss_shows(run_module, fleet, connected, user):
    started = time.monotonic()
    fact, shown = fact_of(run_module, "h002", user), witnessed(fleet, "h002")
    age_s = time.monotonic() - started + 1
    for port, established, armed in ((GUARDED, 5, 5), (PLAIN, 4, 0), (CLOSED, 0, 0)):
        row = row_of(fact["services"], port)
        against(row, [one for one in shown if one["local_port"] == port], age_s)
        assert (row["established"], row["keepalive"]["armed"]) == (established, armed)
        assert (row["listening"], row["loopback"], row["unit"]) == (True, False, "holder.service")
        assert (row["remotes"], row["top_remotes"][0]["address"]) == (1, fleet.address("h001"))
    assert row_of(fact["services"], CLOSED)["states"] == {"CLOSE_WAIT": 2}
    assert row_of(fact["services"], GUARDED)["keepalive"]["time_s"] == 7200
    assert fact["totals"]["receive_queue"]["sockets"] >= 11
    assert fact["other_hosts"]["idle"]["complete"] is True


@pytest.mark.parametrize("user", ["root", "ansible"])
def test_destinations_are_what_ss_shows(run_module, fleet, connected, user):
    started = time.monotonic()
    fact, shown = fact_of(run_module, "h001", user), witnessed(fleet, "h001")
    age_s = time.monotonic() - started + 1
    for port, _count, idle_s in CONNECTIONS:
        row = row_of(fact["remotes"], port)
        against(row, [one for one in shown if one["remote_port"] == port], age_s)
        assert row["address"] == connected
        assert row["unit"] == (None if port == CLOSED else "caller.service")
        assert row["keepalive"]["time_s"] == (idle_s or None)
    assert row_of(fact["remotes"], CLOSED)["states"] == {"FIN_WAIT2": 2}
    busiest = fact["ephemeral_ports"]["busiest"][0]
    assert (busiest["source"], busiest["address"], busiest["port"]) == (fleet.address("h001"), connected, GUARDED)


def test_states_are_what_ss_shows(run_module, fleet, connected):
    fact, shown = fact_of(run_module, "h002"), witnessed(fleet, "h002")
    for state in ("SYN_SENT", "CLOSE_WAIT", "LAST_ACK", "CLOSING", "FIN_WAIT1"):
        assert fact["states"][state] == sum(one["state"] == state for one in shown)


def test_root_sees_who_holds_a_connection_and_others_are_told_so(run_module, fleet, connected):
    targets = [{"address": fleet.address("h001"), "port": PLAIN}]
    fact = fact_of(run_module, "h002", targets=targets)
    rows = [row for row in fact["details"] if row["reason"] == "target"]
    assert len(rows) == 4
    shown = {one["remote_port"]: one for one in witnessed(fleet, "h002") if one["local_port"] == PLAIN}
    for row in rows:
        one = shown[row["remote_port"]]
        assert (row["inode"], row["state"], row["receive_queue_bytes"]) == (one["ino"], one["state"], 1)
        assert (row["cwnd"], row["rto_ms"]) == (one["cwnd"], one["rto"])
        assert (row["name"], row["unit"], row["uid"]) == ("python3", "holder.service", 0)
        assert f"pid={row['pid']}," in fleet.exec("h002", "ss", "-Htnp", "sport", "=", f":{PLAIN}").stdout
    fact = fact_of(run_module, "h002", user="ansible", targets=targets)
    rows = [row for row in fact["details"] if row["reason"] == "target"]
    assert [(row["pid"], row["unit"]) for row in rows] == [(None, "holder.service")] * 4
    said = {entry["name"]: entry for entry in fact["sources"]}
    assert said["/proc/PID/fd"]["status"] == "denied"
    assert said["/proc/PID/ns/net"]["status"] == "denied"
    assert said["/proc/PID/ns/net"]["detail"].startswith("root would add the connections of other network namespaces")
    assert (said["sock_diag tcp"]["status"], said["tcp_info"]["status"]) == ("ok", "ok")


def test_a_bad_target_fails_with_its_name(run_module):
    result = run_module("h001", MODULE, {"targets": [{"address": "h002"}]})
    assert result["failed"] is True
    assert result["msg"] == "targets: 'h002' is no address"


@pytest.fixture
def router_drops(fleet):
    """A function that lets the router drop what goes to or comes from a port of h002."""

    def drop(port):
        rules = f"tcp dport {port} drop\n tcp sport {port} drop"
        chain = f"chain forward {{ type filter hook forward priority -10\n {rules}\n}}"
        text = f"table inet silence {{ {chain}\n}}"
        fleet.exec("router", "nft", "-f", "-", input=text).check_returncode()

    yield drop
    fleet.exec("router", "nft", "delete", "table", "inet", "silence")


def test_a_path_that_fell_silent(run_module, fleet, connected, router_drops):
    program = f"""
import socket, sys, time
entry = socket.create_connection(({connected!r}, {FROZEN}))
probing = socket.create_connection(({connected!r}, {FROZEN}))
for level, option, value in (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1), (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 99),
):
    probing.setsockopt(level, option, value)
open("/run/frozen", "w").close()
while sys.stdin.readline() != "go\\n":
    pass
entry.send(b"x")
pending = socket.socket()
pending.setblocking(False)
pending.connect_ex(({connected!r}, {FROZEN}))
time.sleep(3600)
"""
    fleet.exec("h001", "mkfifo", "/run/go").check_returncode()
    words = ["sh", "-c", 'exec python3 -c "$0" <>/run/go', program]
    start(fleet, "h001", "frozen", *words)
    wait_for(fleet, "h001", "/run/frozen")
    router_drops(FROZEN)
    fleet.exec("h001", "sh", "-c", "echo go > /run/go").check_returncode()
    deadline = time.monotonic() + 15
    while True:
        fact = fact_of(run_module, "h001")
        reasons = {row["reason"]: row for row in fact["details"]}
        row = row_of(fact["remotes"], FROZEN)
        if row["retransmitting"]["stalled"] and row["keepalive"]["unanswered"] and "connecting" in reasons:
            break
        assert time.monotonic() < deadline, fact
    assert (row["states"]["SYN_SENT"], row["states"]["ESTABLISHED"]) == (1, 2)
    assert fact["remotes"][0]["port"] == FROZEN
    assert fact["other_hosts"]["connecting"] == {"sockets": 1, "unanswered": 1}
    assert fact["other_hosts"]["stalled_percent"] > 1
    stalled = reasons["retransmitting"]
    assert (stalled["state"], stalled["timer"], stalled["send_queue_bytes"]) == ("ESTABLISHED", "retransmit", 1)
    assert stalled["backoff"] >= 3
    assert (stalled["unit"], stalled["name"]) == ("frozen.service", "python3")
    assert reasons["keepalive_unanswered"]["timer"] == "keepalive"
    fleet.exec("h001", "systemctl", "stop", "frozen").check_returncode()


@pytest.fixture
def container(fleet):
    """A network namespace on h003 with a connection inside and its own keepalive."""
    host = "h003"
    fleet.exec(host, "ip", "netns", "add", "blue").check_returncode()
    fleet.exec(host, "ip", "-n", "blue", "link", "set", "lo", "up").check_returncode()
    inside = ["ip", "netns", "exec", "blue"]
    fleet.exec(host, *inside, "sysctl", "-qw", "net.ipv4.tcp_keepalive_time=33").check_returncode()
    start(fleet, host, "inside", *inside, "python3", "-c", INSIDE)
    wait_for(fleet, host, "/run/inside")
    yield host
    fleet.exec(host, "systemctl", "stop", "inside").check_returncode()
    fleet.exec(host, "ip", "netns", "delete", "blue").check_returncode()


def test_namespaces_of_containers(run_module, fleet, container):
    fact = fact_of(run_module, container)
    found = {row["name"]: row for row in fact["net_namespaces"]["rows"]}
    row = found["blue"]
    assert row["keepalive_sysctls"] == {"time_s": 33, "intvl_s": 75, "probes": 9}
    assert row["keepalive_differs"] is True
    assert (row["listening_ports"], row["established"], row["loopback"]) == ("8765", 2, 2)
    assert (row["process"], row["unit"]) == ("python3", "inside.service")
    assert fact["keepalive"]["sysctls"]["time_s"] != 33
    own = fleet.exec(container, "readlink", "/proc/1/ns/net").stdout.strip()
    assert f"net:[{fact['net_namespace']}]" == own
    assert row["inode"] != fact["net_namespace"]
    assert not [one for one in fact["services"] if one["port"] == 8765]
    limited = fact_of(run_module, container, user="ansible")
    assert limited["net_namespaces"]["read"] == 0


def test_an_idle_host_has_little_to_tell(run_module, fleet):
    fact = fact_of(run_module, "router")
    assert (fact["details"], fact["truncated"]) == ([], False)
    assert fact["idle_without_keepalive"] == []
    assert fact["other_hosts"]["retransmitting"]["stalled"] == 0
    assert [entry["status"] for entry in fact["sources"]] == ["ok"] * len(fact["sources"])
