# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every family beside the programs themselves: a host with five servers at once, and a host with none."""

from __future__ import annotations

import json
import re
import time

import pytest
import running_fleet
import test_application_timeout_facts as timeouts
import test_connection_facts as connections
import test_interface_facts as interfaces
import test_listening_port_facts as listeners
import test_route_facts as routes
import test_tcp_counter_facts as counters

LAYERS = tuple(f"h001={layer}" for layer in ("rabbitmq", "nginx", "postgresql", "redis"))
UNITS = ("haproxy", "nginx", "postgresql@15-main", "redis-server", "rabbitmq-server")
FILES = {
    "/etc/haproxy/haproxy.cfg": timeouts.HAPROXY,
    "/etc/nginx/nginx.conf": timeouts.NGINX,
    "/etc/nginx/conf.d/more.conf": timeouts.NGINX_MORE,
    "/etc/postgresql/15/main/conf.d/x.conf": timeouts.POSTGRESQL,
    "/etc/postgresql/15/main/conf.d/more.inc": "tcp_keepalives_count 7\nauthentication_timeout=50s\n",
    "/etc/redis/more.conf": 'timeout 400\nTCP-KeepAlive "60"\nmaxclients 500\n',
    **{f"/etc/rabbitmq/{name}": text for name, text in timeouts.RABBITMQ_FILES.items()},
}
IDLE = """
import socket, time
kept = [socket.create_connection(("%s", %d)) for dummy in range(3)]
open("/run/idle", "w").close()
time.sleep(600)
"""
FIREWALL = """
table inet side {
  chain arriving { type filter hook input priority 0; policy accept;
    tcp dport 4461 counter drop
    tcp dport { 4462, 4463 } counter reject with tcp reset
    ip saddr 192.0.2.0/24 counter reject with icmp host-prohibited
    tcp dport 4464 ct state new limit rate over 5/second counter drop
  }
}
"""
HAPROXY_ROWS = {
    ("timeout client", 17): 2.5,
    ("timeout server", 10): 3600.0,
    ("timeout client", 23): 1.0,
    ("timeout server", 24): 1.0,
    ("timeout tunnel", 25): 3.0,
    ("timeout client", 14): 2.0,
    ("timeout connect", 8): 4.0,
    ("option clitcpka", 11): True,
    ("option clitcpka", 29): False,
    ("maxconn", 3): 1234,
}
"""What timeouts.HAPROXY sets, by name and line; HAProxy does not print its timeouts."""

BOTH = pytest.mark.parametrize("host", ["h001", "h002"])


@pytest.fixture(scope="module", name="fleet")
def servers_together(or_skip):
    """A fleet of this file's own: h001 runs five servers with connections that are idle, h002 nothing but sshd."""
    with or_skip(), running_fleet.running(hosts=2, router=False, layers=LAYERS) as started:
        for path, text in FILES.items():
            timeouts.write(started, "h001", path, text)
        change = "echo include /etc/redis/more.conf >> /etc/redis/redis.conf; chmod 644 /etc/redis/more.conf"
        timeouts.said(started, "h001", "sh", "-c", f"{change}; systemctl restart {' '.join(UNITS)}")
        timeouts.said(started, "h001", "rabbitmqctl", "-q", "await_startup")
        for host, address, port in (("h001", "127.0.0.1", 6379), ("h002", started.address("h001"), 22)):
            connections.start(started, host, "idle", "python3", "-c", IDLE % (address, port))
            connections.wait_for(started, host, "/run/idle")
        yield started


def timeouts_of(run_module, host, **arguments):
    """Return the rows of a host by software."""
    fact = run_module(host, timeouts.MODULE, arguments)["ansible_facts"]["peer_application_timeouts"]
    assert fact["problems"] == [] and {entry["status"] for entry in fact["sources"]} == {"ok"}
    found = {}
    for row in fact["timeouts"]:
        found.setdefault(row["software"], []).append(row)
    return found


