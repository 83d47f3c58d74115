# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a running HAProxy says of its own timeouts: in its log, with its own clock, and in its sockets.

No command of its stats socket prints them, but its log can: fe_client_timeout, be_server_timeout and be_tunnel_timeout
are what the process uses (configuration.txt, section 7.3.2). Of the others it logs how long a session lasted that ended
by one of them (section 8.5: sC while connecting, cR in the middle of a request). Keepalive shows in its sockets.
"""

from __future__ import annotations

import contextlib
import re
import socket
import time
import typing as t
from collections.abc import Iterator

import pytest
import running_fleet

CONFIG = r"""
global
    maxconn 1234
    setenv IDLE 2s
    stats socket /run/haproxy/admin.sock
ring said
    format raw
    maxlen 200
    size 16384
defaults tcp
    mode tcp
    log ring@said format raw local0
    log-format "%f %b %ts %Tt %[fe_client_timeout] %[be_server_timeout] %[be_tunnel_timeout]"
    retries 0
    timeout connect 700
    timeout client 30s
    timeout server 1h
    option clitcpka
defaults web from tcp
    mode http
    timeout client "$IDLE" # quoted, so the variable counts
    timeout http-request 1s
frontend amqp from tcp
    bind :5600,:5601-5602
    timeout client 2500
    default_backend broker
backend broker from tcp
    timeout server 3h
    server one 127.0.0.1:5672
listen streams from tcp
    bind :5603
    timeout client 1s
    timeout server 1s
    timeout tunnel 3s
    server one 127.0.0.1:8201
listen www from web
    bind :8100
    no option clitcpka
    option srvtcpka
    timeout http-keep-alive 800ms
    server one 127.0.0.2:8201
"""
"""Every session leaves one line in memory. Its servers are RabbitMQ and nginx of test_five_services."""

FRONTS = {":5600": "frontend amqp", ":5603": "listen streams", ":8100": "listen www"}
BACKS = {"127.0.0.1:5672": "backend broker", "127.0.0.1:8201": "listen streams", "127.0.0.2:8201": "listen www"}
"""What stands behind the addresses of its sockets."""

SILENT = """
table inet silent {
  chain leaving { type filter hook output priority 0; policy accept;
    oif lo tcp dport { 5672, 8201 } tcp flags syn / syn,ack drop
  }
}
"""
"""Keeps servers from answering new connections."""

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
PORTS = {5600: b"", 5603: b"", 8100: REQUEST}
"""A port of each frontend, and what it must be sent before it connects to its server."""

LATE_S = 0.5
"""How much later than its time HAProxy may be on a busy machine."""

Told = dict[tuple[str, str], t.Any]


class Session(t.NamedTuple):
    """A session as HAProxy logged it: its proxies, how it ended, and times in ms (0 for none)."""

    frontend: str
    backend: str
    ended: str
    lasted_ms: int
    client_ms: int
    server_ms: int | None
    tunnel_ms: int | None


def run(fleet: running_fleet.RunningFleet, host: str, command: str, text: str = "") -> str:
    done = fleet.exec(host, "sh", "-c", command, input=text)
    done.check_returncode()
    return done.stdout


def answer(fleet: running_fleet.RunningFleet, host: str, command: str) -> str:
    return run(fleet, host, f"echo '{command}' | ncat -U /run/haproxy/admin.sock")


def sessions(fleet: running_fleet.RunningFleet, host: str) -> list[Session]:
    """Return the sessions that have ended since HAProxy started."""
    lines = [line.split() for line in answer(fleet, host, "show events said").splitlines() if line]
    return [Session(*words[:3], *(None if word == "-" else int(word) for word in words[3:])) for words in lines]


@contextlib.contextmanager
def connected(address: str, sent: dict[int, bytes]) -> Iterator[dict[int, socket.socket]]:
    """Connections to ports of HAProxy, each with its first bytes sent."""
    with contextlib.ExitStack() as stack:
        opened = {}
        for port, text in sent.items():
            opened[port] = stack.enter_context(socket.create_connection((address, port), timeout=5))
            opened[port].sendall(text)
        yield opened


def told(fleet: running_fleet.RunningFleet, host: str) -> Told:
    """Return what HAProxy says, by name of the setting and section that uses it: seconds (0 for never) or a value."""
    address = fleet.hosts[host]["management"]
    (maxconn,) = re.findall(r"^Maxconn: (\d+)$", answer(fleet, host, "show info"), re.MULTILINE)
    said: Told = {("maxconn", "global"): int(maxconn)}
    with connected(address, PORTS) as opened:
        assert opened[8100].recv(65536).startswith(b"HTTP/1.1 403 ")
        asked = time.monotonic()
        said |= keepalive(run(fleet, host, "ss -Htnop state established"))
        for port in (5600, 5603):
            opened[port].close()
        assert opened[8100].recv(65536) == b""
        said["timeout http-keep-alive", "listen www"] = late(time.monotonic() - asked)
    run(fleet, host, "nft -f -", SILENT)
    with connected(address, PORTS), connected(address, {8100: b"GET / HT"}):
        time.sleep(1 + LATE_S)
    run(fleet, host, "nft delete table inet silent")
    for session in sessions(fleet, host):
        said |= of_session(session)
    return said


def late(seconds: float) -> t.Any:
    """Return what a time in force equals when so many seconds were measured."""
    return pytest.approx(seconds - LATE_S / 2, abs=LATE_S / 2 + 0.02)


def of_session(session: Session) -> Told:
    """Return what one session tells of its proxies."""
    front, back = (
        next((label for label in labels.values() if label.split()[1] == name), "")
        for labels, name in ((FRONTS, session.frontend), (BACKS, session.backend))
    )
    said = {("timeout client", front): session.client_ms / 1000}
    if session.server_ms is not None and session.tunnel_ms is not None:
        said["timeout server", back] = session.server_ms / 1000
        said["timeout tunnel", back] = session.tunnel_ms / 1000
    if session.ended == "sC":
        said["timeout connect", back] = late(session.lasted_ms / 1000)
    if session.ended == "cR":
        said["timeout http-request", front] = late(session.lasted_ms / 1000)
    return said


def keepalive(shown: str) -> Told:
    """Return which sections use keepalive, from `ss -Htnop state established`, where each has a connection."""
    said: Told = {}
    for line in shown.splitlines():
        _receiving, _sending, here, there, *rest = line.split()
        if '"haproxy"' not in line:
            continue
        armed = any(word.startswith("timer:(keepalive") for word in rest)
        front, back = FRONTS.get(here[here.rindex(":") :]), BACKS.get(there)
        if front:
            said["option clitcpka", front] = armed
        if back:
            said["option srvtcpka", back] = armed
    return said
