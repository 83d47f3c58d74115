# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The family of facts about the log of sshd."""

from __future__ import annotations

import time
import typing as t

from ._log_begins import family_begins
from ._log_files import Family, expand, open_family
from ._log_times import parse_since
from ._read import source as told_source
from ._sshd_account import Account, joined
from ._sshd_log_summary import summary

USUAL = ("/var/log/auth.log", "/var/log/secure", "/var/log/messages", "/var/log/syslog")
"""Debian, Red Hat, SUSE with busybox, and where other settings of syslog put it."""

SOURCES = ("auto", "journal", "file")
Sources = t.List[t.Dict[str, str]]


def collect(
    source: str = "auto", paths: t.Sequence[str] = (), since: str = "24h", max_events: int = 50
) -> dict[str, t.Any]:
    """Return `peer_sshd_log`, within 16 KiB.

    With `source` `auto` the journal is read when it reaches back to `since`, or further than the files do; else the
    files. A line that both hold is so counted once. `paths` makes it files. Raises ValueError for a `since` or `source`
    that means nothing.
    """
    if source not in SOURCES:
        raise ValueError("source: %r is none of %s" % (source, ", ".join(SOURCES)))
    now = time.time()
    begin = parse_since(since, now)
    newest = max(max_events, 0)
    sources: Sources = []
    account = None
    if source != "file" and not paths:
        from ._sshd_journal import state

        journal = state()
        sources.append(told_source("journal", journal.status, journal.detail))
        if journal.status == "ok" and (source == "journal" or _better(journal.begins, begin)):
            account = _read_journal(begin, newest, journal.begins, sources[0])
    if source != "journal":
        if account is None:
            account = _read_files(paths, begin, newest, sources)
        else:
            sources.append(told_source("files", "ok", "not counted: the journal holds the same lines"))
    return summary(account, sources, begin, now, newest)


def _better(journal_begins: int | None, since: float | None) -> bool:
    """Return whether the journal holds all that is wanted, or at least as much as the files."""
    if journal_begins is None:
        return False
    if since is not None and journal_begins <= since:
        return True
    begins = [family_begins(open_family(path)) for path in USUAL]
    return all(begin is None or journal_begins <= begin for begin in begins)


def _read_journal(since: float | None, newest: int, begins: int | None, said: dict[str, str]) -> Account | None:
    """Return what the journal holds; when it cannot be had, None, and the reason in `said`."""
    from ._sshd_journal import Journal, read_journal

    account, journal = Account(), Journal(since)
    try:
        read_journal(account, journal, newest)
    except OSError as error:
        said.update(status="failed", detail=str(error))
        return None
    account.begins, account.complete = begins, since is None or (begins is not None and begins <= since)
    said["detail"] = "; ".join(journal.remarks())
    if journal.problem and not journal.lines:
        said["status"] = "failed"
        return None
    return account


def _read_files(paths: t.Sequence[str], since: float | None, newest: int, sources: Sources) -> Account | None:
    """Return what the files hold, None when none could be read."""
    from ._sshd_log_file import read_family

    accounts = []
    for path in expand(paths or USUAL, USUAL):
        family = open_family(path)
        for refused, status, detail in family.refused:
            if paths or status != "absent":
                sources.append(told_source(refused, status, detail))
        if family.files:
            account = read_family(family, since, newest)
            sources.append(told_source(path, "ok", _said(family, account)))
            accounts.append(account)
    if not accounts and not any(entry["name"].startswith("/") for entry in sources):
        sources.append(told_source(", ".join(USUAL), "absent", "no such files"))
    return joined(accounts, newest, one_host=not paths) if accounts else None


def _said(family: Family, account: Account) -> str:
    files = "%d files" % len(family.files) if len(family.files) > 1 else ""
    return "; ".join(part for part in [files, *account.remarks[:4]] if part)
