# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bundle: which families are read, and what becomes of one that fails."""

from __future__ import annotations

import time
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _bundle, _deadline, _families

EVERYDAY = [name for name, family in _families.FAMILIES.items() if family.everyday]


@pytest.mark.parametrize(
    ("subset", "expected"),
    [
        pytest.param(["all"], EVERYDAY, id="all"),
        pytest.param([], EVERYDAY, id="nothing-said"),
        pytest.param(["all", "trace"], list(_families.FAMILIES), id="all-and-trace"),
        pytest.param(["sysctl", "interface"], ["interface", "sysctl"], id="two"),
        pytest.param(["!sshd_log"], [name for name in EVERYDAY if name != "sshd_log"], id="all-but-one"),
        pytest.param(["all", "!route"], [name for name in EVERYDAY if name != "route"], id="all-and-out"),
        pytest.param(["route", "!route"], [], id="in-and-out"),
        pytest.param(["!all"], [], id="none"),
        pytest.param(["!all", "sysctl"], ["sysctl"], id="only"),
    ],
)
def test_chosen_families(subset: list[str], expected: list[str]) -> None:
    assert _families.chosen(subset) == expected


def test_an_unknown_family_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match="no family is called sockets; there are all, interface"):
        _families.chosen(["sockets"])


@pytest.fixture(name="families")
def three_families(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a good, a broken and a slow family in place of the real ones."""

    def good(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        return {"sources": [], "since": options["since"]}

    def broken(dummy: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        raise RuntimeError("bad \x1b[1mtext")

    def slow(dummy: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        try:
            time.sleep(30)
        except Exception:  # the limit must pass through readers that catch everything
            pass
        return {"sources": []}

    table = {
        "good": _families.Family("peer_good", good),
        "broken": _families.Family("peer_broken", broken),
        "slow": _families.Family("peer_slow", slow),
    }
    monkeypatch.setattr(_families, "FAMILIES", table)
    monkeypatch.setattr(_bundle, "FAMILIES", table)


@pytest.mark.usefixtures("families")
def test_a_family_that_fails_does_not_fail_the_others() -> None:
    facts = _bundle.collect(["all"], 0.05, {"since": "1h", "window": 0.0})
    assert facts["peer_good"] == {"sources": [], "since": "1h"}
    (failed,) = facts["peer_broken"]["sources"]
    assert failed == {"name": "broken", "status": "failed", "detail": "RuntimeError: bad \\x1b[1mtext"}
    (late,) = facts["peer_slow"]["sources"]
    assert late["status"] == "failed" and "gather_timeout" in late["detail"]
    states = {name: entry["status"] for name, entry in facts["peer_gathering"]["families"].items()}
    assert states == {"good": "ok", "broken": "failed", "slow": "failed"}


def test_counters_are_read_twice_around_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def collect(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        order.append("collect")
        return {"first": options["first"]}

    def sample() -> str:
        order.append("sample")
        return "then"

    table = {
        "plain": _families.Family("peer_plain", collect),
        "counter": _families.Family("peer_counter", collect, sample),
    }
    monkeypatch.setattr(_families, "FAMILIES", table)
    monkeypatch.setattr(_bundle, "FAMILIES", table)
    facts = _bundle.collect(["all"], 5.0, {"window": 0.1})
    assert order == ["sample", "collect", "collect"]
    assert facts["peer_plain"] == {"first": None} and facts["peer_counter"] == {"first": "then"}
    assert _bundle.collect(["all"], 5.0, {"window": 0.0})["peer_counter"] == {"first": None}


def test_a_deadline_of_zero_never_comes() -> None:
    with _deadline.deadline(0):
        assert sum(range(10)) == 45


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n', "Debian GNU/Linux 12 (bookworm)", id="quoted"
        ),
        pytest.param("PRETTY_NAME='Alpine Linux v3.20'", "Alpine Linux v3.20", id="single-quotes"),
        pytest.param(
            'NAME="CentOS Linux"\nVERSION="7 (Core)"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"\n'
            'PRETTY_NAME="CentOS Linux 7 (Core)"\nANSI_COLOR="0;31"\n\nCENTOS_MANTISBT_PROJECT="CentOS-7"\n',
            "CentOS Linux 7 (Core)",
            id="centos-7",
        ),
        pytest.param(
            'NAME="Red Hat Enterprise Linux"\nVERSION="7.3"\nVARIANT_ID="ovirt-node"\n'
            'PRETTY_NAME="Red Hat Virtualization Host 4.0 (el7.3)"\n\n# FIXME\n# REDHAT_BUGZILLA_PRODUCT_VERSION=7.3\n',
            "Red Hat Virtualization Host 4.0 (el7.3)",
            id="rhel-7-with-comments",
        ),
        pytest.param(
            'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.16.2\nPRETTY_NAME="Alpine Linux v3.16"\n',
            "Alpine Linux v3.16",
            id="alpine",
        ),
        pytest.param("ID=x\n", None, id="absent"),
        pytest.param("PRETTY_NAME=\n", None, id="empty"),
    ],
)
def test_distribution(text: str, expected: str | None) -> None:
    assert _bundle.distribution(text) == expected
