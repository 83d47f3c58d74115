# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue that is shipped: every rule, remediation, cause and kind of box in roles/diagnose/vars/main."""

from __future__ import annotations

import json
import pathlib
import re
import typing as t

import jmespath
import pytest
import yaml

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._catalogue import FIELDS, catalogue, merged
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._expressions import expression
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._fixes import (
    placeholders,
    rendered,
    with_steps,
)
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._fleet import Fleet
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._keepalive import declared_path
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._operators import judge
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._peers import Peer, observed_peer

ROOT = pathlib.Path(__file__).resolve().parents[3]
TOPICS = sorted((ROOT / "roles" / "diagnose" / "vars" / "main").glob("*.yml"))
RECORDED = sorted((ROOT / "tests" / "fixtures" / "peers").glob("*.json"))

SENDERS = {"remote-kernel", "remote-app", "local-kernel", "middlebox", "none"}
GROUPS = {"setup", "endpoint", "idle", "limits", "path", "host", "product", "sshd"}
ON_EXPIRY = {"reset", "silent", "close", "depends on its rules"}
KEBAB_CASE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
JINJA = re.compile(r"\{\{|\{%|\{#")
TASK_KEYWORDS = set("name block rescue when loop register become changed_when failed_when check_mode vars".split())

OPTIONAL = {"when", "want", "unit", "evidence"}


def variables(prefix: str) -> list[dict[str, t.Any]]:
    """Return the top-level variables of all topics whose name begins with `prefix`."""
    found = []
    for path in TOPICS:
        for name, value in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if name.startswith(prefix):
                found.append(value)
    return found


RULES = merged(variables("diagnose_rules_"))
WRITTEN = merged(variables("diagnose_fixes_"))
FIXES = with_steps(WRITTEN)
CAUSES = merged(variables("diagnose_causes_"))
KINDS = merged(variables("diagnose_path_kinds"))

every_rule = pytest.mark.parametrize("rule_id", sorted(RULES))
every_fix = pytest.mark.parametrize("fix_id", sorted(FIXES))
every_cause = pytest.mark.parametrize("cause_id", sorted(CAUSES))
every_topic = pytest.mark.parametrize("path", TOPICS, ids=lambda path: path.stem)


def texts(value: t.Any) -> t.Iterator[str]:
    """Yield every text in a value, keys included."""
    if isinstance(value, str):
        yield value
    for part in value.items() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ():
        yield from texts(part)


def test_the_catalogue_is_accepted_as_a_whole() -> None:
    assert len(catalogue(RULES, FIXES, CAUSES)) == len(RULES)


def test_the_catalogue_is_large_enough_to_be_useful() -> None:
    assert len(RULES) >= 35
    assert len(CAUSES) == 105


@every_topic
def test_a_topic_holds_plain_data_under_the_names_of_the_role(path: pathlib.Path) -> None:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert all(name.startswith("diagnose_") for name in data)
    assert not [text for text in texts(data) if JINJA.search(text)]


@every_topic
def test_a_topic_names_no_entry_twice(path: pathlib.Path) -> None:
    keys = re.findall(r"^  ([a-z0-9-]+):", path.read_text(encoding="utf-8"), re.MULTILINE)
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert len(keys) == sum(len(entries) for entries in data.values())


@every_rule
def test_a_rule_has_its_fields_in_order(rule_id: str) -> None:
    assert KEBAB_CASE.fullmatch(rule_id)
    fields = RULES[rule_id]
    assert list(fields) == [name for name in FIELDS if name in fields]
    assert set(FIELDS) - set(fields) <= OPTIONAL
    assert ("want" in fields) is (fields["op"] != "empty")


@every_rule
def test_a_rule_says_what_is_wrong_and_why(rule_id: str) -> None:
    fields = RULES[rule_id]
    assert len(fields["title"]) <= 90
    assert not fields["title"].endswith(".")
    assert fields["why"].endswith(".")
    assert len(fields["source"]) >= 8


@every_rule
def test_the_examples_of_a_rule_pass_and_deviate(rule_id: str) -> None:
    fields = RULES[rule_id]
    examples = fields["examples"]
    assert set(examples) == {"ok", "deviation"}
    assert judge(fields["op"], examples["ok"], fields.get("want")) == ("ok", "")
    assert judge(fields["op"], examples["deviation"], fields.get("want")) == ("deviation", "")


@every_rule
def test_the_remediation_of_a_rule_is_complete(rule_id: str) -> None:
    fields = RULES[rule_id]
    observed = fields["examples"]["deviation"]
    fix = rendered(fields, FIXES, "web1", observed, 7 if "want_from" in str(fields["fix"]) else None)
    assert fix is not None
    assert not [text for text in texts(fix) if placeholders(text)]
    if fix["task"]:
        tasks = yaml.safe_load(fix["task"])
        assert len(tasks) == 1
        assert tasks[0]["name"]


@every_rule
def test_settings_are_called_settings(rule_id: str) -> None:
    fields = RULES[rule_id]
    if re.search(r'^peer_sysctls\.values\.".*"\.running$', fields["fact"]) and "count" not in fields["fact"]:
        assert set(fields["supports"].values()) <= {"setting"}


@every_fix
def test_a_remediation_reads_well_and_uses_builtin_modules(fix_id: str) -> None:
    fix = FIXES[fix_id]
    assert KEBAB_CASE.fullmatch(fix_id)
    assert set(fix) <= {"text", "command", "task"}
    assert fix["text"].endswith(".")
    assert fix.get("command") or fix.get("task")
    modules = [key for task in blocks(fix.get("task") or {}) for key in task if key not in TASK_KEYWORDS]
    assert all(module.startswith("ansible.builtin.") for module in modules)
    assert not fix.get("task") or modules


