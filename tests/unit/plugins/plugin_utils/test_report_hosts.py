# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of hosts folded into ranges."""

from __future__ import annotations

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._report_hosts import host_list, worst_states
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils import report_samples


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param([], "", id="none"),
        pytest.param(["db1"], "db1", id="one"),
        pytest.param(["web10", "web9", "web11"], "web[9-11]", id="widths without zeros"),
        pytest.param(["web%03d" % number for number in range(1, 301)], "web[001-300]", id="padded beyond the zeros"),
        pytest.param(["web1", "web01"], "web01, web1", id="padded and not are two series"),
        pytest.param(["w1", "w3", "w4", "w7"], "w[1,3-4,7]", id="gaps"),
        pytest.param(["w%d" % number for number in range(0, 40, 2)], "w[0,2,4,6,8,10,...]", id="many gaps"),
        pytest.param(["a1.x.example", "a2.x.example", "a1.y.example"], "a[1-2].x.example, a1.y.example", id="domains"),
        pytest.param(["10.0.0.2", "10.0.0.1", "10.0.1.1"], "10.0.0.[1-2], 10.0.1.1", id="addresses"),
        pytest.param(["fe80::1", "fe80::2"], "fe80::[1-2]", id="IPv6"),
        pytest.param(["a", "a-1"], "a, a-1", id="no number is no number"),
        pytest.param(["a", "b", "c", "d", "e", "f"], "a, b, c, d +2 more", id="rest"),
        pytest.param(["z1", "z2", "z3", "a"], "z[1-3], a", id="largest first"),
        pytest.param(["x" * 5000], "%s..." % ("x" * 97), id="long"),
        pytest.param(["9" * 3000], "%s...%s" % ("9" * 97, "9" * 3), id="long number"),
    ],
)
def test_host_list(names: list[str], expected: str) -> None:
    assert host_list(names) == expected


def test_width_keeps_at_least_one() -> None:
    assert host_list(["aaaa", "bbbb", "cccc"], width=10) == "aaaa, bbbb +1 more"
    assert host_list(["aaaa", "bbbb"], width=2) == "aaaa +1 more"


def test_worst_states_come_worst_first() -> None:
    assert list(worst_states(report_samples.recorded("three_hosts")).items()) == [
        ("web2", "unreachable"),
        ("db1", "critical"),
        ("web1", "warning"),
    ]


def test_waived_and_unknown_make_no_host_bad() -> None:
    document = report_samples.recorded("three_hosts")
    document["findings"] = [one for one in document["findings"] if one["status"] != "deviation"]
    assert worst_states(document) == {"web2": "unreachable", "db1": "partial", "web1": "ok"}
