# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way the kernel sends packets to an address: RTM_GETROUTE for one destination; nothing is sent on the wire."""

from __future__ import annotations

import errno
import socket
import struct
import typing as t

from ._netlink import NLM_F_REQUEST, ROUTE, KernelError, attribute, dump, messages, request
from ._route_rows import DST, OIF, RTM_NEWROUTE, RTMSG, SRC, Row, error_of, parse_route

RTM_GETROUTE = 26
CLONED = 0x200
LOOKUP_TABLE = 0x1000
FIB_MATCH = 0x2000
"""RTM_F_LOOKUP_TABLE (4.4) names the table, RTM_F_FIB_MATCH (4.13) the route that matched."""

TYPE_OF_ERROR = {errno.EINVAL: "blackhole", errno.EACCES: "prohibit", errno.EHOSTUNREACH: "unreachable"}
"""What kind of route answers with the error (fib_props of net/ipv4/fib_semantics.c, ip6_rt_type_to_error)."""


class Question(t.NamedTuple):
    """An address to find the way to; `source` and `link` (an index) as a socket bound to them would have."""

    family: int
    address: bytes
    source: bytes = b""
    link: int = 0


def look_up(question: Question) -> Row:
    """Return the way to an address: {ok, error, type, table, interface, gateway, source, matched, mtu_bytes, pmtu...}.

    `interface` is an index and `table` a number; `error` the name of the error (`ENETUNREACH`) a connect would give.
    `pmtu_bytes` and `pmtu_expires_s` are there when the kernel has learned a smaller path MTU. Raises OSError when
    netlink itself is refused.
    """
    try:
        answer = _ask(question, LOOKUP_TABLE)
    except KernelError as error:
        return _failed(error.errno or errno.ENETUNREACH)
    if answer is None:
        return _failed(errno.ENETUNREACH)
    row = parse_lookup(answer)
    if row["ok"]:
        row["matched"] = _matched(question)
    return row


def parse_lookup(message: memoryview) -> Row:
    """Return what an RTM_NEWROUTE message answers to a lookup; raises ValueError for a broken one."""
    route = parse_route(message)
    error = error_of(message)
    if error:
        return _failed(error)
    row = {key: route[key] for key in ("type", "table", "interface", "gateway", "source")}
    mtu, expires = route.get("mtu_bytes"), route.get("expires_s")
    # An IPv6 route may have an MTU and an end of its own; only what the kernel cloned for a target was learned.
    learned = mtu is not None and expires is not None and bool(RTMSG.unpack_from(message, 0)[8] & CLONED)
    return {
        "ok": True,
        "error": None,
        **row,
        "matched": None,
        "route_mtu_bytes": None if learned else mtu,
        "pmtu_bytes": mtu if learned else None,
        "pmtu_expires_s": expires if learned else None,
    }


def _failed(number: int) -> Row:
    return {
        "ok": False,
        "error": errno.errorcode.get(number, str(number)),
        "type": TYPE_OF_ERROR.get(number),
        **dict.fromkeys(("table", "interface", "gateway", "source", "matched")),
        **dict.fromkeys(("route_mtu_bytes", "pmtu_bytes", "pmtu_expires_s")),
    }


def _ask(question: Question, flags: int) -> memoryview | None:
    bits = len(question.address) * 8
    source_bits = len(question.source) * 8
    body = RTMSG.pack(question.family, bits, source_bits, 0, 0, 0, 0, 0, flags) + attribute(DST, question.address)
    if question.source:
        body += attribute(SRC, question.source)
    if question.link:
        body += attribute(OIF, struct.pack("=I", question.link))
    for buffer in dump(ROUTE, request(RTM_GETROUTE, body, NLM_F_REQUEST)):
        for kind, start, end in messages(buffer):
            if kind == RTM_NEWROUTE:
                return memoryview(bytes(buffer[start:end]))
    return None


def _matched(question: Question) -> str | None:
    """Return the destination of the route that matched (`10.1.0.0/16`), or None where the kernel cannot say."""
    try:
        answer = _ask(question, FIB_MATCH)
    except OSError:
        return None
    if answer is None or RTMSG.unpack_from(answer, 0)[8] & CLONED:
        return None
    return t.cast(str, parse_route(answer)["destination"])


def connect_lookup(question: Question) -> Row:
    """Return the same without netlink, from a connected UDP socket: error, source and MTU, no link and no gateway."""
    level, option = (socket.IPPROTO_IPV6, 24) if question.family == socket.AF_INET6 else (socket.IPPROTO_IP, 14)
    text = socket.inet_ntop(question.family, question.address)
    try:
        with socket.socket(question.family, socket.SOCK_DGRAM) as asked:
            asked.connect((text, 9, 0, question.link) if question.family == socket.AF_INET6 else (text, 9))
            source, mtu = asked.getsockname()[0], asked.getsockopt(level, option)
    except OSError as error:
        return _failed(error.errno or errno.ENETUNREACH)
    row = _failed(0)
    row.update(ok=True, error=None, source=str(source).partition("%")[0], route_mtu_bytes=mtu)
    return row
