# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make dist`: the tarball of the collection, from the files Git knows and nothing left over beside them."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile

import checkout


def main() -> int:
    """Build from a copy of the checkout's files."""
    build = checkout.build_directory()
    with tempfile.TemporaryDirectory() as directory:
        copy = pathlib.Path(directory, "collection")
        checkout.copy_to(copy)
        command = ["ansible-galaxy", "collection", "build", "--force", "--output-path", str(build), str(copy)]
        return subprocess.run(command, env=checkout.environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
