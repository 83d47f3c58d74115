# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of nftables and iptables together, each once, with as few processes as there are rules to ask for."""

from __future__ import annotations

import errno
import functools
import typing as t

from . import _nfnetlink as kernel
from ._netfilter import BUILT_IN, PROGRAMS
from ._netlink import KernelError
from ._read import read_text, source, status_of
from ._text import clean

if t.TYPE_CHECKING:
    from ._iptables import Saved

Chains = t.Dict[kernel.Key, kernel.Chain]
Rule = t.Dict[str, t.Any]
Sources = t.List[t.Dict[str, str]]

LEGACY = {"ip": "/proc/net/ip_tables_names", "ip6": "/proc/net/ip6_tables_names"}
"""Exists when the old kernel interface of iptables is loaded; asking it otherwise would load it."""

TABLES = {"filter", "nat", "mangle", "raw", "security"}
"""What iptables calls its tables; nftables may hold them."""

NEEDS_ROOT = "rules are told to root only (CAP_NET_ADMIN)"


class Rules(t.NamedTuple):
    """Rules of all tools: those that block TCP, those that translate addresses, and names of tables and chains.

    `tell` adds to a rule what it compares. `banned` counts the elements in sets of the tables that a test of their name
    chooses. `readable` says whether any tool could be asked.
    """

    blocking: list[Rule]
    translating: list[Rule]
    names: list[str]
    readable: bool
    tell: t.Callable[[Rule], Rule]
    banned: t.Callable[[t.Callable[[str], bool]], int]


def read_rules(sources: Sources) -> Rules:
    """Return the rules of nftables and iptables, each once; appends to `sources` how reading went."""
    chains, status = _chains(sources)
    saved = _saved(chains, status, sources)
    held = {(family, table) for family, found in saved if found.in_nftables for table in found.tables}
    names = [name for key in chains for name in key[1:]]
    rules = Rules([], [], names, status == "ok" or bool(saved), _told_by_iptables, lambda dummy: 0)
    others = {key: chain for key, chain in chains.items() if key[:2] not in held}
    if others:
        rules = _of_nftables(others, rules, sources)
    for family, found in saved:
        from . import _iptables

        rules.blocking.extend(_iptables.blocking(found, family))
        rules.translating.extend(_iptables.translating(found, family))
        names.extend(found.chains)
    return rules


def _told_by_iptables(rule: Rule) -> Rule:
    from ._iptables import told

    return told(rule)


def _chains(sources: Sources) -> tuple[Chains, str]:
    """Return the chains of nftables and a status; `ok` also where the kernel has no nftables at all."""
    try:
        chains = kernel.chains(kernel.ask(kernel.CHAINS))
    except OSError as error:
        if isinstance(error, KernelError) and error.errno == errno.EINVAL:
            sources.append(source("nftables", "absent", "not in this kernel"))
            return {}, "ok"
        status = status_of(error)
        sources.append(source("nftables", status, NEEDS_ROOT if status == "denied" else clean(str(error))))
        return {}, status
    sources.append(source("nftables"))
    return chains, "ok"


def _of_nftables(chains: Chains, rules: Rules, sources: Sources) -> Rules:
    """Return `rules` with those of chains of nftables."""
    from ._nftables import load, told

    remarks: list[str] = []
    try:
        found = load(chains, functools.partial(kernel.ask, remarks=remarks))
    except OSError as error:
        sources[0] = source("nftables", "failed", clean(str(error)))
        return rules._replace(readable=False)
    sources[0]["detail"] = "; ".join(remarks)
    return rules._replace(
        blocking=found.blocking,
        translating=found.translating,
        tell=lambda rule: told(_told_by_iptables(rule), found.sets),
        banned=found.sets.banned,
    )


def _saved(chains: Chains, status: str, sources: Sources) -> list[tuple[str, Saved]]:
    """Return the rulesets of iptables by family, where there can be any."""
    if status == "denied":
        sources.append(source("iptables-save", "denied", NEEDS_ROOT))
        return []
    found = []
    for family, program in PROGRAMS.items():
        legacy = bool((read_text(LEGACY[family]).text or "").strip())
        in_nftables = any(key[0] == family and key[1] in TABLES and key[2] in BUILT_IN for key in chains)
        kinds = {"-legacy": legacy, "-nft": in_nftables, "": status != "ok"}
        for name in _programs(program, [kind for kind, wanted in kinds.items() if wanted]):
            saved = _save(name, sources)
            found += [(family, saved)] if saved else []
    return found


def _programs(program: str, kinds: t.Sequence[str]) -> list[str]:
    """Return what prints the rules that the kernel's old interface and nftables hold, each once.

    The program without a kind in its name is of one kind or the other; its answer tells which.
    """
    from ._command import find

    names = [program + kind + "-save" for kind in kinds]
    return list(dict.fromkeys(name if find(name) else program + "-save" for name in names))


def _save(name: str, sources: Sources) -> Saved | None:
    from ._command import run
    from ._iptables import parse_save

    read = run([name, "-c"])
    sources.append(source(name, read.status, read.detail))
    try:
        return None if read.text is None else parse_save(read.text)
    except ValueError as error:
        sources[-1] = source(name, "failed", clean(str(error)))
        return None
