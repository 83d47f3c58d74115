# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection of the controller's own says of a peer, on real sockets, and where it goes."""

from __future__ import annotations

import contextlib
import socket
import threading
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils import _reach_probe
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._peers import host_entry, observed_peer
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._reach_probe import (
    NOT_TRIED,
    concluded,
    told,
    tried,
)
from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._ssh_endpoints import (
    Endpoint,
    endpoint,
    endpoints,
    parse_jump,
    parse_ssh_config,
)

COMMAND = "its way leads through a ProxyCommand"
SSHD = b"SSH-2.0-OpenSSH_9.2p1\r\n"


@contextlib.contextmanager
def server(says: bytes | None, first: t.Callable[[], object] = int) -> t.Iterator[Endpoint]:
    """A server on loopback that does `first`, then greets each client with `says`, is silent for b"", or closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held = []

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client = listener.accept()[0]
                    first()
                    if says is None:
                        client.close()
                        continue
                    held.append(client)
                    client.sendall(says)

        threading.Thread(target=serve, daemon=True).start()
        yield Endpoint(*listener.getsockname())
        listener.shutdown(socket.SHUT_RDWR)
        for client in held:
            client.close()


def outcome(place: Endpoint) -> dict[str, t.Any]:
    return tried({"web1": place}, 20)["web1"]


def row(kind: str, **fields: t.Any) -> dict[str, t.Any]:
    """A row as `tried` gives it, of a connection to 192.0.2.1 port 22 that ended with `kind`."""
    found: dict[str, t.Any] = {"host": "192.0.2.1", "port": 22, "jump": False, "class": kind, "phase": "connect"}
    return {**found, "error": None, "banner": None, "ping": None, "lost_here": 1, **fields}


@pytest.mark.parametrize(
    ("says", "said", "kind", "sentence"),
    [
        pytest.param(SSHD, "authentication", "authentication", "open, it says SSH-2.0-OpenSSH_9.2p1", id="login"),
        pytest.param(SSHD, "other", "login", "what comes after is the trouble", id="unknown-after-the-banner"),
        pytest.param(SSHD, "reset", "reset", "open, it says SSH-2.0", id="dropped-now-and-then"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n", "other", "banner", "it says HTTP/1.1 400", id="no-ssh"),
        pytest.param(b"Exceeded MaxStartups\r\n", "reset", "reset", "it says Exceeded MaxStartups", id="throttled"),
        pytest.param(b"", "timed_out", "banner", "open, but silent", id="silent"),
        pytest.param(None, "other", "reset", "a server accepted and ended it before its banner", id="closed"),
    ],
)
def test_an_open_port_is_told_by_its_banner(
    says: bytes | None, said: str, kind: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_reach_probe, "WAIT_S", 0.5)
    with server(says) as place:
        found = outcome(place)
    assert concluded(said, found) == kind
    assert sentence in told(found)


def test_a_closed_port_is_refused_whatever_ssh_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = Endpoint(*listener.getsockname())
    found = outcome(place)
    assert (found["class"], found["phase"]) == ("refused", "connect")
    assert {concluded(said, found) for said in ("other", "timed_out")} == {"refused"}
    assert "nothing listens there" in told(found)


def test_a_name_that_is_none_is_a_name_error() -> None:
    found = outcome(Endpoint("nosuch.invalid", 22))
    assert concluded("other", found) == "name_error"
    assert "cannot resolve" in told(found)


def test_an_answer_that_ssh_waited_for_counts_more_than_our_patience() -> None:
    assert [concluded(said, row("timed_out")) for said in ("host_unreachable", "other")] == [
        "host_unreachable",
        "timed_out",
    ]


@pytest.mark.parametrize(
    ("ping", "sentence"),
    [
        (True, "it answers ping, so only this port is dropped"),
        (False, "it does not answer ping"),
        (None, "nothing came"),
    ],
)
def test_ping_tells_a_dropped_port_from_a_dead_host(ping: bool | None, sentence: str) -> None:
    assert sentence in told(row("timed_out", ping=ping))


def test_a_login_without_tcp_is_not_tried_and_that_is_said() -> None:
    found = tried({"db1": "its way leads through a ProxyCommand"}, 20)["db1"]
    assert set(found) == set(row("ok"))
    assert concluded("reset", found) == "reset"
    assert told(found) == "no connection was tried from the controller: its way leads through a ProxyCommand"


def test_a_lost_jump_host_is_not_the_peer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = Endpoint(*listener.getsockname(), jump=True)
    found = tried({"web1": place, "web2": place}, 20)["web2"]
    assert {concluded(said, found) for said in ("reset", "refused")} == {"proxy"}
    assert concluded("reset", {**found, "class": "ok"}) == "reset"
    assert told(found).startswith("from the controller to jump host 127.0.0.1 port")
    assert "(2 of the lost hosts log in there)" in told(found)


def test_peers_are_tried_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_reach_probe, "WAIT_S", 30.0)
    everybody = threading.Barrier(8, timeout=30)
    with contextlib.ExitStack() as stack:
        greeting = b"SSH-2.0-a\r\n"
        places = {"h%d" % number: stack.enter_context(server(greeting, everybody.wait)) for number in range(8)}
        rows = tried(places, 60)
    assert {name: found["class"] for name, found in rows.items()} == dict.fromkeys(places, "ok")


def test_a_peer_that_had_no_turn_within_the_limit_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_reach_probe, "WAIT_S", 60.0)
    with server(b"") as place:
        found = tried({"h1": place}, 0.2)["h1"]
    assert (found["class"], found["error"]) == (NOT_TRIED, "the time limit for all targets was reached first")


def test_a_peer_shows_both_what_ssh_said_and_what_was_tried() -> None:
    given = {"status": "unreachable", "reason": "left the play", "reached": row("refused", error="Connection refused")}
    peer = observed_peer("web1", given, [])
    assert peer.facts["peer"]["reach"]["class"] == "refused"
    assert host_entry(peer)["reason"] == (
        "left the play; from the controller to 192.0.2.1 port 22: refused in phase connect, the host answers, but"
        " nothing listens there or a firewall refuses"
    )


def test_a_peer_that_failed_keeps_its_class_and_shows_that_the_network_works() -> None:
    given = {"status": "failed", "reason": "python3: not found", "reached": row("ok", banner="SSH-2.0-x")}
    facts = observed_peer("web1", given, []).facts["peer"]
    assert (facts["reach"]["class"], facts["reading"]["class"]) == ("ok", "interpreter")
    assert "open, it says SSH-2.0-x" in facts["reading"]["reason"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bastion", ("bastion", 22)),
        ("deploy@bastion:2222", ("bastion", 2222)),
        ("ssh://deploy@bastion:2222", ("bastion", 2222)),
        ("[2001:db8::1]:2222", ("2001:db8::1", 2222)),
        ("2001:db8::1", ("2001:db8::1", 22)),
    ],
)
def test_jump_hosts(text: str, expected: tuple[str, int]) -> None:
    assert parse_jump(text) == Endpoint(*expected, jump=True)


def test_what_ssh_would_do() -> None:
    assert parse_ssh_config("user me\nhostname 192.0.2.10\nport 2222\n") == Endpoint("192.0.2.10", 2222)
    jumping = "hostname db1\nport 22\nproxyjump deploy@one,two\n"
    assert parse_ssh_config(jumping) == Endpoint("one", 22, jump=True)
    assert parse_ssh_config("hostname db1\nport 22\nproxycommand nc %h %p\n") == COMMAND


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        pytest.param({}, Endpoint("192.0.2.7", 22), id="name"),
        pytest.param({"host": "192.0.2.8", "port": "2222"}, Endpoint("192.0.2.8", 2222), id="variables"),
        pytest.param({"ssh_common_args": "-o ProxyJump=bastion"}, Endpoint("bastion", 22, jump=True), id="arguments"),
        pytest.param({"ssh_args": "-o Port=2200", "port": 2222}, Endpoint("192.0.2.7", 2200), id="first-wins"),
        pytest.param({"ssh_common_args": "-o ProxyCommand='nc %h %p'"}, COMMAND, id="command"),
        pytest.param(
            {"connection": "community.docker.docker"},
            "it is not reached over SSH but by the connection docker",
            id="no-ssh",
        ),
        pytest.param({"host": "-oProxyCommand=id"}, Endpoint("-oProxyCommand=id", 22), id="no-option"),
        pytest.param({"ssh_executable": "/nosuch/ssh", "port": 2222}, Endpoint("192.0.2.7", 2222), id="no-ssh-program"),
    ],
)
def test_where_ansible_logs_in(login: dict[str, t.Any], expected: Endpoint | str) -> None:
    given = {"host": "192.0.2.7", **login}
    assert endpoint(given) == expected
    assert endpoints({"web1": given, "web2": "why"}) == {"web1": expected, "web2": "why"}


@pytest.mark.parametrize("login", [{"ssh_common_args": "-o 'x"}, {"port": "ssh"}])
def test_a_login_that_cannot_be_read_is_said(login: dict[str, t.Any]) -> None:
    assert str(endpoint({"host": "192.0.2.7", **login})).startswith("its port or its arguments of ssh cannot be read: ")
