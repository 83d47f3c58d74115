# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The largest packet that arrives unfragmented, and whether larger ones vanish without a word."""

from __future__ import annotations

import socket
import typing as t

from ._echo import ECHO_HEADER, IP_BYTES, Echo

SMALLEST_MTU: dict[int, int] = {socket.AF_INET: 576, socket.AF_INET6: 1280}
MOST_ROUNDS = 10
CHANCE = 0.003
"""So seldom may bad luck look like a size that does not pass."""

STEP_CHANCE = 0.05
MOST_TRIES = 3


def path_mtu(echo: Echo, wait_s: float) -> dict[str, t.Any]:
    """Return {mtu_bytes, link_mtu_bytes, black_hole} toward an address that answers to echo requests.

    `black_hole` is true when packets larger than `mtu_bytes` vanish and no ICMP error says why (RFC 2923 section 2.1).
    `mtu_bytes` is None when so much is lost that it cannot be told.
    """
    link = size = echo.mtu()
    while True:
        tries = _tries_without_luck(echo, size, wait_s)
        if tries == 0:
            return {"mtu_bytes": size, "link_mtu_bytes": link, "black_hole": False}
        learned = echo.mtu()
        if learned < size:
            size = learned
        elif tries is None:
            return {"mtu_bytes": None, "link_mtu_bytes": link, "black_hole": False}
        else:
            return {"mtu_bytes": _largest(echo, size, tries, wait_s), "link_mtu_bytes": link, "black_hole": True}


def _tries_without_luck(echo: Echo, size: int, wait_s: float) -> int | None:
    """Return 0 when a packet of `size` bytes arrives, and else how many lost ones in a row mean that a size is too big.

    Small packets go in turn with those of `size` and tell the loss of the path. None when an ICMP error came, or when
    loss explains as well that none arrived.
    """
    lost = 0
    for sent in range(1, MOST_ROUNDS + 1):
        if _arrives(echo, size, wait_s):
            return 0
        if echo.mtu() < size:
            return None
        lost += not _arrives(echo, SMALLEST_MTU[echo.family], wait_s)
        if chance_of_loss(lost, sent, sent) < CHANCE:
            return next(
                (few for few in range(1, MOST_TRIES) if chance_of_loss(lost, sent, few) < STEP_CHANCE), MOST_TRIES
            )
        if lost == sent > MOST_ROUNDS // 2:
            return None
    return None


def chance_of_loss(lost: int, sent: int, more: int) -> float:
    """Return how likely `more` packets are all lost where `lost` of those `sent` were (rule of succession, Laplace)."""
    chance = 1.0
    for further in range(more):
        chance *= (lost + 1 + further) / (sent + 2 + further)
    return chance


def _largest(echo: Echo, too_big: int, tries: int, wait_s: float) -> int:
    """Return the largest size that arrives in one of so many tries; the smallest of all did."""
    low, high = SMALLEST_MTU[echo.family], too_big
    while high - low > 1:
        middle = (low + high) // 2
        passes = any(_arrives(echo, middle, wait_s) for dummy in range(tries))
        low, high = (middle, high) if passes else (low, middle)
    return low


def _arrives(echo: Echo, size: int, wait_s: float) -> bool:
    """Return whether a packet of `size` bytes with its headers is answered."""
    payload = size - IP_BYTES[echo.family] - ECHO_HEADER.size
    try:
        return echo.exchange(max(payload, 0), wait_s) is not None
    except OSError:  # larger than the link, or an ICMP error came
        return False
