# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""application_timeout_facts says what the programs themselves say: real packages of Debian, one host for each."""

from __future__ import annotations

import json
import re
import socket
import time

import pytest
import running_fleet

MODULE = "netdoctor.connection_reset.application_timeout_facts"
LAYERS = ("h001=rabbitmq", "h002=nginx", "h003=postgresql", "h004=redis")


RABBITMQ = """# a comment
heartbeat = 30
include extra/*.conf
tcp_listen_options.linger.on = true
tcp_listen_options.linger.timeout = 3
listeners.tcp.1 = 127.0.0.1:5672
listeners.tcp.other = 5673 # all addresses
"""
RABBITMQ_FILES = {
    "rabbitmq.conf": RABBITMQ,
    "extra/one.conf": "handshake_timeout = 11000\nheartbeat = 40\n",
    "conf.d/20-two.conf": "heartbeat = 50#x\n",
    "advanced.config": "%% terms\n[{rabbit,\n [{ssl_handshake_timeout, 7000}]}].\n",
}


@pytest.fixture(scope="module", name="fleet")
def servers(or_skip):
    """A fleet of this file's own (run_module uses it): a broker, a web server with a proxy, a database, a cache."""
    with or_skip(), running_fleet.running(hosts=4, router=False, layers=LAYERS) as started:
        for name, text in RABBITMQ_FILES.items():
            write(started, "h001", f"/etc/rabbitmq/{name}", text)
        # The broker takes longest to start, so it does while the others are tested.
        said(started, "h001", "systemctl", "restart", "--no-block", "rabbitmq-server")
        yield started


@pytest.fixture(name="facts")
def gathered(run_module):
    """A function that returns the fact of one host, and checks what holds for all of them."""

    def gather(host, user="root", **arguments):
        result = run_module(host, MODULE, arguments, user=user)
        assert result["changed"] is False
        fact = result["ansible_facts"]["peer_application_timeouts"]
        assert len(json.dumps(fact)) <= 16384
        return fact

    return gather


def rows(fact, software):
    """The rows of one program by name; a name in several sections keeps the first."""
    found = {}
    for entry in fact["timeouts"]:
        if entry["software"] == software:
            found.setdefault(entry["name"], entry)
    return found


def write(fleet, host, path, text):
    fleet.exec(host, "sh", "-c", f"mkdir -p $(dirname {path}) && cat > {path}", input=text).check_returncode()


def said(fleet, host, *command):
    answer = fleet.exec(host, *command)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def closed_after_s(address, port, send=b""):
    """Return how long a server keeps a connection on which nothing more is sent."""
    with socket.create_connection((address, port), timeout=5) as connection:
        connection.settimeout(10)
        connection.sendall(send)
        started = time.monotonic()
        while connection.recv(65536):
            started = time.monotonic() if send else started
        return time.monotonic() - started


HAPROXY = r"""
global
    maxconn 1234
    setenv IDLE 2s
    stats socket /run/haproxy/admin.sock
defaults tcp
    mode tcp
    timeout connect 4s
    timeout client 30s
    timeout server 1h
    option clitcpka
defaults web from tcp
    mode http
    timeout client "$IDLE" # quoted, so the variable counts
frontend amqp from tcp
    bind :5600,:5601-5602
    timeout client 2500
    default_backend broker
backend broker from tcp
    server one 127.0.0.1:5672
listen streams from tcp
    bind :5603
    timeout client 1s
    timeout server 1s
    timeout tunnel 3s
    server one 127.0.0.1:80
listen www from web
    bind :8100
    no option clitcpka
    server one 127.0.0.1:80
"""


