# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every family beside the programs themselves: a host with five servers at once, and a host with none."""

from __future__ import annotations

import json
import time

import pytest
import running_fleet
import test_application_timeout_facts as timeouts
import test_connection_facts as connections
import test_interface_facts as interfaces
import test_listening_port_facts as listeners
import test_route_facts as routes
import test_tcp_counter_facts as counters
import told_by_haproxy
import told_by_nginx
import told_by_servers

LAYERS = tuple(f"h001={layer}" for layer in ("rabbitmq", "nginx", "postgresql", "redis"))
UNITS = ("haproxy", "nginx", "postgresql@15-main", "redis-server", "rabbitmq-server")
FILES = {
    "/etc/haproxy/haproxy.cfg": told_by_haproxy.CONFIG,
    "/etc/nginx/nginx.conf": told_by_nginx.CONFIG,
    "/etc/nginx/conf.d/more.conf": told_by_nginx.MORE,
    "/run/behind.py": told_by_nginx.BEHIND,
    "/etc/postgresql/15/main/conf.d/x.conf": timeouts.POSTGRESQL,
    "/etc/postgresql/15/main/conf.d/more.inc": "tcp_keepalives_count 7\nauthentication_timeout=50s\n",
    "/etc/redis/more.conf": 'timeout 400\nTCP-KeepAlive "60"\nmaxclients 500\n',
    **{f"/etc/rabbitmq/{name}": text for name, text in timeouts.RABBITMQ_FILES.items()},
}
PREPARE = """echo include /etc/redis/more.conf >> /etc/redis/redis.conf
chmod 644 /etc/redis/more.conf
systemd-run --quiet --unit behind python3 /run/behind.py
head -c 20000000 /dev/zero > /srv/large"""
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
BOTH = pytest.mark.parametrize("host", ["h001", "h002"])


@pytest.fixture(scope="module", name="fleet")
def servers_together(or_skip):
    """A fleet of this file's own: h001 runs five servers with connections that are idle, h002 nothing but sshd."""
    with or_skip(), running_fleet.running(hosts=2, router=False, layers=LAYERS) as started:
        for path, text in FILES.items():
            timeouts.write(started, "h001", path, text)
        timeouts.said(started, "h001", "sh", "-c", f"{PREPARE}; systemctl restart {' '.join(UNITS)}")
        timeouts.said(started, "h001", "rabbitmqctl", "-q", "await_startup")
        for host, address, port in (("h001", "127.0.0.1", 6379), ("h002", started.address("h001"), 22)):
            connections.start(started, host, "idle", "python3", "-c", IDLE % (address, port))
            connections.wait_for(started, host, "/run/idle")
        yield started


TOLD = {
    "haproxy": told_by_haproxy.told,
    "nginx": told_by_nginx.told,
    **{name: getattr(told_by_servers, name) for name in ("rabbitmq", "postgresql", "redis", "sshd", "systemd")},
}
"""How each program that application_timeout_facts finds on h001 is asked."""


def timeouts_of(run_module, host, **arguments):
    """Return the fact of a host; nothing is wrong with it."""
    fact = run_module(host, timeouts.MODULE, arguments)["ansible_facts"]["peer_application_timeouts"]
    assert fact["problems"] == [] and {entry["status"] for entry in fact["sources"]} <= {"ok"}
    return fact


@pytest.fixture(scope="module", name="read")
def facts_once():
    """What the module said of each program of h001, so that it is asked once."""
    return {}


@pytest.fixture(name="fact_of")
def facts_by_software(fleet, run_module, read):
    def fact_of(software):
        if software not in read:
            read[software] = timeouts_of(run_module, "h001", software=[software], commands=True)
        return read[software]

    return fact_of


@pytest.mark.parametrize("software", TOLD)
def test_every_timeout_is_what_the_program_says(fleet, fact_of, software):
    fact = fact_of(software)
    assert len(fact["timeouts"]) == fact["total"] > 0 and fact["truncated"] is False
    said = TOLD[software](fleet, "h001")
    lines = {file: lines_of(fleet, file) for file in {row["file"] for row in fact["timeouts"] if "file" in row}}
    for row in fact["timeouts"]:
        compare(row, said)
        assert "line" not in row or row["name"].split()[-1].lower() in lines[row["file"]][row["line"] - 1].lower()


def lines_of(fleet, file):
    return timeouts.said(fleet, "h001", "cat", file).splitlines()


def compare(row, said):
    """Hold a row beside what its program says of each section that uses it."""
    found = {key: row[key] for key in ("value", "seconds", "parts") if row.get(key) is not None} or {"seconds": 0}
    if row["name"].startswith("client-output-buffer-limit"):
        del found["value"]  # the text of the file, `256mb 64mb 60`; Redis says the numbers, which are its parts
    name = row["name"].lower() if row["software"] == "sshd" else row["name"]
    for place in row.get("applies_to") or [row.get("section")]:
        value = said[name, place] if (name, place) in said else said[name]
        assert found == value if isinstance(value, dict) else [*found.values()] == [value], row
    nothing = not any(found.get("parts", found).values()) and row.get("unit") != "system default"
    assert row.get("off", False) is nothing, row


def test_no_timeout_is_left_out(run_module, fact_of):
    fact = timeouts_of(run_module, "h001", commands=True)
    assert set(fact["services"]) == set(TOLD)
    assert fact["total"] == sum(len(fact_of(software)["timeouts"]) for software in TOLD)


def test_nothing_is_claimed_of_a_host_without_them(fleet, run_module):
    fact = timeouts_of(run_module, "h002")
    assert fact["total"] == len(fact["timeouts"]) and {row["software"] for row in fact["timeouts"]} == {"sshd"}
    said = told_by_servers.sshd(fleet, "h002")
    for row in fact["timeouts"]:
        compare(row, said)
    running = {software for software, service in fact["services"].items() if service["running"]}
    assert running == {"sshd", "systemd"}
    nothing = {"sources": [], "timeouts": [], "services": {}, "problems": [], "total": 0, "truncated": False}
    assert timeouts_of(run_module, "h002", software=["rabbitmq", "nginx", "postgresql", "redis"]) == nothing


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
