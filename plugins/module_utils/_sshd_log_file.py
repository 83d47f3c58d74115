# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sshd wrote into the files of a log."""

from __future__ import annotations

import os

from ._aside import aside, cores
from ._log_begins import blocks
from ._log_blocks import Unreadable, plain_blocks
from ._log_files import Family, LogFile, replaced, truncated
from ._log_times import epoch, latest_year
from ._log_window import Stretch, find_start, first_in, first_time, line_start, resolve, years
from ._sshd_account import Account
from ._sshd_scan import SFTP_WORD, Others, Part, Scan, Window
from ._sshd_tally import Tally, latest

LARGE_BYTES = 64 << 20
"""From here on a file is read by two processes, and not searched for lines of programs that it hardly holds."""

USUAL_PACKING = 16
"""Logs become about so many times smaller."""

SAMPLE_BYTES = 1 << 20
LEAD_BYTES = 4 << 20
"""Read before the second half of a large file, for what its first lines complete."""


SAMPLED_BYTES = 8 << 20
"""In each so many bytes of a large file a block is looked at for lines of SFTP servers, before all of it is."""


def read_family(family: Family, since: float | None, newest: int) -> Account:
    """Read the files of a log, oldest first, without those last written before `since`; closes all of them."""
    account, files, taken = Account(), list(family.files), {file.inode for file in family.files}
    account.complete = since is None
    try:
        for file in files:
            if since is not None and file.changed_s < since:
                account.complete = True
                continue
            _read(account, file, Window(since, newest), _ceiling(file, files))
            now = replaced(file) if file.path == family.path else None
            if now is not None and now.inode not in taken:
                account.remarks.append("rotated while it was read")
                taken.add(now.inode)
                files.append(now)
    finally:
        for file in files:
            os.close(file.descriptor)
    return account


def _ceiling(file: LogFile, files: list[LogFile]) -> float:
    """Return a time after which nothing in `file` was written: its last change, or the first line of the next file."""
    for younger in files[files.index(file) + 1 :][:1]:
        first = None if younger.packing else first_time(Stretch(younger.descriptor, 0, younger.size), 0)
        if first is not None:
            return min(file.changed_s, resolve(first, younger.changed_s))
    return file.changed_s


def _read(account: Account, file: LogFile, window: Window, ceiling: float) -> None:
    """Add one file to the account, as far as it can be read."""
    try:
        (_read_packed if file.packing else _read_plain)(account, file, window, ceiling)
    except (OSError, ValueError) as error:
        account.remarks.append("%s: %s" % (file.path, error))
    if truncated(file):
        account.remarks.append("%s: truncated while it was read" % file.path)


def _read_plain(account: Account, file: LogFile, window: Window, ceiling: float) -> None:
    stretch = Stretch(file.descriptor, 0, file.size)
    if window.since is not None:
        stretch = stretch._replace(start=find_start(stretch, window.since, ceiling))
    year, final = years(stretch, ceiling)
    first = first_time(stretch, stretch.start)
    account.reaches(epoch(first, year) if first else None, window.since)
    account.bytes += stretch.stop - stretch.start
    if stretch.stop - stretch.start < LARGE_BYTES:
        part = _scan(account.tally, stretch, year, window)
        if part.year != final:  # the samples missed a turn of the year
            part = _scan(account.tally, stretch, year, window._replace(exact=True))
        if part.year != final:
            part = _scan(account.tally, stretch, year + final - part.year, window._replace(exact=True))
    else:
        window = window._replace(others=Others(sftp=_holds_sftp(stretch), systemd=False))
        if cores() > 1:
            part = _scan_halves(account.tally, stretch, ceiling, window)
        else:
            part = _scan(account.tally, stretch, year, window)
    account.add(part, window.newest)


def _holds_sftp(stretch: Stretch) -> bool:
    """Return whether samples of a large file hold lines of an SFTP server; those who log write some with each file."""
    return any(
        SFTP_WORD.search(os.pread(stretch.descriptor, SAMPLE_BYTES, offset))
        for offset in range(stretch.start, stretch.stop, SAMPLED_BYTES)
    )


def _scan(earlier: Tally, stretch: Stretch, year: int, window: Window) -> Part:
    """Scan a part of a plain file whose first line is of a year, going on where `earlier` ended."""
    scan = Scan(earlier, year, window)
    for block in plain_blocks(*stretch):
        scan.block(block)
    return scan.finish()


def _scan_halves(earlier: Tally, stretch: Stretch, ceiling: float, window: Window) -> Part:
    """Scan both halves of a large file at the same time, the first one in a second process."""

    def scan(start: int, stop: int, before: Tally) -> Part:
        part = stretch._replace(start=start)
        return _scan(before, part._replace(stop=stop), years(part, ceiling)[0], window)

    middle = line_start(stretch, (stretch.start + stretch.stop) // 2)
    with aside(lambda: scan(stretch.start, middle, earlier)) as other:
        lead = scan(line_start(stretch, middle - LEAD_BYTES), middle, Tally())
        later = scan(middle, stretch.stop, lead.tally)
        whole = other()
    whole.tally.merge(later.tally)
    told = latest(whole.told + later.told, window.newest)
    return later._replace(tally=whole.tally, lines=whole.lines + later.lines, told=told)


def _read_packed(account: Account, file: LogFile, window: Window, ceiling: float) -> None:
    """Read a compressed file from its start; there is no other way to a place in it."""
    others = Others(systemd=file.size < LARGE_BYTES // USUAL_PACKING)
    part, total = _scan_packed(account, file, window._replace(others=others), ceiling, 0)
    late = part.year - latest_year(part.date, ceiling) if part and part.date else 0
    if late > 0:  # it holds more than a year
        part, total = _scan_packed(account, file, window._replace(others=others), ceiling, late)
    if part is not None:
        account.bytes += total
        account.add(part, window.newest)


def _scan_packed(account: Account, file: LogFile, window: Window, ceiling: float, late: int) -> tuple[Part | None, int]:
    """Scan what can be had of a compressed file, beginning so many years before the last one that its start allows."""
    scan, total = None, 0
    try:
        for block in blocks(file):
            if scan is None:
                first = first_in(block)
                year = (first.year or latest_year(first, ceiling)) - late if first else 1970
                account.reaches(epoch(first, year) if first else None, window.since)
                scan = Scan(account.tally, year, window)
            scan.block(block)
            total += block[1]
    except Unreadable as error:
        account.remarks.append("%s: %s" % (file.path, error))
    return (scan.finish() if scan else None), total
