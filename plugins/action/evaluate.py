# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the gathered facts with the catalogue, on the controller."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..plugin_utils._document import document
from ..plugin_utils._plain import plain
from ..plugin_utils._play import peers

ARGUMENTS = {
    "rules": {"type": "list", "elements": "dict", "required": True},
    "fixes": {"type": "list", "elements": "dict", "default": []},
    "causes": {"type": "list", "elements": "dict", "default": []},
    "overrides": {"type": "dict", "default": {}},
    "waivers": {"type": "list", "elements": "dict", "default": []},
    "path": {"type": "list", "elements": "dict", "default": []},
    "path_kinds": {"type": "dict", "default": {}},
    "client": {"type": "str", "default": ""},
    "server": {"type": "str", "default": ""},
    "server_address": {"type": "str", "default": ""},
    "port": {"type": "int", "default": 0},
    "since": {"type": "str", "default": "24h"},
    "window": {"type": "float", "default": 0.0},
    "gathered": {"type": "str", "default": "diagnose_gathered"},
    "probed": {"type": "str", "default": "diagnose_probed"},
    "reached": {"type": "str", "default": "diagnose_reached"},
}


class ActionModule(ActionBase):
    """Action of the task netdoctor.connection_reset.evaluate."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Return the report document of all hosts of the play."""
        super().run(tmp, task_vars)
        self._task.args = plain(self._task.args)  # validation copies them, and copying tagged values takes long
        given = self.validate_argument_spec(ARGUMENTS)[1]
        variables = task_vars or {}
        found = peers(
            variables["ansible_play_hosts_all"],
            variables["ansible_play_hosts"],
            variables["hostvars"].raw_get,
            given["gathered"],
            given["probed"],
            given["reached"],
        )
        try:
            return {"changed": False, "document": document(found, {**given, "window_s": given["window"]})}
        except ValueError as error:
            raise AnsibleActionFail(str(error)) from error
