# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make docs`: HTML pages of every module and of the role, from their own documentation, in build/docs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile

import checkout

COLLECTION = "netdoctor.connection_reset"
PAGES = checkout.ROOT / "build" / "docs"
# No intersphinx: it would fetch the indexes of other projects, so what leads to their pages is text here.
SPHINX = "-C -D extensions=sphinx_antsibull_ext -D html_theme=alabaster -D pygments_style=ansible".split()
SPHINX += ["-D", "suppress_warnings=ref.ref"]


def main() -> int:
    """Generate reStructuredText, then HTML from it."""
    checkout.build_directory()
    shutil.rmtree(PAGES, ignore_errors=True)
    with tempfile.TemporaryDirectory() as source:  # antsibull-docs wants a directory that only we may write
        collection = ["collection", "--use-current", "--squash-hierarchy", "--fail-on-error"]
        for command in (
            ["antsibull-docs", *collection, "--dest-dir", source, COLLECTION],
            ["sphinx-build", "-q", "-b", "html", *SPHINX, "-D", f"project={COLLECTION}", source, str(PAGES)],
        ):
            done = subprocess.run(command, env=checkout.environment(), stdin=subprocess.DEVNULL, check=False)
            if done.returncode:
                return done.returncode
    print(f"{PAGES / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
