# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that is sent to hosts brings all that a module imports, and nothing of the host gets in between."""

from __future__ import annotations

import ast
import importlib
import json
import pathlib
import subprocess
import sys
import typing as t

import pytest
import yaml

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _application_timeouts
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils import _payload

ROUTING = yaml.safe_load((_payload.PLUGINS.parent / "meta" / "runtime.yml").read_text())["plugin_routing"]["modules"]
SENT = sorted({*ROUTING, "peer_facts"})
SUBSET = {"gather_subset": ["sysctl"]}


def imported(path: pathlib.Path) -> t.Iterator[str]:
    """Yield the names of files of module_utils that a file imports anywhere, as Python's own parser sees it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            inside = (node.module or "").rpartition(".")[2]
            yield from [inside] if inside.startswith("_") else [alias.name for alias in node.names]


@pytest.mark.parametrize("module", SENT)
def test_all_that_a_module_imports_is_sent(module: str) -> None:
    names = _payload.needed(_payload.MODULES[module].imports)
    files = [_payload.path_of(module), *(_payload.PLUGINS / "module_utils" / f"{name}.py" for name in names)]
    assert {name for path in files for name in imported(path)} <= names


@pytest.mark.parametrize("module", SENT)
def test_arguments_are_checked_on_the_controller_as_the_module_would(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Made(Exception):
        pass

    def made(**given: t.Any) -> None:
        raise Made(given["argument_spec"])

    loaded = importlib.import_module(f"{_payload.PACKAGE}.modules.{module}")
    monkeypatch.setattr(loaded, "AnsibleModule", made)
    with pytest.raises(Made) as caught:
        loaded.main()
    spec = _payload.argument_spec(module)
    assert spec == caught.value.args[0]
    assert ': "path"' not in json.dumps(spec), "the home directory in a path is that of the host"


def test_the_programs_to_choose_from_are_those_that_are_read() -> None:
    choices = _payload.argument_spec("application_timeout_facts")["software"]["choices"]
    assert choices == list(_application_timeouts.PROGRAMS)


def ran(script: bytes, directory: pathlib.Path, *, as_file: bool) -> subprocess.CompletedProcess[bytes]:
    """Return how the script ended: as a file in `directory`, or on the input of Python there."""
    (directory / "AnsiballZ_peer_facts.py").write_bytes(script)
    command = [sys.executable, "AnsiballZ_peer_facts.py" if as_file else "-"]
    given = None if as_file else script
    return subprocess.run(command, input=given, cwd=directory, stdout=subprocess.PIPE, check=False)


@pytest.mark.parametrize("as_file", [True, False])
def test_the_script_runs_and_imports_nothing_from_where_it_is(tmp_path: pathlib.Path, as_file: bool) -> None:
    for name in ("base64", "json", "marshal", "typing", "ansible", "zlib", "syslog"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the directory of the script')\n")
    arguments = {name: entry.get("default") for name, entry in _payload.argument_spec("peer_facts").items()}
    script = _payload.script("peer_facts", {**arguments, **SUBSET}, "", "#!/usr/bin/python3")
    assert script.startswith(b"#!/usr/bin/python3\n")
    done = ran(script, tmp_path, as_file=as_file)
    assert done.returncode == 0, done.stdout
    result = json.loads(done.stdout)
    assert set(result["ansible_facts"]) == {"peer_gathering", "peer_sysctls"}
    assert result["ansible_facts"]["peer_gathering"]["families"]["sysctl"]["status"] == "ok"
    assert result["invocation"]["module_args"] == {**arguments, **SUBSET}
