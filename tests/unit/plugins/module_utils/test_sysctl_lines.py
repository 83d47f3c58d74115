# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines, names and values of sysctls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _keepalive,
    _port_ranges,
    _sysctl_defaults,
    _sysctl_figures,
    _sysctl_lines,
    _sysctl_names,
    _sysctl_values,
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("net.ipv4.tcp_retries2 = 8", ("net/ipv4/tcp_retries2", "8", False), id="dots"),
        pytest.param("net/ipv4/tcp_retries2=8", ("net/ipv4/tcp_retries2", "8", False), id="slashes"),
        pytest.param("\t net.ipv4.tcp_rmem\t= 1 2\t3 \r", ("net/ipv4/tcp_rmem", "1 2\t3", False), id="blanks"),
        pytest.param("-net.ipv4.x=1", ("net/ipv4/x", "1", True), id="forgiving"),
        pytest.param("- net.ipv4.x = 1", ("net/ipv4/x", "1", True), id="forgiving-blank"),
        pytest.param("-net.ipv4.conf.all.rp_filter", ("net/ipv4/conf/all/rp_filter", None, True), id="exclusion"),
        pytest.param("net.ipv4.conf.eth0/100.tag=1", ("net/ipv4/conf/eth0.100/tag", "1", False), id="dot-in-part"),
        pytest.param("net/ipv4/conf/eth0.100/tag=1", ("net/ipv4/conf/eth0.100/tag", "1", False), id="dot-kept"),
        pytest.param("/net//ipv4/x/=1", ("net/ipv4/x", "1", False), id="surplus-slashes"),
        pytest.param("kernel.core_pattern=|/bin/x %p=%u", ("kernel/core_pattern", "|/bin/x %p=%u", False), id="equals"),
        pytest.param("net.ipv4.ip_local_reserved_ports=", ("net/ipv4/ip_local_reserved_ports", "", False), id="empty"),
    ],
)
def test_a_setting(line: str, expected: tuple[str, str | None, bool]) -> None:
    settings, invalid = _sysctl_lines.parse_sysctl_conf("# x\n\n" + line + "\n", "/etc/sysctl.d/a.conf")
    assert [(entry.path, entry.value, entry.forgiving, entry.line) for entry in settings] == [(*expected, 3)]
    assert invalid == []


@pytest.mark.parametrize("line", ["# net.ipv4.x = 1", ";net.ipv4.x = 1", "   # x", "", "  \t "])
def test_a_line_that_is_none(line: str) -> None:
    assert _sysctl_lines.parse_sysctl_conf(line) == ([], [])


@pytest.mark.parametrize(
    ("line", "why"), [("net.ipv4.x 1", "no assignment"), ("= 1", "no name"), ("-", "no name"), ("-=1", "no name")]
)
def test_a_broken_line_is_kept_with_its_place(line: str, why: str) -> None:
    assert _sysctl_lines.parse_sysctl_conf("a=1\n" + line, "/f")[1] == [("/f", 2, line, why)]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    settings, invalid = _sysctl_lines.parse_sysctl_conf(text)
    assert len(settings) + len(invalid) <= text.count("\n") + 1
    for setting in settings:
        assert setting.path and not setting.path.startswith("/")


def in_force(text: str, path: str, by_systemd: bool) -> str | None:
    """Return what is set for `path` by the lines of `text`."""
    order = _sysctl_lines.in_order(_sysctl_lines.parse_sysctl_conf(text)[0], by_systemd)
    setting = _sysctl_lines.in_force(path, order)
    return setting.value if setting else None


