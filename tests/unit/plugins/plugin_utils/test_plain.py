# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's values become data that JMESPath accepts."""

from __future__ import annotations

# pylint: disable=unidiomatic-typecheck,invalid-str-returned
import collections
import datetime
import json
import typing as t

import jmespath
import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._plain import plain


class Text(str):
    """A text of a subclass that answers str() with itself, as unsafe text does."""

    def __str__(self) -> str:
        return self


class Number(int):
    """A number of a subclass."""


class Share(float):
    """A fraction of a subclass."""


def kinds(value: t.Any) -> set[type]:
    """Return the types of everything in `value`."""
    if type(value) is dict:
        return {dict}.union(*(kinds(part) for pair in value.items() for part in pair))
    if type(value) is list:
        return {list}.union(*(kinds(part) for part in value))
    return {type(value)}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(Text("x"), "x", id="text"),
        pytest.param(Number(3), 3, id="number"),
        pytest.param(Share(0.5), 0.5, id="fraction"),
        pytest.param(True, True, id="truth"),
        pytest.param(None, None, id="none"),
        pytest.param(b"\xffa", "\\xffa", id="bytes"),
        pytest.param(datetime.date(2027, 1, 31), "2027-01-31", id="date"),
        pytest.param((1, Text("a")), [1, "a"], id="tuple"),
        pytest.param({"b", "a"}, ["a", "b"], id="set"),
        pytest.param(collections.OrderedDict({Text("k"): Text("v"), 5: 6}), {"k": "v", "5": 6}, id="mapping"),
        pytest.param(collections.ChainMap({"a": 1}, {"b": 2}), {"a": 1, "b": 2}, id="other-mapping"),
    ],
)
def test_plain_keeps_the_value_and_drops_the_type(value: t.Any, expected: t.Any) -> None:
    found = plain(value)
    assert found == expected
    assert kinds(found) == kinds(json.loads(json.dumps(expected)))


def test_plain_refuses_what_is_no_data() -> None:
    with pytest.raises(TypeError, match="not plain data: object"):
        plain({"a": [object()]})


def test_typed_functions_work_on_values_that_ansible_tagged() -> None:
    template = pytest.importorskip("ansible.template")
    if not hasattr(template, "trust_as_template"):
        pytest.skip("this ansible-core does not tag values")
    facts = {"name": template.trust_as_template("eth0"), "list": [template.trust_as_template("b")]}
    assert type(facts["name"]) is not str
    assert kinds(plain(facts)) == {dict, list, str}
    assert jmespath.search("starts_with(name, 'eth')", plain(facts)) is True
