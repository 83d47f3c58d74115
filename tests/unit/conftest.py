# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes `ansible_collections.netdoctor.connection_reset` importable from the checkout, with or without Ansible."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import pathlib
import sys
import types

try:
    import hypothesis
except ImportError:  # an environment that runs only tests without it
    pass
else:
    hypothesis.settings.register_profile("any-machine", deadline=None)  # a busy machine is no error of the code
    hypothesis.settings.load_profile("any-machine")

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PACKAGE = "ansible_collections.netdoctor.connection_reset"


class CheckoutFinder:
    """Finds the modules of the collection in the checkout, before any finder of Ansible is asked."""

    @staticmethod
    def find_spec(
        name: str, path: list[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the spec of a module below the collection's package."""
        if not name.startswith(PACKAGE + "."):
            return None
        return importlib.machinery.PathFinder.find_spec(name, path, target)


def importable() -> bool:
    """Return whether something (the virtual environment's link, ansible-test) finds the collection already."""
    try:
        return importlib.util.find_spec(PACKAGE + ".plugins") is not None
    except (ImportError, ValueError):
        return False


def pytest_sessionstart() -> None:
    """Register the packages above the checkout; runs after pytest-ansible has put its own finder in place."""
    if importable():
        return
    parts = PACKAGE.split(".")
    for depth in range(1, len(parts) + 1):
        name = ".".join(parts[:depth])
        spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(ROOT)] if depth == len(parts) else []
        sys.modules[name] = importlib.util.module_from_spec(spec)
    sys.meta_path.insert(0, CheckoutFinder)
