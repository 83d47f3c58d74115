# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was read from one log of sshd, or from several that may hold the same lines."""

from __future__ import annotations

import typing as t

from ._sshd_tally import Tally, Told, latest

if t.TYPE_CHECKING:
    from ._sshd_scan import Part


class Account:
    """What was read from a log: the tally, the newest lines, how much was scanned, and what went wrong."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self.tally = Tally()
        self.told: list[Told] = []
        self.lines = self.bytes = 0
        self.begins: int | None = None
        self.complete = False
        self.remarks: list[str] = []

    def add(self, part: Part, newest: int) -> None:
        """Add what a later part of the log told."""
        self.tally.merge(part.tally)
        self.keep(part.told, newest)
        self.lines += part.lines

    def keep(self, told: list[Told], newest: int) -> None:
        """Keep the newest of these lines and those kept so far."""
        self.told = latest(self.told + told, newest)

    def reaches(self, seconds: int | None, since: float | None) -> None:
        """Note a time from which on the log has lines."""
        if seconds is not None:
            self.begins = seconds if self.begins is None else min(self.begins, seconds)
            self.complete = self.complete or (since is not None and seconds <= since)


def joined(accounts: list[Account], newest: int, one_host: bool) -> Account:
    """Return one account of several logs.

    The logs of one host can hold the same lines, when syslog writes a facility into two files. A message always takes
    the same way, so of each kind the log that has most of it counts. Logs of several hosts are added up.
    """
    if len(accounts) == 1:
        return accounts[0]
    whole = Account()
    for account in accounts:
        if one_host:
            whole.tally.unite(account.tally)
        else:
            whole.tally.merge(account.tally)
        known = set(whole.told) if one_host else set()
        whole.keep([told for told in account.told if told not in known], newest)
        whole.lines += account.lines
        whole.bytes += account.bytes
        whole.remarks += account.remarks
        whole.reaches(account.begins, None)
    whole.complete = all(account.complete for account in accounts if account.tally.programs)
    return whole
