# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The version of the collection that is running."""

from __future__ import annotations

import functools
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


@functools.lru_cache(maxsize=1)
def collection_version() -> str:
    """Return the version from MANIFEST.json of an installed collection or galaxy.yml of a checkout."""
    try:
        manifest = json.loads((ROOT / "MANIFEST.json").read_text(encoding="utf-8"))
        return str(manifest["collection_info"]["version"])
    except (OSError, ValueError, KeyError):
        return _from_galaxy()


def _from_galaxy() -> str:
    try:
        lines = (ROOT / "galaxy.yml").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown"
    found = [line.partition(":")[2].strip() for line in lines if line.startswith("version:")]
    return found[0] if found else "unknown"
