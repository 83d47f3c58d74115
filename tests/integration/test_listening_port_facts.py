# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""listening_port_facts on real hosts, side by side with ss."""

from __future__ import annotations

import re

import pytest

MODULE = "netdoctor.connection_reset.listening_port_facts"
OWNER = re.compile(r'",pid=(\d+),fd=(\d+)\)')
"""Names are left to other tests: ss 6.1 cuts one at its first parenthesis."""

SERVER = r"""
import ctypes, os, socket, time
kept = []
def opened(family, kind, place, backlog=5, only=0, device=b"", shared=0):
    entry = socket.socket(family, kind)
    if family == socket.AF_INET6:
        entry.setsockopt(41, 26, only)
    if device:
        entry.setsockopt(1, 25, device)
    entry.setsockopt(1, 15, shared)
    entry.bind(place)
    if kind == socket.SOCK_STREAM:
        entry.listen(backlog)
    kept.append(entry)
    return entry
four, six, tcp, udp = socket.AF_INET, socket.AF_INET6, socket.SOCK_STREAM, socket.SOCK_DGRAM
ctypes.CDLL(None).prctl(15, b"odd (name) 1)", 0, 0, 0)
opened(four, tcp, ("0.0.0.0", 7001))
for number in range(3):
    if os.fork() == 0:
        time.sleep(3600)
spare = [os.dup(0) for number in range(100)]
opened(four, tcp, ("127.0.0.1", 7002), backlog=4096)
opened(six, tcp, ("::", 7003), only=0)
opened(six, tcp, ("::", 7004), only=1)
opened(six, tcp, ("::1", 7005))
opened(six, tcp, ("::ffff:127.0.0.1", 7006))
opened(four, tcp, ("127.0.0.53", 7007), device=b"lo")
for number in range(3):
    opened(four, tcp, ("0.0.0.0", 7008), shared=1)
opened(four, tcp, ("0.0.0.0", 7009), backlog=1)
for number in range(4):
    client = socket.socket()
    client.setblocking(False)
    client.connect_ex(("127.0.0.1", 7009))
    kept.append(client)
opened(four, udp, ("0.0.0.0", 7001))
opened(six, udp, ("::", 7010), only=1)
open("/run/test-server-ready", "w").close()
time.sleep(3600)
"""
UNITS = {
    "test-server.service": "[Service]\nExecStart=/usr/bin/python3 /root/test-server.py\nUser=root\n",
    "test-asleep.socket": "[Socket]\nListenStream=7100\n",
    "test-asleep.service": "[Service]\nExecStart=/bin/sleep 3600\n",
    "test-awake.socket": "[Socket]\nListenStream=7101\n",
    "test-awake.service": "[Service]\nExecStart=/bin/sleep 3600\nDynamicUser=no\nUser=ansible\n",
}


@pytest.fixture(name="servers", scope="module")
def running_servers(fleet):
    """A host with listeners of every kind, a socket unit that sleeps and one whose service runs."""
    write = "".join(f"cat > /run/systemd/system/{name} <<'END'\n{text}END\n" for name, text in UNITS.items())
    start = "systemctl daemon-reload; systemctl start test-server test-asleep.socket test-awake.socket test-awake"
    ready = "for turn in $(seq 100); do [ -e /run/test-server-ready ] && break; sleep 0.1; done; sleep 0.5"
    text = f"cat > /root/test-server.py <<'END'\n{SERVER}END\n{write}{start}\n{ready}\n"
    fleet.exec("h003", "sh", "-e", input=text).check_returncode()
    yield fleet
    stop = (
        "systemctl stop test-server test-asleep.socket test-awake.socket test-awake; rm -f /run/systemd/system/test-*"
    )
    fleet.exec("h003", "sh", "-c", stop + " /root/test-server.py /run/test-server-ready; systemctl daemon-reload")


def shown_by_ss(fleet, protocol, host="h003"):
    """What ss says, with the sockets of one endpoint together: key to (queues, processes with descriptors)."""
    found = {}
    for line in fleet.exec(host, "ss", "-Hnlp", f"-{protocol[0]}").stdout.splitlines():
        words = line.split(None, 5)
        place, _colon, port = words[3].rpartition(":")
        address, _percent, interface = place.replace("[", "").replace("]", "").partition("%")
        key = (protocol, "::" if address == "*" else address, interface or None, int(port))
        queues, owners = found.setdefault(key, ([], set()))
        queues.append((int(words[1]), int(words[2])))
        owners |= {(int(pid), int(fd)) for pid, fd in OWNER.findall(line)}
    return found


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_rows_are_those_of_ss(servers, run_module, protocol):
    compare_with_ss(servers, run_module, protocol, "h003")


