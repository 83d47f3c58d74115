# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report document as a whole."""

from __future__ import annotations

import datetime
import json

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._document import SCHEMA_VERSION, document
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._version import ROOT, collection_version
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils.catalogue_samples import (
    CAUSES,
    FIXES,
    RULES,
    peer,
)

NOW = datetime.datetime(2026, 11, 20, 12, 0, tzinfo=datetime.timezone.utc)
GIVEN = {
    "rules": [RULES],
    "fixes": [FIXES],
    "causes": [CAUSES],
    "client": "web1",
    "port": 22,
    "server": "",
    "since": "24h",
}


def test_the_document_has_the_parts_of_the_report() -> None:
    found = document({"web1": peer(7200)}, GIVEN, NOW)
    assert list(found) == [
        *("schema_version", "generated_at", "collection_version", "invocation"),
        *("summary", "hosts", "findings", "diagnoses", "warnings", "paths"),
        *("connectivity", "timeouts", "counters", "unguarded", "reset_sources", "timeline", "blind_spots"),
    ]
    assert (found["schema_version"], found["generated_at"]) == (SCHEMA_VERSION, "2026-11-20T12:00:00Z")
    assert found["invocation"] == {
        "client": "web1",
        "server": None,
        "server_address": None,
        "port": 22,
        "window_s": None,
        "since": "24h",
    }


def test_the_document_is_json_and_the_same_each_time() -> None:
    once, again = (json.dumps(document({"web1": peer(7200)}, GIVEN, NOW)) for _time in range(2))
    assert once == again


def test_the_clock_is_asked_when_no_time_is_given() -> None:
    moment = datetime.datetime.fromisoformat(document({}, GIVEN)["generated_at"].replace("Z", "+00:00"))
    assert abs(datetime.datetime.now(datetime.timezone.utc) - moment) < datetime.timedelta(minutes=5)


def test_the_version_is_the_one_of_the_collection() -> None:
    version = collection_version()
    galaxy, manifest = ROOT / "galaxy.yml", ROOT / "MANIFEST.json"
    assert version in (galaxy if galaxy.exists() else manifest).read_text(encoding="utf-8")
