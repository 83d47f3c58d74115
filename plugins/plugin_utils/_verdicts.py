# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much evidence says: from strengths to a verdict and a score."""

from __future__ import annotations

import typing as t

WEIGHTS = {"supporting": 0.3, "conclusive": 0.9}
SETTINGS_TOGETHER = 0.2
AGAINST = 0.5


def verdict(strengths: t.Sequence[str]) -> str:
    """Return `confirmed`, `likely` or `possible`.

    Confirmed needs something conclusive and nothing against it; likely needs two pieces, one of which is more than
    a setting; settings alone, or a single piece, make a cause possible.
    """
    proofs = strengths.count("conclusive")
    if proofs and "excluding" not in strengths:
        return "confirmed"
    stronger = proofs + strengths.count("supporting")
    return "likely" if stronger and stronger + strengths.count("setting") >= 2 else "possible"


def score(strengths: t.Sequence[str]) -> float:
    """Return how much speaks for a cause, from 0 to 1; each piece for it raises the score, one against lowers it.

    Pieces are taken as independent. Settings count together and stay below one supporting piece.
    """
    doubt = SETTINGS_TOGETHER * 0.5 ** strengths.count("setting") + 1 - SETTINGS_TOGETHER
    for strength in strengths:
        doubt *= 1 - WEIGHTS.get(strength, 0.0)
    return round((1 - doubt) * AGAINST ** strengths.count("excluding"), 4)