def blocks(task: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """Return the task itself, and the tasks of its blocks."""
    return [task, *(inner for part in ("block", "rescue") for one in task.get(part, ()) for inner in blocks(one))]


def test_every_remediation_is_used() -> None:
    used: set[str] = set()
    for fields in RULES.values():
        fix = fields["fix"]
        used |= {fix} if isinstance(fix, str) else {fix["id"], *fix.get("by_observed", {}).values()}
    assert used | {fix["steps"]["id"] for fix in WRITTEN.values() if "steps" in fix} == set(FIXES)


def test_files_of_sysctl_and_sshd_are_written_by_few_remediations_that_the_others_share() -> None:
    tasks = {name: json.dumps(fix.get("task", "")) for name, fix in WRITTEN.items()}
    writers = {name for name, task in tasks.items() if "sysctl.d/" in task or "sshd_config.d/" in task}
    assert writers == {"sysctl", "sysctl-keepalive-set", "interface-arp", "neighbour-limits", "sshd-setting"}


@every_cause
def test_a_cause_explains_itself(cause_id: str) -> None:
    cause = CAUSES[cause_id]
    assert list(cause) == ["title", "group", "rst_sender", "user_sees", "explanation", "remediation", "sources"]
    assert KEBAB_CASE.fullmatch(cause_id)
    assert cause["group"] in GROUPS
    assert cause["rst_sender"] and set(cause["rst_sender"]) <= SENDERS
    assert cause["user_sees"]
    assert len(cause["title"]) <= 90 and not cause["title"].endswith(".")
    assert 60 <= len(cause["explanation"]) <= 400 and cause["explanation"].endswith(".")
    assert cause["sources"] and all(len(source) >= 5 for source in cause["sources"])
    assert cause["remediation"]
    for step in cause["remediation"]:
        assert list(step) == ["text", "command", "automatic"]
        assert step["text"].endswith(".")
        assert step["automatic"] is False


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_of_box_is_complete(kind: str) -> None:
    box = KINDS[kind]
    assert list(box) == ["title", "idle_timeout_s", "layer", "on_expiry", "cause", "source"]
    assert box["layer"] in (4, 7)
    assert box["on_expiry"] in ON_EXPIRY
    assert box["cause"] in CAUSES
    assert declared_path([{"name": "x", "kind": kind}], KINDS)[0].idle_timeout_s == box["idle_timeout_s"]


def recorded_peers() -> list[Peer]:
    """Return the recorded peers, each behind one declared box of every kind."""
    hops = declared_path([{"name": kind, "kind": kind} for kind in KINDS], KINDS)
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in RECORDED}
    return [
        observed_peer(name, {"status": "ok", "facts": facts.get("ansible_facts", facts)}, hops)
        for name, facts in found.items()
    ]


def fleet_facts(peers: list[Peer]) -> dict[str, t.Any]:
    """Return what the recorded peers show side by side."""
    fleet = Fleet()
    for peer in peers:
        fleet.add(peer)
    return fleet.facts()


def subject_path(text: str) -> str | None:
    """Return the path that an expression begins with, or None when it begins otherwise."""
    found = re.match(r'(?:[A-Za-z_]\w*|"[^"]*")(?:\.(?:[A-Za-z_]\w*|"[^"]*"))*(?!\w*\()', text)
    return found.group() if found else None


def stands(path: str, facts: dict[str, t.Any], exactly: bool) -> bool:
    """Return whether facts have a place for `path`; `exactly` also asks for its last name, whose value may be null.

    What is rare, such as a table that was full or a database that runs, has its place without a recorded case.
    """
    if expression(path)(facts).value is not None:
        return True
    *parents, leaf = re.findall(r'"[^"]*"|\w+', path)
    held = expression(".".join(parents))(facts).value if parents else facts
    if exactly or held is not None or len(parents) < 3:
        return held is not None and (not exactly or leaf.strip('"') in held)
    return expression(".".join(parents[:-1]))(facts).value is not None


@every_rule
def test_a_rule_selects_what_jmespath_selects(rule_id: str) -> None:
    for text in filter(None, map(RULES[rule_id].get, ("when", "fact", "evidence"))):
        for peer in recorded_peers():
            try:
                expected = jmespath.search(text, peer.facts)
            except ValueError:
                assert expression(text)(peer.facts).detail
            else:
                assert expression(text)(peer.facts) == (expected, "")


@pytest.mark.skipif(not RECORDED, reason="no peer has been recorded in tests/fixtures/peers yet")
@every_rule
def test_what_a_rule_looks_at_is_in_recorded_facts(rule_id: str) -> None:
    fields = RULES[rule_id]
    if fields["scope"] == "flow":
        pytest.skip("flows are derived from several peers, and tested where they are derived")
    peers = recorded_peers()
    subjects = [peer.facts for peer in peers] if fields["scope"] == "peer" else [{"fleet": fleet_facts(peers)}]
    applies = [facts for facts in subjects if "when" not in fields or expression(fields["when"])(facts).value]
    for name in ("when", "fact", "evidence"):
        text = fields.get(name)
        path = subject_path(text) if text else None
        among = subjects if name == "when" else applies
        looked_at = [facts for facts in among if path and path.partition(".")[0] in facts]
        if path and looked_at:
            assert any(stands(path, facts, name == "fact") for facts in looked_at), name
