# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sysctl_facts on recorded trees: which file counts, what drifts, what is missing.

Where the recordings of other kernels and distributions are from: tests/fixtures/README.md.
"""

from __future__ import annotations

import json
import pathlib
import re
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _bounds, _read, _sysctl_names, _sysctls

FIXTURES = pathlib.Path(__file__).resolve().parents[3] / "fixtures" / "sysctl"
CASES = sorted(path.stem for path in FIXTURES.glob("*.txt"))
APPLIED = [name for name in CASES if name.startswith("precedence-")]
SECTION = re.compile(r"^==> (\S+?)(?: -> (\S+))? <==$|^==> (sysctl -a) <==$", re.MULTILINE)


def unpacked(case: str, root: pathlib.Path) -> list[str]:
    """Lay a recorded tree out below `root`; return the names of the sysctls in it.

    A section is a file (`==> /etc/sysctl.conf <==`), a link (`==> name -> target <==`), a directory (`==> name/ <==`)
    or the running values (`==> sysctl -a <==`).
    """
    parts = SECTION.split((FIXTURES / (case + ".txt")).read_text())[1:]
    names = []
    for path, target, running, content in zip(*[iter(parts)] * 4):
        place = root / (path or "").lstrip("/")
        if running:
            names = _running(content.strip(), root / "proc" / "sys")
            continue
        (place if path.endswith("/") else place.parent).mkdir(parents=True, exist_ok=True)
        if target:
            place.symlink_to(target)
        elif not path.endswith("/"):
            place.write_text(content.lstrip("\n") if content != "\n" else "")
    return names


def _running(content: str, tree: pathlib.Path) -> list[str]:
    names = []
    for line in content.splitlines():
        name, dummy, value = line.partition(" =")
        place = tree / _sysctl_names.path_of(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(value.strip() + "\n")
        names.append(name)
    return names


@pytest.fixture(name="gathered")
def gather(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., dict[str, t.Any]]:
    """Return a function that gathers the fact from a recorded tree, for all sysctls in it."""

    def of_case(case: str, **options: t.Any) -> dict[str, t.Any]:
        monkeypatch.setattr(_read, "ROOT", str(tmp_path))
        names = unpacked(case, tmp_path)
        return _sysctls.collect(**{"names": [name for name in names if name != "kernel.osrelease"], **options})

    return of_case


@pytest.mark.parametrize("case", CASES)
def test_recorded_trees(case: str, gathered: t.Callable[..., dict[str, t.Any]]) -> None:
    expected = json.loads((FIXTURES / (case + ".json")).read_text())
    fact = gathered(case)
    assert {name: fact[name] for name in expected} == expected


@pytest.mark.parametrize("case", APPLIED)
def test_after_the_real_program_nothing_drifts(case: str, gathered: t.Callable[..., dict[str, t.Any]]) -> None:
    """The values are what systemd-sysctl 252, sysctl of procps 4.0.2 or BusyBox 1.35 in turn made of the files."""
    fact = gathered(case)
    drifts = [row["drift"] for row in fact["values"].values()]
    assert fact["drifted"] == []
    assert drifts.count(False) >= 16


def test_defaults_are_those_of_the_recorded_kernel(gathered: t.Callable[..., dict[str, t.Any]]) -> None:
    values = gathered("debian-12-linux-6.1.176")["values"]
    known = {name: row for name, row in values.items() if row["default"] is not None}
    assert len(known) > 50
    assert {name: row["running"] for name, row in known.items()} == {
        name: row["default"] for name, row in known.items()
    }


@pytest.mark.parametrize(
    ("case", "set_by_somebody"),
    [
        ("centos-7-linux-3.10.0-1160", "rp_filter"),
        ("ubuntu-16.04-linux-4.4.0-72", "rp_filter ip_forward"),
        ("ubuntu-20.04-linux-5.4.0-97", "rp_filter ip_forward gc_thresh2 gc_thresh3"),
        ("linux-6.4", "rp_filter ip_forward"),
        ("debian-12-linux-6.18.44", "gc_thresh1 gc_thresh2 gc_thresh3"),
    ],
)
def test_what_nobody_set_has_the_default_of_that_kernel(
    case: str, set_by_somebody: str, gathered: t.Callable[..., dict[str, t.Any]]
) -> None:
    values = gathered(case)["values"]
    known = {name: row for name, row in values.items() if row["default"] is not None}
    differing = {name.rpartition(".")[2] for name, row in known.items() if row["running"] != row["default"]}
    assert differing == set(set_by_somebody.split())
    assert len(known) > 40


@pytest.mark.parametrize(
    ("case", "absent", "there"),
    [
        pytest.param(
            "centos-7-linux-3.10.0-1160",
            "tcp_migrate_req tcp_syn_linear_timeouts tcp_rto_min_us tcp_plb_enabled netdev_budget_usecs enabled",
            "tcp_tw_recycle tcp_fack",
            id="3.10",
        ),
        pytest.param(
            "ubuntu-16.04-linux-4.4.0-72",
            "tcp_migrate_req tcp_min_snd_mss tcp_plb_enabled netdev_budget_usecs enabled",
            "tcp_tw_recycle tcp_fack",
            id="4.4",
        ),
        pytest.param(
            "ubuntu-20.04-linux-5.4.0-97",
            "tcp_migrate_req tcp_tw_recycle tcp_plb_enabled tcp_rto_max_ms enabled",
            "netdev_budget_usecs tcp_rx_skb_cache",
            id="5.4",
        ),
        pytest.param(
            "linux-6.4",
            "tcp_tw_recycle tcp_rto_max_ms tcp_rto_min_us tcp_rx_skb_cache enabled",
            "tcp_migrate_req tcp_plb_enabled tcp_syn_linear_timeouts nf_conntrack_tcp_ignore_invalid_rst",
            id="6.4-without-mptcp",
        ),
        pytest.param(
            "debian-12-linux-6.18.44",
            "tcp_tw_recycle tcp_rx_skb_cache",
            "tcp_migrate_req tcp_plb_enabled tcp_rto_max_ms tcp_rto_min_us tcp_ecn_option enabled",
            id="6.18",
        ),
    ],
)
def test_what_a_kernel_does_not_have_is_absent(
    case: str, absent: str, there: str, gathered: t.Callable[..., dict[str, t.Any]]
) -> None:
    asked = ["net.ipv4.tcp_tw_recycle", "net.ipv4.tcp_plb_enabled", "net.ipv4.tcp_rx_skb_cache"]
    asked += ["net.ipv4.tcp_fack", "net.ipv4.tcp_ecn_option", "net.netfilter.nf_conntrack_tcp_ignore_invalid_rst"]
    fact = gathered(case, names=asked)
    assert set(absent.split()) <= {name.rpartition(".")[2] for name in fact["missing"]}
    assert set(there.split()) <= {name.rpartition(".")[2] for name in fact["values"]}
    assert not set(fact["missing"]) & set(fact["values"])


def test_what_is_not_there_is_missing_and_not_zero(gathered: t.Callable[..., dict[str, t.Any]]) -> None:
    fact = gathered("rhel-8-linux-4.18", names=["net.ipv4.tcp_rto_max_ms", "net.no.such"])
    assert {"net.ipv4.tcp_rto_max_ms", "net.no.such"} <= set(fact["missing"])
    assert not set(fact["missing"]) & set(fact["values"])
    assert fact["conntrack"] is None
    assert fact["local_ports"] is None


def test_nothing_readable_is_said(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    fact = _sysctls.collect()
    assert fact["sources"][0]["status"] == "failed"
    assert fact["values"] == {}
    assert fact["keepalive"] == {"time_s": None, "intvl_s": None, "probes": None, "detection_s": None}


def test_prefixes_and_both_ways_to_write_a_name(gathered: t.Callable[..., dict[str, t.Any]]) -> None:
    names = ["net/ipv4/conf/eth0.100/tag", "net.ipv4.conf.eth0/100.tag"]
    fact = gathered("precedence-systemd-252", names=names, prefixes=["net.ipv4.conf.eth1", "net/nothing"])
    assert fact["values"]["net.ipv4.conf.eth0/100.tag"]["running"] == 5
    assert fact["values"]["net.ipv4.conf.eth1.medium_id"]["persisted"]["value"] == 11
    assert "net.nothing" in fact["missing"]


@pytest.mark.parametrize("name", ["../../etc/shadow", "net/../../../etc/passwd", "net.ipv4.tcp_fastopen_key", ""])
def test_secrets_and_paths_out_of_the_tree_are_not_read(
    name: str, gathered: t.Callable[..., dict[str, t.Any]], tmp_path: pathlib.Path
) -> None:
    for path in ("etc/shadow", "etc/passwd", "proc/sys/net/ipv4/tcp_fastopen_key"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("root:*\n")
    fact = gathered("rhel-8-linux-4.18", names=[name])
    assert "root" not in json.dumps(fact["values"])
    assert any("secret" in entry["detail"] for entry in fact["sources"])


def test_the_fact_keeps_to_its_bound(gathered: t.Callable[..., dict[str, t.Any]], tmp_path: pathlib.Path) -> None:
    lines = []
    for number in range(600):
        place = tmp_path / "proc/sys/net/ipv4/conf" / ("interface-with-a-long-name-%d" % number) / "tag"
        place.parent.mkdir(parents=True)
        place.write_text("\x1b[31m" * 100)
        lines.append(
            "net.ipv4.conf.interface-with-a-long-name-%d.tag = %s\nbroken %s\n" % (number, "9" * 500, "x" * 500)
        )
    (tmp_path / "etc/sysctl.d").mkdir(parents=True)
    (tmp_path / "etc/sysctl.d/50-long.conf").write_text("".join(lines))
    fact = gathered("debian-12-linux-6.1.176", prefixes=["net.ipv4.conf"])
    assert _bounds.size_bytes(fact) <= _bounds.FAMILY_BYTES
    assert fact["truncated"] is True
    assert fact["total"] > 600
    assert fact["keepalive"]["time_s"] == 7200
    assert "\x1b" not in json.dumps(fact, ensure_ascii=False)
