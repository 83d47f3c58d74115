# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a running nginx says of its timers in its debugging log, and how it behaves where it says nothing.

`nginx -T` shows files, not what is in force, but nginx logs each timer that it starts (debug_connection), also those
that nobody wrote. Counts show in what it does: which request of a connection is its last, how many it keeps open.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import time
import typing as t

import nginx_debugging_log
import pytest
import running_fleet
import told_by_sockets

CONFIG = r"""
worker_processes 1;
error_log /var/log/nginx/said.log warn;
events { worker_connections 40; debug_connection 10.0.0.0/8; }
http {
    keepalive_timeout 1h 30m;
    keepalive_time 3s;
    client_max_body_size 64m;
    root /srv;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    include conf.d/*.conf;
    server {
        listen 8200 backlog=77 so_keepalive=30m::10;
        keepalive_timeout "9s";
        location ~ "^/a{2}" { proxy_pass http://127.0.0.1:8300; proxy_read_timeout 1m30s; }
        location /kept { proxy_pass http://app; }
    }
}
"""
MORE = """client_header_timeout 1s; # the file that nginx.conf includes
upstream app { server 127.0.0.1:8300; keepalive 2; keepalive_timeout 4s; keepalive_time 3s; }
server { listen 8201; location /kept { proxy_pass http://app; } }
"""
"""keepalive_time, an hour, is the only default of which nginx says nothing and that no test can wait for: it is set."""

BEHIND = r"""
import itertools, socket, threading, time

def serve(number, connection):
    for request in itertools.count(1):
        asked = connection.recv(65536)
        if not asked:
            return
        if b"/slow" in asked:
            time.sleep(0.5)
        body = b"%d %d" % (number, request)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

listener = socket.create_server(("127.0.0.1", 8300))
listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
for number in itertools.count(1):
    threading.Thread(target=serve, args=(number, listener.accept()[0]), daemon=True).start()
"""
"""The server behind nginx: it answers with the number of the connection and of the request on it."""

LOG = "/var/log/nginx/said.log"
STARTED = 2 * 7 + 4 + 1
"""So many are started: by each server its seven, by the location four, and one towards the server behind."""

SERVERS = {8200: "server 8200", 8201: "server 8201"}

Told = dict[tuple[str, str], t.Any]


class Nginx:
    """The nginx of one host of a fleet."""

    def __init__(self, fleet: running_fleet.RunningFleet, host: str) -> None:
        self.fleet, self.host = fleet, host
        self.address = fleet.hosts[host]["management"]

    def run(self, command: str, text: str = "") -> str:
        done = self.fleet.exec(self.host, "sh", "-c", command, input=text)
        done.check_returncode()
        return done.stdout

    def send(self, port: int, text: str, body: bytes = b"") -> socket.socket:
        connection = socket.create_connection((self.address, port), timeout=10)
        connection.sendall(text.encode() + body)
        return connection

    def client(self, port: int) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.address, port, timeout=10)

    def ask(self, port: int, line: str, place: str, body: bytes = b"", more: int = 0) -> socket.socket:
        """Send a request and return its connection; `more` bytes of the body are still to come."""
        head = f"{line} HTTP/1.1\r\nHost: x\r\nFrom: {place}\r\nContent-Length: {len(body) + more}\r\n\r\n"
        return self.send(port, head, body)


def told(fleet: running_fleet.RunningFleet, host: str) -> Told:
    """Return what nginx says and shows, by name of the setting and place: seconds, a number or a switch."""
    nginx = Nginx(fleet, host)
    said = timers(nginx)
    nginx.run("sed -i 's/debug_connection [^;]*;//' /etc/nginx/nginx.conf && systemctl restart nginx")
    return {**said, **ages(nginx), **requests(nginx), **sockets(nginx), **limits(nginx)}


def timers(nginx: Nginx) -> Told:
    """Let it start each timer once, and return them from its log."""
    with contextlib.ExitStack() as stack:
        for port, place in SERVERS.items():
            for _one_more_than_nginx_keeps in range(3):
                stack.enter_context(nginx.ask(port, "GET /kept/slow", place))
            stack.enter_context(nginx.ask(port, "POST /kept", place, b"x", more=9))
            stack.enter_context(nginx.ask(port, "GET /large", place))
            stack.enter_context(nginx.ask(port, "POST /kept/slow", place, bytes(6_000_000)))
        stack.enter_context(nginx.ask(8200, "GET /aa", "location ~ ^/a{2}"))
        deadline = time.monotonic() + 5
        said: Told = {}
        while len(said) < STARTED and time.monotonic() < deadline:
            time.sleep(0.2)
            said = nginx_debugging_log.parse_timers(nginx.run(f"cat {LOG}"))
    return said


