# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Option files of MySQL and MariaDB: groups, includes, and the variables that SET PERSIST keeps."""

from __future__ import annotations

import posixpath
import re
import typing as t

from ._config_files import ConfigFiles, Place, keyword_of

ESCAPED = re.compile(r"\\([btnrs\\\"'])")
ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "r": "\r", "s": " "}
PREFIX = re.compile(r"(loose|maximum)_")


class Option(t.NamedTuple):
    """One line: the group it stands in, the name with underscores, the value (None for a bare name)."""

    group: str
    name: str
    value: str | None
    place: Place


class Line(t.NamedTuple):
    """One line as it stands: kind is `option`, or `include` or `includedir` with the path as value."""

    number: int
    kind: str
    group: str
    name: str
    value: str | None


def parse_my_cnf(text: str) -> tuple[list[Line], list[tuple[int, str]]]:
    """Return the lines of an option file and what is broken, (line, error).

        [mysqld]
        wait-timeout = 600   # dashes and underscores are the same
        !includedir /etc/mysql/conf.d/

    Source: search_default_file_with_ext() in mysys/my_default.cc.
    """
    found: list[Line] = []
    problems = []
    group = ""
    for number, content in enumerate(text.split("\n"), 1):
        line = content.strip(" \t\r\v\f")
        if not line or line[0] in "#;":
            continue
        if line[0] == "!":
            kind, dummy, path = line[1:].partition(" ")
            if kind in ("include", "includedir") and path.strip():
                found.append(Line(number, kind, group, "", path.strip()))
            else:
                problems.append((number, "wrong directive: %s" % keyword_of(line)))
        elif line[0] == "[":
            name, closing, dummy = line[1:].partition("]")
            if not closing:
                problems.append((number, "wrong group definition: %s" % keyword_of(line)))
            group = name.strip()
        elif not group:
            problems.append((number, "option without preceding group: %s" % keyword_of(line)))
        else:
            name, equals, value = line.partition("=")
            plain = PREFIX.sub("", name.partition("#")[0].strip().replace("-", "_").lower())
            found.append(Line(number, "option", group, plain, _value(value) if equals else None))
    return found, problems


def _value(text: str) -> str:
    """Return a value without its comment and quotes, escapes replaced."""
    stripped = text.strip(" \t")
    quote = stripped[:1]
    if quote in ("'", '"') and stripped.find(quote, 1) > 0:
        stripped = stripped[1 : stripped.find(quote, 1)]
    else:
        stripped = stripped.partition("#")[0].rstrip(" \t")
    return ESCAPED.sub(lambda found: ESCAPES.get(found.group(1), found.group(1)), stripped)


def read_options(files: ConfigFiles, path: str, by: Place | None = None) -> list[Option]:
    """Return the options of a file and its includes, in the order in which they are read."""

    def parse(text: str, file: str) -> list[Option]:
        lines, problems = parse_my_cnf(text)
        for number, error in problems:
            files.problem(file, number, error)
        found: list[Option] = []
        for line in lines:
            place = Place(file, line.number)
            target = posixpath.join(posixpath.dirname(file), line.value or "")
            if line.kind == "include":
                found += read_options(files, target, place)
            elif line.kind == "includedir":
                for included in files.in_directory(posixpath.normpath(target), ".cnf"):
                    found += read_options(files, included, place)
            else:
                found.append(Option(line.group, line.name, line.value, place))
        return found

    return files.parsed(path, parse, by) or []


def parse_persisted(text: str) -> dict[str, str]:
    """Return the variables in mysqld-auto.cnf, the JSON that SET PERSIST of MySQL 8 writes. Raises ValueError.

    {"Version": 2, "mysql_dynamic_parse_early_variables": {"max_connections": {"Value": "152", "Metadata": {}}}}
    """
    import json

    found: dict[str, str] = {}
    groups = [json.loads(text)]
    while groups:
        group = groups.pop()
        for name, entry in group.items() if isinstance(group, dict) else ():
            if isinstance(entry, dict) and "Value" in entry:
                found[str(name)] = str(entry["Value"])
            elif str(name).startswith("mysql_"):
                groups.append(entry)
    return found
