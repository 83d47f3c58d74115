# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a PostgreSQL cluster: postgresql.conf with its includes, postgresql.auto.conf, the command line."""

from __future__ import annotations

import posixpath
import re
import typing as t

from ._application_processes import option_values
from ._config_files import ConfigFiles, Place, keyword_of, matching
from ._read import read_text

PATTERNS = (
    "/etc/postgresql/*/*/postgresql.conf",
    "/var/lib/pgsql/data/postgresql.conf",
    "/var/lib/pgsql/*/data/postgresql.conf",
    "/var/lib/postgres/data/postgresql.conf",
    "/var/lib/postgresql/data/postgresql.conf",
)
ASSIGNMENT = re.compile(
    r"""[ \t\r\f]*(?P<name>[A-Za-z_\x80-\U0010ffff][\w$]*(?:\.[A-Za-z_][\w$]*)?)[ \t\r\f]*(?:=[ \t\r\f]*)?"""
    r"""(?:'(?P<quoted>(?:[^'\\]|\\.|'')*)'|(?P<plain>[+-]?[\w.\x80-\U0010ffff][\w.:/+-]*))[ \t\r\f]*(?:\#.*)?"""
)
ESCAPED = re.compile(r"''|\\(.)")
ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Setting(t.NamedTuple):
    """One value; `place` is None for an option on the command line."""

    value: str
    place: Place | None


Settings = t.Dict[str, Setting]


class Cluster(t.NamedTuple):
    """One cluster: how to call it, its release (such as 15) when a path or a file tells it, its settings."""

    name: str
    version: str | None
    settings: Settings


def parse_postgresql_conf(text: str) -> tuple[list[tuple[int, str, str]], list[tuple[int, str]]]:
    """Return (line, name in lower case, value) and what is broken, (line, error).

        tcp_keepalives_idle = 60        # TCP_KEEPIDLE, in seconds
        idle_session_timeout '10 min'

    Source: src/backend/utils/misc/guc-file.l.
    """
    found, problems = [], []
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip(" \t\r\f")
        if not stripped or stripped[0] == "#":
            continue
        match = ASSIGNMENT.match(line)
        if match is None or match.end() != len(line):
            problems.append((number, "syntax error at %s" % keyword_of(stripped)))
            continue
        quoted = match.group("quoted")
        value = match.group("plain") if quoted is None else ESCAPED.sub(_unescaped, quoted)
        found.append((number, match.group("name").lower(), value))
    return found, problems


def _unescaped(found: re.Match[str]) -> str:
    letter = found.group(1)
    return "'" if letter is None else ESCAPES.get(letter, letter)


def read_conf(
    files: ConfigFiles, path: str, settings: Settings, by: Place | None = None, optional: bool = False
) -> None:
    """Add what a file and its includes set to `settings`; the last line wins."""

    def parse(text: str, file: str) -> None:
        found, problems = parse_postgresql_conf(text)
        for line, error in problems:
            files.problem(file, line, error)
        for line, name, value in found:
            place = Place(file, line)
            target = posixpath.normpath(posixpath.join(posixpath.dirname(file), value))
            if name == "include_dir":
                for included in files.in_directory(target, ".conf"):
                    read_conf(files, included, settings, place)
            elif name in ("include", "include_if_exists"):
                read_conf(files, target, settings, place, name == "include_if_exists")
            else:
                settings[name] = Setting(value, place)

    files.parsed(path, parse, by, optional)


def command_line(words: t.Sequence[str]) -> Settings:
    """Return what options of the server set (`-c name=value`, `--name=value`, `-p`, `-N`)."""
    pairs = [pair.partition("=") for pair in option_values(words, "-c")]
    pairs += [word[2:].partition("=") for word in words[1:] if word.startswith("--") and "=" in word]
    found = {name.replace("-", "_").lower(): Setting(value, None) for name, equals, value in pairs if equals}
    for option, name in (("-p", "port"), ("-N", "max_connections")):
        for value in option_values(words, option):
            found[name] = Setting(value, None)
    return found


def clusters(files: ConfigFiles, commands: t.Sequence[t.Sequence[str]]) -> list[Cluster]:
    """Return the clusters that run, else those whose files are in the usual places."""
    found = []
    for words in commands:
        options = command_line(words)
        directory = ([""] + option_values(words, "-D"))[-1]
        path = options["config_file"].value if "config_file" in options else directory + "/postgresql.conf"
        if path.startswith("/"):
            found.append(_cluster(files, path, directory, options, words[0]))
    if not commands:
        paths = [path for pattern in PATTERNS for path in _found(files, pattern)]
        found = [_cluster(files, path, "", {}, path) for path in paths]
    return found


def _found(files: ConfigFiles, pattern: str) -> list[str]:
    """Return the files of a pattern; a directory in its way that only root may read is kept as denied."""
    before = pattern.partition("*")[0]
    files.in_directory(posixpath.dirname(before))
    return matching(pattern)


def _cluster(files: ConfigFiles, path: str, directory: str, options: Settings, program: str) -> Cluster:
    settings: Settings = {}
    read_conf(files, path, settings)
    written = settings.get("data_directory")
    directory = written.value if written else directory or posixpath.dirname(path)
    read_conf(files, posixpath.join(directory, "postgresql.auto.conf"), settings)
    settings.update(options)
    parts = path.split("/")
    name = "/".join(parts[3:5]) if path.startswith("/etc/postgresql/") and len(parts) == 6 else directory
    return Cluster(name, _release(directory, program, path), settings)


def _release(directory: str, *paths: str) -> str | None:
    """Return the release from the data directory, or from the versioned folders that packages use."""
    told = (read_text(directory + "/PG_VERSION", 8).text or "").strip()
    named = (re.search(r"/(?:pgsql-)?(\d{1,2}(?:\.\d)?)/", path) for path in paths)
    return told or next((found.group(1) for found in named if found), None)
