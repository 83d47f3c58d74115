# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Idle timeout, keepalive, backlog and limits of Redis and Valkey."""

from __future__ import annotations

import posixpath
import re
import typing as t

from ._config_files import ConfigFiles, Place, is_pattern, keyword_of, matching, status
from ._timeout_rows import About, Row, row, timer

FILES = ("/etc/redis/redis.conf", "/etc/redis.conf", "/etc/valkey/valkey.conf", "/usr/local/etc/redis/redis.conf")
DIRECTORIES = ("/etc/redis", "/etc/valkey")

WORD = re.compile(r"""\s*(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<plain>[^\s"']+))""")
SIZES = {"": 1, "b": 1, "k": 1000, "kb": 1024, "m": 10**6, "mb": 1 << 20, "g": 10**9, "gb": 1 << 30}

ABOUT = {
    "timeout": (About("idle_timeout", 7, "client"), "0"),
    "tcp-keepalive": (About("keepalive", 4, "client"), "300"),
    "tcp-backlog": (About("backlog", 4, "client"), "511"),
    "maxclients": (About("limit", 7, "client"), "10000"),
    "repl-timeout": (About("idle_timeout", 7, "both"), "60"),
}
"""What each directive is, and its default since 3.2. Source: src/config.c."""

BUFFER = About("limit", 7, "client")
BUFFERS = {"normal": "0 0 0", "replica": "256mb 64mb 60", "pubsub": "32mb 8mb 60"}

Settings = t.Dict[str, t.Tuple[t.List[str], Place]]


def parse_redis_conf(text: str) -> tuple[list[tuple[int, list[str]]], list[tuple[int, str]]]:
    """Return (line, words), the first in lower case, and what is broken, (line, error).

        tcp-keepalive 300
        client-output-buffer-limit pubsub 32mb 8mb 60

    Source: loadServerConfigFromString() in src/config.c, sdssplitargs() in src/sds.c.
    """
    found, problems = [], []
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip(" \t\r")
        if not stripped or stripped[0] == "#":
            continue
        words, position = [], 0
        while position < len(stripped):
            word = WORD.match(stripped, position)
            if word is None:
                break
            words.append(word.group(word.lastgroup or 0))
            position = word.end()
        if position < len(stripped) or len(words) < 2:
            why = "unbalanced quotes" if position < len(stripped) else "wrong number of arguments"
            problems.append((number, "%s: %s" % (why, keyword_of(stripped))))
        else:
            found.append((number, [words[0].lower(), *words[1:]]))
    return found, problems


def read_conf(
    files: ConfigFiles, path: str, settings: Settings, by: Place | None = None, optional: bool = False
) -> None:
    """Add what a file and its includes set to `settings`; the last line wins, each class of clients for itself."""

    def parse(text: str, file: str) -> None:
        found, problems = parse_redis_conf(text)
        for line, error in problems:
            files.problem(file, line, error)
        for line, words in found:
            place = Place(file, line)
            if words[0] == "include":
                for included in files.expanded(words[1], posixpath.dirname(path)):
                    read_conf(files, included, settings, place, is_pattern(words[1]))
            elif words[0] == "client-output-buffer-limit":
                for start in range(1, len(words) - 3, 4):
                    kind = {"slave": "replica"}.get(words[start], words[start])
                    settings["%s %s" % (words[0], kind)] = (words[start + 1 : start + 4], place)
            else:
                settings[words[0]] = (words[1:], place)

    files.parsed(path, parse, by, optional)


def collect(files: ConfigFiles, commands: t.Sequence[t.Sequence[str]]) -> tuple[list[Row], Row]:
    """Return the rows of all instances whose files are named or in the usual places, and their ports."""
    rows: list[Row] = []
    every: list[int] = []
    for path in config_paths(files, commands):
        settings: Settings = {}
        read_conf(files, path, settings)
        if path in files.read:
            ports = ports_of(settings)
            every += ports
            rows += rows_of(settings, path, ports, files)
    return rows, {"ports": sorted(set(every))}


def config_paths(files: ConfigFiles, commands: t.Sequence[t.Sequence[str]]) -> list[str]:
    """Return the files that processes were started with; those that set a title do not tell, so the usual ones, too."""
    named = [word for words in commands for word in words[1:2] if word.startswith("/") and word.endswith(".conf")]
    usual = [path for path in FILES if status(path) != "absent"]
    for directory in DIRECTORIES:
        files.in_directory(directory)
        usual += matching(directory + "/redis-*.conf") + matching(directory + "/valkey-*.conf")
    return list(dict.fromkeys(named or usual))


def ports_of(settings: Settings) -> list[int]:
    """Return the ports of an instance; 0 means none."""
    texts = [settings.get(name, ([default], None))[0][0] for name, default in (("port", "6379"), ("tls-port", "0"))]
    return [int(text) for text in texts if re.match(r"\d{1,5}$", text) and int(text)]


def rows_of(settings: Settings, path: str, ports: list[int], files: ConfigFiles) -> list[Row]:
    """Return the rows of one instance."""
    rows: list[Row] = []
    every = {name: ([default], about) for name, (about, default) in ABOUT.items()}
    for kind, default in BUFFERS.items():
        every["client-output-buffer-limit " + kind] = (default.split(), BUFFER)
    for name, (fallback, about) in every.items():
        words, place = settings.get(name, (fallback, None))
        if place is None and about is BUFFER:
            continue
        try:
            reading = read_buffer(words) if about is BUFFER else read_value(name, words[0])
        except ValueError as error:
            files.problem(place.file if place else path, place.line if place else None, "%s: %s" % (name, error))
            continue
        rows.append(row("redis", name, about, place, path if place else None, ports=ports, **reading))
    return rows


def read_value(name: str, text: str) -> Row:
    """Return the value of a directive as a row shows it. Raises ValueError."""
    if not re.match(r"\d{1,15}$", text):
        raise ValueError("no number: %.40r" % text)
    if name in ("tcp-backlog", "maxclients"):
        return {"value": int(text), "unit": "connections"}
    return timer(float(text))


def read_buffer(words: t.Sequence[str]) -> Row:
    """Return hard and soft limit (bytes) and the seconds for which the soft one may be passed. Raises ValueError."""
    parts = [re.match(r"(\d{1,15})([a-zA-Z]{0,2})$", word) for word in words]
    if len(parts) != 3 or not all(part and part.group(2).lower() in SIZES for part in parts):
        raise ValueError("no three sizes: %.40r" % " ".join(words))
    hard, soft, seconds = (int(part.group(1)) * SIZES[part.group(2).lower()] for part in parts if part)
    limits = {"hard_bytes": hard, "soft_bytes": soft, "soft_s": seconds}
    return {"value": " ".join(words), "unit": "hard soft seconds", "parts": limits, "off": not hard and not soft}
