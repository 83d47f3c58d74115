# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The language of nginx: directives and blocks, quotes, comments, includes."""

from __future__ import annotations

import re
import typing as t

from ._config_files import ConfigFiles, Place, is_pattern

MAX_NESTED = 16

TOKEN = re.compile(
    r"""(?P<blank>\s+)|(?P<comment>\#[^\n]*)|(?P<mark>[;{}])"""
    r"""|"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'"""
    r"""|(?P<word>(?!["'])(?:\\.|\$\{|[^\s;{\\])+)""",
    re.DOTALL,
)
LUA = re.compile(r"""--[^\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?P<brace>[{}])|[^{}"'-]+|-""", re.DOTALL)
ESCAPED = re.compile(r"\\([\"'\\trn])")
ESCAPES = {"t": "\t", "r": "\r", "n": "\n"}


class Directive(t.NamedTuple):
    """A directive: `block` holds those inside its braces, or is None."""

    name: str
    words: list[str]
    place: Place
    block: list[Directive] | None

    def inside(self, *names: str) -> list[Directive]:
        """Return the directives of the block that have one of these names."""
        return [directive for directive in self.block or [] if directive.name in names]


class Broken(ValueError):
    """The text does not follow the grammar at `line`."""

    def __init__(self, line: int, error: str) -> None:
        super().__init__("line %d: %s" % (line, error))
        self.line, self.error = line, error


def parse_nginx(text: str, file: str) -> tuple[list[Directive], Broken | None]:
    """Return the directives of a file as far as they can be read, and where reading ended, if before the end.

        http { keepalive_timeout 75s; server { listen 80; } }

    Source: ngx_conf_read_token() in src/core/ngx_conf_file.c.
    """
    directives: list[Directive] = []
    stack: list[list[Directive]] = [directives]
    words: list[str] = []
    start = 1
    try:
        for line, kind, content in _tokens(text):
            if kind != "mark":
                start = start if words else line
                words.append(content)
                continue
            if content == "}":
                if words or len(stack) == 1:
                    raise Broken(line, 'unexpected "}"')
                stack.pop()
                continue
            if not words:
                raise Broken(line, 'unexpected "%s"' % content)
            block: list[Directive] | None = [] if content == "{" else None
            stack[-1].append(Directive(words[0], words[1:], Place(file, start), block))
            words = []
            if block is not None:
                stack.append(block)
            if len(stack) > MAX_NESTED:
                raise Broken(line, "blocks are more than %d deep" % MAX_NESTED)
        if words or len(stack) > 1:
            raise Broken(text.count("\n") + 1, 'unexpected end of file, expecting ";" or "}"')
    except Broken as broken:
        return directives, broken
    return directives, None


def _tokens(text: str) -> t.Iterator[tuple[int, str, str]]:
    """Yield (line, kind, content): kind is `word` or `mark`. The Lua of *_by_lua_block is passed over."""
    position, line, last = 0, 1, ""
    while position < len(text):
        token = TOKEN.match(text, position)
        if token is None:
            raise Broken(text.count("\n") + 1, "a quote or an escape does not end")
        kind = token.lastgroup or ""
        if kind == "mark":
            yield line, "mark", token.group()
        elif kind not in ("blank", "comment"):
            yield line, "word", ESCAPED.sub(lambda found: ESCAPES.get(found[1], found[1]), token.group(kind))
        line += token.group().count("\n")
        position = token.end()
        if token.group() == "{" and last.endswith("_by_lua_block"):
            inside = position
            position = _after_lua(text, position, line)
            line += text.count("\n", inside, position)
        last = "" if kind == "mark" else last if kind in ("blank", "comment") else token.group()


def _after_lua(text: str, position: int, line: int) -> int:
    """Return where the closing brace of a block of Lua is."""
    depth = 1
    while position < len(text):
        piece = LUA.match(text, position)
        if piece is None:
            break
        depth += {"{": 1, "}": -1}.get(piece.group("brace") or "", 0)
        if depth == 0:
            return position
        position = piece.end()
    raise Broken(line, "a block of Lua does not end")


def read_nginx(
    files: ConfigFiles, path: str, directory: str, by: Place | None = None, optional: bool = False
) -> list[Directive]:
    """Return the directives of `path` with its includes in their places, which are relative to `directory`."""

    def parse(text: str, file: str) -> list[Directive]:
        found, broken = parse_nginx(text, file)
        if broken:
            files.problem(file, broken.line, broken.error)
        return _with_includes(files, found, directory)

    return files.parsed(path, parse, by, optional) or []


def _with_includes(files: ConfigFiles, directives: list[Directive], directory: str) -> list[Directive]:
    found: list[Directive] = []
    for directive in directives:
        if directive.name == "include" and directive.words and directive.block is None:
            optional = is_pattern(directive.words[0])
            for path in files.expanded(directive.words[0], directory):
                found += read_nginx(files, path, directory, directive.place, optional)
        elif directive.block is not None:
            found.append(directive._replace(block=_with_includes(files, directive.block, directory)))
        else:
            found.append(directive)
    return found
