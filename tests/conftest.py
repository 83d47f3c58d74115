# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes `ansible_collections.netdoctor.connection_reset` importable from the checkout, with or without pytest-ansible."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = "ansible_collections.netdoctor.connection_reset"


def pytest_configure() -> None:
    """Register the namespace packages unless something (ansible-test, the virtual environment's link) already can."""
    try:
        if importlib.util.find_spec(PACKAGE) is not None:
            return
    except ImportError:
        pass
    parts = PACKAGE.split(".")
    for depth in range(1, len(parts) + 1):
        name = ".".join(parts[:depth])
        spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(ROOT)] if depth == len(parts) else []
        sys.modules.setdefault(name, importlib.util.module_from_spec(spec))
