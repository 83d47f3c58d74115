# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""More faults of the taxonomy."""

from __future__ import annotations

import time
import typing as t

from fault import PORT, REFUSED, RESET, SILENT, Fault, echo, interrupted, talk
from known import broken_sshd, overflow, sshd, sshd_burst
from stage import CLIENT, ROUTER, SERVER, Stage

DENIED = {"EACCES", "EHOSTUNREACH", "ENETUNREACH", "EINVAL"}


def wrong_address(stage: Stage) -> None:
    stage.serve("echo", PORT, address="127.0.0.1")


def silent(stage: Stage) -> None:
    stage.sysctl(SERVER, ipv4__tcp_abort_on_overflow=0)
    stage.serve("silent", PORT)


def waiting(stage: Stage) -> str:
    stage.burst(PORT, 8)
    return stage.talk(PORT)


def filtered(host: str, hook: str, verdict: str) -> t.Callable[[Stage], None]:
    """Let a rule of nftables treat packets to the port of the service on a host."""

    def inject(stage: Stage) -> None:
        echo(stage)
        chain = "type filter hook %s priority 0; tcp dport %d %s;" % (hook, PORT, verdict)
        stage.rules(host, "table inet fault { chain c { %s }; }" % chain)

    return inject


def routed(host: str, kind: str) -> t.Callable[[Stage], None]:
    def inject(stage: Stage) -> None:
        echo(stage)
        stage.sh(host, "ip route add %s %s/32" % (kind, stage.server_address))

    return inject


def unmanaged(stage: Stage) -> None:
    """Start a server that no service manager knows."""
    stage.sh(SERVER, "setsid python3 /root/serve.py deaf %d >/dev/null 2>&1 & echo $! >/run/deaf.pid" % PORT)
    stage.wait_for(SERVER, "ss -Hltn 'sport = :%d' | grep -q ." % PORT)


def killed_unmanaged(stage: Stage) -> str:
    return interrupted(stage, "--pauses 0 --timeout 30", lambda: stage.sh(SERVER, "kill -KILL $(cat /run/deaf.pid)"))


def no_way_back(stage: Stage) -> None:
    echo(stage)
    stage.sh(SERVER, "ip route add blackhole %s/32" % stage.client_address)


def strict_filter(stage: Stage) -> None:
    """Let the server look for its clients on another link than the one they come from, and insist on it."""
    echo(stage)
    stage.sysctl(SERVER, ipv4__conf__all__rp_filter=1, ipv4__conf__eth1__rp_filter=1)
    stage.sh(SERVER, "ip route add %s/32 dev eth0" % stage.client_address)


def black_hole(stage: Stage) -> None:
    """Narrow a link behind the router and keep it from saying so."""
    echo(stage)
    stage.sh(ROUTER, "ip link set eth2 mtu 1000")
    chain = "type filter hook output priority 0; icmp type destination-unreachable counter drop;"
    stage.rules(ROUTER, "table inet fault { chain c { %s }; }" % chain)


def large(stage: Stage) -> str:
    return stage.talk(PORT, "--bytes 6000")


def duplicate(stage: Stage) -> None:
    """Give the server's address to another host of its network, which wins the neighbour entry of the router."""
    echo(stage)
    stage.sh("h004", "ip address add %s/16 dev eth1" % stage.server_address)
    stage.sh(SERVER, "ip link set eth1 arp off")
    stage.sh(ROUTER, "ip neigh flush dev eth2")
    stage.sh(ROUTER, "ping -c1 -W1 %s" % stage.server_address, check=False)
    stage.sh(SERVER, "ip link set eth1 arp on")


def few_files(stage: Stage) -> None:
    stage.serve("echo", PORT, properties="-p LimitNOFILE=12")
    stage.hold(PORT, 12)