@pytest.fixture(scope="module", name="configured")
def rows_once():
    """What the module gave once, so that each program is asked in a test of its own."""
    return {}


@pytest.fixture(name="told")
def rows_by_software(run_module, fleet, configured):
    if not configured:
        configured.update(timeouts_of(run_module, "h001", commands=True))
    return configured


def value_of(row):
    """Return what a row says: a value, or seconds with 0 for never."""
    return row["value"] if "value" in row else row["seconds"] or 0


def test_every_server_has_rows(told):
    assert set(told) >= {"haproxy", "nginx", "postgresql", "redis", "rabbitmq", "sshd"}


def test_haproxy(fleet, told):
    timeouts.said(fleet, "h001", "haproxy", "-c", "-f", "/etc/haproxy/haproxy.cfg")
    found = {(row["name"], row["line"]): value_of(row) for row in told["haproxy"] if row["source"] == "config"}
    assert len(found) >= 7
    assert found == {place: HAPROXY_ROWS[place] for place in found}
    assert all(row.get("off") for row in told["haproxy"] if row["source"] == "default")
    shown = timeouts.said(fleet, "h001", "sh", "-c", "echo show stat | ncat -U /run/haproxy/admin.sock")
    named = {place.split()[-1] for row in told["haproxy"] for place in row.get("applies_to", ())}
    assert named <= {line.split(",")[0] for line in shown.splitlines()}


def nginx_seconds(text):
    """Return a time of nginx, `1m30s`, in seconds."""
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "": 1}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)(ms|s|m|h|)", text.strip('";')))


def test_nginx(fleet, told):
    lines = {}
    for part in timeouts.said(fleet, "h001", "nginx", "-T").split("# configuration file ")[1:]:
        file, _newline, text = part.partition(":\n")
        lines.update({(file, number): line for number, line in enumerate(text.splitlines(), 1)})
    written = [row for row in told["nginx"] if row["source"] == "config"]
    assert len(written) >= 5
    for row in written:
        directive, *option = row["name"].split()
        line = lines[row["file"], row["line"]]
        (rest,) = re.findall(rf"\b{directive} ([^;]*);", line)
        if option:
            (shown,) = re.findall(rf"{option[0]}=(\S+)", rest)
            idle, interval, probes = shown.split(":")
            assert row["parts"] == {
                "idle_s": nginx_seconds(idle),
                "interval_s": nginx_seconds(interval) or None,
                "probes": int(probes),
            }
        else:
            assert row["seconds"] == nginx_seconds(rest.split()[0]), line
    defaults = {row["name"] for row in told["nginx"] if row["source"] == "default"}
    written_words = set(re.findall(r"\b[a-z_]+\b", "\n".join(lines.values())))
    assert defaults & written_words == {"proxy_read_timeout"}, "which is set in one location only"


def test_postgresql(fleet, told):
    found = {row["name"]: row for row in told["postgresql"]}
    assert len(found) >= 8
    timeouts.compare_with_postgresql(fleet, "h001", found)


def test_redis(fleet, told):
    assert len(told["redis"]) >= 4
    for row in told["redis"]:
        name, *kind = row["name"].split()
        _name, shown = timeouts.said(fleet, "h001", "redis-cli", "CONFIG", "GET", name).splitlines()
        if kind:
            assert f"{kind[0]} {row['value']}" in shown
        else:
            assert value_of(row) == int(shown), name


def test_rabbitmq(fleet, told):
    environment = timeouts.said(fleet, "h001", "rabbitmqctl", "environment")
    queue = timeouts.said(fleet, "h001", "ss", "-Hltn", "sport = :5673").split()[2]
    expected = {
        "tcp_listen_options.backlog": f"{queue}",
        "tcp_listen_options.keepalive": str("{keepalive,true}" in environment),
        "tcp_listen_options.linger.on": str("{linger,{true,3}}" in environment),
    }
    for name, factor in (("heartbeat", 1), ("handshake_timeout", 1000), ("ssl_handshake_timeout", 1000)):
        (number,) = re.findall(rf"\{{{name},(\d+)\}}", environment)
        expected[name] = f"{int(number) / factor}"
    found = {row["name"]: str(value_of(row)) for row in told["rabbitmq"]}
    assert len(found) >= 5
    assert found == {name: expected[name] for name in found}


