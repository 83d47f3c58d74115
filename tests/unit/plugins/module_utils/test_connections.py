# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""connection_facts as a whole: on sockets of this process, from recordings, where things are missing, and in bounds."""

from __future__ import annotations

import os
import pathlib
import socket
import sys
import time
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _addresses,
    _bounds,
    _connection_lookups,
    _connection_rows,
    _connection_targets,
    _connections,
    _read,
    _sock_diag,
)

FIXTURES = pathlib.Path(__file__).resolve().parents[3] / "fixtures" / "connection"
RELEASES = sorted(path.stem[len("tcp-") :] for path in FIXTURES.glob("tcp-*.txt"))
NO_SUCH_FAMILY = 999
"""A family of netlink that the kernel refuses, as a sandbox refuses the real one."""


@pytest.fixture(name="pair")
def connected_pair(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[tuple[int, socket.socket, socket.socket]]:
    """Return the port of a service on the loopback, a client with keepalive, and the accepted end without.

    The fact has room for them whatever else the machine has.
    """
    monkeypatch.setattr(_connections, "MOST_ROWS", 10**6)
    monkeypatch.setattr(_connections, "FAMILY_BYTES", 10**9)
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 40)
        client.connect(server.getsockname())
        accepted = server.accept()[0]
        with accepted:
            yield server.getsockname()[1], client, accepted


