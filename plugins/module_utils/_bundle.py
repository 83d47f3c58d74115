# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All families of facts of a peer in one pass."""

from __future__ import annotations

import os
import sys
import time
import typing as t

from ._bounds import BUNDLE_BYTES, shrink
from ._deadline import DeadlineExceeded, deadline
from ._families import FAMILIES, Options, chosen
from ._read import read_text, source
from ._text import clean
from ._utc import iso


def collect(subset: t.Sequence[str], timeout_s: float, options: Options) -> dict[str, dict[str, t.Any]]:
    """Return the facts by name (`peer_interfaces` ...) and `peer_gathering`, which says how reading them went.

    A family that fails or takes longer than `timeout_s` seconds is there with a source that says so and nothing else.
    Raises ValueError for an unknown family.
    """
    names = chosen(subset)
    gathering = _gathering()
    firsts = _first_samples(names) if options["window"] else {}
    facts = {}
    for name in names:
        started = time.monotonic()
        limit_s = timeout_s + options["window"] if timeout_s and name in firsts else timeout_s
        facts[FAMILIES[name].fact], status = _family(name, limit_s, {**options, "first": firsts.get(name)})
        elapsed_ms = round((time.monotonic() - started) * 1000, 1)
        gathering["families"][name] = {"status": status, "elapsed_ms": elapsed_ms}
    shrink(facts, BUNDLE_BYTES)
    return {"peer_gathering": gathering, **facts}


def _first_samples(names: t.Iterable[str]) -> dict[str, t.Any]:
    """Return what counters say now, by family; a family whose counters cannot be read says so when it is collected."""
    samples = {}
    for name in names:
        take = FAMILIES[name].sample
        try:
            samples[name] = take() if take else None
        except Exception:
            samples[name] = None
    return {name: sample for name, sample in samples.items() if sample is not None}


def _family(name: str, limit_s: float, options: Options) -> tuple[dict[str, t.Any], str]:
    try:
        with deadline(limit_s):
            return FAMILIES[name].collect(options), "ok"
    except DeadlineExceeded:
        return _nothing(name, "took longer than %g s; raise gather_timeout" % limit_s), "failed"
    except Exception as error:
        return _nothing(name, "%s: %s" % (type(error).__name__, clean(str(error)))), "failed"


def _nothing(name: str, reason: str) -> dict[str, t.Any]:
    return {"sources": [source(name, "failed", reason)]}


def _gathering() -> dict[str, t.Any]:
    """Return who read the facts, when and where, before any family is read."""
    system = os.uname()
    return {
        "collected_at": iso(time.time()),
        "hostname": clean(system.nodename, 64),
        "kernel": clean(system.release, 64),
        "machine": clean(system.machine, 32),
        "distribution": distribution(read_text("/etc/os-release").text or read_text("/usr/lib/os-release").text or ""),
        "python": "%d.%d.%d" % sys.version_info[:3],
        "uid": os.geteuid(),
        "privileged": os.geteuid() == 0,
        "families": {},
    }


def distribution(text: str) -> str | None:
    """Return the name and version of a distribution from os-release(5), or None.

    PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
    """
    for line in text.splitlines():
        if line.startswith("PRETTY_NAME="):
            return clean(line.partition("=")[2].strip().strip("\"'"), 64) or None
    return None