@pytest.mark.parametrize(
    ("text", "by_systemd", "expected"),
    [
        pytest.param("a.b = 1\na.b = 2", True, "2", id="the-later-line"),
        pytest.param("a.b = 1\na.* = 2", True, "1", id="the-name-before-the-pattern"),
        pytest.param("a.* = 1\n*.b = 2", True, "2", id="the-later-pattern"),
        pytest.param("a.* = 1\n*.b = 2\na.* = 1", True, "2", id="a-repeated-pattern-keeps-its-place"),
        pytest.param("a.* = 1\n*.b = 2\na.* = 1", False, "1", id="but-not-in-procps"),
        pytest.param("a.* = 1\n-a.b", True, None, id="excluded"),
        pytest.param("a.b = 1\n-a.b", True, None, id="excluded-after-an-assignment"),
        pytest.param("a.b = 1\n-a.b", False, "1", id="which-procps-keeps"),
        pytest.param("-a.b\na.b = 1", True, "1", id="assigned-after-an-exclusion"),
        pytest.param("* = 1", True, None, id="no-pattern-takes-a-slash"),
        pytest.param("a.[!x] = 1", True, "1", id="class"),
        pytest.param("a.[^b] = 1", True, None, id="class-negated-as-in-regular-expressions"),
        pytest.param("-a.* \na.b = 1", True, "1", id="excluded-pattern"),
    ],
)
def test_which_line_counts(text: str, by_systemd: bool, expected: str | None) -> None:
    assert in_force(text, "a/b", by_systemd) == expected


def test_the_kernel_command_line() -> None:
    text = "root=/dev/sda1 sysctl.net.ipv4.tcp_retries2=8 sysctl/kernel/sysrq=1 sysctl.x quiet -- sysctl.net.ipv4.y=1\n"
    settings = _sysctl_lines.parse_cmdline(text, "/proc/cmdline")
    assert [(entry.path, entry.value) for entry in settings] == [("net/ipv4/tcp_retries2", "8"), ("kernel/sysrq", "1")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7200\n", 7200),
        ("-1", -1),
        ("4096\t131072\t6291456\n", [4096, 131072, 6291456]),
        ("bbr", "bbr"),
        ("", ""),
        ("0x1f", 31),
        ("010", 8),
        ("08", "08"),
        ("1_000", "1_000"),
        ("60s", "60s"),
        ("\u0661", "\u0661"),
        ("\x1b[1m", "\\x1b[1m"),
        ("x" * 300, "x" * 197 + "..."),
    ],
)
def test_a_value(text: str, expected: int | str | list[int]) -> None:
    assert _sysctl_values.parse_value(text) == expected


@pytest.mark.parametrize(
    ("text", "other", "expected"),
    [
        ("4096\t131072\t6291456\n", "4096 131072   6291456", True),
        ("60", "0x3c", True),
        ("8080,9000-9003", "9000-9002,8080,9003", True),
        ("8080", "8081", False),
        ("1", "1s", False),
        ("-1", "-1", True),
        ("", "", True),
        ("fq", "fq_codel", False),
        ("1,a", "1,a", True),
    ],
)
def test_whether_two_texts_set_the_same(text: str, other: str, expected: bool) -> None:
    assert _sysctl_values.same(text, other) is expected


@given(st.text(), st.text())
def test_any_texts_compare(text: str, other: str) -> None:
    assert _sysctl_values.same(text, text)
    pair = (text, other)
    assert _sysctl_values.same(*pair) is _sysctl_values.same(*reversed(pair))


@given(st.sets(st.integers(0, 65535), max_size=200))
def test_ports_as_text_and_back(ports: set[int]) -> None:
    text = _port_ranges.ports_text(ports, longest=10000)
    pairs = _port_ranges.parse_ports(text) if text else []
    assert {port for first, last in pairs for port in range(first, last + 1)} == ports


def test_a_long_list_of_ports_is_cut() -> None:
    text = _port_ranges.ports_text(range(1, 65000, 2), longest=100)
    assert len(text) <= 104
    assert text.endswith(",...")


@pytest.mark.parametrize("text", ["", "x", "1-", "1,,2", "1 2"])
def test_what_is_no_list_of_ports(text: str) -> None:
    with pytest.raises(ValueError, match="no ports"):
        _port_ranges.parse_ports(text)


