# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a program that only reads, with a time limit and without a shell."""

from __future__ import annotations

import os
import typing as t

from ._read import Read, status_of
from ._text import clean

TIMEOUT_S = 10.0
MAX_BYTES = 16 << 20
SEARCH = ("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin")
ERROR_CHARACTERS = 200


def find(program: str) -> str | None:
    """Return the path of `program` in the directories of the system, never in one that $PATH adds."""
    paths = (os.path.join(directory, program) for directory in SEARCH)
    return next((path for path in paths if os.access(path, os.X_OK)), None)


def run(arguments: t.Sequence[str], timeout_s: float = TIMEOUT_S) -> Read:
    """Return what a program wrote, or why there is nothing: `absent` program, `denied` rights, `failed` otherwise.

    The locale is C, standard input is empty, and output beyond `MAX_BYTES` makes the result `failed`.
    """
    import subprocess

    path = find(arguments[0])
    if path is None:
        return Read(None, "absent", "%s is not installed" % arguments[0])
    environment = {"PATH": ":".join(SEARCH), "LC_ALL": "C", "SYSTEMD_COLORS": "0"}
    try:
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            [path, *arguments[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Read(None, "failed", "%s took longer than %g s" % (arguments[0], timeout_s))
    except OSError as error:
        return Read(None, status_of(error), clean(str(error), ERROR_CHARACTERS))
    if done.returncode:
        return _refused(arguments[0], done.stderr)
    if len(done.stdout) > MAX_BYTES:
        return Read(None, "failed", "%s wrote more than %d bytes" % (arguments[0], MAX_BYTES))
    return Read(done.stdout.decode("utf-8", "backslashreplace"), "ok", "")


def _refused(program: str, errors: bytes) -> Read:
    said = clean(b"; ".join(errors.split(b"\n")).strip(b"; "), ERROR_CHARACTERS)
    denied = any(word in said.lower() for word in ("permission denied", "not permitted", "must be root"))
    return Read(None, "denied" if denied else "failed", "%s: %s" % (program, said))
