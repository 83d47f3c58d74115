# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report in all its formats: the schema of the document, golden texts, size and growth."""

from __future__ import annotations

import copy
import json
import pathlib
import time
import typing as t

import jsonschema
import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils import _report
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils import report_samples

SCHEMA_FILE = pathlib.Path(__file__).resolve().parents[4] / "roles" / "diagnose" / "files" / "report.schema.json"
SCHEMA = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

Document = dict[str, t.Any]
REMOVED = "(removed)"


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def _references(part: t.Any) -> t.Iterator[str]:
    if isinstance(part, dict):
        yield from [part["$ref"]] if "$ref" in part else []
    for member in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _references(member)


def test_every_definition_is_used() -> None:
    assert {name.rpartition("/")[2] for name in _references(SCHEMA)} == set(SCHEMA["$defs"])


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: report_samples.recorded("healthy"), id="healthy"),
        pytest.param(lambda: report_samples.recorded("three_hosts"), id="three_hosts"),
        pytest.param(lambda: report_samples.fleet(40), id="fleet"),
        pytest.param(report_samples.hostile, id="hostile"),
    ],
)
def test_samples_satisfy_the_schema_and_come_back_from_json(make: t.Callable[[], Document]) -> None:
    document = make()
    VALIDATOR.validate(document)
    assert json.loads(_report.render(document, ["json"])["report.json"]) == document


def _changed(document: Document, path: tuple[t.Any, ...], value: t.Any) -> Document:
    changed = copy.deepcopy(document)
    place = changed
    for step in path[:-1]:
        place = place[step]
    if value is REMOVED:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), "2.0"),
        (("schema_version",), REMOVED),
        (("generated_at",), "yesterday"),
        (("extra",), 1),
        (("invocation", "port"), 70000),
        (("invocation", "since"), REMOVED),
        (("summary", "hosts"), -1),
        (("summary", "findings", "ok"), REMOVED),
        (("summary", "diagnoses", "certain"), 1),
        (("hosts", "db1", "status"), "fine"),
        (("hosts", "web2", "reason"), ""),
        (("hosts", "db1", "not_observed", 0, "why"), REMOVED),
        (("hosts", "db1", "checks", "waived"), "0"),
        (("findings", 0, "status"), "ok"),
        (("findings", 0, "severity"), "error"),
        (("findings", 0, "fix", "task"), REMOVED),
        (("findings", 0, "evidence"), None),
        (("findings", 0, "supports"), {}),
        (("findings", 0, "waiver"), {"reason": "r", "until": None}),
        (("findings", 6, "waiver"), REMOVED),
        (("findings", 7, "detail"), REMOVED),
        (("diagnoses", 0, "verdict"), "certain"),
        (("diagnoses", 0, "evidence", 0, "strength"), "strong"),
        (("diagnoses", 0, "remediation", 0, "automatic"), "yes"),
        (("diagnoses", 0, "score"), None),
    ],
    ids=str,
)
def test_schema_refuses(path: tuple[t.Any, ...], value: t.Any) -> None:
    assert not VALIDATOR.is_valid(_changed(report_samples.recorded("three_hosts"), path, value))


@pytest.mark.parametrize("name", report_samples.RECORDED)
@pytest.mark.parametrize("file_name", ["report.json", "report.md", "report.html", "junit.xml"])
def test_golden(name: str, file_name: str) -> None:
    folder = report_samples.FIXTURES
    golden = folder / ("%s.json" % name) if file_name == "report.json" else folder / name / file_name
    assert _report.render(report_samples.recorded(name))[file_name] == golden.read_text(encoding="utf-8"), (
        "after a change that is meant: python %s" % report_samples.__file__
    )


def test_only_wanted_formats_are_made() -> None:
    document = report_samples.recorded("healthy")
    assert list(_report.render(document, ["junit", "md"])) == ["junit.xml", "report.md"]
    assert _report.render(document, []) == {}


def test_unknown_format_is_named() -> None:
    with pytest.raises(ValueError, match="unknown report format pdf; known are json, md, html, junit"):
        _report.render(report_samples.recorded("healthy"), ["json", "pdf"])


def test_order_of_hosts_and_findings_in_the_document_does_not_matter_for_readers() -> None:
    document = report_samples.fleet(30)
    shuffled = {**document, "hosts": dict(reversed(document["hosts"].items()))}
    for file_name in ("report.md", "report.html", "junit.xml"):
        assert _report.render(document)[file_name] == _report.render(shuffled)[file_name]


def test_json_has_one_line_per_entry_and_no_number_that_json_lacks() -> None:
    document = report_samples.recorded("three_hosts")
    document["findings"][0]["observed"] = float("nan")
    text = _report.render(document, ["json"])["report.json"]
    assert json.loads(text)["findings"][0]["observed"] is None
    assert sum(line.startswith('  {"rule"') for line in text.splitlines()) == len(document["findings"])


def _seconds(document: Document) -> float:
    started = time.process_time()
    _report.render(document)
    return time.process_time() - started


def test_thousand_hosts_are_written_in_linear_time_and_sensible_size() -> None:
    small, large = report_samples.fleet(100), report_samples.fleet(1000)
    _report.render(small)
    assert _seconds(large) < 20 * min(_seconds(small) for _attempt in range(3)) + 0.5
    sizes = {name: len(text) for name, text in _report.render(large).items()}
    assert sizes["report.html"] < 5_000_000
    assert sizes["report.md"] < 65_536
    assert max(sizes.values()) < 15_000_000
