# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent to a host to run a fact module there: one script that brings the module and all it imports.

The script that Ansible makes imports ansible.module_utils.basic and compiles every file twice, out of a zip file
(zipimport compiles a module to tell the name of its file, and again to load it). That costs a host more than the facts.
"""

from __future__ import annotations

import ast
import base64
import marshal
import pathlib
import re
import typing as t
import zlib

PLUGINS = pathlib.Path(__file__).parent.parent
PACKAGE = "ansible_collections.netdoctor.connection_reset.plugins"
RUNNER = "_from_memory"

SCRIPT = """{shebang}
# -*- coding: utf-8 -*-
import os
import sys

sys.path[:] = [place for place in sys.path if place not in ("", ".", os.path.dirname(os.path.realpath(sys.argv[0])))]
import base64
import marshal
import types

sent = marshal.loads(base64.b64decode({sent!r}))
runner = sys.modules["{name}"] = types.ModuleType("{name}")
exec(compile(sent.pop("{name}"), "{name}", "exec", dont_inherit=True), runner.__dict__)
runner.run(**sent)
"""
"""Nothing is imported from the directory of the script or the one the process is in: they may hold files of anybody."""


class Part(t.NamedTuple):
    """A file of the target side: its source, compressed, and the names of other such files on its import lines."""

    source: bytes
    imports: frozenset[str]


def _part(path: pathlib.Path) -> Part:
    source = path.read_text("utf-8")
    imports = frozenset(name for line in IMPORT.findall(source) for name in NAME.findall(line))
    return Part(zlib.compress(source.encode()), imports)


IMPORT = re.compile(r"^ *from \..+", re.MULTILINE)
NAME = re.compile(r"\b_\w+")

MODULE_UTILS = {path.stem: _part(path) for path in PLUGINS.glob("module_utils/_[a-z]*.py")}
MODULES = {path.stem: _part(path) for path in PLUGINS.glob("modules/*_*.py")}
"""Made when this file is imported: for peer_facts that is once, before Ansible forks a process for each host."""


def script(module: str, arguments: t.Mapping[str, t.Any], facility: str, shebang: str) -> bytes:
    """Return a script that runs a module with valid arguments and prints its result as one line of JSON.

    `facility` is that of syslog under which the host notes it (`LOG_USER`), or empty.
    """
    main = f"{PACKAGE}.modules.{module}"
    utils = {f"{PACKAGE}.module_utils.{name}": MODULE_UTILS[name].source for name in needed(MODULES[module].imports)}
    sent = {
        RUNNER: zlib.decompress(MODULE_UTILS[RUNNER].source),
        "module": main,
        "arguments": dict(arguments),
        "facility": facility,
        "sources": {main: MODULES[module].source, **utils},
    }
    return SCRIPT.format(shebang=shebang, name=RUNNER, sent=base64.b64encode(marshal.dumps(sent, OLDEST))).encode()


OLDEST = 2
"""The form of marshal that every Python 3 reads."""


def needed(imports: t.Iterable[str]) -> set[str]:
    """Return the names of all files of module_utils that these import, and those that they import themselves."""
    found: set[str] = set()
    waiting = set(imports)
    while waiting:
        name = waiting.pop()
        if name in MODULE_UTILS and name not in found:
            found.add(name)
            waiting |= MODULE_UTILS[name].imports
    return found


def path_of(module: str) -> pathlib.Path:
    """Return the file of a module."""
    return PLUGINS / "modules" / f"{module}.py"


def argument_spec(module: str) -> dict[str, t.Any]:
    """Return `ARGUMENT_SPEC` of a module as its file states it: to import the module would import all it needs."""
    stated = SPEC.search(zlib.decompress(MODULES[module].source).decode())
    return t.cast("dict[str, t.Any]", ast.literal_eval(stated.group(1) if stated else "None"))


SPEC = re.compile(r"^ARGUMENT_SPEC\b[^=]*= (.+?)\n\n", re.MULTILINE | re.DOTALL)