class Answer(t.NamedTuple):
    """Which connection to the server behind served a request, its place on it, and whether nginx ends the client's."""

    connection: int
    request: int
    closed: bool


def kept(client: http.client.HTTPConnection) -> Answer:
    client.request("GET", "/kept")
    response = client.getresponse()
    return Answer(*map(int, response.read().split()), response.getheader("Connection") == "close")


def ages(nginx: Nginx) -> Told:
    """Return how old a connection may become that is used again and again, and how one ends that timed out."""
    halves = {place: nginx.send(port, "GET / HTTP/1.1\r\n") for port, place in SERVERS.items()}
    clients = {place: nginx.client(port) for port, place in SERVERS.items()}
    started, asked_s, closed, behind = time.monotonic(), [], [], []
    for wait_s in (0, 2.5, 0.8):
        time.sleep(wait_s)
        asked_s.append(time.monotonic() - started)
        answers = [kept(client) for client in clients.values()]
        closed.append([answer.closed for answer in answers])
        behind.append([answer.connection for answer in answers])
    assert closed == [[False, False], [False, False], [True, True]]
    first, *others = [connection for pair in behind for connection in pair]
    assert others[:4] == [first] * 4 and others[4] != first, "the first client of the last two used it up"
    between = pytest.approx((asked_s[1] + asked_s[2]) / 2, abs=(asked_s[2] - asked_s[1]) / 2 + 0.05)
    said: Told = {("keepalive_time", place): between for place in (*clients, "upstream app")}
    for place, connection in halves.items():
        said["reset_timedout_connection", place] = was_reset(connection)
    return said


def was_reset(connection: socket.socket) -> bool:
    with connection:
        try:
            return connection.recv(1) != b""
        except ConnectionResetError:
            return True


def requests(nginx: Nginx) -> Told:
    """Return how many requests it serves on one connection, of clients and to the server behind."""
    said: Told = {}
    for port, place in SERVERS.items():
        with nginx.send(port, "GET /one HTTP/1.1\r\nHost: x\r\n\r\n" * 1200) as connection:
            said["keepalive_requests", place] = b"".join(iter(lambda: connection.recv(65536), b"")).count(b"HTTP/1.1 ")
    served = [kept(client) for client in (nginx.client(8200), nginx.client(8200)) for _request in range(600)]
    said["keepalive_requests", "upstream app"] = max(
        answer.request for answer in served if answer.connection == served[0].connection
    )
    return said


def sockets(nginx: Nginx) -> Told:
    """Return which sockets use keepalive, and how many connections to the server behind are kept."""
    with contextlib.ExitStack() as stack:
        for port in (8200, 8200, 8200, 8201):
            stack.enter_context(nginx.ask(port, "GET /kept/slow", ""))
        time.sleep(0.2)
        busy = to_server_behind(nginx)
        time.sleep(0.8)
        idle = to_server_behind(nginx)
    (armed,) = {"timer:(keepalive" in line for line in busy}
    options = told_by_sockets.listening(nginx.fleet, nginx.host, "nginx")
    return {
        ("keepalive", "upstream app"): len(idle),
        **{("proxy_socket_keepalive", place): armed for place in SERVERS.values()},
        **{("listen so_keepalive", place): so_keepalive(options[port]) for port, place in SERVERS.items()},
    }


def to_server_behind(nginx: Nginx) -> list[str]:
    """Return the lines of ss for nginx's connections to the server behind."""
    lines = nginx.run("ss -Htnop state established dport = :8300").splitlines()
    return [line for line in lines if '"nginx"' in line]


def so_keepalive(options: told_by_sockets.Options) -> t.Any:
    """Return what a row says of the options of a socket, with None for an interval that the kernel would use anyway."""
    if not options.keepalive:
        return False
    interval_s = None if options.interval_s == 75 else options.interval_s
    parts = {"idle_s": options.idle_s, "interval_s": interval_s, "probes": options.probes}
    return {"value": True, "seconds": options.idle_s, "parts": parts}


def limits(nginx: Nginx) -> Told:
    """Return the lengths of its queues, and at how many connections it complains."""
    queues = (line.split() for line in nginx.run("ss -Hltn").splitlines())
    said: Told = {
        ("listen backlog", SERVERS[port]): int(words[2])
        for words in queues
        for port in SERVERS
        if words[3].endswith(f":{port}")
    }
    with contextlib.ExitStack() as stack:
        for _connection in range(45):
            stack.enter_context(nginx.send(8201, ""))
        time.sleep(0.1)
    (said["worker_connections", "events"],) = map(
        int, set(re.findall(r"(\d+) worker_connections are not enough", nginx.run(f"cat {LOG}")))
    )
    return said
