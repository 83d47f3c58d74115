# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resets as the kernel's tracepoints tell them: who, whom, in which state, and why."""

from __future__ import annotations

import re
import typing as t

from ._text import clean

Event = t.Dict[str, t.Any]

LINE = re.compile(
    r"^ *.{1,60}?-\d+ +(?:\(.{7}\) +)?\[\d+\] +[^ ]+ +"
    r"(?P<at>\d+\.\d+): (?P<name>tcp_send_reset|tcp_receive_reset): (?P<fields>.*)$"
)
"""The name of the running task, up to 15 bytes, comes first and is anybody's text: it cannot hold a whole event."""
FIELD = re.compile(r"(\w+)=(\S+)")
MAPPED = "::ffff:"


def parse_event(line: str) -> Event | None:
    """Return {at_s, direction, source, source_port, destination, destination_port, state, reason} of one line, or None.

    `source` is who sent the reset. A listener's reset names no other end: its port and address are null then.

      <idle>-0  [001] b.s3.  4711.123456: tcp_send_reset: skbaddr=.. skaddr=.. src=10.0.0.2:5000 dest=10.0.0.1:40000
      state=UNKNOWN reason=NO_SOCKET

    Source: include/trace/events/tcp.h; the reason is told since Linux 6.10.
    """
    found = LINE.match(line)
    if found is None:
        return None
    fields = dict(FIELD.findall(found.group("fields")))
    sent = found.group("name") == "tcp_send_reset"
    pairs = _sent(fields) if sent else _received(fields)
    if pairs is None:
        return None
    (source, source_port), (destination, destination_port) = pairs
    return {
        "at_s": float(found.group("at")),
        "direction": "sent" if sent else "received",
        "method": "tracepoint",
        "source": source,
        "source_port": source_port,
        "destination": destination,
        "destination_port": destination_port,
        "state": clean(fields["state"], 32) if "state" in fields else None,
        "reason": clean(fields["reason"], 48) if "reason" in fields else None,
    }


Ends = t.Tuple[t.Tuple[t.Optional[str], t.Optional[int]], t.Tuple[t.Optional[str], t.Optional[int]]]


def _sent(fields: t.Mapping[str, str]) -> Ends | None:
    if "src" in fields:
        return endpoint(fields["src"]), endpoint(fields.get("dest", ""))
    return _numbered(fields, "sport", "saddr", "dport", "daddr")


def _received(fields: t.Mapping[str, str]) -> Ends | None:
    return _numbered(fields, "dport", "daddr", "sport", "saddr")


def _numbered(fields: t.Mapping[str, str], *names: str) -> Ends | None:
    """Return both ends from fields that hold ports and addresses apart, the sender first."""
    if not all(fields.get(name, "").isdigit() for name in ("sport", "dport")):
        return None
    suffix = "v6" if fields.get("family") == "AF_INET6" else ""
    first_port, first, second_port, second = names
    return (
        (plain_address(fields.get(first + suffix, "")), int(fields[first_port])),
        (plain_address(fields.get(second + suffix, "")), int(fields[second_port])),
    )


def endpoint(text: str) -> tuple[str | None, int | None]:
    """Return (address, port) from `10.0.0.1:22` or `[2001:db8::1]:22`; null where the kernel printed none."""
    address, dummy, port = text.rpartition(":")
    number = int(port) if port.isdigit() else 0
    return plain_address(address.strip("[]")), number or None


def plain_address(text: str) -> str | None:
    """Return an address as facts write it, None for the unspecified one."""
    address = text[len(MAPPED) :] if text.startswith(MAPPED) and "." in text else text
    return clean(address, 48) if address not in ("", "0.0.0.0", "::") else None
