# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded rtnetlink answers, each beside what ip(8) or tc(8) said: tests/fixtures/capture_rtnetlink.py made them."""

from __future__ import annotations

import json
import pathlib
import typing as t

FIXTURES = pathlib.Path(__file__).resolve().parents[3] / "fixtures"


def cases(folder: str, pattern: str) -> list[pathlib.Path]:
    """Return the recordings of a kind, one for each kernel."""
    found = sorted((FIXTURES / folder).glob(pattern + "-linux-*.bin"))
    assert found, pattern
    return found


def name_of(path: pathlib.Path) -> str:
    """Return the id of a test."""
    return path.stem


def answer(path: pathlib.Path) -> memoryview:
    """Return the messages of a recording."""
    return memoryview(path.read_bytes())


def told(path: pathlib.Path) -> list[dict[str, t.Any]]:
    """Return what the command said of the same things."""
    return t.cast("list[dict[str, t.Any]]", json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