@pytest.fixture
def no_netlink(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the kernel refuse what asks for sockets and addresses."""
    for module in (_sock_diag, _connection_rows, _connection_lookups):
        monkeypatch.setattr(module, "SOCK_DIAG", NO_SUCH_FAMILY)
    monkeypatch.setattr(_addresses, "ROUTE", NO_SUCH_FAMILY)


def of_port(rows: t.Iterable[dict[str, t.Any]], port: int) -> dict[str, t.Any]:
    """Return the one row of a port."""
    (found,) = [row for row in rows if row["port"] == port]
    return found


def test_a_connection_of_this_process(pair: tuple[int, socket.socket, socket.socket]) -> None:
    port, client, accepted = pair
    client.send(b"hello")
    fact = _connections.collect(targets=[{"address": "127.0.0.1", "port": port}])
    service, remote = of_port(fact["services"], port), of_port(fact["remotes"], port)
    assert (service["established"], service["loopback"], service["listening"]) == (1, True, True)
    assert service["top_remotes"] == [{"address": "127.0.0.1", "count": 1}]
    assert (service["address"], remote["address"]) == ("127.0.0.1", "127.0.0.1")
    assert service["receive_queue"] == {"sockets": 1, "bytes_max": 5, "bytes_total": 5}
    assert (service["keepalive"]["off"], service["keepalive"]["armed"]) == (1, 0)
    keepalive = remote["keepalive"]
    assert (keepalive["off"], keepalive["armed"] + keepalive["unknown"]) == (0, 1)
    assert keepalive["unknown"] or 30 < keepalive["remaining_s"]["max"] <= 40
    assert keepalive["unknown"] or keepalive["time_s"] == 40
    assert (service["idle_s"], service["idle_max_s"]) == ({"1": 1}, 0)
    assert fact["totals"]["loopback"] >= 2
    assert [entry["status"] for entry in fact["sources"][:3]] == ["ok"] * 3
    details = {row["direction"]: row for row in fact["details"] if port in (row["local_port"], row["remote_port"])}
    assert set(details) == {"in", "out"}
    for row, entry in ((details["in"], accepted), (details["out"], client)):
        assert (row["reason"], row["state"], row["pid"]) == ("target", "ESTABLISHED", os.getpid())
        assert (row["inode"], row["uid"]) == (os.fstat(entry.fileno()).st_ino, os.getuid())
        assert row["idle_ms"] < 5000
    assert details["in"]["receive_queue_bytes"] == 5


def test_states_of_this_process(pair: tuple[int, socket.socket, socket.socket]) -> None:
    port, client, accepted = pair
    client.shutdown(socket.SHUT_WR)
    time.sleep(0.05)
    fact = _connections.collect()
    assert of_port(fact["services"], port)["states"] == {"CLOSE_WAIT": 1}
    assert of_port(fact["remotes"], port)["states"] == {"FIN_WAIT2": 1}
    assert fact["totals"]["close_wait"]["sockets"] >= 1


@pytest.mark.usefixtures("no_netlink")
def test_without_netlink_proc_net_is_read(pair: tuple[int, socket.socket, socket.socket]) -> None:
    port = pair[0]
    fact = _connections.collect(targets=[{"port": port}])
    service, remote = of_port(fact["services"], port), of_port(fact["remotes"], port)
    assert (service["established"], service["keepalive"]["off"]) == (1, 1)
    assert (service["loopback"], service["idle_max_s"]) == (True, None)
    assert 30 < remote["keepalive"]["remaining_s"]["max"] <= 40
    said = {entry["name"]: entry for entry in fact["sources"]}
    assert said["/proc/net/tcp"]["status"] == "ok"
    assert said["/proc/net/tcp"]["detail"].startswith("sock_diag tcp: ")
    assert said["tcp_info"]["status"] == "failed"
    assert {row["remote_port"] for row in fact["details"]} >= {port}
    assert all(row["pid"] is None for row in fact["details"])


@pytest.fixture(name="tree")
def recorded_tree(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, no_netlink: None) -> pathlib.Path:
    """Return an empty root that is read instead of the real one."""
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    (tmp_path / "proc/net").mkdir(parents=True)
    return tmp_path


def test_nothing_can_be_read(tree: pathlib.Path) -> None:
    fact = _connections.collect(targets=[{"port": 22}])
    said = {entry["name"]: entry["status"] for entry in fact["sources"]}
    assert said["/proc/net/tcp"] == said["/proc/net/tcp6"] == "absent"
    assert (fact["services"], fact["remotes"], fact["details"], fact["totals"]["sockets"]) == ([], [], [], 0)
    assert fact["ephemeral_ports"]["used_percent_max"] is None
    assert fact["time_wait"] == {"sockets": 0, "limit": None, "used_percent": None}
    assert fact["orphans"]["sockets"] is None
    assert fact["keepalive"]["sysctls"] == {"time_s": None, "intvl_s": None, "probes": None}


def test_a_broken_proc_net_is_said(tree: pathlib.Path) -> None:
    (tree / "proc/net/tcp").write_text("sl\n 0: x:y 0:0 01 0:0\n")
    said = [entry for entry in _connections.collect()["sources"] if entry["name"] == "/proc/net/tcp"]
    assert "failed" in {entry["status"] for entry in said}


@pytest.mark.parametrize("release", RELEASES)
def test_a_recorded_host(tree: pathlib.Path, release: str) -> None:
    for name in ("tcp", "tcp6"):
        content = (FIXTURES / ("%s-%s.txt" % (name, release))).read_text()
        (tree / "proc/net" / name).write_text(content)
    settings = tree / "proc/sys/net/ipv4"
    settings.mkdir(parents=True)
    for name, value in (
        *(("ip_local_port_range", "32768\t60999"), ("tcp_max_tw_buckets", "10"), ("tcp_keepalive_time", "7200")),
        *(("tcp_keepalive_intvl", "75"), ("tcp_keepalive_probes", "9"), ("tcp_max_orphans", "200")),
    ):
        (settings / name).write_text(value + "\n")
    (tree / "proc/net/sockstat").write_text("TCP: inuse 27 orphan 3 tw 3 alloc 30 mem 4\n")
    fact = _connections.collect()
    assert fact["states"] == {
        **{"ESTABLISHED": 19, "SYN_SENT": 1, "SYN_RECV": 1, "FIN_WAIT1": 1, "FIN_WAIT2": 2, "TIME_WAIT": 1},
        **{"CLOSE_WAIT": 1, "LAST_ACK": 1, "CLOSING": 1},
    }
    totals, others = fact["totals"], fact["other_hosts"]
    assert (totals["incoming"], totals["outgoing"], totals["loopback"], totals["zero_window"]) == (9, 10, 6, 1)
    assert others["retransmitting"] == {"sockets": 4, "stalled": 1, "retransmits_max": 4}
    assert others["connecting"] == {"sockets": 1, "unanswered": 1}
    assert others["stalled_percent"] == 7.7
    assert [fact["keepalive"][name] for name in ("armed", "off", "unknown")] == [4, 13, 2]
    assert fact["keepalive"]["sysctls"] == {"time_s": 7200, "intvl_s": 75, "probes": 9}
    assert fact["time_wait"] == {"sockets": 1, "limit": 10, "used_percent": 10.0}
    assert fact["orphans"] == {"sockets": 3, "limit": 200, "used_percent": 1.5}
    assert (of_port(fact["services"], 700)["listening"], of_port(fact["services"], 22)["remotes"]) == (False, 3)
    assert {row["address"] for row in fact["remotes"]} >= {"192.0.2.2", "192.0.2.10", "2001:db8::2", "127.0.0.1"}
    assert {row["reason"] for row in fact["details"]} == {
        *("retransmitting", "keepalive_unanswered", "zero_window", "connecting"),
    } | ({"half_open"} if fact["other_hosts"]["half_open"]["unanswered"] else set())


def proc_line(local: tuple[str, int], remote: tuple[str, int], state: int = 1, more: str = "00:0 0") -> str:
    """Return a line of /proc/net/tcp."""
    ends = []
    for address, port in (local, remote):
        words = "%08X" % int.from_bytes(socket.inet_aton(address), "little")
        ends.append("%s:%04X" % (words, port))
    return "0: %s %s %02X 00000000:00000000 %s 0 0 9 1" % (ends[0], ends[1], state, more)


def far_address(place: int) -> str:
    """Return one of many addresses."""
    return "198.%d.%d.%d" % (18 + (place >> 16), (place >> 8) & 255, place & 255)


@pytest.mark.skipif(sys.byteorder == "big", reason="the lines are written for little-endian hosts")
def test_many_services_and_destinations_keep_to_the_bound(tree: pathlib.Path) -> None:
    us = "192.0.2.1"
    lines = [proc_line((us, port), ("0.0.0.0", 0), state=10) for port in range(1, 9001)]
    lines += [proc_line((us, port), (far_address(port), 51000)) for port in range(1, 9001)]
    lines += [proc_line((us, 40000), (far_address(port), 20000 + port)) for port in range(1, 9001)]
    stalled = "01:00000100 00000007"
    lines += [proc_line((us, 41000 + n), (far_address(9), 443), more=stalled) for n in range(100)]
    lines += [proc_line((us, 7), (far_address(n), 50000)) for n in range(70000)]
    (tree / "proc/net/tcp").write_text("\n".join(["sl", *lines]))
    started = time.process_time()
    fact = _connections.collect()
    assert time.process_time() - started < 20
    assert _bounds.size_bytes(fact) <= _bounds.FAMILY_BYTES
    assert (fact["services_total"], fact["truncated"], fact["counted_completely"]) == (9000, True, False)
    assert fact["totals"]["established"] == 88100
    assert fact["remotes"][0]["retransmitting"] == {"sockets": 100, "stalled": 100, "retransmits_max": 7}
    assert fact["services"][0]["port"] == 7
    assert fact["services"][0]["established"] == 70001
    assert 5 <= len(fact["details"]) <= 20
    assert fact["details_total"] == 20


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"address": "192.0.2.7", "port": 22}, (bytes((192, 0, 2, 7)), 22)),
        ({"address": "::ffff:192.0.2.7"}, (bytes((192, 0, 2, 7)), 0)),
        ({"address": "fe80::1%eth0", "port": None}, (b"\xfe\x80" + bytes(13) + b"\x01", 0)),
        ({"address": None, "port": 65535}, (None, 65535)),
    ],
)
def test_targets(target: dict[str, t.Any], expected: tuple[bytes | None, int]) -> None:
    assert _connection_targets.parse_targets([target]) == [_connection_targets.Target(*expected)]


@pytest.mark.parametrize(
    "target", [{}, {"address": "", "port": 0}, {"address": "db1"}, {"port": 65536}, {"port": -1}, {"address": "1.2.3"}]
)
def test_bad_targets_are_named(target: dict[str, t.Any]) -> None:
    with pytest.raises(ValueError, match="^targets: "):
        _connections.collect(targets=[target])


def test_targets_are_bounded(pair: tuple[int, socket.socket, socket.socket]) -> None:
    assert len(_connection_targets.parse_targets([{"port": 1}] * 100)) == _connection_targets.MOST_TARGETS
    targets = _connection_targets.parse_targets([{"port": pair[0]}, {"address": "127.0.0.1"}])
    assert len(_connection_targets.matching(targets, 1)) == 1


def test_a_socket_that_is_gone_is_shown_as_it_was_counted(pair: tuple[int, socket.socket, socket.socket]) -> None:
    from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _connection_details

    port, client, accepted = pair
    (suspect, *_rest) = _connection_targets.matching(_connection_targets.parse_targets([{"port": port}]), 20)
    other = suspect._replace(row=(suspect.row[0], suspect.row[1], socket.htons(1), *suspect.row[3:]))
    (row,), held = _connection_details.details([other], bytes(65536), True)
    assert (row["remote_port"], row["state"], row["inode"], row["pid"], held) == (1, "ESTABLISHED", None, None, None)
    assert "rtt_ms" not in row
