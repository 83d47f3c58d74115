# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The language of the Apache HTTP server: directives, sections, continued lines, includes, defined variables."""

from __future__ import annotations

import re
import typing as t

from ._config_files import ConfigFiles, Place, keyword_of

MAX_NESTED = 16
WORD = re.compile(r"""\s*(?:"(?P<double>(?:[^"\\]|\\.)*)"?|'(?P<single>(?:[^'\\]|\\.)*)'?|(?P<plain>[^\s]+))""")
VARIABLE = re.compile(r"\$\{([A-Za-z_]\w{0,63})\}")


class Directive(t.NamedTuple):
    """A directive or, with a `block`, a section. Names are in lower case."""

    name: str
    words: list[str]
    place: Place
    block: list[Directive] | None
    conditional: bool = False


def parse_apache(text: str, file: str) -> tuple[list[Directive], list[tuple[int, str]]]:
    r"""Return the directives of a file and what is broken, (line, error).

        <VirtualHost *:80>
          ProxyTimeout \
            300
        </VirtualHost>

    Source: ap_build_config() in server/config.c.
    """
    outermost = Directive("", [], Place(file, 0), [])
    stack = [outermost]
    problems = []
    for number, line in _lines(text):
        if line.startswith("</"):
            name = line[2:].strip("> \t").lower()
            if stack[-1].name != name:
                problems.append((number, "unexpected </%.40s>" % name))
            if len(stack) > 1:
                stack.pop()
            continue
        words = _words(line[1:].rstrip("> \t") if line[0] == "<" else line)
        if not words or (line[0] == "<" and line[-1] != ">"):
            problems.append((number, "no directive: %s" % keyword_of(line)))
            continue
        one = Directive(words[0].lower(), words[1:], Place(file, number), [] if line[0] == "<" else None)
        t.cast("list[Directive]", stack[-1].block).append(one)
        if one.block is not None:
            stack.append(one)
        if len(stack) > MAX_NESTED:
            problems.append((number, "sections are more than %d deep" % MAX_NESTED))
            return outermost.block or [], problems
    problems += [(one.place.line, "<%.40s> is not closed" % one.name) for one in stack[1:]]
    return outermost.block or [], problems


def _lines(text: str) -> t.Iterator[tuple[int, str]]:
    """Yield the lines that hold something, those that a backslash continues as one."""
    pending, start = "", 0
    for number, line in enumerate([*text.split("\n"), ""], 1):
        start = start if pending else number
        if line.endswith("\\"):
            pending += line[:-1]
            continue
        whole, pending = (pending + line).strip(), ""
        if whole and whole[0] != "#":
            yield start, whole


def _words(line: str) -> list[str]:
    return [found.group(found.lastgroup or 0) for found in WORD.finditer(line) if found.lastgroup]


class Reader:
    """Reads a tree of files; keeps which modules are loaded, which variables are defined and where ServerRoot is."""

    def __init__(self, files: ConfigFiles, root: str) -> None:
        self.files, self.root = files, root
        self.variables: dict[str, str] = {}
        self.modules: set[str] = set()

    def read(self, path: str, by: Place | None = None, optional: bool = False) -> list[Directive]:
        """Return the directives of `path` with includes and <IfModule> in their places.

        A module counts as loaded when a LoadModule before names it, or when nothing does, as in a static server.
        Other conditions are not evaluated: what they hold is there, marked.
        """

        def parse(text: str, file: str) -> list[Directive]:
            found, problems = parse_apache(text, file)
            for line, error in problems:
                self.files.problem(file, line, error)
            return self._resolved(found, False)

        return self.files.parsed(path, parse, by, optional) or []

    def _resolved(self, directives: list[Directive], conditional: bool) -> list[Directive]:
        found: list[Directive] = []
        for one in directives:
            words = [VARIABLE.sub(lambda name: self.variables.get(name.group(1), name.group()), w) for w in one.words]
            one = one._replace(words=words, conditional=conditional or one.conditional)
            if one.name in ("include", "includeoptional") and words:
                found += self._included(one)
            elif one.block is not None and one.name == "ifmodule":
                found += self._resolved(one.block, conditional) if self._is_loaded(words) else []
            elif one.block is not None and one.name in ("ifdefine", "ifversion", "iffile", "ifdirective", "ifsection"):
                found += self._resolved(one.block, True)
            elif one.block is not None:
                found.append(one._replace(block=self._resolved(one.block, conditional)))
            else:
                self._keep(one)
                found.append(one)
        return found

    def _included(self, one: Directive) -> list[Directive]:
        optional = one.name == "includeoptional"
        paths = self.files.expanded(one.words[0], self.root)
        if not paths and not optional:
            self.files.problem(one.place.file, one.place.line, "%s: no such file" % one.words[0])
        found: list[Directive] = []
        for path in paths:
            for file in self.files.in_directory(path) or [path]:  # a folder stands for all files in it
                found += self.read(file, one.place, optional)
        return [inner._replace(conditional=inner.conditional or one.conditional) for inner in found]

    def _keep(self, one: Directive) -> None:
        if one.name == "serverroot" and one.words:
            self.root = one.words[0]
        elif one.name == "define" and len(one.words) == 2:
            self.variables[one.words[0]] = one.words[1]
        elif one.name == "loadmodule" and len(one.words) == 2:
            self.modules.update((one.words[0], one.words[1].rpartition("/")[2]))

    def _is_loaded(self, words: list[str]) -> bool:
        """Return whether <IfModule [!]name> applies; `mod_x.c` and `x_module` name the same."""
        name = words[0].lstrip("!") if words else ""
        stem = re.sub(r"^mod_|\.c$", "", name)
        names = {name, stem + "_module", "mod_%s.so" % stem}
        loaded = not self.modules or bool(names & self.modules)
        return loaded != bool(words and words[0].startswith("!"))
