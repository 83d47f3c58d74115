# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other network namespaces: how they are found and named, and visits that leave the visitor where it was."""

from __future__ import annotations

import errno
import json
import os
import pathlib
import subprocess
import sys
import time
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _namespace_connections,
    _network_namespaces,
    _read,
)
from ansible_collections.netdoctor.connection_reset.plugins.module_utils._network_namespaces import Namespace

INSIDE = """
import pathlib, socket, subprocess, sys
subprocess.run(["ip", "link", "set", "lo", "up"], check=False)
pathlib.Path("/proc/sys/net/ipv4/tcp_keepalive_time").write_text("77")
server = socket.socket()
server.bind(("127.0.0.1", 8765))
server.listen(5)
client = socket.create_connection(("127.0.0.1", 8765))
print("ready", flush=True)
sys.stdin.read()
"""
DOCKER = "3f5a8c1d9b7e" + "0" * 52


@pytest.fixture(name="stranger")
def process_elsewhere() -> t.Iterator[int]:
    """Return the pid of a process in a network namespace of its own, with a connection inside."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    words = ["unshare", "--net", sys.executable, "-c", INSIDE]
    try:
        started = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        pytest.skip("needs unshare(1)")
    with started:
        if started.stdout is None or started.stdout.readline() != b"ready\n":
            pytest.skip("no network namespace may be made here")
        yield started.pid
        started.stdin.close()  # type: ignore[union-attr]


def link(pid: int | str) -> str:
    """Return the link that names the network namespace of a process."""
    return os.readlink("/proc/%s/ns/net" % pid)


def test_a_namespace_of_another_process(stranger: int) -> None:
    before = link("self")
    found = _network_namespaces.namespaces()
    (there,) = [entry for entry in found.namespaces if entry.pid == stranger]
    assert "net:[%d]" % there.inode == link(stranger)
    assert _network_namespaces.own_namespace() not in {entry.inode for entry in found.namespaces}
    own = {"time_s": 7200, "intvl_s": 75, "probes": 9}
    (row,) = _network_namespaces.visit([there], lambda entry: _namespace_connections.look(entry, own), 5.0)
    assert not isinstance(row, OSError)
    assert (row["inode"], row["pid"], row["process"], row["container"]) == (there.inode, stranger, row["process"], None)
    assert row["keepalive_sysctls"] == {"time_s": 77, "intvl_s": 75, "probes": 9}
    assert row["keepalive_differs"] is True
    assert (row["listening_ports"], row["sockets"], row["established"], row["loopback"]) == ("8765", 3, 2, 2)
    assert row["keepalive"]["off"] == 2
    assert link("self") == before


def test_the_c_library_enters_where_python_cannot(stranger: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "setns", raising=False)
    there = Namespace(0, "/proc/%d/ns/net" % stranger, stranger, None)
    gone = Namespace(0, "/proc/0/ns/net", None, None)
    wrong = Namespace(0, "/proc/%d/ns/uts" % stranger, None, None)

    def look(_entry: Namespace) -> str:
        return os.readlink("/proc/thread-self/ns/net")

    answers = _network_namespaces.visit([there, gone, wrong, there], look, 5.0)
    assert answers[0] == answers[3] == link(stranger)
    assert [getattr(answer, "errno", None) for answer in answers[1:3]] == [errno.ENOENT, errno.EINVAL]


def test_a_visit_ends_in_time(stranger: int) -> None:
    there = Namespace(0, "/proc/%d/ns/net" % stranger, stranger, None)
    started = time.monotonic()
    answers = _network_namespaces.visit([there] * 50, lambda _entry: time.sleep(0.1), 0.25)
    assert time.monotonic() - started < 2
    assert len(answers) <= 3


def test_an_ordinary_user_is_told_what_root_would_add(stranger: int) -> None:
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        fact, said = _namespace_connections.net_namespaces({}, 3000)
        os.write(writable, json.dumps([fact["read"], said]).encode())
        os._exit(0)
    os.waitpid(child, 0)
    read, said = json.loads(os.read(readable, 10000))
    os.close(readable)
    os.close(writable)
    assert (read, said["status"]) == (0, "denied")
    assert said["detail"].startswith("root would add the connections of other network namespaces")


def test_the_fact_shows_it(stranger: int) -> None:
    fact, said = _namespace_connections.net_namespaces({"time_s": 7200, "intvl_s": 75, "probes": 9}, 10**6)
    assert (said["name"], said["status"]) == ("/proc/PID/ns/net", "ok")
    assert fact["found"] >= fact["read"] >= 1
    assert len(fact["rows"]) == fact["read"]


@pytest.fixture(name="tree")
def recorded_tree(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Return a root with four processes in three namespaces, one of which has a name, and one more with a name."""
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    for pid, inode in (("self", 1), ("10", 1), ("20", 2), ("21", 2), ("3", 3)):
        (tmp_path / "proc" / pid / "ns").mkdir(parents=True)
        (tmp_path / "proc" / pid / "ns/net").symlink_to("net:[%d]" % inode)
    (tmp_path / "proc/44").mkdir()
    (tmp_path / "proc/uptime").write_text("")
    (tmp_path / "run/netns").mkdir(parents=True)
    (tmp_path / "run/netns/blue").write_text("")
    return tmp_path


def test_each_namespace_is_found_once(tree: pathlib.Path) -> None:
    inode = (tree / "run/netns/blue").stat().st_ino
    found = _network_namespaces.namespaces()
    assert found.namespaces == [
        Namespace(3, "/proc/3/ns/net", 3, None),
        Namespace(2, "/proc/20/ns/net", 20, None),
        Namespace(inode, "/run/netns/blue", None, "blue"),
    ]
    assert found.denied == 0


def test_a_namespace_with_a_process_gets_its_name(tree: pathlib.Path) -> None:
    inode = (tree / "run/netns/blue").stat().st_ino
    (tree / "proc/30/ns").mkdir(parents=True)
    (tree / "proc/30/ns/net").symlink_to("net:[%d]" % inode)
    assert Namespace(inode, "/proc/30/ns/net", 30, "blue") in _network_namespaces.namespaces().namespaces


def test_without_namespaces(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    fact, said = _namespace_connections.net_namespaces({}, 3000)
    assert fact == {"found": 0, "read": 0, "truncated": False, "rows": []}
    assert said["status"] == "ok"
    assert _network_namespaces.own_namespace() is None


@pytest.mark.parametrize(
    ("cgroup", "expected"),
    [
        ("0::/system.slice/docker-%s.scope" % DOCKER, (DOCKER[:12], "docker-%s.scope" % DOCKER)),
        ("12:cpu:/docker/%s\n1:name=systemd:/docker/%s" % (DOCKER, DOCKER), (DOCKER[:12], None)),
        ("0::/kubepods/besteffort/pod9/%s" % DOCKER, (DOCKER[:12], None)),
        ("0::/machine.slice/libpod-%s.scope/container" % DOCKER, (DOCKER[:12], "libpod-%s.scope" % DOCKER)),
        ("0::/system.slice/nginx.service", (None, "nginx.service")),
        ("0::/", (None, None)),
        ("", (None, None)),
    ],
)
def test_containers_and_units(tree: pathlib.Path, cgroup: str, expected: tuple[str | None, str | None]) -> None:
    (tree / "proc/20/cgroup").write_text(cgroup)
    assert _network_namespaces.container_and_unit(20) == expected
