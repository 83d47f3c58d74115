# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sections of HAProxy's configuration and what they take over from defaults."""

from __future__ import annotations

import re
import typing as t

from ._config_files import Place
from ._haproxy_lines import Line

FRONT, BACK = ("frontend", "listen"), ("backend", "listen")
PROXIES = ("frontend", "backend", "listen")
READ = (*PROXIES, "defaults", "global")
LEFT_OUT = (
    "acme cache crt-store fcgi-app http-errors log-forward log-profile mailers peers program resolvers ring traces "
    "userlist"
).split()
"""Sections that hold nothing of interest; they end the one before."""

OLD_NAMES = {"clitimeout": "timeout client", "srvtimeout": "timeout server", "contimeout": "timeout connect"}
PORT = re.compile(r":(\d{1,5})(?:-(\d{1,5}))?$")
NOT_TCP = ("/", "unix@", "abns@", "abnsz@", "fd@", "sockpair@", "quic", "udp", "rhttp@")
MAX_RANGE = 64

Report = t.Callable[[str, int, str], None]


class Written(t.NamedTuple):
    """A setting as it stands in a section."""

    words: list[str]
    place: Place
    section: str
    conditional: bool


class Section:
    """A section: its own settings, the defaults it falls back to, its ports and the backends it uses."""

    def __init__(self, kind: str, name: str, parent: Section | None) -> None:
        self.kind, self.name, self.parent = kind, name, parent
        self.settings: dict[str, Written] = {}
        self.ports: list[int] = []
        self.backends: list[str] = []

    @property
    def label(self) -> str:
        """How the section is headed in the file."""
        return ("%s %s" % (self.kind, self.name)).strip()

    @property
    def used(self) -> list[str]:
        """The backends that the section sends connections to."""
        default = self.word("default_backend", "")
        return [*self.backends, default] if default else self.backends

    def get(self, key: str) -> Written | None:
        """Return a setting of the section or of its defaults."""
        own = self.settings.get(key)
        return own or (self.parent.settings.get(key) if self.parent else None)

    def is_sure_of(self, key: str) -> bool:
        """Return whether a setting is there whatever the conditions in the file come to."""
        chosen = self.get(key)
        return chosen is not None and not chosen.conditional

    def word(self, key: str, otherwise: str) -> str:
        """Return the first word of a setting."""
        chosen = self.get(key)
        return chosen.words[0] if chosen and chosen.words else otherwise


def read_sections(lines: t.Iterable[Line], file: str, sections: list[Section], report: Report) -> None:
    """Append the sections of one file to those of the files before it, whose last defaults still count."""
    section = None
    for line in lines:
        place = Place(file, line.number)
        if line.words[0] in READ:
            section = _opened(line.words, place, sections, report)
            sections.append(section)
        elif line.words[0] in LEFT_OUT:
            section = None
        elif section is not None:
            _keep(section, line, place)


def _opened(words: list[str], place: Place, sections: list[Section], report: Report) -> Section:
    """Return a new section; without `from` it falls back to the last defaults before it, itself a defaults to none."""
    kind = words[0]
    name = words[1] if len(words) > 1 and words[1] != "from" else ""
    origin = words[words.index("from") + 1 :][:1] if "from" in words[1:3] else []
    above = [section for section in sections if section.kind == "defaults"]
    if origin:
        above = [section for section in above if section.name == origin[0]]
        if not above:
            report(place.file, place.line, "defaults section %s not found" % origin[0])
    elif kind in ("defaults", "global"):
        above = []
    section = Section(kind, name, above[-1] if above else None)
    if kind == "defaults" and section.parent:
        section.settings.update(section.parent.settings)
    if kind in FRONT and len(words) > 2 and not origin:
        section.ports += ports_of(words[2])
    return section


def _keep(section: Section, line: Line, place: Place) -> None:
    words = line.words[1:] if line.words[0] == "no" else line.words
    if not words:
        return
    compound = words[0] in ("timeout", "option")
    key, arguments = " ".join(words[: 1 + compound]), words[1 + compound :]
    if words[0] == "option":
        arguments = ["on" if words is line.words else "off"]
    if key == "bind" and arguments:
        section.ports += ports_of(arguments[0])
    elif key == "use_backend" and arguments:
        section.backends.append(arguments[0])
    keys = ["option clitcpka", "option srvtcpka"] if key == "option tcpka" else [OLD_NAMES.get(key, key)]
    for name in keys:
        section.settings[name] = Written(arguments, place, section.label, line.conditional)


def ports_of(text: str) -> list[int]:
    """Return the TCP ports of the addresses of a bind line, of a range at most the first `MAX_RANGE`.

    `:80,[::]:443` is 80 and 443; paths and descriptors have none.
    """
    ports: list[int] = []
    for address in text.split(","):
        found = PORT.search(address)
        if found and not address.startswith(NOT_TCP):
            first, last = int(found.group(1)), int(found.group(2) or found.group(1))
            ports += range(first, min(last, first + MAX_RANGE - 1) + 1)
    return ports