def test_haproxy_closes_when_the_fact_says(fleet, facts):
    write(fleet, "h002", "/etc/haproxy/haproxy.cfg", HAPROXY)
    said(fleet, "h002", "systemctl", "restart", "haproxy")
    fact = facts("h002")
    assert fact["problems"] == []
    clients = [entry for entry in fact["timeouts"] if entry["name"] == "timeout client"]
    by_port = {port: entry for entry in clients for port in entry["ports"]}
    assert (by_port[5602]["seconds"], by_port[5602]["section"], by_port[5602]["line"]) == (2.5, "frontend amqp", 17)
    assert (by_port[8100]["seconds"], by_port[8100]["section"], by_port[8100]["mode"]) == (2.0, "defaults web", "http")
    for port, first in ((5601, b""), (8100, b"")):
        assert closed_after_s(fleet.hosts["h002"]["management"], port, first) == pytest.approx(
            by_port[port]["seconds"], abs=0.7
        )
    tunnel = next(entry for entry in fact["timeouts"] if entry["name"] == "timeout tunnel" and 5603 in entry["ports"])
    assert by_port[5603]["superseded_by"] == "timeout tunnel"
    said(fleet, "h002", "systemctl", "start", "nginx")
    assert closed_after_s(fleet.hosts["h002"]["management"], 5603) == pytest.approx(tunnel["seconds"], abs=0.7)
    keepalive = {
        port: entry for entry in fact["timeouts"] if entry["name"] == "option clitcpka" for port in entry["ports"]
    }
    assert (keepalive[5600]["value"], keepalive[8100]["value"]) == (True, False)
    shown = said(fleet, "h002", "sh", "-c", "echo show info | ncat -U /run/haproxy/admin.sock")
    assert f"Maxconn: {rows(fact, 'haproxy')['maxconn']['value']}\n" in shown


def test_haproxy_and_the_fact_complain_about_the_same_lines(fleet, facts):
    broken = HAPROXY.replace("timeout client 2500", "timeout client 1h30m\n    timeout server 3.5s").replace(
        "timeout server 1h", "timeout server 99999999d"
    )
    write(fleet, "h002", "/etc/haproxy/haproxy.cfg", broken + 'listen "late\n')
    check = fleet.exec("h002", "haproxy", "-c", "-f", "/etc/haproxy/haproxy.cfg")
    complaints = {int(line) for line in re.findall(r"ALERT.*parsing \[/etc/haproxy/haproxy.cfg:(\d+)\]", check.stderr)}
    lines = {entry["line"] for entry in facts("h002")["problems"] if entry["software"] == "haproxy"}
    write(fleet, "h002", "/etc/haproxy/haproxy.cfg", HAPROXY)
    assert check.returncode == 1
    assert len(complaints) == 3 and complaints <= lines
    assert lines - complaints == {17}, "HAProxy 2.6 warns of 1h30m, later ones refuse it"


NGINX = r"""
events { worker_connections 700; }
http {
    keepalive_timeout 1h 30m;
    include conf.d/*.conf;
    server {
        listen 8200 backlog=77 so_keepalive=30m::10;
        keepalive_timeout "2s";
        location ~ "^/a{2}" { proxy_pass http://127.0.0.1:8300; proxy_read_timeout 1m30s; }
    }
}
"""
NGINX_MORE = """client_header_timeout 3s; # the file that nginx.conf includes
upstream app { server 127.0.0.1:8300; keepalive 8; keepalive_timeout 4s; }
server { listen 8201; }
"""


