# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs: the collector of sshd's lines against `grep`, against decompressing alone, and against a small file."""

from __future__ import annotations

import datetime
import pathlib
import subprocess
import tempfile
import typing as t

from . import auth_log
from .measure import collector, in_turn, process
from .rows import Options, Row, compare, memory, ratio

WHOLE_BYTES = 1 << 30
PATTERNS = "Connection reset by|Connection closed by|kex_exchange_identification"


def rows(options: Options) -> t.Iterator[Row]:
    """Yield the rows for logs."""
    now = datetime.datetime.now(datetime.timezone.utc)
    days = options.size(WHOLE_BYTES) // auth_log.DAY_BYTES + 1
    with tempfile.TemporaryDirectory() as directory:
        whole, tenth, last = (pathlib.Path(directory, name) for name in ("auth.log", "tenth.log", "last.log"))
        for path, size in ((whole, days), (tenth, max(days // 10, 1)), (last, 1)):
            auth_log.write(path, size, now)
        yield from plain(options, whole, tenth)
        name = f"sshd_log_facts, since 24h, in {_mib(whole)} MiB"
        yield compare(options, name, f"in {_mib(last)} MiB", 1.2, _since(whole, "24h"), _since(last, "24h"))
        subprocess.run(["gzip", "-k", whole], check=True)
        yield compressed(options, pathlib.Path(f"{whole}.gz"), _mib(whole))


def _since(path: pathlib.Path, since: str) -> t.Any:
    return collector("_sshd_log", source="file", paths=[str(path)], since=since)


def _mib(path: pathlib.Path) -> int:
    return path.stat().st_size >> 20


def plain(options: Options, whole: pathlib.Path, tenth: pathlib.Path) -> t.Iterator[Row]:
    """Yield the rows for reading all of a file. grep counts into a pipe: with /dev/null it stops at the first hit."""
    grep = process(["env", "LC_ALL=C", "grep", "-cE", PATTERNS, whole], parse=int)
    full, peer, less = in_turn(options.rounds, _since(whole, "all"), grep, _since(tenth, "all"))
    yield ratio(f"sshd_log_facts, since all, {_mib(whole)} MiB", "grep -cE", 2.0, full, peer)
    yield from memory("sshd_log_facts", full, less)


def compressed(options: Options, path: pathlib.Path, mib: int) -> Row:
    """Return the row for a compressed file."""
    gzip = process(["sh", "-c", 'gzip -dc "$1" | cat >/dev/null', "sh", path])
    name = f"sshd_log_facts, since all, {mib} MiB as gz"
    return compare(options, name, "gzip -dc", 1.6, _since(path, "all"), gzip)
