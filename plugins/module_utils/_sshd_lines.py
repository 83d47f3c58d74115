# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of sshd_config, with its includes and Match blocks, and what `sshd -T` answers."""

from __future__ import annotations

import re
import typing as t

from ._config_files import ConfigFiles, Place

DIRECTORY = "/etc/ssh"
WORD = re.compile(
    r"""[ \t\f]*(?:(?P<comment>\#.*)|"(?P<double>(?:\\.|[^"\\])*)"|'(?P<single>(?:\\.|[^'\\])*)'"""
    r"""|(?P<plain>(?!["'])(?:\\.|[^\s"\\]|\\$)+))[ \t\f\r]*"""
)
KEYWORD = re.compile(r"[ \t\f]*([^\s=\"#]+)(?:[ \t\f]*=[ \t\f]*|[ \t\f]+|$)")
ESCAPED = re.compile(r"\\([\"'\\ ])")


class Setting(t.NamedTuple):
    """One line: the keyword in lower case, its arguments, and the criteria of the Match it stands under (or "")."""

    keyword: str
    arguments: list[str]
    place: Place
    match: str


def split_line(text: str) -> tuple[str, list[str]]:
    """Return the keyword, in lower case, and the arguments of a line; ("", []) for an empty one and a comment.

        Match User backup Address 192.0.2.0/24
        ClientAliveInterval=60 # a minute

    Source: argv_split() in misc.c, strdelim() before 8.7. Raises ValueError for a quote that does not end.
    """
    stripped = text.strip(" \t\f\r")
    if not stripped or stripped[0] == "#":
        return "", []
    keyword = KEYWORD.match(stripped)
    if keyword is None:
        raise ValueError("no keyword")
    words = []
    position = keyword.end()
    while position < len(stripped):
        word = WORD.match(stripped, position)
        if word is None:
            raise ValueError("a quote does not end")
        if word.lastgroup == "comment":
            break
        words.append(ESCAPED.sub(r"\1", word.group(word.lastgroup or 0)))
        position = word.end()
    return keyword.group(1).lower(), words


def read_settings(files: ConfigFiles, path: str, match: str = "", by: Place | None = None) -> list[Setting]:
    """Return all lines of `path` and its includes in the order in which sshd reads them.

    A Match lasts to the next one or the end of its file; what is included under it is under it, too.
    """

    def parse(text: str, file: str) -> list[Setting]:
        found: list[Setting] = []
        under = match
        for number, line in enumerate(text.split("\n"), 1):
            try:
                keyword, words = split_line(line)
            except ValueError as error:
                files.problem(file, number, str(error))
                continue
            if keyword == "match":
                under = _narrower(match, " ".join(words))
            elif keyword == "include":
                for pattern in words:
                    for included in files.expanded(pattern, DIRECTORY):
                        found += read_settings(files, included, under, Place(file, number))
            elif keyword and not words:
                files.problem(file, number, "%s: missing argument" % keyword)
            elif keyword:
                found.append(Setting(keyword, words, Place(file, number), under))
        return found

    return files.parsed(path, parse, by, optional=True) or []


def _narrower(outer: str, criteria: str) -> str:
    if criteria.lower() == "all":
        return outer
    return "%s, %s" % (outer, criteria) if outer else criteria


def first_values(settings: t.Iterable[Setting]) -> dict[tuple[str, str], Setting]:
    """Return the setting that counts by (match, keyword): the first one."""
    found: dict[tuple[str, str], Setting] = {}
    for setting in settings:
        found.setdefault((setting.match, setting.keyword), setting)
    return found


def parse_answer(text: str) -> dict[str, list[str]]:
    """Return the values of each keyword from `sshd -T`, in lower case; most have one.

    clientaliveinterval 0
    maxstartups 10:30:100
    """
    found: dict[str, list[str]] = {}
    for line in text.split("\n"):
        keyword, blank, value = line.partition(" ")
        if blank:
            found.setdefault(keyword.lower(), []).append(value)
    return found
