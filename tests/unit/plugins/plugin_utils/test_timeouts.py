# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of timers on an idle connection."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._address_book import AddressBook
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._keepalive import Hop
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._scene import Ends, scene
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._timeouts import (
    Chain,
    chain,
    chain_facts,
    is_short,
    recommended_s,
)
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._timers_of import Timer
from ansible_collections.netdoctor.connection_reset.tests.unit.plugins.plugin_utils.fleet_samples import (
    DB,
    PORT,
    Facts,
    connections,
    firewall,
    fleet,
    listener,
    listening,
    rule,
    sockets,
    sysctls,
)

NLB = Hop("nlb", "aws-nlb", 350, 4, "aws-nlb-idle")
PROXY = Hop("lb", "haproxy", 50, 7, "haproxy-timeout")


def chained(hops: t.Sequence[Hop] = (), port: int = PORT, **changed: Facts) -> Chain:
    """Return the chain between web1 and db1, families of peers changed."""
    known = {name: peer["facts"] for name, peer in fleet().items()}
    for name, families in changed.items():
        known[name].update({"peer_" + family: fact for family, fact in families.items()})
    book = AddressBook()
    for name, own in known.items():
        book.add(name, own)
    return chain(scene(book, lambda name: known.get(name, {}), Ends("web1", "db1", DB, port, "named")), hops)


def keepalive(time_s: int) -> Facts:
    """Return sysctls with another keepalive time."""
    own = sysctls()
    own["keepalive"]["time_s"] = time_s
    return {"sysctls": own}


def application(software: str, name: str, kind: str, seconds: float | None, **more: t.Any) -> Facts:
    """Return the families of a server whose software has one timer, and listens."""
    row = {"software": software, "kind": kind, "name": name, "seconds": seconds, "layer": 7, "side": "client", **more}
    process = {"rabbitmq": "beam.smp", "postgresql": "postgres"}.get(software, software)
    fact = {"sources": [], "timeouts": [row], "services": {}, "problems": []}
    return {"application_timeouts": fact, "listening_ports": listening(listener(PORT, process))}


def armed(**more: t.Any) -> Facts:
    """Return the client's sockets toward the server."""
    guarded = {"armed": 2, "off": 0, "unknown": 0, "remaining_s": {"min": 10, "max": 50}, "time_s": 60, **more}
    return {"connections": connections(remotes=[sockets(PORT, DB, 2, keepalive=guarded)])}


def test_timers_fire_in_their_order() -> None:
    found = chained([NLB], router={"firewall": firewall(nat=True, established_s=3600)})
    assert [(timer.after_s, timer.what, timer.effect) for timer in found.timers] == [
        (350, "nlb (aws-nlb)", "forgets"),
        (3600, "connection tracking of router", "forgets"),
        (7200, "keepalive of db1", "speaks"),
        (7200, "keepalive of web1", "speaks"),
    ]
    assert found.first is not None
    assert (found.first.host, is_short(found)) == ("nlb", True)


@pytest.mark.parametrize(
    ("sockets_of_client", "first"),
    [
        pytest.param(armed(), None, id="armed-in-time"),
        pytest.param(armed(time_s=7200), "nlb", id="armed-too-late"),
        pytest.param(armed(armed=0, off=2), "nlb", id="not-armed"),
        pytest.param(armed(armed=1, off=1), "nlb", id="one-of-two-not-armed"),
        pytest.param({}, "nlb", id="not-known"),
    ],
)
def test_probes_count_where_sockets_are_armed(sockets_of_client: Facts, first: str | None) -> None:
    found = chained([NLB], web1=sockets_of_client)
    assert (found.first.host if found.first else None) == first


def test_what_may_be_armed_in_time_is_not_called_short() -> None:
    found = chained([NLB], web1=keepalive(60))
    assert found.first is not None and found.perhaps is not None
    assert (found.perhaps.what, is_short(found)) == ("keepalive of web1", False)


def test_the_margin_leaves_room_for_a_lost_probe() -> None:
    assert chained([NLB], web1=armed(time_s=200)).margin_s == -25
    assert chained([NLB], web1=armed()).margin_s == 115


def test_probes_refresh_nothing_that_counts_data() -> None:
    found = chained([PROXY], web1=armed())
    facts = chain_facts(found)
    assert (facts["first"]["host"], facts["keepalive_reaches_first"], facts["refresh_s"]) == ("lb", False, None)


