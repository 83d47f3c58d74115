# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands around a place in the text of a log."""

from __future__ import annotations

from ._log_blocks import Block
from ._log_lines import Line, parse_line, parse_repeated, parse_start

LOOK_BACK_BYTES = 1 << 14


def line_at(block: Block, position: int) -> tuple[int, bytes, int]:
    """Return where the line around a position begins, the line, and where it ends."""
    text, end = block
    begins = text.rfind(b"\n", 0, position) + 1
    ends = text.find(b"\n", position, end)
    ends = end if ends < 0 else ends
    return begins, text[begins:ends], ends


def line_before(text: bytes, host: bytes) -> Line | None:
    """Return the last line of a host in `text` when it is sshd's or a relative's.

    `last message repeated` means the line that the same host wrote before, or one further up when that says the same.
    """
    position, limit = len(text), max(len(text) - LOOK_BACK_BYTES, 0)
    while position > limit:
        position, line, dummy = line_at((text, len(text)), position - 2)
        repeated = parse_repeated(line)
        stamp = parse_start(line)
        if stamp is None or (repeated and repeated[1] == host):
            continue
        after = line[line.find(stamp) + len(stamp) :]
        if not host or after.startswith(host + b" "):
            return parse_line(line)
    return None
