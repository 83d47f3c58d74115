# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a host could not be reached or read, from the text that Ansible and its connection plugins give."""

from __future__ import annotations

import re
import typing as t

from ..module_utils._text import clean

CLASSES = (
    *("refused", "reset", "timed_out", "host_unreachable", "net_unreachable", "name_error", "authentication"),
    *("host_key", "proxy", "other"),
)

MAX_TEXT = 16384
MAX_REASON = 300


def _table(rows: t.Mapping[str, str]) -> re.Pattern[str]:
    return re.compile("|".join("(?P<%s>%s)" % row for row in rows.items()), re.IGNORECASE)


# A jump host or ProxyCommand that ends has no address for ssh to name: what closed or reset then is not the peer.
# Texts of errno (Linux, macOS, BSD), of the OpenSSH client (sshconnect.c, kex.c, packet.c, mux.c) and of paramiko.
STRONG = _table(
    {
        "proxy": r"Connection reset by UNKNOWN port 65535|UNKNOWN port 65535: Broken pipe",
        "refused": r"Connection refused|Unable to connect to port \d+",
        "reset": r"Connection reset by|Broken pipe|Error reading SSH protocol banner",
        "timed_out": r"(?:Connection|Operation) timed out|Connection to \S+ port \d+ timed out"
        r"|Timeout, server \S+ not responding|timed out(?: waiting for|$)|SSH connection timed out",
        "host_unreachable": r"No route to host|Host is (?:down|unreachable)",
        "net_unreachable": r"Network is (?:unreachable|down)",
        "name_error": r"Could not resolve hostname|Name or service not known|Temporary failure in name resolution"
        r"|nodename nor servname|No address associated with hostname",
        "authentication": r"Permission denied \(|Permission denied, please|Too many authentication failures"
        r"|Authentication failed|Invalid/incorrect (?:username/)?password|No more authentication methods",
        "host_key": r"Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED"
        r"|authenticity of host .* can't be established|host key for server .* does not match",
    }
)

# A close before the login is the same event as a reset, seen at another moment; a cause named before it counts more.
WEAK = _table(
    {
        "proxy": r"Connection closed by UNKNOWN port 65535",
        "reset": r"Connection (?:to \S+ )?closed by|closed by remote host|lost connection",
    }
)

# What ssh -v adds, and what it says about its own control socket, are no word of the peer.
NOISE = re.compile(r"^\s*(?:debug\d:|OpenSSH_|Warning: Permanently added|Control socket|@+|Pseudo-terminal)")
PREFIX = re.compile(
    r"^(?:Task failed: |Failed to connect to the host via \w+: |Data could not be sent to remote host \S+"
    r" Make sure this host can be reached over \w+: )+"
)

FAILURES = _table(
    {
        "interpreter": r"interpreter .*(?:not found|was not found)|python\S*: (?:command )?not found"
        r"|python\S*: No such file or directory|requires a minimum of Python|SyntaxError: future feature"
        r"|return code 127",
        "privilege": r"Missing sudo password|Incorrect \w+ password|sudo: a password is required|is not in the sudoers"
        r"|waiting for (?:privilege escalation|become) |no tty present",
        "storage": r"No space left on device|Read-only file system|Disk quota exceeded"
        r"|Failed to create temporary directory",
        "timeout": r"Timer expired after|expected time frame|Timed out after \d|execution timed out",
    }
)


def classify(message: str) -> str:
    """Return why a host was unreachable, one of `CLASSES`, from Ansible's message.

        Failed to connect to the host via ssh: ssh: connect to host 10.0.0.1 port 22: Connection refused

    Several reasons may stand in one message (one line per address tried, a jump host before the target): the last one
    counts.
    """
    text = "\n".join(_lines(message))
    return _last(STRONG, text) or _last(WEAK, text) or "other"


def classify_failure(message: str) -> str:
    """Return why reading a reachable host failed: `interpreter privilege storage timeout module`."""
    return _last(FAILURES, message[:MAX_TEXT]) or "module"


def reason(message: str) -> str:
    """Return the part of a message that says why, on one line, safe to show and at most 300 characters long."""
    return clean("; ".join(line.strip() for line in _lines(message) if line.strip()), MAX_REASON)


def _lines(message: str) -> list[str]:
    return [line for line in PREFIX.sub("", message[:MAX_TEXT].strip()).splitlines() if not NOISE.match(line)]


def _last(table: re.Pattern[str], text: str) -> str | None:
    kinds = [match.lastgroup for match in table.finditer(text)]
    return kinds[-1] if kinds else None
