# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one collector of module_utils and prints what it cost: python collect_once.py MODULE ARGUMENTS-AS-JSON."""

from __future__ import annotations

import importlib
import json
import pathlib
import sys
import time


def highest_memory() -> int:
    """Return this process's highest resident memory in bytes (VmHWM, proc(5)).

    Not getrusage(2): its figure also covers the program that started this one.
    """
    status = pathlib.Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def main() -> None:
    """Import as the collection's modules do, then time the call alone."""
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "plugins"))
    module = importlib.import_module(f"module_utils.{sys.argv[1]}")
    arguments = json.loads(sys.argv[2])
    started = time.perf_counter()
    fact = module.collect(**arguments)
    seconds = time.perf_counter() - started
    memory = highest_memory()
    print(json.dumps({"seconds": seconds, "memory_bytes": memory, "result_bytes": len(json.dumps(fact))}))


if __name__ == "__main__":
    main()