def test_nginx_closes_when_the_fact_says(fleet, facts):
    write(fleet, "h002", "/etc/nginx/nginx.conf", NGINX)
    write(fleet, "h002", "/etc/nginx/conf.d/more.conf", NGINX_MORE)
    dumped = said(fleet, "h002", "nginx", "-T")
    said(fleet, "h002", "systemctl", "restart", "nginx")
    fact = facts("h002", user="ansible")
    assert fact["services"]["nginx"]["files"] == re.findall(r"^# configuration file (\S+):$", dumped, re.MULTILINE)
    idle = {
        port: entry
        for entry in fact["timeouts"]
        if (entry["name"], entry["side"]) == ("keepalive_timeout", "client") and entry["software"] == "nginx"
        for port in entry["ports"]
    }
    assert (idle[8200]["seconds"], idle[8200]["line"], idle[8201]["seconds"]) == (2.0, 8, 3600.0)
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    address = fleet.hosts["h002"]["management"]
    assert closed_after_s(address, 8200, request) == pytest.approx(2.0, abs=0.7)
    slow = next(entry for entry in fact["timeouts"] if entry["name"] == "client_header_timeout")
    assert (slow["file"], slow["line"]) == ("/etc/nginx/conf.d/more.conf", 1)
    assert closed_after_s(address, 8201, b"GET / HTTP/1.1\r\n") == pytest.approx(slow["seconds"], abs=0.7)
    queues = said(fleet, "h002", "ss", "-Hltn", "sport = :8200 or sport = :8201")
    limits = {line.split()[3].rpartition(":")[2]: int(line.split()[2]) for line in queues.splitlines()}
    backlog = {entry["ports"][0]: entry["value"] for entry in fact["timeouts"] if entry["name"] == "listen backlog"}
    assert limits == {str(port): backlog[port] for port in (8200, 8201)}


def test_nginx_and_the_fact_complain_about_the_same_line(fleet, facts):
    for number, broken in enumerate(
        (
            NGINX_MORE.replace("3s;", "3x;"),
            NGINX_MORE + "include missing.conf;\n",
            NGINX_MORE + 'send_timeout "2s;\n',
        )
    ):
        write(fleet, "h002", "/etc/nginx/conf.d/more.conf", broken)
        check = fleet.exec("h002", "nginx", "-t")
        assert check.returncode == 1
        place = re.search(r"in (/\S+):(\d+)", check.stderr)
        (problem,) = facts("h002")["problems"]
        assert (problem["file"], problem["line"]) == (place.group(1), int(place.group(2))), f"{number}: {check.stderr}"
    write(fleet, "h002", "/etc/nginx/conf.d/more.conf", NGINX_MORE)


POSTGRESQL = """tcp_keepalives_idle = 1min
Idle_Session_Timeout '1.5 min'   # quoted
tcp_user_timeout=1500
wal_sender_timeout = 0
include_if_exists = 'not-there.conf'
include 'more.inc'
"""


def test_postgresql_shows_what_the_fact_says(fleet, facts):
    write(fleet, "h003", "/etc/postgresql/15/main/conf.d/x.conf", POSTGRESQL)
    write(
        fleet, "h003", "/etc/postgresql/15/main/conf.d/more.inc", "tcp_keepalives_count 7\nauthentication_timeout=50s\n"
    )
    said(
        fleet,
        "h003",
        "su",
        "postgres",
        "-c",
        "psql -qc \"ALTER SYSTEM SET idle_in_transaction_session_timeout = '2min'\"",
    )
    said(fleet, "h003", "systemctl", "restart", "postgresql@15-main")
    fact = facts("h003")
    assert fact["problems"] == []
    compare_with_postgresql(fleet, "h003", rows(fact, "postgresql"))


def compare_with_postgresql(fleet, host, found):
    """Hold every row of PostgreSQL beside what SHOW and pg_settings say."""
    names = ",".join(f"'{name}'" for name in found)
    query = f"SELECT name, reset_val, unit, sourcefile, sourceline FROM pg_settings WHERE name IN ({names})"
    shown = said(fleet, host, "su", "postgres", "-c", f'psql -h 127.0.0.1 -At -c "{query}" || psql -At -c "{query}"')
    told = [line.split("|") for line in shown.splitlines()]
    assert {name for name, *dummy in told} == set(found)
    for name, value, unit, file, line in told:
        row = found[name]
        actual = row["value"] if "value" in row else (row["seconds"] or 0) / {"ms": 0.001, "s": 1}[unit]
        assert actual == pytest.approx(int(value)), name
        assert (row.get("file", ""), str(row.get("line", ""))) == (file, line), name


