# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules are imported from a zip file as Python itself does, with less work."""

from __future__ import annotations

import importlib
import json
import pathlib
import sys
import zipfile

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils._importing import CompiledOnce, compile_once


@pytest.fixture(name="archive")
def _archive(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Return a zip file on the path, with the package `zipped`, whose part `broken` is no Python."""
    archive = tmp_path / "payload.zip"
    with zipfile.ZipFile(str(archive), "w") as written:
        written.writestr("zipped/__init__.py", "")
        written.writestr("zipped/part.py", "name = __file__\n")
        written.writestr("zipped/broken.py", "name = = 1\n")
    monkeypatch.syspath_prepend(str(archive))
    yield archive
    for name in [name for name in sys.modules if name.partition(".")[0] == "zipped"]:
        del sys.modules[name]


def test_a_module_of_a_zip_file_is_imported_by_our_importer(archive: pathlib.Path) -> None:
    importlib.import_module("zipped")
    compile_once("zipped")
    part = importlib.import_module("zipped.part")
    assert isinstance(part.__loader__, CompiledOnce)
    assert part.name == part.__file__ == str(archive / "zipped" / "part.py")


def test_the_name_of_a_file_is_told_without_compiling_it(archive: pathlib.Path) -> None:
    importer = CompiledOnce(str(archive / "zipped"))
    assert importer.get_filename("zipped.broken") == str(archive / "zipped" / "broken.py")
    with pytest.raises(SyntaxError):
        importlib.import_module("zipped.broken")


def test_modules_in_directories_are_left_to_python() -> None:
    (path,) = json.__path__
    compile_once("json")
    assert not isinstance(sys.path_importer_cache[path], CompiledOnce)
