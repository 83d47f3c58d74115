# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module of the collection whose source came with the script that is running, without a file on the host."""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import syslog
import types
import typing as t
import zlib
from importlib.machinery import ModuleSpec

GARBAGE = 100_000
"""Objects made before Python looks for cycles: loading code makes many that stay."""


class Sent:
    """An importer of the modules that were sent (importlib.abc.MetaPathFinder and Loader, without their import)."""

    def __init__(self, sources: t.Mapping[str, bytes]) -> None:
        """Import from `sources`, compressed by zlib, by full name."""
        self._sources = sources
        self._packages = {name.rsplit(".", depth)[0] for name in sources for depth in range(1, name.count(".") + 1)}

    def find_spec(self, name: str, path: t.Any = None, target: t.Any = None) -> ModuleSpec | None:
        """Return how to load a module that was sent or a package that holds one, and None for all others."""
        if name in self._sources:
            return ModuleSpec(name, self, origin=name)  # type: ignore[arg-type]
        return ModuleSpec(name, self, is_package=True) if name in self._packages else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """Let Python make the module."""

    def exec_module(self, module: types.ModuleType) -> None:
        """Run the source of a module; a package has none."""
        name = module.__name__
        if name in self._sources:
            code = compile(zlib.decompress(self._sources[name]), name, "exec", dont_inherit=True)
            exec(code, module.__dict__)  # pylint: disable=exec-used


class AnsibleModule:
    """What modules of the collection use of ansible.module_utils.basic, whose import costs a host more than the facts.

    The arguments come from the controller, which has compared them with `argument_spec` already.
    """

    arguments: t.ClassVar[t.Mapping[str, t.Any]] = {}

    def __init__(self, argument_spec: t.Mapping[str, t.Any], supports_check_mode: bool = False) -> None:
        """Take the arguments that were sent."""
        self.params = self.arguments

    def exit_json(self, **result: t.Any) -> t.NoReturn:
        """Print a result, and end."""
        self._end(result, 0)

    def fail_json(self, msg: str, **result: t.Any) -> t.NoReturn:
        """Print a result that says what failed, and end."""
        self._end({**result, "failed": True, "msg": msg}, 1)

    def _end(self, result: t.Mapping[str, t.Any], status: int) -> t.NoReturn:
        sys.stdout.write(json.dumps({**result, "invocation": {"module_args": self.params}}) + "\n")
        sys.stdout.flush()
        os._exit(status)  # Python would first take apart all that was loaded


def run(module: str, arguments: t.Mapping[str, t.Any], facility: str, sources: t.Mapping[str, bytes]) -> None:
    """Run main() of a module, which prints its result and ends the process.

    As with Ansible, the log of the host hears what is invoked, under `facility` (`LOG_USER`); when empty, it does not.
    """
    gc.set_threshold(GARBAGE)
    name = module.rpartition(".")[2]
    if facility:
        syslog.openlog("ansible-%s" % name, 0, getattr(syslog, facility, syslog.LOG_USER))
        syslog.syslog("Invoked with %s" % " ".join("%s=%s" % pair for pair in sorted(arguments.items())))
    AnsibleModule.arguments = arguments
    for package in ("ansible", "ansible.module_utils"):
        sys.modules[package] = types.ModuleType(package)
    sys.modules["ansible.module_utils.basic"] = sys.modules[__name__]
    sys.meta_path.insert(0, Sent(sources))
    importlib.import_module(module).main()
