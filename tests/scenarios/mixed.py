# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two faults at a time, and decoys: settings that look bad and harm nobody."""

from __future__ import annotations

from fault import BROKEN, PORT, REFUSED, RESET, Fault, echo, idle, talk
from known import (
    broken_beside_another,
    forgetful_nat,
    haproxy,
    overflow,
    overflowing,
    reject_by_iptables,
    reject_on_server,
    sshd,
    through_haproxy,
)
from stage import CLIENT, OTHER, ROUTER, SERVER, Stage

SCANNED = """for n in 1 2 3 4 5; do
logger -t 'sshd[999]' -p auth.info "Invalid user admin from 203.0.113.9 port 4000$n"
logger -t 'sshd[999]' -p auth.info "Connection reset by 203.0.113.9 port 4000$n [preauth]"
logger -t 'sshd[999]' -p auth.info "Connection closed by invalid user root 203.0.113.9 port 4100$n [preauth]"
done"""


def decoys(stage: Stage) -> None:
    """Set what looks bad on all three hosts, so that only evidence tells the fault."""
    stage.sysctl(SERVER, ipv4__tcp_abort_on_overflow=1, ipv4__tcp_fin_timeout=5, core__somaxconn=64)
    stage.sysctl(CLIENT, ipv4__tcp_retries2=5, ipv4__tcp_syn_retries=3)
    stage.sysctl(ROUTER, netfilter__nf_conntrack_tcp_timeout_established=3600)
    for host, hook in ((SERVER, "input"), (ROUTER, "forward")):
        chain = "type filter hook %s priority 10; ct state established accept; "
        chain += "tcp dport 4444 counter reject with tcp reset;"
        stage.rules(host, "table inet decoy { chain c { %s }; }" % (chain % hook))
    stage.write(SERVER, "/etc/ssh/sshd_config.d/90-decoy.conf", "MaxStartups 3:30:10\nClientAliveInterval 300\n")
    stage.sh(SERVER, "systemctl reload ssh; ip route add blackhole 198.51.100.0/24")
    stage.sh(SERVER, "systemd-run --quiet --unit=forgotten false", check=False)
    stage.sh(SERVER, SCANNED)


def rude_and_rejected(stage: Stage) -> None:
    stage.serve("rude", PORT, unit="rude")
    reject_on_server(stage, 5001)


def both_rude_and_rejected(stage: Stage) -> str:
    stage.talk(5001)
    return stage.talk(PORT, "--pauses 0,1")


def rude_and_stopped(stage: Stage) -> None:
    stage.serve("rude", 5001, unit="rude")


def both_rude_and_stopped(stage: Stage) -> str:
    stage.talk(5001, "--pauses 0,1")
    for dummy in range(3):
        end = stage.talk(PORT, client=OTHER)
    return end


def idle_and_startups(stage: Stage) -> None:
    echo(stage)
    forgetful_nat(stage)
    sshd("MaxStartups 2:100:2\n")(stage)


def both_idle_and_startups(stage: Stage) -> str:
    stage.burst(22, 12)
    return idle(8)(stage)


def stopped_and_overflowing(stage: Stage) -> None:
    overflowing(stage)


def both_stopped_and_overflowing(stage: Stage) -> str:
    overflow(stage)
    stage.talk(5001, client=OTHER)
    return stage.talk(5001, client=OTHER)


def rejected_and_down(stage: Stage) -> None:
    reject_by_iptables(stage)
    broken_beside_another(stage)


def both_rejected_and_down(stage: Stage) -> str:
    stage.talk(22, client=OTHER)
    return talk(stage)


def proxied_and_stopped(stage: Stage) -> None:
    haproxy(stage)


def both_proxied_and_stopped(stage: Stage) -> str:
    for dummy in range(3):
        stage.talk(5001, client=OTHER)
    return through_haproxy(stage)


FAULTS = (
    Fault(
        "rude_and_rejected",
        rude_and_rejected,
        both_rude_and_rejected,
        RESET,
        ("close-with-unread-data",),
        SERVER,
        also={"firewall-reject-tcp-reset": SERVER},
        again=both_rude_and_rejected,
    ),
    Fault(
        "rude_and_stopped",
        rude_and_stopped,
        both_rude_and_stopped,
        REFUSED,
        ("nothing-listening",),
        SERVER,
        client=OTHER,
        hosts=3,
        also={"close-with-unread-data": SERVER},
        again=both_rude_and_stopped,
    ),
    Fault(
        "idle_and_startups",
        idle_and_startups,
        both_idle_and_startups,
        RESET,
        ("nat-or-firewall-idle-expiry", "keepalive-later-than-middlebox"),
        ROUTER,
        also={"sshd-maxstartups": SERVER},
        again=both_idle_and_startups,
    ),
    Fault(
        "stopped_and_overflowing",
        stopped_and_overflowing,
        both_stopped_and_overflowing,
        REFUSED,
        ("nothing-listening",),
        SERVER,
        5001,
        client=OTHER,
        hosts=3,
        also={"accept-queue-overflow": SERVER},
        again=both_stopped_and_overflowing,
    ),
    Fault(
        "rejected_and_down",
        rejected_and_down,
        both_rejected_and_down,
        REFUSED,
        ("firewall-reject-tcp-reset",),
        ROUTER,
        hosts=3,
        also={"sshd-not-starting": SERVER},
        again=both_rejected_and_down,
    ),
    Fault(
        "proxied_and_stopped",
        proxied_and_stopped,
        both_proxied_and_stopped,
        BROKEN,
        ("haproxy-timeout",),
        ROUTER,
        6000,
        ROUTER,
        hosts=3,
        also={"nothing-listening": SERVER},
        again=both_proxied_and_stopped,
    ),
)