def compare_with_ss(fleet, run_module, protocol, host):
    """Hold every listener of a host beside what ss shows; return how many there are."""
    rows = run_module(host, MODULE, {"protocols": [protocol]})["ansible_facts"]["peer_listening_ports"]["listeners"]
    expected = shown_by_ss(fleet, protocol, host)
    found = {(row["protocol"], row["address"], row["interface"], row["port"]): row for row in rows}
    assert set(found) == set(expected)
    for key, (queues, owners) in expected.items():
        row = found[key]
        assert row["sockets"] == len(queues), key
        assert {process["pid"] for process in row["processes"]} == {pid for pid, _descriptor in owners}, key
        assert {(process["pid"], process["fd"]) for process in row["processes"]} <= owners, key
        if protocol == "tcp":
            queue = (row["accept_queue"]["length"], row["accept_queue"]["limit"])
            assert queue in queues and queue[0] == max(length for length, _limit in queues), key
    return len(expected)


def rows_of(run_module, ports, user="root"):
    """The rows of some ports, by port."""
    fact = run_module("h003", MODULE, {"ports": ports, "protocols": ["tcp"]}, user=user)["ansible_facts"]
    return {row["port"]: row for row in fact["peer_listening_ports"]["listeners"]}


def test_workers_unit_and_an_odd_name(servers, run_module):
    row = rows_of(run_module, [7001])[7001]
    assert (row["name"], row["user"], row["unit"]) == ("odd (name) 1)", "root", "test-server.service")
    assert row["processes_total"] == 4
    assert [process["pid"] for process in row["processes"]] == sorted(process["pid"] for process in row["processes"])


def test_late_descriptors_have_an_owner(servers, run_module):
    row = rows_of(run_module, [7002])[7002]
    assert row["processes"][0]["fd"] > 64
    assert row["accept_queue"]["limit"] == 4096


def test_what_ipv4_reaches(servers, run_module):
    rows = rows_of(run_module, [7003, 7004, 7005, 7006])
    assert {port: (row["address"], row["v6only"], row["loopback"]) for port, row in rows.items()} == {
        7003: ("::", False, False),
        7004: ("::", True, False),
        7005: ("::1", True, True),
        7006: ("::ffff:127.0.0.1", False, True),
    }


def test_a_full_accept_queue_comes_first(servers, run_module):
    fact = run_module("h003", MODULE)["ansible_facts"]["peer_listening_ports"]
    first = fact["listeners"][0]
    assert (first["port"], first["accept_queue"]) == (7009, {"length": 2, "limit": 1, "saturation_percent": 100.0})
    assert first["drops_packets"] > 0
    assert fact["summary"]["accept_queues_full"] == 1
    assert fact["ports"]["tcp"] == "22,7001,7003-7004,7008-7009,7100-7101"


def test_socket_units(servers, run_module):
    rows = rows_of(run_module, [7100, 7101])
    assert (rows[7100]["pid"], rows[7100]["name"], rows[7100]["unit"]) == (1, "systemd", "init.scope")
    assert (rows[7101]["name"], rows[7101]["user"], rows[7101]["unit"]) == ("sleep", "ansible", "test-awake.service")
    assert [process["name"] for process in rows[7101]["processes"]] == ["sleep", "systemd"]


def test_an_ordinary_user_sees_units_and_is_told_what_root_would_add(servers, run_module):
    fact = run_module("h003", MODULE, user="ansible")["ansible_facts"]["peer_listening_ports"]
    rows = {(row["protocol"], row["port"]): row for row in fact["listeners"]}
    assert (rows["tcp", 7001]["pid"], rows["tcp", 7001]["unit"]) == (None, "test-server.service")
    assert rows["tcp", 22]["unit"] == "ssh.service"
    assert rows["tcp", 7101]["name"] == "sleep"
    (entry,) = [entry for entry in fact["sources"] if entry["status"] == "denied"]
    assert entry["detail"].startswith("root would add the processes of ")
    assert fact["summary"]["ssh_listeners"] == 2


def test_an_unknown_protocol_is_refused(run_module):
    assert run_module("h003", MODULE, {"protocols": ["sctp"]})["failed"] is True
