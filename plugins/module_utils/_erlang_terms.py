# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Erlang terms as they stand in configuration files and in what rabbitmqctl prints."""

from __future__ import annotations

import re
import typing as t

MAX_DEPTH = 64

TOKEN = re.compile(
    r"""\s+|%[^\n]*"""
    r"""|"(?P<string>(?:[^"\\]|\\.)*)"|'(?P<quoted>(?:[^'\\]|\\.)*)'"""
    r"""|(?P<based>\d{1,2}\#[0-9a-zA-Z]{1,64})|(?P<number>[+-]?\d[\d_]{0,63}(?:\.\d{1,32}(?:[eE][+-]?\d{1,3})?)?)"""
    r"""|\$(?P<character>\\?.)|(?P<opaque>\#(?:Fun|Ref|Port)?<[^>\s]{0,256}>|<\d+\.\d+\.\d+>)"""
    r"""|(?P<atom>[a-z][\w@]*)|(?P<mark><<|>>|\#\{|=>|[][{}(),|/:.])""",
    re.DOTALL,
)
CLOSING = {"{": "}", "[": "]", "#{": "}", "<<": ">>"}


class Tuple(t.NamedTuple):
    """A tuple, and the line on which it begins."""

    items: list[t.Any]
    line: int


class Broken(ValueError):
    """The text is no Erlang term at `line`."""

    def __init__(self, line: int, error: str) -> None:
        super().__init__("line %d: %s" % (line, error))
        self.line, self.error = line, error


class Token(t.NamedTuple):
    """A piece of text: `mark` or `value`."""

    kind: str
    value: t.Any
    line: int


def parse_terms(text: str) -> list[t.Any]:
    r"""Return the terms of a text, each of which a full stop may end.

        %% the classic format
        [{rabbit, [{heartbeat, 60}, {tcp_listen_options, [binary, {linger, {true, 0}}]}]}].

    Atoms, strings and binaries are text, numbers numbers, lists lists, maps dicts of text, tuples `Tuple`. Raises
    `Broken`. Source: Erlang Reference Manual, Data Types.
    """
    reader = _Reader(_tokens(text), text.count("\n") + 1)
    terms = []
    while reader.here is not None:
        terms.append(reader.term(0))
        reader.skip(".")
    return terms


def _tokens(text: str) -> t.Iterator[Token]:
    position, line = 0, 1
    while position < len(text):
        found = TOKEN.match(text, position)
        if found is None:
            raise Broken(line, "not an Erlang term")
        kind = found.lastgroup
        if kind is not None:
            yield Token("mark" if kind == "mark" else "value", _value(kind, found.group(kind)), line)
        line += text.count("\n", position, found.end())
        position = found.end()


def _value(kind: str, text: str) -> t.Any:
    if kind == "number":
        plain = text.replace("_", "")
        return float(plain) if "." in plain else int(plain)
    if kind == "based":
        base, dummy, digits = text.partition("#")
        try:
            return int(digits, int(base))
        except ValueError:
            return text
    return re.sub(r"\\(.)", r"\1", text) if kind in ("string", "quoted") else text


class _Reader:
    """Reads terms from tokens, by recursive descent; `here` is the next token, None at the end."""

    def __init__(self, tokens: t.Iterator[Token], last_line: int) -> None:
        self._tokens, self._last_line = tokens, last_line
        self.here = next(tokens, None)

    def peek(self) -> Token:
        """Return the next token. Raises `Broken` at the end."""
        if self.here is None:
            raise Broken(self._last_line, "the term does not end")
        return self.here

    def skip(self, mark: str) -> bool:
        """Pass over `mark` when it is next, and say whether it was."""
        if self.here is None or self.here.kind != "mark" or self.here.value != mark:
            return False
        self.here = next(self._tokens, None)
        return True

    def term(self, depth: int) -> t.Any:
        """Return the next term."""
        token = self.peek()
        self.here = next(self._tokens, None)
        if depth > MAX_DEPTH:
            raise Broken(token.line, "terms are more than %d deep" % MAX_DEPTH)
        if token.kind == "value":
            return token.value
        if token.value not in CLOSING:
            raise Broken(token.line, "unexpected %s" % token.value)
        items = self._items(CLOSING[token.value], depth)
        if token.value == "{":
            return Tuple(items, token.line)
        if token.value == "<<":
            return "".join(item if isinstance(item, str) else chr(item % 256) for item in items if _is_plain(item))
        return dict(zip(map(str, items[::2]), items[1::2])) if token.value == "#{" else items

    def _items(self, closing: str, depth: int) -> list[t.Any]:
        items: list[t.Any] = []
        while not self.skip(closing):
            items.append(self.term(depth + 1))
            while self.skip("/") or self.skip(":"):  # size and type of a part of a binary
                self.term(depth + 1)
            if self.skip("=>") or self.skip(",") or self.skip("|"):
                if self.peek().value == closing and self.peek().kind == "mark":
                    raise Broken(self.peek().line, "unexpected %s" % closing)
            elif not (self.peek().kind == "mark" and self.peek().value == closing):
                here = self.peek()  # a value is not shown, because it may be a password
                raise Broken(here.line, "unexpected %s" % (here.value if here.kind == "mark" else "value"))
        return items


def _is_plain(item: t.Any) -> bool:
    return isinstance(item, (str, int))
