# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sshd does with idle, silent and many clients: from `sshd -T` as root, else from its files and its defaults."""

from __future__ import annotations

import os
import re
import typing as t

from ._application_processes import option_values
from ._config_files import ConfigFiles
from ._read import real_path, source
from ._software_versions import at_least
from ._sshd_lines import Setting, first_values, parse_answer, read_settings, split_line
from ._sshd_values import KEYWORDS, reading
from ._text import clean
from ._timeout_rows import MAX_PORTS, Row, row

FILE = "/etc/ssh/sshd_config"
PROGRAM = "/usr/sbin/sshd"
MOST_CONDITIONAL = 12

SETTINGS = {"LogLevel": ("INFO", (0, 0)), "UseDNS": ("no", (0, 0)), "PerSourcePenaltyExemptList": ("none", (9, 8))}
"""Keywords that are no timer and no limit: their defaults and the first release that has them."""

FIRST_WITHOUT_DNS = (6, 8)
"""The release with which the default of UseDNS became `no`."""

DNS_AGAIN = "7.4p1"
"""As RHEL 7 and Amazon Linux 2 have it, which went back to `yes` (7.4p1-12); Debian's has more behind it."""

VERBOSE = ("VERBOSE", "DEBUG", "DEBUG1", "DEBUG2", "DEBUG3")
PORT = re.compile(r"(?:.*[\]:.\w])?:(\d{1,5})$")

Answer = t.Optional[t.Dict[str, t.List[str]]]


class Client(t.NamedTuple):
    """For whom Match blocks are to be decided."""

    user: str
    host: str
    addr: str


def client_of(match: t.Mapping[str, t.Any] | None) -> Client | None:
    """Return the client of the option `sshd_match`, or None. Raises ValueError for what cannot be passed to sshd."""
    if not match:
        return None
    given = {key: str(match.get(key) or "") for key in Client._fields}
    wrong = [key for key, value in given.items() if not re.match(r"[A-Za-z0-9_.:%@+-]+\Z", value)]
    if wrong:
        raise ValueError("sshd_match: %s must be a plain name or address" % ", ".join(wrong))
    return Client(**given)


class Values:
    """The values in force, from the lines of the files and, when there is one, the answer of sshd."""

    def __init__(
        self, settings: list[Setting], options: t.Mapping[str, str], answer: Answer, client: Client | None
    ) -> None:
        self.written, self._options, self.answer = first_values(settings), options, answer
        self._matched = client is not None and answer is not None

    def lines(self, name: str) -> list[Setting]:
        """Return the lines that may decide about a keyword, the one outside of Match blocks first."""
        found = [entry for (dummy, keyword), entry in self.written.items() if keyword == name.lower()]
        return sorted((entry for entry in found if self._matched or not entry.match), key=lambda entry: entry.match)

    def __call__(self, name: str, default: str) -> tuple[str, Setting | None, str]:
        """Return the value of a keyword, the line it comes from, and `config`, `default` or `runtime`."""
        lines, option = self.lines(name), self._options.get(name.lower())
        said = (self.answer or {}).get(name.lower(), [option] if option else None)
        if said is None:
            return (" ".join(lines[0].arguments), lines[0], "config") if lines else (default, None, "default")
        text = " ".join(said)
        for line in lines:
            if option is None and _same(name, " ".join(line.arguments), text):
                return text, line, "config"
        return text, None, "runtime" if lines or option else "default"


def _same(name: str, text: str, said: str) -> bool:
    """Return whether a line and the answer of sshd, which names more penalties than the line, mean the same."""
    if name not in KEYWORDS:
        return text.lower() == said.lower()
    try:
        written, answered = reading(name, text), reading(name, said)
    except ValueError:
        return False
    if name == "PerSourcePenalties":
        parts = answered["parts"].items()
        return bool(written["value"] == answered["value"] and all(part in parts for part in written["parts"].items()))
    return bool(written == answered)


def collect(
    files: ConfigFiles, commands: t.Sequence[t.Sequence[str]], version: str | None, client: Client | None = None
) -> tuple[list[Row], Row]:
    """Return the rows and what else is known of the service: ports, settings, what it notices and logs."""
    words = list(commands[0]) if commands else [PROGRAM]
    settings = read_settings(files, ([FILE] + option_values(words, "-f"))[-1])
    answer = _ask(files, words, client)
    pairs = (split_line(option) for option in option_values(words, "-o"))
    values = Values(settings, {keyword: " ".join(given) for keyword, given in pairs}, answer, client)
    rows: list[Row] = []
    for name, known in KEYWORDS.items():
        if _exists(name, known.since, answer, version):
            rows += _row(name, *values(name, known.default), files)
    if answer is None and files.hidden:
        rows = [found for found in rows if found["source"] != "default"]
    service = _service(values, rows, version, answer is None and files.hidden)
    service["ports"] = _ports(settings, answer)
    if client is None or answer is None:
        rows += _conditional(values, files)
    return [{**found, "ports": service["ports"][:MAX_PORTS]} for found in rows], service


