# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded netlink messages made into what an older kernel sends: structures cut short, attributes left out."""

from __future__ import annotations

import typing as t

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _netlink

LENGTH_BYTES = 4


def older(content: bytes, fixed: int, cut: t.Mapping[int, int]) -> memoryview:
    """Return messages whose attributes, behind `fixed` bytes of payload, have at most `cut` bytes; 0 leaves one out."""
    rebuilt = b""
    buffer = memoryview(content)
    for dummy, start, end in _netlink.messages(buffer):
        head = content[start - _netlink.HEADER.size + LENGTH_BYTES : start + fixed]
        body = head + b"".join(_attributes(buffer, start + fixed, end, cut))
        rebuilt += (LENGTH_BYTES + len(body)).to_bytes(LENGTH_BYTES, "little") + body
    return memoryview(rebuilt)


def _attributes(buffer: memoryview, start: int, end: int, cut: t.Mapping[int, int]) -> t.Iterator[bytes]:
    for kind, first, last in _netlink.places(buffer, start, end):
        payload = bytes(buffer[first:last])
        if cut.get(kind) != 0:
            yield _netlink.attribute(kind, payload[: cut.get(kind, len(payload))])
