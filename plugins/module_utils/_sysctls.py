# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sysctls of the peer: what is running, what the kernel would have, what is set for the next boot, and the drift."""

from __future__ import annotations

import typing as t

from ._bounds import FAMILY_BYTES, size_bytes
from ._keepalive import keepalive
from ._read import source
from ._sysctl_defaults import kernel_default
from ._sysctl_figures import conntrack, local_ports
from ._sysctl_files import Persistence, read_persistence
from ._sysctl_lines import Setting, in_force, is_pattern
from ._sysctl_names import ALIASES, DEFAULT_NAMES, is_safe, name_of, paths_of
from ._sysctl_tree import TREE, below, is_read_only, read_value
from ._sysctl_values import parse_value, same
from ._text import clean

Row = t.Dict[str, t.Any]

VALUES_BYTES = FAMILY_BYTES - 1024
MOST_ROWS = 10


def collect(names: t.Sequence[str] = (), prefixes: t.Sequence[str] = ()) -> Row:
    """Return the fact `peer_sysctls`: the default set, `names`, all below `prefixes`, and what files set in net.*.

    Names may be written with dots or slashes. What this kernel or network namespace does not have is in `missing`.
    """
    persistence = read_persistence()
    wanted = paths_of([*DEFAULT_NAMES, *names])
    found = [path for prefix in paths_of(prefixes) for path in below(prefix)]
    named = {path: entry for path, entry in persistence.settings.items() if _is_of_interest(entry)}
    paths = list(dict.fromkeys([*wanted, *found, *named]))
    values, refused = _read_all(paths, persistence)
    absent = [path for path, status in refused.items() if status == "absent"]
    ignored = [_ignored(*broken) for broken in persistence.invalid]
    ignored += [_no_such_name(named[path]) for path in absent if path in named and not named[path].forgiving]
    fact = {
        "sources": [*_sources(refused, values), *persistence.sources],
        "applied_by": persistence.applied_by,
        "files": [clean(file) for file in persistence.files[: 2 * MOST_ROWS]],
        "not_read": persistence.not_read[:MOST_ROWS],
        "ignored": ignored[:MOST_ROWS],
        "keepalive": keepalive(values),
        "conntrack": conntrack(values),
        "local_ports": local_ports(values),
        "drifted": [name for name, row in values.items() if row["drift"]][: 4 * MOST_ROWS],
        "missing": [name_of(path) for path in absent if path not in named or path in wanted],
        "values": values,
        "total": len(paths) - len(absent),
        "truncated": len(values) + len(refused) < len(paths),
    }
    return _fitting(fact)


def _fitting(fact: Row) -> Row:
    """Drop the last values until the fact keeps to its bound; those of the default set stand first."""
    while size_bytes(fact) > FAMILY_BYTES and fact["values"]:
        fact["values"].popitem()
        fact["truncated"] = True
    return fact


def _is_of_interest(setting: Setting) -> bool:
    return setting.path.startswith("net/") and setting.value is not None and not is_pattern(setting.path)


def _read_all(paths: t.Sequence[str], persistence: Persistence) -> tuple[dict[str, Row], dict[str, str]]:
    """Return the rows by name as long as they fit, and a status for each path that gave none."""
    release = read_value("kernel/osrelease").text or ""
    values: dict[str, Row] = {}
    refused = {}
    used_bytes = 0
    for path in paths:
        running = read_value(path) if is_safe(path) else None
        if running is None or running.text is None:
            refused[path] = running.status if running else "secret"
            continue
        name = clean(name_of(path), 128)
        row = _row(path, running.text, persistence, release)
        used_bytes += size_bytes({name: row})
        if used_bytes > VALUES_BYTES:
            break
        values[name] = row
    return values, refused


def _row(path: str, running: str, persistence: Persistence, release: str) -> Row:
    setting = in_force(path, persistence.settings)
    if setting is None and path in ALIASES:
        setting = in_force(ALIASES[path], persistence.settings)
    row: Row = {
        "running": parse_value(running),
        "default": kernel_default(path, release),
        "persisted": None,
        "drift": None,
    }
    if setting is not None and setting.value is not None:
        row["persisted"] = {"value": parse_value(setting.value), "file": clean(setting.file), "line": setting.line}
        row["drift"] = None if is_read_only(path) else not same(running, setting.value)
    return row


def _ignored(file: str, line: int, text: str, why: str) -> Row:
    return {"file": clean(file), "line": line, "text": clean(text, 120), "why": why}


def _no_such_name(setting: Setting) -> Row:
    text = "%s = %s" % (name_of(setting.path), setting.value)
    return _ignored(setting.file, setting.line, text, "this kernel or network namespace has no such sysctl")


def _sources(refused: t.Mapping[str, str], values: t.Mapping[str, Row]) -> list[dict[str, str]]:
    """Return what is to be said about /proc/sys: that it was read, and which names were not to be had."""
    entries = [source("/proc/sys", "ok" if values else "failed", "" if values else "no value could be read")]
    for status, why in (("denied", "root could read %s"), ("failed", "%s"), ("secret", "a secret, not shown: %s")):
        names = [clean(name_of(path), 128) for path, found in refused.items() if found == status]
        if names:
            more = ["and %d more" % (len(names) - 5)] if len(names) > 5 else []
            detail = why % ", ".join(names[:5] + more)
            entries.append(source("/proc/sys", "denied" if status == "secret" else status, detail))
    fixed = {name.split(".")[0] for name, row in values.items() if row["persisted"] and row["drift"] is None}
    why = "mounted read-only: what files set for it has no effect in here"
    return [*entries, *(source(TREE + part, "ok", why) for part in sorted(fixed))]
