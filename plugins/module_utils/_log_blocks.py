# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A log in blocks of whole lines, plain or compressed, in memory that does not grow with it."""

from __future__ import annotations

import os
import typing as t

BLOCK_BYTES = 1 << 20
"""Large enough that the work per block does not count."""

LINE_BYTES = 1 << 16
"""Of a longer line the start is kept."""

PACKED_BYTES = 1 << 16

Block = t.Tuple[bytes, int]
"""A text and how much of it is wanted."""

MAGICS = ((b"\x1f\x8b", "gz"), (b"\xfd7zXZ\0", "xz"), (b"BZh", "bz2"), (b"\x28\xb5\x2f\xfd", "zst"))


class Unreadable(Exception):
    """A file whose content cannot be had: damaged, or packed in a way that this Python does not know."""


def plain_blocks(descriptor: int, start: int, stop: int) -> t.Iterator[Block]:
    """Yield texts and how much of each is wanted: a line feed, then whole lines without the last line feed.

    They are what is between `start`, where a line begins, and `stop`. The file's position is left alone, and nothing is
    copied: each block is read anew from the line feed on that ended the one before.
    """
    _keep_memory()
    position = start - 1
    if start == 0:
        first = os.pread(descriptor, min(LINE_BYTES, stop), 0)
        cut = first.rfind(b"\n")
        if cut < 0 and len(first) == stop:
            cut = stop
        if cut > 0:
            yield b"\n" + first, cut + 1
        position = max(cut, 0)
    while position < stop - 1:
        text = os.pread(descriptor, min(BLOCK_BYTES, stop - position), position)
        if not text:
            return
        cut = text.rfind(b"\n")
        ends = position + len(text) >= stop
        if ends and cut < len(text) - 1:
            cut = len(text)
        if cut > 0:
            yield text, cut
            position += cut
        else:  # a line that is longer than a block: what it begins with, and then the next one
            yield text, min(len(text), LINE_BYTES)
            position = _line_feed(descriptor, position + len(text), stop)


def _line_feed(descriptor: int, position: int, stop: int) -> int:
    """Return where the next line feed is, or `stop`."""
    while position < stop:
        text = os.pread(descriptor, min(BLOCK_BYTES, stop - position), position)
        feed = text.find(b"\n")
        if feed >= 0 or not text:
            return position + feed if text else stop
        position += len(text)
    return stop


def blocks_of(pieces: t.Iterator[bytes]) -> t.Iterator[Block]:
    """Yield the same as `plain_blocks` of a text that comes in pieces."""
    _keep_memory()
    kept, skipping = b"\n", False
    for piece in pieces:
        if skipping:
            feed = piece.find(b"\n")
            if feed < 0:
                continue
            piece, skipping = piece[feed:], False
        text = kept + piece
        cut = text.rfind(b"\n")
        if cut > 0:
            yield text, cut
        kept = text[cut:]
        if len(kept) > LINE_BYTES:
            kept, skipping = kept[:LINE_BYTES], True
    if len(kept) > 1:
        yield kept, len(kept)


def _keep_memory() -> None:
    """Make glibc keep what blocks free instead of giving it back each time.

    It does so after a larger block was freed: mallopt(3), M_MMAP_THRESHOLD. This one is never written to and costs
    nothing.
    """
    bytes(16 * BLOCK_BYTES)


def packing(head: bytes) -> str:
    """Return how a file that begins with `head` is compressed: gz, xz, bz2, zst, or nothing."""
    return next((name for magic, name in MAGICS if head.startswith(magic)), "")


def unpacked(descriptor: int, stop: int, name: str) -> t.Iterator[bytes]:
    """Yield the content of a compressed file in pieces of about BLOCK_BYTES. Raises Unreadable."""
    new, errors = unpacker(name)
    position = 0
    machine, data, total, begun, complete = new(), b"", 0, False, False
    while True:
        if not data and getattr(machine, "needs_input", True):
            data = os.pread(descriptor, min(PACKED_BYTES, max(stop - position, 0)), position)
            position += len(data)
            if not data:
                break
        try:
            piece = machine.decompress(data, BLOCK_BYTES)
        except errors as error:
            if complete and not begun:  # what follows the end of a file is not its content
                return
            raise Unreadable("damaged after %d bytes: %s" % (total, error)) from None
        total, begun = total + len(piece), True
        if piece:
            yield piece
        data = getattr(machine, "unconsumed_tail", b"")
        if machine.eof:  # another file may follow in the same one: gzip(1), "Advanced usage"
            data = machine.unused_data.lstrip(b"\0")
            machine, begun, complete = new(), False, True
    if begun:
        raise Unreadable("ends early, after %d bytes" % total)


def unpacker(name: str) -> tuple[t.Callable[[], t.Any], tuple[type[BaseException], ...]]:
    """Return what makes a decompressor, and the errors it raises. Raises Unreadable when this Python has none."""
    try:
        if name == "gz":
            import zlib

            return lambda: zlib.decompressobj(31), (zlib.error,)
        if name == "xz":
            import lzma

            return lzma.LZMADecompressor, (lzma.LZMAError, EOFError)
        if name == "bz2":
            import bz2

            return bz2.BZ2Decompressor, (OSError, EOFError, ValueError)
        return zstandard_unpacker()
    except ImportError:
        raise Unreadable("compressed as %s, which this Python cannot read" % name) from None


def zstandard_unpacker() -> tuple[t.Callable[[], t.Any], tuple[type[BaseException], ...]]:
    """Return the decompressor of Python 3.14 and later, or that of the package zstandard. Raises ImportError."""
    try:
        from compression import zstd

        return zstd.ZstdDecompressor, (zstd.ZstdError, EOFError)
    except ImportError:
        import zstandard

    class Machine:
        """The package's object with the arguments of the others."""

        def __init__(self) -> None:
            self._inner = zstandard.ZstdDecompressor().decompressobj()

        def decompress(self, data: bytes, dummy: int) -> bytes:
            return self._inner.decompress(data)

        def __getattr__(self, name: str) -> t.Any:
            return getattr(self._inner, name)

    return Machine, (zstandard.ZstdError,)
