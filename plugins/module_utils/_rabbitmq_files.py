# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of RabbitMQ: rabbitmq.conf, Erlang terms, rabbitmq-env.conf, and how they lie on top of each other."""

from __future__ import annotations

import posixpath
import re
import typing as t

from ._config_files import ConfigFiles, Place, keyword_of
from ._erlang_terms import Broken, Tuple, parse_terms

DIRECTORY = "/etc/rabbitmq"
ENVIRONMENT = DIRECTORY + "/rabbitmq-env.conf"

ASSIGNMENT = re.compile(r"\s*(?:export\s+)?(?:RABBITMQ_)?([A-Z_]+)=([\"']?)([^\"'$`\s;&|<>()]*)\2\s*(?:#.*)?$")


class Setting(t.NamedTuple):
    """One value, under the name that rabbitmq.conf has for it, and where it is written."""

    name: str
    value: t.Any
    place: Place


Settings = t.Dict[str, Setting]


def parse_rabbitmq_conf(text: str) -> tuple[list[tuple[int, str, str]], list[tuple[int, str]]]:
    """Return (line, key, value) of rabbitmq.conf, includes with the key `include`, and what is broken, (line, error).

        heartbeat = 60 # seconds
        listeners.tcp.default = 5672

    Source: the grammar of cuttlefish (conf_parse.peg), tried with 3.10.
    """
    found, problems = [], []
    for number, line in enumerate(text.split("\n"), 1):
        key, equals, value = (part.strip() for part in line.partition("="))
        words = line.partition("#")[0].split()
        if not words:
            continue
        if equals and len(key.split()) == 1 and "#" not in key:
            quoted = value[:1] == "'" and value.find("'", 1) > 0
            found.append((number, key, value[1:].partition("'")[0] if quoted else value.partition("#")[0].strip()))
        elif words[0] == "include" and len(words) == 2:
            found.append((number, "include", words[1]))
        else:
            problems.append((number, "neither key = value nor include: %s" % keyword_of(line)))
    return found, problems


def read_conf(files: ConfigFiles, path: str, settings: Settings, by: Place | None = None) -> None:
    """Add what a file in the format of rabbitmq.conf sets to `settings`; later lines win, includes in their place."""

    def parse(text: str, file: str) -> None:
        found, problems = parse_rabbitmq_conf(text)
        for line, error in problems:
            files.problem(file, line, error)
        for line, key, value in found:
            if key == "include":
                for included in files.expanded(value, posixpath.dirname(file)):
                    read_conf(files, included, settings, Place(file, line))
            else:
                settings.pop(key, None)
                settings[key] = Setting(key, value, Place(file, line))

    files.parsed(path, parse, by)


def read_terms(files: ConfigFiles, path: str) -> Settings:
    """Return what a file of Erlang terms sets for the application rabbit."""

    def parse(text: str, file: str) -> Settings:
        try:
            return rabbit_settings(parse_terms(text), file)
        except Broken as broken:
            files.problem(file, broken.line, broken.error)
            return {}

    return files.parsed(path, parse) or {}


def rabbit_settings(terms: list[t.Any], file: str) -> Settings:
    """Return the settings of the application rabbit in a list of {application, settings}."""
    settings: Settings = {}
    for name, value, dummy in _pairs(terms[0] if terms else []):
        if name == "rabbit":
            for key, inner, line in _pairs(value):
                settings[key] = Setting(key, inner, Place(file, line))
    return settings


def _pairs(items: t.Any) -> t.Iterator[tuple[str, t.Any, int]]:
    """Yield (name, value, line) of a list of properties; a bare name is true."""
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Tuple) and len(item.items) == 2 and isinstance(item.items[0], str):
            yield item.items[0], item.items[1], item.line


def parse_environment(text: str) -> dict[str, str]:
    """Return the assignments of rabbitmq-env.conf without their prefix RABBITMQ_; those with an expansion are left out.

    NODE_PORT=5673
    """
    matches = (ASSIGNMENT.match(line) for line in text.split("\n"))
    return {found.group(1): found.group(3) for found in matches if found}


class Configuration(t.NamedTuple):
    """What the files set: `conf` by rabbitmq.conf, `terms` by the file on top of it; the port of the environment."""

    conf: Settings
    terms: Settings
    port: int


def read_configuration(files: ConfigFiles) -> Configuration:
    """Return what RabbitMQ reads: a classic rabbitmq.config beats rabbitmq.conf and takes the place of advanced.config.

    The files of conf.d count in both cases. Source: rabbit_prelaunch_conf.erl, tried with 3.10.
    """
    environment = files.parsed(ENVIRONMENT, lambda text, dummy: parse_environment(text)) or {}
    base = re.sub(r"\.(conf|config)$", "", environment.get("CONFIG_FILE") or DIRECTORY + "/rabbitmq")
    advanced = environment.get("ADVANCED_CONFIG_FILE") or DIRECTORY + "/advanced.config"
    conf: Settings = {}
    classic = read_terms(files, base + ".config")
    if base + ".config" not in files.read:
        read_conf(files, base + ".conf", conf)
    for path in files.in_directory(environment.get("CONFIG_FILES") or DIRECTORY + "/conf.d", ".conf"):
        read_conf(files, path, conf)
    terms = classic if base + ".config" in files.read else read_terms(files, advanced)
    port = environment.get("NODE_PORT", "")
    return Configuration(conf, terms, int(port) if re.match(r"[0-9]{1,5}$", port) else 5672)
