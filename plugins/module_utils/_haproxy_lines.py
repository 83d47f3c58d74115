# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of HAProxy's configuration language: words, quotes, escapes, comments, variables, conditions."""

from __future__ import annotations

import re
import typing as t

PIECE = re.compile(
    r"""(?P<plain>[^\s"'\\#]+)|(?P<blank>\s+)|(?P<comment>#.*)|\\(?P<escape>.?)"""
    r"""|"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'"""
)
IN_DOUBLE = re.compile(r"\\(.)|\$\{(\w{1,64})(?:-([^}]{0,256}))?(?:\[\*\])?\}|\$(\w{1,64})")
ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
LITERAL = " \\#'\""
MACROS = (".if", ".elif", ".else", ".endif")


class Line(t.NamedTuple):
    """One line with something in it: its words, and whether a condition (.if) decides about it."""

    number: int
    words: list[str]
    conditional: bool


Problems = t.List[t.Tuple[int, str]]


def split_words(text: str, environment: t.Mapping[str, str]) -> list[str]:
    r"""Return the words of one line.

        bind "${ADDRESS-127.0.0.1}:8080" name 'the\ front' # comment

    Variables count only between double quotes; one that is not in `environment` and has no default stays as text.
    Source: parse_line() in src/tools.c, tried with 2.6. Raises ValueError for a quote that does not end.
    """
    words: list[str] = []
    position, inside = 0, False
    while position < len(text):
        piece = PIECE.match(text, position)
        if piece is None:
            raise ValueError("unmatched quote")
        position = piece.end()
        if piece.lastgroup == "comment":
            break
        if piece.lastgroup == "blank":
            inside = False
            continue
        if not inside:
            words.append("")
        inside = True
        words[-1] += _piece_text(piece, environment)
    return words


def _piece_text(piece: re.Match[str], environment: t.Mapping[str, str]) -> str:
    content = piece.group(piece.lastgroup or 0)
    if piece.lastgroup == "double":
        return IN_DOUBLE.sub(lambda found: _in_double(found, environment), content)
    if piece.lastgroup == "escape":
        return content if content and content in LITERAL else ESCAPES.get(content, "\\" + content)
    return content


def _in_double(found: re.Match[str], environment: t.Mapping[str, str]) -> str:
    escaped, braced, default, bare = found.groups()
    if escaped:
        return escaped if escaped in '"\\$' else ESCAPES.get(escaped, "\\" + escaped)
    return environment.get(braced or bare, found.group() if default is None else default)


def parse_haproxy(text: str) -> tuple[list[Line], Problems]:
    """Return the lines of a configuration in order and what is broken, as (line, error).

    Conditions are not evaluated: lines of all branches are there, marked. `setenv` and `presetenv` are followed, so
    that later lines may use the variables.
    """
    environment: dict[str, str] = {}
    lines: list[Line] = []
    problems: Problems = []
    depth = 0
    for number, content in enumerate(text.split("\n"), 1):
        try:
            words = split_words(content, environment)
        except ValueError as error:
            problems.append((number, str(error)))
            continue
        if not words:
            continue
        if words[0] in MACROS:
            depth += {".if": 1, ".endif": -1}.get(words[0], 0)
            continue
        if words[0] in ("setenv", "presetenv") and len(words) > 2 and not depth:
            environment.setdefault(words[1], words[2])
            if words[0] == "setenv":
                environment[words[1]] = words[2]
        if not words[0].startswith("."):
            lines.append(Line(number, words, depth > 0))
    if depth > 0:
        problems.append((number, ".if without .endif"))
    return lines, problems
