# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that cannot be read is a status, not an exception."""

from __future__ import annotations

import errno
import pathlib

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _read


@pytest.fixture(name="tree")
def recorded_tree(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Return an empty tree that stands for the root of the peer."""
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    return tmp_path


def test_reads_up_to_the_limit(tree: pathlib.Path) -> None:
    (tree / "file").write_bytes(b"abc\xff")
    assert _read.read_text("/file") == _read.Read("abc\\xff", "ok", "")
    assert _read.read_text("/file", limit=2).text == "ab"


def test_absence_is_a_status(tree: pathlib.Path) -> None:
    assert _read.read_text("/none").status == "absent"
    assert _read.read_text("/none").text is None
    assert _read.list_names("/none") == ([], "absent")
    assert _read.read_link("/none") is None


def test_a_directory_is_not_a_file(tree: pathlib.Path) -> None:
    (tree / "directory").mkdir()
    assert _read.read_text("/directory").status == "failed"


def test_links_and_names(tree: pathlib.Path) -> None:
    (tree / "link").symlink_to("/dev/null")
    (tree / "a").touch()
    assert _read.read_link("/link") == "/dev/null"
    assert _read.list_names("/") == (["a", "link"], "ok")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        pytest.param(errno.ENOENT, "absent", id="no-entry"),
        pytest.param(errno.ESRCH, "absent", id="process-gone"),
        pytest.param(errno.EOPNOTSUPP, "absent", id="switched-off"),
        pytest.param(errno.EACCES, "denied", id="access"),
        pytest.param(errno.EPERM, "denied", id="permission"),
        pytest.param(errno.EIO, "failed", id="input-output"),
    ],
)
def test_status_of_an_error(code: int, status: str) -> None:
    assert _read.status_of(OSError(code, "text")) == status


@pytest.mark.parametrize(("limit", "length"), [(100, 100), (4096, 4096), (4097, 4097), (1 << 20, 9000)])
def test_no_more_than_the_limit_is_read(tmp_path: pathlib.Path, limit: int, length: int) -> None:
    content = "".join("%08d\n" % number for number in range(1000))
    path = tmp_path / "long"
    path.write_text(content, encoding="ascii")
    assert _read.read_text(str(path), limit).text == content[:length]
