# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluates and reports copies of one recorded peer: python judge_once.py FACTS.json PEERS DIRECTORY.

What the tasks `evaluate` and `report` of the role do on the controller, without Ansible's own part.
"""

from __future__ import annotations

import json
import pathlib
import sys
import time
import typing as t

import collect_once
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FORMATS = ["json", "md", "html", "junit"]


def catalogue() -> dict[str, t.Any]:
    """Return the arguments of the task `evaluate` as the role gives them."""
    variables: dict[str, t.Any] = {}
    for path in sorted((ROOT / "roles/diagnose/vars/main").glob("*.yml")):
        variables.update(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    parts = {part: [variables[name] for name in variables if name.startswith(f"diagnose_{part}_")] for part in PARTS}
    options = {"client": "", "server": "", "server_address": "", "port": 0, "since": "24h"}
    kinds = variables.get("diagnose_path_kinds", {})
    return {**parts, **options, "overrides": {}, "waivers": [], "path": [], "path_kinds": kinds}


PARTS = ("rules", "fixes", "causes")


def main() -> None:
    """Time both steps together."""
    sys.path.insert(0, str(ROOT))
    from plugins.plugin_utils._document import document
    from plugins.plugin_utils._report_files import write

    recorded = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    given = catalogue()
    peers = {}
    for number in range(int(sys.argv[2])):
        peers[f"peer{number:04}"] = {"status": "ok", "reason": "", "facts": json.loads(recorded)}
    started = time.perf_counter()
    written = write(document(peers, given), pathlib.Path(sys.argv[3]), FORMATS, pretend=False)
    seconds = time.perf_counter() - started
    size = sum(pathlib.Path(path).stat().st_size for path in written.paths)
    memory = collect_once.highest_memory()
    print(json.dumps({"seconds": seconds, "memory_bytes": memory, "result_bytes": size}))


if __name__ == "__main__":
    main()
