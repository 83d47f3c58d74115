# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts stay small."""

from __future__ import annotations

import copy
import json

from ansible_collections.netdoctor.connection_reset.plugins.module_utils._bounds import shrink, size_bytes, take


def test_size_is_that_of_the_json_a_module_sends() -> None:
    value = {"a": [1, 2, {"b": "\u00e9"}], "c": None}
    assert size_bytes(value) == len(json.dumps(value))


def test_take_keeps_the_first_rows_that_fit() -> None:
    rows = [{"n": number} for number in range(1000)]
    kept = take(rows, 100)
    assert kept == rows[: len(kept)] and kept
    assert size_bytes(kept) <= 100 < size_bytes(rows[: len(kept) + 1]) + 2


def test_shrink_leaves_what_fits() -> None:
    facts = {"peer_a": {"rows": list(range(20))}}
    before = copy.deepcopy(facts)
    shrink(facts, 10_000)
    assert facts == before


def test_shrink_cuts_the_largest_list_and_says_so() -> None:
    facts = {
        "peer_a": {"rows": [{"text": "x" * 50} for dummy in range(400)], "total": 400},
        "peer_b": {"deep": {"rows": list(range(10))}},
    }
    shrink(facts, 6000)
    assert size_bytes(facts["peer_a"]) + size_bytes(facts["peer_b"]) <= 6000
    assert facts["peer_a"]["truncated"] is True
    assert facts["peer_a"]["cut"] == {"rows": 400}
    assert facts["peer_b"] == {"deep": {"rows": list(range(10))}}


def test_shrink_ends_when_nothing_can_be_cut() -> None:
    facts = {"peer_a": {"text": "x" * 1000}}
    shrink(facts, 10)
    assert facts == {"peer_a": {"text": "x" * 1000}}


def test_shrink_cuts_elsewhere_when_the_largest_family_has_no_list() -> None:
    facts = {"peer_a": {"text": "x" * 1000}, "peer_b": {"rows": list(range(100))}}
    shrink(facts, 1200)
    assert facts["peer_b"]["cut"] == {"rows": 100}
    assert size_bytes(facts["peer_a"]) + size_bytes(facts["peer_b"]) <= 1200