def test_sshd(fleet, told):
    shown = dict(line.split(" ", 1) for line in timeouts.said(fleet, "h001", "/usr/sbin/sshd", "-T").splitlines())
    for row in told["sshd"]:
        value = value_of(row)
        same = (
            {True: "yes", False: "no"}.get(value)
            if isinstance(value, bool)
            else f"{value:g}"
            if row["seconds"]
            else value
        )
        expected = shown[row["name"].lower()]
        assert str(same) == ("0" if expected == "none" else expected), row["name"]


def test_a_host_without_servers_has_rows_of_sshd_only(fleet, run_module):
    assert set(timeouts_of(run_module, "h002")) == {"sshd"}


@BOTH
def test_listeners(fleet, run_module, host):
    assert listeners.compare_with_ss(fleet, run_module, "tcp", host) >= (14 if host == "h001" else 2)
    listeners.compare_with_ss(fleet, run_module, "udp", host)


@BOTH
def test_connections(fleet, run_module, host):
    started = time.monotonic()
    fact, shown = connections.fact_of(run_module, host), connections.witnessed(fleet, host)
    age_s = time.monotonic() - started + 1
    ours = {22: 3, 6379: 3} if host == "h001" else {22: 3}
    compared = set()
    for side, port_of in (("services", "local_port"), ("remotes", "remote_port")):
        for row in fact[side]:
            if row["port"] in ours and (side, row["port"]) != ("services", 22):
                place = [one for one in shown if one[port_of] == row["port"]]
                connections.against(row, place, age_s)
                compared.add((side, row["port"]))
    assert compared == ({("services", 6379), ("remotes", 6379)} if host == "h001" else {("remotes", 22)})


@BOTH
def test_links_addresses_and_routes(fleet, run_module, host):
    interfaces.test_links_are_those_of_ip(fleet, run_module, host, "root")
    interfaces.test_addresses_are_those_of_ip(fleet, run_module, host, "root")
    routes.test_rules_and_forwarding(fleet, run_module, host, "root")
    for version in (4, 6):
        routes.test_routes_are_those_of_ip(fleet, run_module, host, "root", version)


@BOTH
def test_counters(fleet, run_module, host):
    counters.compare_with_nstat(fleet, run_module, host)


@BOTH
def test_firewall(fleet, run_module, host):
    if host == "h001":
        fleet.exec(host, "nft", "-f", "-", input=FIREWALL).check_returncode()
        fleet.exec(host, "ncat", "-w", "1", "127.0.0.1", "4462")
    fact = run_module(host, "netdoctor.connection_reset.firewall_facts")["ansible_facts"]["peer_firewall"]
    listed = json.loads(fleet.exec(host, "nft", "-j", "list", "ruleset").stdout)["nftables"]
    rules = {entry["rule"]["handle"]: entry["rule"] for entry in listed if "rule" in entry}
    found = {row["handle"]: row for row in fact["rules"]}
    assert set(found) == set(rules) and len(found) == fact["total"] == (4 if host == "h001" else 0)
    for handle, rule in rules.items():
        (counter,) = (part["counter"] for part in rule["expr"] if "counter" in part)
        (verdict,) = (word for part in rule["expr"] for word in ("drop", "reject") if word in part)
        row = found[handle]
        assert (row["packets"], row["bytes"], row["action"]) == (counter["packets"], counter["bytes"], verdict)
        assert (row["table"], row["chain"], row["hooks"]) == ("side", "arriving", ["input"])