def test_postgresql_as_an_ordinary_user(fleet, facts):
    fact = facts("h003", user="ansible")
    denied = {entry["name"] for entry in fact["sources"] if entry["status"] == "denied"}
    assert "/var/lib/postgresql/15/main/postgresql.auto.conf" in denied
    assert {entry["source"] for entry in fact["timeouts"] if entry["software"] == "postgresql"} == {"config"}


def test_redis_has_what_the_fact_says(fleet, facts):
    write(fleet, "h004", "/etc/redis/more.conf", 'timeout 45\nTCP-KeepAlive "60"\nmaxclients 500\n')
    said(fleet, "h004", "sh", "-c", "echo include /etc/redis/more.conf >> /etc/redis/redis.conf")
    said(fleet, "h004", "chmod", "755", "/etc/redis")
    said(fleet, "h004", "sh", "-c", "chmod 644 /etc/redis/more.conf; systemctl restart redis-server")
    found = rows(facts("h004"), "redis")
    for name in ("timeout", "tcp-keepalive", "tcp-backlog", "maxclients", "repl-timeout"):
        value = said(fleet, "h004", "redis-cli", "CONFIG", "GET", name).split()[1]
        row = found[name]
        assert (row["value"] if "value" in row else row["seconds"]) == int(value), name
    assert (found["timeout"]["file"], found["timeout"]["line"]) == ("/etc/redis/more.conf", 1)
    assert found["tcp-backlog"]["file"] == "/etc/redis/redis.conf"


def test_redis_as_an_ordinary_user_is_denied_and_not_guessed(fleet, facts):
    said(fleet, "h004", "chmod", "750", "/etc/redis")
    fact = facts("h004", user="ansible")
    assert {entry["status"] for entry in fact["sources"] if "redis" in entry["name"]} == {"denied"}
    assert rows(fact, "redis") == {}


SSHD = """MaxStartups 10:30:60
clientaliveinterval=1m30s # trailing
LoginGraceTime 1m
ClientAliveInterval 10
UseDNS "yes"
UnusedConnectionTimeout 1h
Match User backup Address 10.0.0.0/8
    ClientAliveInterval 15
    ClientAliveCountMax 5
Match all
    MaxSessions 20
"""
SSHD_KEYWORDS = (
    "ClientAliveInterval",
    "ClientAliveCountMax",
    "MaxSessions",
    "LoginGraceTime",
    "UnusedConnectionTimeout",
)


def test_sshd_answers_what_the_fact_says(fleet, facts):
    write(fleet, "h004", "/etc/ssh/sshd_config.d/10-test.conf", SSHD)
    try:
        for user, match in (
            ("root", None),
            ("ansible", None),
            ("root", {"user": "backup", "host": "x", "addr": "10.1.2.3"}),
        ):
            who = ["-C", "user=%(user)s,host=%(host)s,addr=%(addr)s" % match] if match else []
            answer = dict(line.split(" ", 1) for line in said(fleet, "h004", "/usr/sbin/sshd", "-T", *who).splitlines())
            fact = facts("h004", user=user, **({"sshd_match": match} if match else {}))
            found = rows(fact, "sshd")
            for name in SSHD_KEYWORDS:
                row = found[name]
                actual = row["value"] if "value" in row else int(row["seconds"] or 0)
                assert str(actual) == answer[name.lower()], f"{name} for {match} as {user}"
            assert found["MaxStartups"]["value"] == answer["maxstartups"]
            assert fact["services"]["sshd"]["settings"]["UseDNS"]["value"] == answer["usedns"]
            assert found["ClientAliveInterval"]["line"] == (8 if match else 2)
            assert found["LoginGraceTime"]["file"] == "/etc/ssh/sshd_config.d/10-test.conf"
    finally:
        said(fleet, "h004", "rm", "/etc/ssh/sshd_config.d/10-test.conf")


