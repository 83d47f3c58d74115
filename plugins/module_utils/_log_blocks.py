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

ReadInto = t.Callable[[memoryview], int]
Block = t.Tuple[t.Union[bytes, bytearray], int]

MAGICS = ((b"\x1f\x8b", "gz"), (b"\xfd7zXZ\0", "xz"), (b"BZh", "bz2"), (b"\x28\xb5\x2f\xfd", "zst"))


class Unreadable(Exception):
    """A file whose content cannot be had: damaged, or packed in a way that this Python does not know."""


def blocks(read: ReadInto) -> t.Iterator[Block]:
    """Yield buffers and how much of each is valid: a line feed, then whole lines without the last line feed.

    The buffer is used again, so look at it before asking for the next one.
    """
    # After a large block was freed, glibc keeps what blocks free instead of giving it back each time: mallopt(3),
    # M_MMAP_THRESHOLD. This one is never written to, so it costs no memory.
    bytes(16 * BLOCK_BYTES)
    buffer = bytearray(BLOCK_BYTES + LINE_BYTES)
    view = memoryview(buffer)
    buffer[0] = 10
    kept, skipping = 1, False
    while True:
        count = read(view[kept : kept + BLOCK_BYTES])
        if not count:
            break
        end = kept + count
        if skipping:
            feed = buffer.find(b"\n", kept, end)
            if feed < 0:
                continue
            view[kept : kept + end - feed] = bytes(view[feed:end])
            end, skipping = kept + end - feed, False
        cut = buffer.rfind(b"\n", 0, end)
        if cut > 0:
            yield buffer, cut
        kept = end - cut
        if kept > LINE_BYTES:
            kept, skipping = LINE_BYTES, True
        view[:kept] = bytes(view[cut : cut + kept])
    if kept > 1:
        yield buffer, kept


def plain_reader(descriptor: int, start: int, stop: int) -> ReadInto:
    """Return a reader of the bytes from `start` to `stop` of a file, which leaves the file's position alone."""
    position = start

    def read(view: memoryview) -> int:
        nonlocal position
        count = os.preadv(descriptor, [view[: max(stop - position, 0)]], position) if position < stop else 0
        position += count
        return count

    return read


def packing(head: bytes) -> str:
    """Return how a file that begins with `head` is compressed: gz, xz, bz2, zst, or nothing."""
    return next((name for magic, name in MAGICS if head.startswith(magic)), "")


def packed_reader(descriptor: int, stop: int, name: str) -> ReadInto:
    """Return a reader of what a compressed file holds. It raises Unreadable, at the first read or where damage is."""
    source, pending = unpacked(plain_reader(descriptor, 0, stop), name), b""

    def read(view: memoryview) -> int:
        nonlocal pending
        while not pending:
            piece = next(source, None)
            if piece is None:
                return 0
            pending = piece
        count = min(len(pending), len(view))
        view[:count], pending = pending[:count], pending[count:]
        return count

    return read


def unpacked(read: ReadInto, name: str) -> t.Iterator[bytes]:
    """Yield the content of compressed bytes in pieces of about BLOCK_BYTES. Raises Unreadable."""
    new, errors = unpacker(name)
    buffer = memoryview(bytearray(PACKED_BYTES))
    machine, data, total, begun, complete = new(), b"", 0, False, False
    while True:
        if not data and getattr(machine, "needs_input", True):
            data = bytes(buffer[: read(buffer)])
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
