# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections counted and taken together: directions, groups, the sample, what is noteworthy, limits, bounds."""

from __future__ import annotations

import socket
import sys
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import (
    _connection_counts,
    _connection_groups,
    _connection_limits,
    _connection_rows,
    _connection_sample,
    _connection_summary,
    _connection_suspects,
    _connection_totals,
    _ephemeral_ports,
    _idle_times,
    _shortlist,
    _tcp_info,
)

ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT1, CLOSE_WAIT = 1, 2, 3, 4, 8
OFF, RETRANSMIT, KEEPALIVE, PROBE = 0, 1, 2, 4
EPHEMERAL = (32768, 60999)
LISTENING = (22, 5672, 40000)
OWN = {socket.inet_aton("192.0.2.1"), socket.inet_pton(socket.AF_INET6, "2001:db8::1")}


def raw(address: str) -> bytes:
    """Return an address as the kernel writes it into 16 bytes."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.inet_pton(family, address).ljust(16, b"\0")


def row(
    local: int,
    remote: int,
    source: str = "192.0.2.1",
    to: str = "192.0.2.9",
    status: tuple[int, int, int] = (1, 0, 0),
    measures: tuple[int, int, int] = (0, 0, 0),
) -> _connection_rows.Row:
    """Return a row; `measures` are expiry, receive queue and send queue."""
    places = socket.htons(local), socket.htons(remote), raw(source) + raw(to) + bytes(4)
    return (bytes(status), *places, _connection_rows.MEASURES.pack(*measures))


class Read(t.NamedTuple):
    """What counting some rows gave."""

    groups: _connection_groups.Groups
    suspects: _shortlist.Shortlist
    sample: _connection_sample.Sample


def read(*rows: _connection_rows.Row, family: int = socket.AF_INET, most: int = 100) -> Read:
    """Count rows and take them together."""
    table = _connection_counts.directions(LISTENING, EPHEMERAL)
    found = Read(_connection_groups.Groups(OWN), _shortlist.Shortlist(20), _connection_sample.Sample(most))
    counts = _connection_counts.Counts(family, table, found.suspects, found.sample)
    counts.add(rows)
    found.groups.fold(counts)
    return found


def named(groups: _connection_groups.Groups) -> dict[tuple[str, int, str | None, bool], _connection_groups.Group]:
    """Return groups by direction, port, address of the other end (of a service None), and whether they are inside."""
    return {
        (
            "in" if group.incoming else "out",
            group.port,
            None if group.incoming else _connection_summary.address_text(group.address),
            group.loopback,
        ): group
        for group in groups.rows.values()
    }


@pytest.mark.parametrize(
    ("local", "remote", "incoming"),
    [
        pytest.param(22, 51000, True, id="service"),
        pytest.param(51000, 22, False, id="to-a-service-elsewhere"),
        pytest.param(40000, 51000, True, id="service-on-an-ephemeral-port"),
        pytest.param(51000, 40000, False, id="both-ephemeral-none-listens"),
        pytest.param(700, 51000, True, id="listener-gone"),
        pytest.param(700, 2049, False, id="client-from-a-reserved-port"),
        pytest.param(22, 22, True, id="both-fixed-one-listens"),
    ],
)
def test_who_began(local: int, remote: int, incoming: bool) -> None:
    table = _connection_counts.directions(LISTENING, EPHEMERAL)
    assert _connection_counts.is_incoming(table, socket.htons(local), socket.htons(remote)) is incoming
    (group,) = read(row(local, remote)).groups.rows.values()
    assert (group.incoming, group.port) == (incoming, local if incoming else remote)


@pytest.mark.parametrize(
    ("family", "source", "to", "key"),
    [
        (2, "192.0.2.1", "192.0.2.9", ("out", 80, "192.0.2.9", False)),
        (2, "192.0.2.1", "192.0.2.1", ("out", 80, "192.0.2.1", True)),
        (2, "127.0.0.1", "127.3.2.1", ("out", 80, "127.3.2.1", True)),
        (10, "::1", "::1", ("out", 80, "::1", True)),
        (10, "2001:db8::2", "2001:db8::1", ("out", 80, "2001:db8::1", True)),
        (10, "2001:db8::1", "2001:db8::9", ("out", 80, "2001:db8::9", False)),
        (10, "::ffff:192.0.2.1", "::ffff:192.0.2.9", ("out", 80, "192.0.2.9", False)),
        (10, "::ffff:127.0.0.1", "::ffff:127.0.0.1", ("out", 80, "127.0.0.1", True)),
        (10, "fe80::1", "fe80::2", ("out", 80, "fe80::2", False)),
    ],
)
def test_addresses_and_what_stays_inside(family: int, source: str, to: str, key: tuple[t.Any, ...]) -> None:
    assert list(named(read(row(51000, 80, source, to), family=family).groups)) == [key]


def test_a_link_local_address_keeps_its_link() -> None:
    entry = row(51000, 80, "fe80::1", "fe80::2")
    loopback = socket.if_nametoindex("lo")
    entry = (*entry[:3], entry[3][:32] + loopback.to_bytes(4, sys.byteorder), entry[4])
    assert list(named(read(entry, family=10).groups)) == [("out", 80, "fe80::2%lo", False)]


def test_a_service_is_one_group_for_both_families_and_another_one_inside() -> None:
    groups = read(*(row(22, 51000 + port, to="192.0.2.%d" % (7 + port % 3)) for port in range(5))).groups
    table = _connection_counts.directions(LISTENING, EPHEMERAL)
    counts = _connection_counts.Counts(10, table, _shortlist.Shortlist(1), _connection_sample.Sample(1))
    counts.add([row(22, 51000, "::ffff:192.0.2.1", "::ffff:192.0.2.7"), row(22, 51001, "2001:db8::1", "2001:db8::7")])
    counts.add([row(22, 51000, "::1", "::1")])
    groups.fold(counts)
    found = named(groups)
    assert set(found) == {("in", 22, None, False), ("in", 22, None, True)}
    outside = found["in", 22, None, False]
    assert (outside.sockets, len(outside.remotes), found["in", 22, None, True].sockets) == (7, 4, 1)
    shown = _connection_summary.row(outside, True, "ssh.service")
    assert (shown["remotes"], shown["address"]) == (4, None)
    assert shown["top_remotes"][0] == {"address": "192.0.2.7", "count": 3}
    assert len(shown["top_remotes"]) == 3


@pytest.mark.parametrize(
    ("status", "measures", "sums", "peaks"),
    [
        pytest.param((ESTABLISHED, OFF, 0), (0, 0, 0), {"off": 1}, {}, id="no-keepalive"),
        pytest.param((ESTABLISHED, KEEPALIVE, 0), (7000, 0, 0), {"armed": 1}, {}, id="keepalive"),
        pytest.param((ESTABLISHED, KEEPALIVE, 1), (70, 0, 0), {"armed": 1}, {"probes_max": 1}, id="probe-on-its-way"),
        pytest.param(
            (ESTABLISHED, KEEPALIVE, 4), (70, 0, 0), {"armed": 1, "unanswered": 1}, {"probes_max": 4}, id="unanswered"
        ),
        pytest.param(
            (ESTABLISHED, RETRANSMIT, 0),
            (200, 0, 9),
            {"unknown": 1, "send_sockets": 1, "send_bytes_total": 9},
            {"send_bytes_max": 9},
            id="in-flight",
        ),
        pytest.param(
            (ESTABLISHED, RETRANSMIT, 1),
            (200, 0, 9),
            {"unknown": 1, "retransmitting": 1, "send_sockets": 1, "send_bytes_total": 9},
            {"retransmits_max": 1, "send_bytes_max": 9},
            id="one-loss",
        ),
        pytest.param(
            (ESTABLISHED, RETRANSMIT, 3),
            (200, 0, 9),
            {"unknown": 1, "retransmitting": 1, "stalled": 1, "send_sockets": 1, "send_bytes_total": 9},
            {"retransmits_max": 3, "send_bytes_max": 9},
            id="stalled",
        ),
        pytest.param(
            (ESTABLISHED, PROBE, 0),
            (200, 5, 0),
            {"unknown": 1, "zero_window": 1, "receive_sockets": 1, "receive_bytes_total": 5},
            {"receive_bytes_max": 5},
            id="zero-window",
        ),
        pytest.param((SYN_SENT, RETRANSMIT, 0), (900, 0, 1), {}, {}, id="connecting"),
        pytest.param((SYN_SENT, RETRANSMIT, 1), (900, 0, 1), {"connecting_unanswered": 1}, {}, id="no-answer"),
        pytest.param((SYN_RECV, RETRANSMIT, 1), (900, 0, 0), {}, {}, id="half-open"),
        pytest.param((SYN_RECV, RETRANSMIT, 2), (900, 0, 0), {"half_open_unanswered": 1}, {}, id="half-open-for-long"),
        pytest.param(
            (CLOSE_WAIT, OFF, 0),
            (0, 1, 0),
            {"receive_sockets": 1, "receive_bytes_total": 1},
            {"receive_bytes_max": 1},
            id="end-not-read",
        ),
        pytest.param((FIN_WAIT1, RETRANSMIT, 0), (200, 0, 1), {}, {}, id="a-fin-is-no-data"),
        pytest.param(
            (FIN_WAIT1, RETRANSMIT, 5),
            (200, 0, 1),
            {"retransmitting": 1},
            {"retransmits_max": 5},
            id="nobody-waits-for-it",
        ),
        pytest.param((6, 3, 0), (50000, 0, 0), {}, {}, id="time-wait"),
        pytest.param((200, 9, 9), (1, 1, 1), {}, {}, id="state-of-the-future"),
    ],
)
def test_what_a_status_means(
    status: tuple[int, int, int], measures: tuple[int, int, int], sums: dict[str, int], peaks: dict[str, int]
) -> None:
    (group,) = read(row(51000, 80, status=status, measures=measures)).groups.rows.values()
    states = set(_connection_rows.STATES)
    assert {name: value for name, value in group.sums.items() if value and name not in states} == sums
    assert {name: value for name, value in group.peaks.items() if value} == peaks
    assert sum(group.sums[name] for name in states) == group.sockets == 1
    armed = sums.get("armed", 0)
    assert group.remaining_ms == ((measures[0], measures[0]) if armed else None)


def test_spans_and_queues_of_many() -> None:
    rows = [row(22, port, status=(1, 2, 0), measures=(port, port % 2, 3)) for port in (50003, 50001, 50002)]
    (group,) = read(*rows).groups.rows.values()
    shown = _connection_summary.row(group, True, None)
    assert shown["keepalive"]["remaining_s"] == {"min": 50.0, "max": 50.0}
    assert group.remaining_ms == (50001, 50003)
    assert shown["receive_queue"] == {"sockets": 2, "bytes_max": 1, "bytes_total": 2}
    assert shown["send_queue"] == {"sockets": 3, "bytes_max": 3, "bytes_total": 9}
    merged = _connection_summary.total([group, group])
    assert (merged.remaining_ms, merged.sockets, merged.peaks["send_bytes_max"]) == ((50001, 50003), 6, 3)


@pytest.mark.parametrize("sockets", [10, 100, 2500, 40000])
def test_the_sample_is_fair_and_bounded(sockets: int) -> None:
    rows = [row(22, 1024 + place, to="192.0.2.9") for place in range(sockets)]
    rare = [row(51000 + place, 80, to="198.51.100.%d" % place) for place in range(5)]
    sample = read(*rows, *rare, row(51000, 81, status=(6, 3, 0)), most=200).sample
    assert len(sample.rows) <= 200
    assert len(sample.rows) == sockets + 5 if sockets <= 100 else len(sample.rows) >= 50
    assert {entry[2] for _family, entry in sample.rows if entry[2] == socket.htons(81)} == set()
    assert sum(entry[2] == socket.htons(80) for _family, entry in sample.rows) >= 3


def test_suspects_come_worst_first() -> None:
    found = read(
        row(51000, 80),
        row(51001, 80, status=(1, 1, 1), measures=(200, 0, 9)),
        row(51002, 80, status=(1, 1, 2), measures=(200, 0, 9)),
        row(51003, 80, status=(1, 1, 6), measures=(200, 0, 9)),
        row(51004, 80, status=(1, 4, 0), measures=(200, 0, 9)),
        row(51005, 80, status=(1, 2, 3), measures=(200, 0, 0)),
        row(51006, 80, status=(2, 1, 3), measures=(200, 0, 1)),
        row(22, 51007, status=(3, 1, 3), measures=(200, 0, 0)),
    ).suspects.rows()
    assert [(entry.reason, socket.ntohs(entry.row[1])) for entry in found] == [
        *(("retransmitting", 51003), ("retransmitting", 51002), ("keepalive_unanswered", 51005)),
        *(("zero_window", 51004), ("connecting", 51006), ("half_open", 22)),
    ]


def test_ten_thousand_suspects_are_twenty() -> None:
    rows = [row(22, 1024 + place, status=(1, 1, 2 + place % 9), measures=(1, 0, 1)) for place in range(10000)]
    found = read(*rows).suspects.rows()
    assert [entry.row[0][2] for entry in found] == [10] * 20
    assert len({entry.row for entry in found}) == 20


def info(sent_ms: int, received_ms: int, ack_ms: int) -> _tcp_info.TcpInfo:
    """Return what the kernel says of a socket with these times since the last packets."""
    fields = dict.fromkeys(_tcp_info.TcpInfo._fields, 0)
    fields.update(last_data_sent_ms=sent_ms, last_data_recv_ms=received_ms, last_ack_recv_ms=ack_ms)
    return _tcp_info.TcpInfo(**fields)


@pytest.mark.parametrize(
    ("status", "measures", "times_s", "sums", "peaks"),
    [
        pytest.param((1, 0, 0), (0, 0, 0), (9, 5, 5), {"idle_10": 1}, {"idle_max_s": 5}, id="last-data-either-way"),
        pytest.param((1, 0, 0), (0, 0, 0), (350, 400, 1), {"idle_350": 1, "unprotected": 1}, None, id="at-the-step"),
        pytest.param((1, 0, 0), (0, 0, 0), (300, 400, 1), {"idle_350": 1}, None, id="not-long-enough"),
        pytest.param((1, 0, 0), (0, 0, 0), (7201, 9999, 1), {"idle_more": 1, "unprotected": 1}, None, id="more"),
        pytest.param(
            (1, 2, 0),
            (6400000, 0, 0),
            (800, 800, 800),
            {"idle_900": 1, "unprobed": 1},
            {"keepalive_time_ms": 7200000, "unprobed_max_s": 800, "idle_max_s": 800},
            id="first-probe-still-to-come",
        ),
        pytest.param(
            (1, 2, 0),
            (20000, 0, 0),
            (800, 800, 40),
            {"idle_900": 1},
            {"keepalive_time_ms": 60000, "idle_max_s": 800},
            id="kept-alive",
        ),
        pytest.param((1, 2, 3), (700, 0, 0), (800, 800, 800), {"idle_900": 1}, {"idle_max_s": 800}, id="unanswered"),
        pytest.param((1, 1, 0), (200, 0, 9), (400, 400, 1), {"idle_600": 1}, None, id="timer-hides-keepalive"),
        pytest.param(
            (1, 0, 0),
            (0, 50, 0),
            (0, 11, 11),
            {"idle_1": 1, "unread": 1},
            {"unread_max_s": 11, "idle_max_s": 0},
            id="unread",
        ),
        pytest.param((1, 0, 0), (0, 50, 0), (0, 9, 9), {"idle_1": 1}, None, id="not-unread-for-long"),
        pytest.param((8, 0, 0), (0, 1, 0), (99, 99, 61), {"stale": 1}, {"close_wait_max_s": 61}, id="close-wait-stale"),
        pytest.param((8, 0, 0), (0, 1, 0), (99, 99, 60), {}, {"close_wait_max_s": 60}, id="close-wait"),
        pytest.param((5, 0, 0), (0, 0, 0), (99, 99, 60), {}, {}, id="gone-on-meanwhile"),
    ],
)
def test_what_a_sampled_socket_tells(
    status: tuple[int, int, int],
    measures: tuple[int, int, int],
    times_s: tuple[int, int, int],
    sums: dict[str, int],
    peaks: dict[str, int] | None,
) -> None:
    group = _connection_groups.Group(True, 22, b"", False)
    entry = row(22, 51000, status=status, measures=measures)
    rank = _idle_times._note(group, entry, info(*(value * 1000 for value in times_s)))
    sampled = group.sums.pop("sampled", 0)
    assert sampled == (status[0] == ESTABLISHED)
    assert dict(group.sums) == sums
    assert peaks is None or group.peaks == peaks
    assert bool(rank) is bool({"stale", "unread"} & set(sums))


def test_groups_with_trouble_come_first_then_the_idle_then_the_large() -> None:
    large, idle, stalled, inside = (_connection_groups.Group(True, port, b"", port == 4) for port in range(1, 5))
    large.sums.update(ESTABLISHED=1000)
    idle.sums.update(ESTABLISHED=5, unprotected=3)
    stalled.sums.update(ESTABLISHED=1, stalled=1)
    inside.sums.update(ESTABLISHED=7, unprotected=7)
    ordered = _connection_summary.most_urgent([inside, large, idle, stalled], 10)
    assert [group.port for group in ordered] == [3, 2, 1, 4]
    idle_ones = [idle_for(idle, 400), idle_for(inside, 900), idle_for(large, 700)]
    first, second = _connection_totals.unprotected(idle_ones)
    assert first == {"direction": "in", "port": 2, "address": None, "sockets": 3, "idle_max_s": 400}
    assert second["port"] == 1


def idle_for(group: _connection_groups.Group, seconds: int) -> _connection_groups.Group:
    """Return a group with a socket that has been idle for so long without keepalive."""
    group.sums["unprotected"] = group.sums.get("unprotected", 0) or 1
    group.peak("unprotected_idle_max_s", seconds)
    return group


@pytest.mark.parametrize(
    ("reserved", "usable"),
    [
        ("", 28232),
        ("40000", 28231),
        ("40000-40009,50000", 28221),
        ("1-32768", 28231),
        ("60999-65535,8080", 28231),
        ("1-65535", 0),
        ("nonsense", 28232),
    ],
)
def test_usable_ports(reserved: str, usable: int) -> None:
    assert _connection_limits.usable_ports(EPHEMERAL, reserved) == usable


def test_ports_used_toward_one_destination() -> None:
    rows = [row(33000 + place, 80, to="192.0.2.9", status=(6, 3, 0)) for place in range(80)]
    rows += [row(33000 + place, 80, source="192.0.2.2", to="192.0.2.9") for place in range(50)]
    rows += [row(33000 + place, 81, to="192.0.2.9") for place in range(20)]
    rows += [row(22, 33000 + place, to="192.0.2.9") for place in range(90)]
    groups = read(*rows).groups.rows.values()
    limits = _connection_limits.Limits((33000, 33099), 100, None, None, {})
    fact = _ephemeral_ports.ephemeral_ports(groups, limits)
    assert (fact["first"], fact["last"], fact["usable"], fact["used_percent_max"]) == (33000, 33099, 100, 80.0)
    assert [(entry["source"], entry["port"], entry["used"]) for entry in fact["busiest"]] == [
        ("192.0.2.1", 80, 80),
        ("192.0.2.2", 80, 50),
        ("192.0.2.1", 81, 20),
    ]
    unknown = _ephemeral_ports.ephemeral_ports(groups, limits._replace(ephemeral=None, ports=None))
    assert (unknown["first"], unknown["used_percent_max"]) == (None, None)


@pytest.mark.parametrize(
    ("sockets", "limit", "percent"), [(5, 10, 50.0), (5, 0, None), (None, 10, None), (5, None, None)]
)
def test_share_of_a_limit(sockets: int | None, limit: int | None, percent: float | None) -> None:
    assert _connection_totals.share(sockets, limit)["used_percent"] == percent


def test_more_groups_and_addresses_than_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_connection_groups, "MOST_GROUPS", 10)
    monkeypatch.setattr(_connection_groups, "MOST_ADDRESSES", 10)
    clients = [row(22, 51000, to="198.51.100.%d" % place) for place in range(30)]
    servers = [row(51000, 80, to="198.51.100.%d" % place) for place in range(30)]
    groups = read(*clients, *servers).groups
    assert groups.complete is False
    assert _connection_summary.total(groups.rows.values()).sockets == 60
    assert len(groups.rows) <= 12
    ssh = next(group for group in groups.rows.values() if group.incoming)
    assert ssh.remotes[_connection_groups.OTHERS] == 20
    shown = _connection_summary.most_urgent(groups.rows.values(), 100)
    assert _connection_groups.OTHERS not in {group.address for group in shown}
    assert all(len(_connection_summary.top_remotes(group)) <= 3 for group in shown)


def test_ranks_are_in_the_order_of_reasons() -> None:
    names = _connection_suspects.REASONS
    assert names[_connection_suspects.STALE] == "close_wait"
    assert names[_connection_suspects.HALF_OPEN] == "half_open"
    assert len(names) == _connection_suspects.HALF_OPEN + 1