SOCKET = """[Socket]
ListenStream=127.0.0.1:7001
Accept=yes
KeepAliveTimeSec=1min 30s
Backlog=64
[Install]
WantedBy=sockets.target
"""
DROP_IN = "[Socket]\nListenStream=\nListenStream=7002\nKeepAlive=yes\nMaxConnections=5 \\\n# c\n\nBacklog=%s\n"


def test_systemd_shows_what_the_fact_says(fleet, facts):
    write(fleet, "h004", "/usr/lib/systemd/system/a-b.socket", SOCKET)
    write(fleet, "h004", "/usr/lib/systemd/system/a-b@.service", "[Service]\nExecStart=/bin/cat\n")
    write(fleet, "h004", "/etc/systemd/system/a-.socket.d/x.conf", DROP_IN % 10)
    write(fleet, "h004", "/usr/lib/systemd/system/a-b.socket.d/x.conf", DROP_IN % 20)
    write(fleet, "h004", "/etc/systemd/system/socket.d/x.conf", "[Socket]\nBacklog=30\n")
    said(fleet, "h004", "sh", "-c", "systemctl daemon-reload; systemctl -q enable --now a-b.socket")
    shown = dict(
        line.partition("=")[::2] for line in said(fleet, "h004", "systemctl", "show", "a-b.socket").splitlines()
    )
    found = rows(facts("h004"), "systemd")
    assert found["KeepAliveTimeSec"]["seconds"] == 90.0 and shown["KeepAliveTimeUSec"] == "1min 30s"
    assert found["TriggerLimitIntervalSec"]["seconds"] == 2.0 and shown["TriggerLimitIntervalUSec"] == "2s"
    for name in ("Backlog", "MaxConnections", "TriggerLimitBurst"):
        assert str(found[name]["value"]) == shown[name]
    assert found["KeepAlive"]["value"] is True and shown["KeepAlive"] == "yes"
    assert found["Backlog"]["ports"] == [7002] and shown["Listen"] == "[::]:7002 (Stream)"
    said(fleet, "h004", "sh", "-c", "systemctl disable -q --now a-b.socket; systemctl -q mask a-b.socket")
    assert rows(facts("h004"), "systemd") == {}


def test_a_name_that_sshd_would_read_as_more_is_refused(run_module):
    result = run_module("h004", MODULE, {"sshd_match": {"user": "x,host=y", "host": "h", "addr": "192.0.2.1"}})
    assert result["failed"] is True
    assert "user must be a plain name" in result["msg"]


def test_rabbitmq_uses_what_the_fact_says(fleet, facts):
    said(fleet, "h001", "rabbitmqctl", "-q", "await_startup")
    environment = said(fleet, "h001", "rabbitmqctl", "environment")
    found = rows(facts("h001"), "rabbitmq")
    for name, unit_s in (("heartbeat", 1), ("handshake_timeout", 0.001), ("ssl_handshake_timeout", 0.001)):
        assert f"{{{name},{found[name]['seconds'] / unit_s:g}}}" in environment
    assert (found["heartbeat"]["file"], found["heartbeat"]["line"]) == ("/etc/rabbitmq/conf.d/20-two.conf", 1)
    assert (found["ssl_handshake_timeout"]["line"], found["ssl_handshake_timeout"]["section"]) == (3, "rabbit")
    linger = found["tcp_listen_options.linger.on"]
    assert "{tcp_listen_options,[{linger,{true,%d}}]}" % linger["seconds"] in environment
    assert found["tcp_listen_options.backlog"]["note"]
    queue = said(fleet, "h001", "ss", "-Hltn", "sport = :5673").split()[2]
    assert int(queue) == found["tcp_listen_options.backlog"]["value"]
    assert found["heartbeat"]["ports"] == [5672, 5673]
    write(fleet, "h001", "/etc/rabbitmq/conf.d/20-two.conf", "heartbeat = 55\n")
    asked = rows(facts("h001", commands=True), "rabbitmq")
    assert (asked["heartbeat"]["seconds"], asked["heartbeat"]["source"]) == (50.0, "runtime")
    assert asked["handshake_timeout"]["source"] == "config"
