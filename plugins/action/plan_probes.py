# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says which connections each peer is to try, on the controller."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ..plugin_utils._plain import plain
from ..plugin_utils._play import peers
from ..plugin_utils._probe_plan import MODES, probe_targets

ARGUMENTS = {
    "mode": {"type": "str", "choices": list(MODES), "default": "auto"},
    "client": {"type": "str", "default": ""},
    "server": {"type": "str", "default": ""},
    "server_address": {"type": "str", "default": ""},
    "port": {"type": "int", "default": 0},
    "gathered": {"type": "str", "default": "diagnose_gathered"},
}


class ActionModule(ActionBase):
    """Action of the task netdoctor.connection_reset.plan_probes."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Return the targets by host."""
        super().run(tmp, task_vars)
        given = self.validate_argument_spec(ARGUMENTS)[1]
        play = task_vars or {}
        hosts = play["ansible_play_hosts"]
        found = peers(hosts, hosts, play["hostvars"].raw_get, given["gathered"])
        facts = {name: plain(peer["facts"]) for name, peer in found.items() if peer["status"] == "ok"}
        return {"changed": False, "targets": probe_targets(facts, given)}
