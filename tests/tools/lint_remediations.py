# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-lint on the tasks of the catalogue as a report shows them: people copy them into roles of their own."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile
import textwrap

import checkout
import yaml

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._catalogue import merged
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._fixes import rendered, with_steps

TOPICS = checkout.ROOT / "roles" / "diagnose" / "vars" / "main"
HEAD = "---\n- name: Remediations of the catalogue\n  hosts: all\n  gather_facts: false\n  tasks:\n"


def topics(kind: str) -> dict[str, dict]:
    """Return the `rules` or `fixes` of all topics."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(TOPICS.glob("*.yml")))
    named = (item for text in texts for item in yaml.safe_load(text).items())
    return merged(value for name, value in named if name.startswith(f"diagnose_{kind}_"))


def tasks() -> list[str]:
    """Return the task of each rule, once each, as YAML."""
    fixes = with_steps(topics("fixes"))
    shown = (rendered(rule, fixes, "web1", rule["examples"]["deviation"], 7) for rule in topics("rules").values())
    return list(dict.fromkeys(fix["task"] for fix in shown if fix and fix["task"]))


def main() -> int:
    """Return what ansible-lint returns for a playbook of all tasks, in a directory without settings."""
    with tempfile.TemporaryDirectory() as directory:
        play = pathlib.Path(directory, "play.yml")
        play.write_text(HEAD + textwrap.indent("".join(tasks()), "    "), encoding="utf-8")
        command = ["ansible-lint", "--offline", "--strict", "-q", "--profile=production", play.name]
        return subprocess.run(command, cwd=directory, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
