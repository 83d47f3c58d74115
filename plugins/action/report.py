# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the report of the fleet on the controller."""

from __future__ import annotations

import pathlib
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..plugin_utils._plain import plain
from ..plugin_utils._play import is_last_batch
from ..plugin_utils._report_files import write
from ..plugin_utils._threshold import LEVELS, exceeded

ARGUMENTS = {
    "document": {"type": "dict", "required": True},
    "directory": {"type": "path", "required": True},
    "formats": {"type": "list", "elements": "str", "default": ["json", "md", "html", "junit"]},
    "console": {"type": "bool", "default": True},
    "fail_on": {"type": "str", "choices": list(LEVELS), "default": "never"},
}


class ActionModule(ActionBase):
    """Action of the task netdoctor.connection_reset.report."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Return the paths written, what changed since the last report, and what the caller does not accept."""
        super().run(tmp, task_vars)
        self._task.args = plain(self._task.args)  # validation copies them, and copying tagged values takes long
        given = self.validate_argument_spec(ARGUMENTS)[1]
        document, directory = given["document"], pathlib.Path(given["directory"]).absolute()
        try:
            written = write(document, directory, given["formats"], pretend=self._task.check_mode)
        except OSError as error:
            raise AnsibleActionFail("the report cannot be written: %s" % error) from error
        variables = task_vars or {}
        last = is_last_batch(
            variables["ansible_play_hosts_all"], variables["ansible_play_hosts"], variables["ansible_play_batch"]
        )
        if given["console"] and last:
            self._display.display(written.summary)
        return {
            "changed": written.changed,
            "diff": written.diff,
            "paths": written.paths,
            "exceeded": exceeded(document, given["fail_on"]) if last else [],
            "result": {
                "summary": document["summary"],
                "diagnoses": document["diagnoses"],
                "report_dir": str(directory),
                "paths": written.paths,
            },
        }