def _ask(files: ConfigFiles, words: list[str], client: Client | None) -> Answer:
    """Return what `sshd -T` says, with the options of the running daemon; it can be asked as root only."""
    if not os.access(real_path(PROGRAM), os.X_OK):
        return None
    if os.geteuid() != 0:
        files.denied("sshd -T", "root could ask sshd itself; its files were read instead")
        return None
    from ._command import run

    options = [word for key in ("-f", "-o") for value in option_values(words, key) for word in (key, value)]
    which = ["-C", "user=%s,host=%s,addr=%s" % client] if client else []
    said = run([real_path(PROGRAM), "-T", *options, *which])
    files.sources.append(source("sshd -T", said.status, clean(said.detail)))
    return None if said.text is None else parse_answer(said.text)


def _exists(name: str, since: tuple[int, int], answer: Answer, version: str | None) -> bool:
    """Return whether this sshd has a keyword; one that came later is not shown when the release is not known."""
    if answer is not None:
        return name.lower() in answer
    return since == (0, 0) or at_least(version, *since) is True


def _row(name: str, text: str, line: Setting | None, origin: str, files: ConfigFiles) -> list[Row]:
    try:
        value = reading(name, text)
    except ValueError as error:
        place = line.place if line else None
        files.problem(place.file if place else "sshd -T", place.line if place else None, "%s: %s" % (name, error))
        return []
    section = ("Match " + line.match if line.match else "global") if line else None
    return [row("sshd", name, KEYWORDS[name].about, line.place if line else None, section, source=origin, **value)]


def _conditional(values: Values, files: ConfigFiles) -> list[Row]:
    """Return what Match blocks set for some clients; which of them applies is not decided here."""
    names = {name.lower(): name for name in KEYWORDS}
    rows: list[Row] = []
    for (match, keyword), line in values.written.items():
        if match and keyword in names and len(rows) < MOST_CONDITIONAL:
            rows += _row(names[keyword], " ".join(line.arguments), line, "config", files)
    conditional = [found for found in rows if found]
    return [{**found, "conditional": True, "applies_to": [found["section"]]} for found in conditional]


def _service(values: Values, rows: list[Row], version: str | None, hidden: bool) -> Row:
    """Return settings, when a silent client is given up, whether anything finds it, whether its loss is logged."""
    settings: dict[str, Row] = {}
    for name, (default, since) in SETTINGS.items():
        if name == "UseDNS" and (version == DNS_AGAIN or at_least(version, *FIRST_WITHOUT_DNS) is False):
            default = "yes"
        text, line, origin = values(name, default)
        if line is None and (hidden or not _exists(name, since, values.answer, version)):
            continue
        place = line.place if line else None
        settings[name] = {
            "value": clean(text, 96),
            "source": origin,
            "file": clean(place.file) if place else None,
            "line": place.line if place else None,
        }
    by_name = {found["name"]: found for found in rows}
    interval = by_name.get("ClientAliveInterval", {}).get("seconds")
    count = by_name.get("ClientAliveCountMax", {}).get("value")
    by_kernel = by_name.get("TCPKeepAlive", {}).get("value")
    level = settings["LogLevel"]["value"].upper() if "LogLevel" in settings else ""
    return {
        "settings": settings,
        "client_alive_s": interval * count if interval and count else None,
        "finds_dead_clients": True if interval else by_kernel,
        "logs_lost_sessions": level in VERBOSE or (at_least(version, 9, 8) if level else None),
    }


def _ports(settings: list[Setting], answer: Answer) -> list[int]:
    """Return the ports that sshd listens on when it opens them itself."""
    if answer is not None:
        addresses = answer.get("listenaddress", [])
    else:
        named = [line.arguments[0] for line in settings if line.keyword == "listenaddress"]
        addresses = [text for text in named if text.count(":") == 1 or "]:" in text]
        if not named or len(addresses) < len(named):
            addresses += [":" + line.arguments[0] for line in settings if line.keyword == "port"] or [":22"]
    found = [PORT.match(text) for text in addresses]
    return sorted({int(port.group(1)) for port in found if port}) or [22]