def trigger_limit(stage: Stage) -> None:
    listener = "[Socket]\nListenStream=%d\nAccept=yes\nTriggerLimitIntervalSec=60\nTriggerLimitBurst=5\n" % PORT
    stage.write(SERVER, "/etc/systemd/system/echo.socket", listener)
    stage.write(SERVER, "/etc/systemd/system/echo@.service", "[Service]\nExecStart=cat\nStandardInput=socket\n")
    stage.sh(SERVER, "systemctl daemon-reload; systemctl start echo.socket")


def triggered(stage: Stage) -> str:
    for dummy in range(12):
        end = stage.talk(PORT)
    return end


def login(stage: Stage) -> str:
    return stage.talk(22)


def pooled(stage: Stage) -> str:
    """Hold as many connections as there are local ports, then ask for one more."""
    stage.hold(PORT, 4)
    time.sleep(1)
    return stage.talk(PORT)


def few_ports(stage: Stage) -> None:
    echo(stage)
    stage.sh(CLIENT, "sysctl -qw net.ipv4.ip_local_port_range='40000 40003'")


def nginx(settings: str) -> t.Callable[[Stage], None]:
    def inject(stage: Stage) -> None:
        site = "server { listen %d; %s location / { return 200 ok; } }\n" % (PORT, settings)
        stage.write(SERVER, "/etc/nginx/conf.d/fault.conf", site)
        stage.sh(SERVER, "systemctl restart nginx")
        stage.wait_for(SERVER, "ss -Hltn 'sport = :%d' | grep -q ." % PORT)

    return inject


def slow_header(stage: Stage) -> str:
    return stage.talk(PORT, "--say 'GET / HT' --mute --listen 6")


def drowned(stage: Stage) -> str:
    """Send more than a server that never reads can hold."""
    return stage.talk(PORT, "--bytes 30000000 --timeout 8")


def keyless(stage: Stage) -> None:
    stage.second_sshd(SERVER, 2222)
    stage.sh(SERVER, "rm /etc/ssh/ssh_host_*")
    stage.sh(SERVER, "systemctl restart ssh", check=False)


def banned(stage: Stage) -> None:
    """Ban the client as fail2ban does with iptables."""
    stage.sh(
        SERVER,
        "iptables -N f2b-sshd; iptables -A f2b-sshd -j RETURN; iptables -I INPUT -p tcp -m multiport --dports 22 "
        "-j f2b-sshd; iptables -I f2b-sshd 1 -s %s -j REJECT --reject-with icmp-port-unreachable"
        % stage.client_address,
    )


def strict_router(stage: Stage) -> None:
    """Let the router reset what belongs to no connection it knows."""
    echo(stage)
    stage.sysctl(ROUTER, netfilter__nf_conntrack_tcp_loose=0)
    chain = "type filter hook forward priority 0; ct state established counter accept; tcp flags syn counter accept; "
    chain += "meta l4proto tcp counter reject with tcp reset;"
    stage.rules(ROUTER, "table inet fault { chain c { %s }; }" % chain)


def flushed(stage: Stage) -> str:
    return interrupted(stage, "--pauses 0,3", lambda: stage.sh(ROUTER, "conntrack -F", check=False))


def address_gone(stage: Stage) -> None:
    echo(stage)
    stage.sh(SERVER, "ip address del %s/16 dev eth1" % stage.server_address)


LIMITED = "ct state new ct count over 2 counter reject with tcp reset"
UNREACHABLE = ("route-unreachable",)
NAMED = ("named",)
GONE = ("address-removed", "route-unreachable")
ICMP = ("firewall-reject-icmp",)