@pytest.mark.parametrize(
    ("path", "release", "expected"),
    [
        ("net/core/somaxconn", "4.18.0-1", 128),
        ("net/core/somaxconn", "5.3.18-lp152", 128),
        ("net/core/somaxconn", "5.4.0", 4096),
        ("net/core/somaxconn", "4.18.0-553.el8_10.x86_64", None),
        ("net/core/somaxconn", "", None),
        ("net/ipv4/tcp_tw_reuse", "4.18.0", 0),
        ("net/ipv4/tcp_tw_reuse", "4.19.0", 2),
        ("net/ipv4/tcp_challenge_ack_limit", "6.0.9", 1000),
        ("net/ipv4/tcp_challenge_ack_limit", "6.1.0-28-amd64", 2147483647),
        ("net/ipv4/tcp_base_mss", "3.10.0-1160.15.2.el7.x86_64", None),
        ("net/ipv4/tcp_base_mss", "3.10.108", 512),
        ("net/ipv4/tcp_base_mss", "4.18.0-553.el8_10.x86_64", 1024),
        ("net/ipv4/tcp_fastopen", "3.10.108", 0),
        ("net/ipv4/tcp_fastopen", "3.13.0-24-generic", 1),
        ("net/ipv4/ip_local_port_range", "4.1.52", [32768, 61000]),
        ("net/ipv4/ip_local_port_range", "4.2.0", [32768, 60999]),
        ("net/mptcp/enabled", "5.6.0", 1),
        ("net/mptcp/enabled", "5.14.0-427.13.1.el9_4.x86_64", None),
        ("net/ipv4/tcp_keepalive_time", "", 7200),
        ("net/ipv4/tcp_mem", "6.1.0", None),
    ],
)
def test_the_default_of_a_kernel(path: str, release: str, expected: int | list[int] | None) -> None:
    assert _sysctl_defaults.kernel_default(path, release) == expected


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("net.ipv4.conf.eth0/100.tag", "net/ipv4/conf/eth0.100/tag"),
        ("net/ipv4/conf/eth0.100/tag", "net/ipv4/conf/eth0.100/tag"),
        ("net.ipv4.tcp_mem", "net/ipv4/tcp_mem"),
        ("kernel", "kernel"),
    ],
)
def test_names_and_paths(name: str, path: str) -> None:
    assert _sysctl_names.path_of(name) == path
    assert _sysctl_names.path_of(_sysctl_names.name_of(path)) == path


def running(**values: object) -> dict[str, dict[str, object]]:
    """Return rows by name; `__` in a keyword stands for a dot."""
    return {name.replace("__", "."): {"running": value} for name, value in values.items()}


@pytest.mark.parametrize(
    ("times", "expected_s"), [((7200, 75, 9), 7875), ((60, 10, 6), 120), ((30, 10, 4), 70), ((7200, 75, None), None)]
)
def test_how_long_a_dead_peer_goes_unnoticed(times: tuple[int, int, int | None], expected_s: int | None) -> None:
    names = ("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes")
    rows = {name: {"running": value} for name, value in zip(names, times)}
    assert _keepalive.keepalive(rows)["detection_s"] == expected_s


@pytest.mark.parametrize(
    ("bounds", "reserved", "expected"),
    [
        ([32768, 60999], "", {"low": 32768, "high": 60999, "count": 28232}),
        ([1000, 1009], "900-1001,1005,2000", {"low": 1000, "high": 1009, "count": 7}),
        ([1000, 1009], 1005, {"low": 1000, "high": 1009, "count": 9}),
        ("?", "", None),
    ],
)
def test_local_ports(bounds: object, reserved: object, expected: dict[str, int] | None) -> None:
    rows = running(net__ipv4__ip_local_port_range=bounds, net__ipv4__ip_local_reserved_ports=reserved)
    assert _sysctl_figures.local_ports(rows) == expected


@pytest.mark.parametrize(
    ("count", "most", "expected"),
    [
        (196608, 262144, {"count": 196608, "max": 262144, "used_percent": 75.0}),
        (5, 0, {"count": 5, "max": 0, "used_percent": None}),
        (5, None, None),
    ],
)
def test_conntrack(count: int, most: int | None, expected: dict[str, object] | None) -> None:
    rows = running(net__netfilter__nf_conntrack_count=count, net__netfilter__nf_conntrack_max=most)
    assert _sysctl_figures.conntrack(rows) == expected
