# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a log begins: looked up without what reads all of it."""

from __future__ import annotations

import os
import typing as t

from ._log_blocks import Block, Unreadable, blocks_of, plain_blocks, unpacked
from ._log_files import Family, LogFile
from ._log_window import first_in, resolve


def family_begins(family: Family) -> int | None:
    """Return the second in which the oldest file of a log begins, None when it has no times; closes all files."""
    try:
        for file in family.files:
            first = first_in(next(blocks(file), (b"", 0)))
            if first is not None:
                return resolve(first, file.changed_s)
    except (OSError, ValueError, Unreadable):
        pass
    finally:
        for file in family.files:
            os.close(file.descriptor)
    return None


def blocks(file: LogFile) -> t.Iterator[Block]:
    """Yield the blocks of a file, unpacked when it is compressed."""
    if file.packing:
        return blocks_of(unpacked(file.descriptor, file.size, file.packing))
    return plain_blocks(file.descriptor, 0, file.size)