@pytest.mark.parametrize(
    ("seconds", "first"),
    [(60, None), (20, None), (100, "lb"), (200, "lb"), (None, "lb")],
    ids=["60", "20", "100", "200", "off"],
)
def test_a_heartbeat_speaks_at_half_of_its_time_and_passes_proxies(seconds: float | None, first: str | None) -> None:
    own = application("rabbitmq", "heartbeat", "heartbeat", seconds, off=seconds is None)
    found = chained([PROXY], db1=own)
    assert (found.first.host if found.first else None) == first


def test_what_another_timer_counts_in_place_of_is_left_out() -> None:
    own = application("haproxy", "timeout client", "idle_timeout", 5, superseded_by="timeout tunnel")
    tunnel = application("haproxy", "timeout tunnel", "idle_timeout", 40, side="both")
    own["application_timeouts"]["timeouts"] += tunnel["application_timeouts"]["timeouts"]
    found = chained(db1=own)
    assert found.first is not None
    assert (found.first.what, found.first.after_s) == ("timeout tunnel of haproxy on db1", 40)


def test_sshd_asks_after_its_interval() -> None:
    own = application("sshd", "ClientAliveInterval", "heartbeat", 40)
    own["listening_ports"] = listening(listener(PORT, "sshd"))
    assert chained([PROXY], db1=own).first is None


@pytest.mark.parametrize(
    ("rules", "first"),
    [
        pytest.param(firewall(nat=True, established_s=5), "router", id="nat"),
        pytest.param(firewall(rule("drop", "forward", ct_state="invalid"), established_s=5), "router", id="states"),
        pytest.param(firewall(rule("policy-drop", "forward"), established_s=5), "router", id="policy"),
        pytest.param(firewall(established_s=5), None, id="nobody-depends-on-it"),
        pytest.param(firewall(nat=True), None, id="not-loaded"),
    ],
)
def test_tracking_ends_connections_where_rules_depend_on_it(rules: Facts, first: str | None) -> None:
    found = chained(router={"firewall": rules})
    assert (found.first.host if found.first else None) == first


def test_rules_that_were_not_read_count_as_depending() -> None:
    own = sysctls(netfilter__nf_conntrack_tcp_timeout_established=5)
    found = chained(router={"firewall": None, "sysctls": own})
    assert found.first is not None
    assert found.first.what == "connection tracking of router"


def test_the_server_itself_may_end_idle_connections() -> None:
    own = application(
        "haproxy", "timeout client", "idle_timeout", 3.0, ports=[PORT], file="/etc/haproxy/haproxy.cfg", line=4
    )
    first = chained(db1=own).first
    assert first is not None
    assert (first.effect, first.cause, first.place) == ("closes", "haproxy-timeout", "/etc/haproxy/haproxy.cfg:4")


@pytest.mark.parametrize(
    "more",
    [
        {"ports": [9]},
        {"side": "server"},
        {"conditional": True},
        {"seconds": None, "off": True},
        {"name": "timeout client-fin"},
    ],
    ids=["other-port", "other-side", "conditional", "off", "only-closing"],
)
def test_timers_of_others_do_not_count(more: Facts) -> None:
    own = application("haproxy", "timeout client", "idle_timeout", 3.0)
    own["application_timeouts"]["timeouts"][0].update(more)
    assert chained(db1=own).first is None


def test_the_servers_own_keepalive_setting_comes_before_the_sysctl() -> None:
    own = application("postgresql", "tcp_keepalives_idle", "keepalive", 40)
    found = chained([NLB], db1=own)
    assert found.first is None and found.refresh is not None
    assert found.refresh.what == "keepalive of db1"


def test_the_values_that_fix_it() -> None:
    forgets = Timer("nlb", "nlb", "forgets", 4, 350)
    assert recommended_s(forgets) == 60
    assert recommended_s(forgets._replace(after_s=50)) == 25
    assert recommended_s(forgets._replace(after_s=1)) == 1
    assert recommended_s(forgets._replace(layer=7, after_s=300)) == 20
    assert recommended_s(forgets._replace(layer=7, after_s=6)) == 3


def test_what_lasts_as_rfc_5382_asks_is_not_short() -> None:
    assert not is_short(chained(router={"firewall": firewall(nat=True, established_s=7440)}))
    assert is_short(chained(router={"firewall": firewall(nat=True, established_s=7100)}))
