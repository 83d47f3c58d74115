# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables behind diagnoses name causes and rules that exist."""

from __future__ import annotations

import itertools

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._background import (
    BACKGROUND,
    BY_STRANGERS,
    INTENDED,
)
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._catalogue import merged
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._evidence import AT_SERVER
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._explains import (
    EXPLAINS,
    VICTIMS,
    explains,
    known_causes,
    mutual,
)
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._timers_of import CAUSES as TIMED
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils.fleet_samples import topics

CAUSES = merged(topics()["causes"])
RULES = merged(topics()["rules"])


def test_every_cause_of_the_tables_is_one_of_the_taxonomy() -> None:
    told = {*known_causes(), *INTENDED, *BY_STRANGERS, *AT_SERVER, *VICTIMS, *TIMED.values()}
    assert told <= set(CAUSES), told - set(CAUSES)


def test_every_rule_of_the_background_exists() -> None:
    assert set(BACKGROUND) <= set(RULES), BACKGROUND - set(RULES)


def test_no_cause_explains_itself_in_a_circle() -> None:
    """Of two that explain each other the better proven one wins; three in a circle would have no winner."""
    for first, second, third in itertools.permutations(EXPLAINS, 3):
        circle = explains(first, second) and explains(second, third) and explains(third, first)
        assert not circle or mutual(first, second) or mutual(second, third) or mutual(third, first)