FAULTS = (
    Fault("wrong_address", wrong_address, talk, REFUSED, ("listener-wrong-address",), SERVER, again=talk, ways=NAMED),
    Fault("silent_overflow", silent, waiting, SILENT, ("accept-queue-overflow-silent",), SERVER, again=talk),
    Fault(
        "icmp_router",
        filtered(ROUTER, "forward", "counter reject with icmpx admin-prohibited"),
        talk,
        SILENT,
        ICMP,
        ROUTER,
        again=talk,
    ),
    Fault("icmp_server", filtered(SERVER, "input", "counter reject"), talk, REFUSED, ICMP, SERVER, again=talk),
    Fault("unreachable_here", routed(CLIENT, "unreachable"), talk, DENIED, UNREACHABLE, CLIENT, again=talk, ways=NAMED),
    Fault("prohibited_on_router", routed(ROUTER, "prohibit"), talk, DENIED, UNREACHABLE, ROUTER, again=talk),
    Fault("no_way_back", no_way_back, talk, SILENT, UNREACHABLE, SERVER, again=talk),
    Fault("killed_unmanaged", unmanaged, killed_unmanaged, RESET, ("process-crash-or-kill",), SERVER, ways=NAMED),
    Fault("dropped", filtered(ROUTER, "forward", "counter drop"), talk, SILENT, ("packet-loss",), ROUTER, again=talk),
    Fault("rp_filter", strict_filter, talk, SILENT, ("rp-filter-drop",), SERVER, again=talk),
    Fault("mtu_black_hole", black_hole, large, SILENT, ("mtu-black-hole",), ROUTER, again=large),
    Fault("duplicate_ip", duplicate, talk, REFUSED, ("duplicate-ip",), "h004", again=talk, hosts=4),
    Fault("few_files", few_files, talk, SILENT, ("fd-exhaustion",), SERVER, again=talk),
    Fault("trigger_limit", trigger_limit, triggered, REFUSED, ("systemd-socket-limit",), SERVER, again=talk),
    Fault(
        "per_source",
        sshd("PerSourceMaxStartups 2\n"),
        sshd_burst,
        RESET,
        ("sshd-persource-maxstartups",),
        SERVER,
        22,
        again=sshd_burst,
    ),
    Fault("few_ports", few_ports, pooled, {"EADDRNOTAVAIL"}, ("ephemeral-port-exhaustion",), CLIENT, again=pooled),
    Fault(
        "nginx_reset",
        nginx("client_header_timeout 2; reset_timedout_connection on;"),
        slow_header,
        RESET,
        ("nginx-reset-timedout-connection",),
        SERVER,
        again=slow_header,
        layers=("h002=nginx",),
    ),
    Fault(
        "zero_window",
        lambda stage: stage.serve("deaf", PORT),
        drowned,
        SILENT,
        ("application-stall-zero-window",),
        SERVER,
        again=drowned,
    ),
    Fault(
        "sshd_down_unseen",
        broken_sshd,
        lambda stage: stage.talk(22),
        REFUSED,
        ("sshd-not-starting",),
        SERVER,
        22,
        again=lambda stage: stage.talk(22),
    ),
    Fault("keyless", keyless, lambda stage: stage.talk(22), REFUSED, ("sshd-host-key-missing",), SERVER, 22),
    Fault("banned", banned, login, REFUSED, ("fail2ban-ban",), SERVER, 22, again=login),
    Fault(
        "rate_limit",
        filtered(SERVER, "input", LIMITED),
        overflow,
        REFUSED,
        ("firewall-rate-limit",),
        SERVER,
        again=overflow,
    ),
    Fault(
        "flushed",
        strict_router,
        flushed,
        RESET,
        ("firewall-change-mid-connection", "firewall-reject-tcp-reset"),
        ROUTER,
        again=flushed,
    ),
    Fault(
        "address_gone",
        address_gone,
        talk,
        SILENT,
        ("address-removed", "route-unreachable"),
        SERVER,
        again=talk,
        ways=NAMED,
    ),
    Fault(
        "unknown_box",
        filtered(ROUTER, "forward", "counter reject with tcp reset"),
        talk,
        REFUSED,
        ("ids-or-middlebox-rst", "firewall-reject-tcp-reset"),
        again=talk,
        ways=NAMED,
        limit="all:!router",
    ),
)
