# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries to connect, from the controller, to the peers that could not be reached or read."""

from __future__ import annotations

import typing as t

from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import connection_loader

from ..plugin_utils._plain import plain
from ..plugin_utils._play import peers
from ..plugin_utils._reach_probe import MOST, tried
from ..plugin_utils._ssh_endpoints import OPTIONS, endpoints

ARGUMENTS = {
    "gathered": {"type": "str", "default": "diagnose_gathered"},
    "reached": {"type": "str", "default": "diagnose_reached"},
    "limit": {"type": "float", "default": 15.0},
}

Variables = t.Mapping[str, t.Any]


class ActionModule(ActionBase):
    """Action of the task netdoctor.connection_reset.reach_peers."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Return how far a connection to each host of the play comes that is unreachable or failed."""
        super().run(tmp, task_vars)
        given = self.validate_argument_spec(ARGUMENTS)[1]
        play = task_vars or {}
        hosts, known = play["ansible_play_hosts_all"], play["hostvars"]
        found = peers(hosts, play["ansible_play_hosts"], known.raw_get, given["gathered"], reached=given["reached"])
        rows = {name: peer["reached"] for name, peer in found.items() if peer["reached"]}
        lost = [name for name, peer in found.items() if peer["status"] != "ok" and name not in rows][:MOST]
        places = endpoints({name: self._login(known, name) for name in lost})
        return {"changed": False, "peers": {**plain(rows), **tried(places, given["limit"])}}

    def _login(self, known: Variables, name: str) -> dict[str, t.Any] | str:
        """Return how Ansible logs in to a host, or why its variables do not tell."""
        connection_loader.get("ansible.builtin.ssh", class_only=True)  # only this makes its options known
        keywords = self._task.dump_attrs()
        try:
            variables = known[name]
            login = {
                option: constants.config.get_config_value(
                    option, plugin_type="connection", plugin_name="ssh", keys=keywords, variables=variables
                )
                for option in OPTIONS
            }
            login["connection"] = variables.get("ansible_connection") or keywords.get("connection")
            return t.cast("dict[str, t.Any]", plain(login))
        except (AnsibleError, TypeError) as error:
            return "its variables cannot be read: %s" % error
