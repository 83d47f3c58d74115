# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes, their units, and who holds a socket."""

from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _cgroups,
    _processes,
    _read,
    _socket_owners,
)

STAT = "%s S 1 812 812 0 -1 4194560 1206 0 0 0 1 2 0 0 20 0 1 0 4242 15806464 1799 18446744073709551615 1 1 0"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("812 (sshd)", "sshd"),
        ("812 (nginx: worker (1))", "nginx: worker (1)"),
        ("812 (a) S 1 (b))", "a) S 1 (b)"),
        ("812 ()", ""),
        ("812 (tmux: server)", "tmux: server"),
    ],
)
def test_the_name_stands_between_the_outer_parentheses(text: str, name: str) -> None:
    assert _processes.parse_stat(STAT % text) == (name, 4242)


@pytest.mark.parametrize("text", ["", "812", "812 (sshd", "(sshd) S 1", "812 (sshd) S 1 2"])
def test_what_is_no_stat(text: str) -> None:
    with pytest.raises(ValueError, match="no /proc/PID/stat"):
        _processes.parse_stat(text)


def test_the_effective_user() -> None:
    assert _processes.parse_user("Name:\tsshd\nUid:\t0\t33\t0\t0\nGid:\t1\t1\t1\t1\n") == 33
    assert _processes.parse_user("Name:\tsshd\n") is None


def test_users() -> None:
    text = "root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/root:/bin/sh\nbroken\nn\x1b:x:7:7::/:/bin/sh\n"
    assert _processes.parse_passwd(text) == {0: "root", 7: "n\\x1b"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("0::/system.slice/ssh.service\n", "ssh.service", id="version-2"),
        pytest.param("9:memory:/x\n1:name=systemd:/system.slice/ssh.service\n0::/\n", "ssh.service", id="version-1"),
        pytest.param("1:name=systemd:/a.slice\n0::/system.slice/x.service\n", None, id="systemd-decides"),
        pytest.param(
            "0::/user.slice/user-0.slice/user@0.service/app.slice/podman.service\n", "podman.service", id="of-a-user"
        ),
        pytest.param(
            "0::/system.slice/system-postgresql.slice/postgresql@15-main.service\n",
            "postgresql@15-main.service",
            id="instance",
        ),
        pytest.param(
            "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-ab.scope\n",
            "cri-containerd-ab.scope",
            id="container",
        ),
        pytest.param("0::/init.scope\n", "init.scope", id="systemd-itself"),
        pytest.param("0::/\n", None, id="root"),
        pytest.param("", None, id="nothing"),
        pytest.param("0::/a:b.service\n", "a:b.service", id="colon"),
    ],
)
def test_the_unit_of_a_process(text: str, expected: str | None) -> None:
    assert _cgroups.unit_of(_cgroups.parse_cgroup(text)[0]) == expected


def test_units_by_the_number_of_their_group(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    group = tmp_path / "sys/fs/cgroup/system.slice/ssh.service"
    group.mkdir(parents=True)
    assert _cgroups.units_of_groups({group.stat().st_ino, 1 << 60}) == {group.stat().st_ino: "ssh.service"}


class Tree:
    """A made-up /proc: which process holds which sockets, and whose child it is."""

    def __init__(self, root: pathlib.Path) -> None:
        self._root = root

    def add(self, pid: int, sockets: list[int], parent: int = 0, group: str = "/") -> None:
        """Add a process with its descriptors."""
        directory = self._root / "proc" / str(pid)
        (directory / "fd").mkdir(parents=True)
        for number, inode in enumerate(sockets):
            (directory / "fd" / str(number)).symlink_to("socket:[%d]" % inode)
        (directory / "cgroup").write_text("0::%s\n" % group)
        (self._root / ("sys/fs/cgroup" + group)).mkdir(parents=True, exist_ok=True)
        children = self._root / "proc" / str(parent) / "task" / str(parent) / "children"
        children.parent.mkdir(parents=True, exist_ok=True)
        children.write_text((children.read_text() if children.exists() else "") + "%d " % pid)

    def number(self, group: str) -> int:
        """Return the number of a control group."""
        return (self._root / ("sys/fs/cgroup" + group)).stat().st_ino


@pytest.fixture(name="tree")
def made_up(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Put a made-up /proc in place of the real one."""
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    return Tree(tmp_path)


def pids(inode: int, groups: dict[int, int | None]) -> list[int]:
    """Return the processes found for a socket."""
    return sorted(pid for pid, _descriptor in _socket_owners.owners(groups).holders.get(inode, []))


def test_workers_are_found_with_their_master(tree: Tree) -> None:
    tree.add(10, [100], parent=1)
    tree.add(20, [], parent=1)
    tree.add(4000, [100], parent=10)
    tree.add(4001, [100], parent=4000)
    assert pids(100, {100: None}) == [10, 4000, 4001]


def test_a_socket_unit_has_systemd_and_the_service(tree: Tree) -> None:
    tree.add(1, [100, 101])
    tree.add(500, [100], parent=1)
    tree.add(600, [7], parent=1)
    assert pids(100, {100: None, 101: None}) == [1, 500]


def test_the_walk_ends_when_each_socket_has_a_holder(tree: Tree) -> None:
    tree.add(10, [100])
    tree.add(11, [100])
    assert pids(100, {100: None}) == [10]


@pytest.fixture(name="all_late")
def no_first_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make all descriptors late ones: a directory on disk does not list them in the order of their numbers."""
    monkeypatch.setattr(_socket_owners, "FIRST_DESCRIPTORS", 0)


@pytest.mark.usefixtures("all_late")
def test_late_descriptors_are_looked_at_when_needed(tree: Tree) -> None:
    tree.add(10, [100])
    assert pids(100, {100: None}) == [10]


@pytest.mark.usefixtures("all_late")
def test_late_descriptors_of_other_groups_are_left_alone(tree: Tree) -> None:
    tree.add(10, [100], group="/a.service")
    tree.add(11, [101], group="/b.service")
    groups: dict[int, int | None] = {100: tree.number("/b.service"), 101: tree.number("/b.service")}
    assert pids(100, groups) == []
    assert pids(101, groups) == [11]


def test_a_process_may_hold_a_socket_twice(tree: Tree) -> None:
    tree.add(10, [100, 100])
    holders = _socket_owners.owners({100: None}).holders
    assert {inode: sorted(pairs) for inode, pairs in holders.items()} == {100: [(10, 0), (10, 1)]}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look everywhere")
def test_what_is_denied_is_counted() -> None:
    assert _socket_owners.owners({1: None}).denied > 0
