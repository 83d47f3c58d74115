# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the fact modules on hosts as Ansible runs any module, but sends a lighter script (see `_payload`)."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action.normal import ActionModule as Normal

from ..plugin_utils._payload import MODULES, argument_spec, path_of, script
from ..plugin_utils._plain import plain

STAND_IN = "ansible.builtin.ping"
"""A small module, for which Ansible finds the interpreter and all else that the host needs."""


class ActionModule(Normal):
    """Action of peer_facts and of the modules for which meta/runtime.yml names it."""

    def _configure_module(self, module_name: str, module_args: t.Any, task_vars: t.Any) -> t.Any:
        """Return what Ansible would send to the host, with the script of this collection in the place of its own.

        Arguments that are wrong go the usual way, where the module says what is wrong with them.
        """
        name = module_name.rpartition(".")[2]
        arguments = self._arguments(name)
        if arguments is None:
            return super()._configure_module(module_name, module_args, task_vars)
        silent = module_args.get("_ansible_no_log") or module_args.get("_ansible_no_target_syslog")
        facility = "" if silent else str(module_args.get("_ansible_syslog_facility") or "LOG_USER")
        built = super()._configure_module(STAND_IN, {}, task_vars)
        return replaced(built, lambda shebang: script(name, arguments, facility, shebang), str(path_of(name)))

    def _arguments(self, name: str) -> dict[str, t.Any] | None:
        if name not in MODULES:
            return None
        given = {key: value for key, value in self._task.args.items() if not key.startswith("_ansible_")}
        checked = ArgumentSpecValidator(argument_spec(name)).validate(given)
        return None if checked.error_messages else plain(checked.validated_parameters)


def replaced(built: t.Any, make: t.Callable[[str], bytes], path: str) -> t.Any:
    """Return what `_configure_module` returned, with what `make` makes of the line that names the interpreter."""
    if len(built) == BEFORE_2_19:
        style, shebang, *dummy = built
        return style, shebang, make(shebang), path
    module = built[0]
    return dataclasses.replace(module, b_module_data=make(module.shebang)), path


BEFORE_2_19 = 4
"""Values that ansible-core 2.17 and 2.18 return."""
