# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""listening_port_facts: endpoints, their order, the summary, and the whole on sockets of this process."""

from __future__ import annotations

import contextlib
import os
import pathlib
import queue
import socket
import struct
import subprocess
import threading
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _bounds,
    _endpoints,
    _listeners,
    _listening_sockets,
    _port_summary,
    _read,
    _sock_diag,
)
from ansible_collections.netdoctor.connection_reset.plugins.module_utils._sock_diag import Socket

NO_SUCH_FAMILY = 999
"""A family of netlink that the kernel refuses, as a sandbox refuses the real one."""


def listener(port: int, address: str = "0.0.0.0", **fields: t.Any) -> tuple[str, Socket]:
    """Return a protocol and a socket; fields are those of Socket, and `protocol`."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    protocol = fields.pop("protocol", "tcp")
    values: dict[str, t.Any] = dict.fromkeys(Socket._fields, 0)
    values.update(family=family, port=port, send_queue=128, cgroup=None, v6only=None, peer_address=bytes(16))
    values.update(address=socket.inet_pton(family, address).ljust(16, b"\0"), inode=port, **fields)
    return protocol, Socket(**values)


def endpoints(*found: tuple[str, Socket]) -> list[_endpoints.Endpoint]:
    """Return the endpoints of some sockets."""
    return _endpoints.endpoints(
        {name: [entry for protocol, entry in found if protocol == name] for name in ("tcp", "udp")}
    )


def only(*found: tuple[str, Socket]) -> _endpoints.Endpoint:
    """Return the one endpoint of some sockets."""
    (endpoint,) = endpoints(*found)
    return endpoint


@pytest.mark.parametrize(
    ("length", "limit", "expected"),
    [(0, 128, 0.0), (128, 128, 99.2), (129, 128, 100.0), (1, 0, 100.0), (0, 0, 0.0), (3, -1, None), (65, 128, 50.4)],
)
def test_a_queue_is_full_with_one_more_than_its_limit(length: int, limit: int, expected: float | None) -> None:
    assert only(listener(1, receive_queue=length, send_queue=limit)).percent == expected


@pytest.mark.parametrize(
    ("address", "fields", "wildcard", "loopback"),
    [
        ("0.0.0.0", {}, True, False),
        ("::", {}, True, False),
        ("::ffff:0.0.0.0", {}, True, False),
        ("127.0.0.1", {}, False, True),
        ("127.9.9.9", {}, False, True),
        ("::1", {}, False, True),
        ("::ffff:127.0.0.1", {}, False, True),
        ("::ffff:192.0.2.1", {}, False, False),
        ("192.0.2.127", {}, False, False),
        ("::127", {}, False, False),
        ("0.0.0.0", {"interface": 1}, True, True),
    ],
)
def test_who_can_reach_it(address: str, fields: dict[str, int], wildcard: bool, loopback: bool) -> None:
    endpoint = only(listener(80, address, **fields))
    assert (_endpoints.is_wildcard(endpoint), endpoint.loopback) == (wildcard, loopback)
    assert _endpoints.address_text(endpoint) == address


def test_sockets_that_share_a_port_are_one_endpoint() -> None:
    queues = [(1, 4, 7), (5, 4, 0), (0, 4, 2)]
    found = [listener(9090, receive_queue=a, send_queue=b, drops=c) for a, b, c in queues]
    endpoint = only(*found)
    assert (len(endpoint.sockets), endpoint.fullest.receive_queue, endpoint.percent) == (3, 5, 100.0)
    assert _endpoints.drops(endpoint) == 9


def test_trouble_comes_first_and_then_low_ports() -> None:
    found = [
        listener(9000, receive_queue=129),
        listener(22),
        listener(8000, receive_queue=100),
        listener(7000, drops=4),
        listener(53, protocol="udp"),
        listener(53),
        listener(6000, receive_queue=3),
    ]
    ordered = sorted(endpoints(*found), key=_endpoints.urgency)
    assert [(e.protocol[0], e.port) for e in ordered] == [
        *(("t", 9000), ("t", 8000), ("t", 7000), ("t", 22), ("t", 53), ("u", 53), ("t", 6000))
    ]


def test_the_summary_counts_all_endpoints(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    kernel = tmp_path / "proc/sys/net/ipv4"
    kernel.mkdir(parents=True)
    (kernel / "ip_local_port_range").write_text("32768\t60999\n")
    (kernel / "ip_local_reserved_ports").write_text("40000-40010,50000\n")
    every = endpoints(
        *[
            *(
                listener(22),
                listener(22, "::", v6only=1),
                listener(8080, "::", v6only=0),
                listener(9000, "::", v6only=1),
            ),
            *(listener(3306, "127.0.0.1"), listener(25, "127.0.0.1"), listener(25, "192.0.2.1")),
            *(listener(40005), listener(40011), listener(60999, "127.0.0.1"), listener(5000, receive_queue=129)),
            *(listener(5001, receive_queue=65), listener(68, protocol="udp"), listener(323, "::1", protocol="udp")),
        ]
    )
    rows = [{"port": 2222, "protocol": "tcp", "loopback": False, "name": "sshd", "unit": None}]
    assert _port_summary.summary(every, rows) == {
        "tcp": 12,
        "udp": 2,
        "wildcard": 9,
        "loopback": 4,
        "accept_queues_full": 1,
        "accept_queues_nearly_full": 1,
        "fullest_accept_queue_percent": 100.0,
        "ssh_listeners": 3,
        "loopback_only_ports": [3306, 60999],
        "ipv6_only_ports": [9000],
        "ephemeral_ports": [40011],
    }
    assert _port_summary.port_lists(every) == {
        "tcp": "22,25,5000-5001,8080,9000,40005,40011",
        "udp": "68",
        "tcp_loopback": "3306,60999",
        "udp_loopback": "323",
    }


@pytest.fixture(name="server")
def real_listener() -> t.Iterator[socket.socket]:
    """Return a socket that listens on a free port of the loopback, with one connection waiting and a limit of none."""
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        client.connect(server.getsockname())
        yield server


def test_a_socket_of_this_process(server: socket.socket) -> None:
    port = server.getsockname()[1]
    fact = _listeners.collect(ports=[port], protocols=["tcp"])
    (row,) = fact["listeners"]
    assert {name: row[name] for name in ("protocol", "family", "address", "port", "wildcard", "loopback", "state")} == {
        "protocol": "tcp",
        "family": "ipv4",
        "address": "127.0.0.1",
        "port": port,
        "wildcard": False,
        "loopback": True,
        "state": "LISTEN",
    }
    assert row["accept_queue"] == {"length": 1, "limit": 0, "saturation_percent": 100.0}
    assert (row["pid"], row["uid"]) == (os.getpid(), os.getuid())
    assert row["processes"][0]["fd"] == server.fileno()
    assert row["inode"] == os.fstat(server.fileno()).st_ino
    assert (fact["total"], fact["truncated"], fact["summary"]["accept_queues_full"]) == (1, False, 1)
    assert fact["ports"]["tcp_loopback"] == str(port)


def holders(server: socket.socket) -> list[int]:
    """Return the processes that are said to hold a listener."""
    (row,) = _listeners.collect(ports=[server.getsockname()[1]], protocols=["tcp"])["listeners"]
    return [process["pid"] for process in row["processes"]]


@pytest.mark.parametrize("files", [0, 100])
def test_a_listener_shared_with_a_worker(files: int, tmp_path: pathlib.Path) -> None:
    with contextlib.ExitStack() as stack:
        for number in range(files):
            stack.enter_context((tmp_path / str(number)).open("wb"))
        server = stack.enter_context(socket.socket())
        server.listen(1)
        readable, writable = os.pipe()
        worker = os.fork()
        if worker == 0:
            os.read(readable, 1)
            os._exit(0)
        try:
            found = holders(server)
        finally:
            os.write(writable, b"x")
            os.waitpid(worker, 0)
            os.close(readable)
            os.close(writable)
    assert found == sorted([os.getpid(), worker])


def test_a_listener_shared_with_a_child_of_another_thread(server: socket.socket) -> None:
    workers: queue.Queue[subprocess.Popen[bytes]] = queue.Queue()
    done = threading.Event()

    def start() -> None:
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=[server.fileno()]) as worker:
            workers.put(worker)
            done.wait()

    thread = threading.Thread(target=start)
    thread.start()
    worker = workers.get()
    try:
        found = holders(server)
    finally:
        done.set()
        thread.join()
    assert found == sorted([os.getpid(), worker.pid])


def test_without_netlink_proc_net_is_read(server: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sock_diag, "SOCK_DIAG", NO_SUCH_FAMILY)
    fact = _listeners.collect(ports=[server.getsockname()[1]], protocols=["tcp"])
    (row,) = fact["listeners"]
    assert row["accept_queue"] == {"length": 1, "limit": None, "saturation_percent": None}
    assert row["pid"] == os.getpid()
    assert fact["sources"][0]["name"] == "/proc/net/tcp"
    assert fact["sources"][0]["detail"].startswith("sock_diag tcp: ")


def test_neither_netlink_nor_proc_net(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    monkeypatch.setattr(_sock_diag, "SOCK_DIAG", NO_SUCH_FAMILY)
    fact = _listeners.collect()
    assert [entry["status"] for entry in fact["sources"][:4]] == ["absent"] * 4
    assert (fact["listeners"], fact["total"]) == ([], 0)


def test_a_broken_proc_net_is_said(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    monkeypatch.setattr(_sock_diag, "SOCK_DIAG", NO_SUCH_FAMILY)
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/net/tcp").write_text("header\n 0: x:y 0:0 0A 0:0\n")
    found, sources = _listening_sockets.listening(["tcp"])
    assert found == {"tcp": []}
    assert sources[0]["status"] == "failed"


def test_ten_thousand_listeners_keep_to_the_bound(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    monkeypatch.setattr(_sock_diag, "SOCK_DIAG", NO_SUCH_FAMILY)
    (tmp_path / "proc/net").mkdir(parents=True)
    address = "%08X" % struct.unpack("=I", socket.inet_aton("192.0.2.1"))
    row = "%d: " + address + ":%04X 00000000:0000 0A 00000000:00000000 00:0 0 112 0 %d 1"
    lines = [row % (port, port, port) for port in range(1, 20002, 2)]
    (tmp_path / "proc/net/tcp").write_text("\n".join(["header", *lines]))
    fact = _listeners.collect(max_listeners=1000000)
    assert _bounds.size_bytes(fact) <= _bounds.FAMILY_BYTES
    assert (fact["total"], fact["truncated"]) == (10001, True)
    assert fact["ports"]["tcp"].endswith(",...")
    assert [entry["port"] for entry in fact["listeners"]] == list(range(1, 2 * len(fact["listeners"]), 2))


def test_max_listeners(server: socket.socket) -> None:
    fact = _listeners.collect(ports=[server.getsockname()[1]], max_listeners=0)
    assert (fact["listeners"], fact["total"], fact["truncated"]) == ([], 1, True)
