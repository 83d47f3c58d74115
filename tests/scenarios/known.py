# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults that every version must name."""

from __future__ import annotations

import time
import typing as t

from fault import BROKEN, PORT, REFUSED, RESET, SILENT, Fault, echo, idle, interrupted, talk
from stage import CLIENT, ROUTER, SERVER, Stage


def busy(stage: Stage) -> None:
    """Serve well, amid scans, health checks and resets that are meant."""
    echo(stage)
    stage.serve("linger", 5001, unit="broker")


def noise(stage: Stage) -> str:
    scan = "import socket\nfor p in range(7000, 7040): socket.socket().connect_ex(('%s', p))" % stage.server_address
    stage.sh(CLIENT, 'python3 -c "%s"' % scan)
    check = "import socket\nfor _ in range(20): socket.create_connection(('%s', 5000)).close()" % stage.server_address
    stage.sh(CLIENT, 'python3 -c "%s"' % check)
    for dummy in range(3):
        stage.talk(5001)
    return stage.talk(PORT)


def stopped(stage: Stage) -> None:
    echo(stage)
    stage.sh(SERVER, "systemctl stop echo")


def overflowing(stage: Stage) -> None:
    """Let the accept queue fill by a server that never accepts."""
    stage.sysctl(SERVER, ipv4__tcp_abort_on_overflow=1)
    stage.serve("stalled", PORT)


def overflow(stage: Stage) -> str:
    return stage.burst(PORT, 20)


def reject_on_server(stage: Stage, port: int = PORT) -> None:
    if port == PORT:
        echo(stage)
    chain = "type filter hook input priority 0; tcp dport %d counter reject with tcp reset;" % port
    stage.rules(SERVER, "table inet fault { chain c { %s }; }" % chain)


def reject_by_iptables(stage: Stage) -> None:
    echo(stage)
    stage.sh(ROUTER, "iptables -A FORWARD -p tcp --dport %d -j REJECT --reject-with tcp-reset" % PORT)


def forgetful_nat(stage: Stage) -> None:
    """Let the router translate addresses and forget idle connections after five seconds."""
    nat = (
        'table ip fault { chain c { type nat hook postrouting priority srcnat; oifname "eth2" counter masquerade; }; }'
    )
    stage.rules(ROUTER, nat)
    stage.sysctl(ROUTER, netfilter__nf_conntrack_tcp_timeout_established=5, netfilter__nf_conntrack_tcp_loose=0)


def idle_nat(stage: Stage) -> None:
    echo(stage)
    forgetful_nat(stage)


HAPROXY = """defaults
  mode tcp
  timeout connect 3s
  timeout client 3s
  timeout server 30s
listen proxied
  bind :6000
  server one {server}:5000
"""


def haproxy(stage: Stage) -> None:
    echo(stage)
    stage.write(ROUTER, "/etc/haproxy/haproxy.cfg", HAPROXY.format(server=stage.server_address))
    stage.sh(ROUTER, "systemd-run --quiet --unit=proxy haproxy -W -db -f /etc/haproxy/haproxy.cfg")
    stage.wait_for(ROUTER, "ss -Hltn 'sport = :6000' | grep -q .")


def through_haproxy(stage: Stage) -> str:
    return stage.talk(6000, "--pauses 0,5", address=stage.address(ROUTER, "eth1"))


def sleeping_sockets(stage: Stage) -> None:
    echo(stage)
    stage.hold(PORT, 5)


def killed(stage: Stage) -> str:
    kill = "systemctl kill -s KILL deaf; sleep 0.5; systemctl reset-failed deaf 2>/dev/null; true"
    return interrupted(stage, "--pauses 0 --timeout 30", lambda: stage.sh(SERVER, kill))


def out_of_memory(stage: Stage) -> str:
    return stage.talk(PORT, "--bytes 200000 --timeout 40 --listen 30")


def hungry(stage: Stage) -> None:
    stage.serve("hungry", PORT, unit="hungry")
    stage.limit_memory(SERVER, 200 << 20)


def power_loss(stage: Stage) -> str:
    """Take the server from the net, start it anew, and let the client go on with a connection it still has."""
    return interrupted(stage, "--pauses 0,14 --timeout 20", lambda: stage.reboot(SERVER), after_s=0)


def enabled_echo(stage: Stage) -> None:
    unit = "[Service]\nExecStart=python3 /root/serve.py echo %d\n[Install]\nWantedBy=multi-user.target\n" % PORT
    stage.write(SERVER, "/etc/systemd/system/echo.service", unit)
    stage.sh(SERVER, "systemctl daemon-reload; systemctl enable -q --now echo")


def sshd(settings: str) -> t.Callable[[Stage], None]:
    def inject(stage: Stage) -> None:
        stage.write(SERVER, "/etc/ssh/sshd_config.d/00-fault.conf", settings)
        stage.sh(SERVER, "systemctl restart ssh")
        stage.wait_for(SERVER, "ss -Hltn 'sport = :22' | grep -q .")

    return inject


def sshd_burst(stage: Stage) -> str:
    return stage.burst(22, 12)


def paused_session(stage: Stage) -> str:
    """Stop an SSH client for longer than the server is patient, then let it go on."""
    stage.lend_key(CLIENT)
    command = "ssh -o StrictHostKeyChecking=no -o BatchMode=yes root@%s sleep 60 >/tmp/session 2>&1 & echo $!"
    pid = stage.sh(CLIENT, command % stage.server_address).strip()
    time.sleep(2)
    stage.sh(CLIENT, "kill -STOP %s; sleep 8; kill -CONT %s; sleep 2" % (pid, pid))
    said = stage.sh(CLIENT, "cat /tmp/session")
    return "ECONNRESET" if "reset" in said else "EOF" if "closed" in said or "Broken pipe" in said else said or "ok"


def broken_sshd(stage: Stage) -> None:
    """Break sshd's configuration, so that Ansible cannot reach the server either."""
    stage.write(SERVER, "/etc/ssh/sshd_config.d/00-fault.conf", "PermitRootLogin sometimes\n")
    stage.sh(SERVER, "systemctl restart ssh", check=False)


def broken_beside_another(stage: Stage) -> None:
    """Break sshd's configuration; a second sshd of another name stays for whoever comes to help."""
    stage.second_sshd(SERVER, 2222)
    broken_sshd(stage)


def lossy(stage: Stage) -> None:
    echo(stage)
    chain = "type filter hook forward priority 0; numgen random mod 100 < 30 counter drop;"
    stage.rules(ROUTER, "table inet fault { chain c { %s }; }" % chain)


def unlucky(stage: Stage) -> str:
    ends = [stage.talk(PORT, "--pauses 0,0,0,0,0,0 --timeout 1") for dummy in range(6)]
    return next((end for end in ends if end != "ok"), "ok")


def link_down(host: str) -> t.Callable[[Stage], None]:
    def inject(stage: Stage) -> None:
        echo(stage)
        stage.sh(host, "ip link set eth1 down")

    return inject


def keepalive_ends_it(stage: Stage) -> str:
    silence = "table inet fault { chain c { type filter hook forward priority 0; counter drop; }; }"
    return interrupted(stage, "--pauses 0 --keepalive --listen 30", lambda: stage.rules(ROUTER, silence))


def patient_client(stage: Stage) -> None:
    echo(stage)
    stage.sysctl(CLIENT, ipv4__tcp_keepalive_time=2, ipv4__tcp_keepalive_intvl=1, ipv4__tcp_keepalive_probes=2)


def two_faults(stage: Stage) -> None:
    overflowing(stage)
    reject_on_server(stage, 5001)


def both_ends(stage: Stage) -> str:
    ends = {stage.burst(PORT, 20), stage.talk(5001)}
    return "both" if ends == {"ECONNRESET", "ECONNREFUSED"} else str(ends)


def broker(stage: Stage) -> None:
    """Run RabbitMQ without heartbeats behind a router that forgets idle connections."""
    stage.write(SERVER, "/etc/rabbitmq/rabbitmq.conf", "heartbeat = 0\nloopback_users = none\n")
    stage.sh(SERVER, "systemctl restart rabbitmq-server", timeout_s=120)
    stage.wait_for(SERVER, "ss -Hltn 'sport = :5672' | grep -q .", 60)
    forgetful_nat(stage)


def amqp(stage: Stage) -> str:
    return stage.sh(CLIENT, "python3 /root/amqp.py %s 5672 9" % stage.server_address, timeout_s=120).strip()


BOX = {"diagnose_path": [{"name": "nlb", "kind": "aws-nlb", "idle_timeout": 350, "layer": 4}]}

FAULTS = (
    Fault("healthy", echo, talk, {"ok"}, again=talk),
    Fault("healthy_busy", busy, noise, {"ok"}, again=noise),
    Fault("nothing_listening", stopped, talk, REFUSED, ("nothing-listening",), SERVER, again=talk),
    Fault("accept_queue_overflow", overflowing, overflow, RESET, ("accept-queue-overflow",), SERVER, again=overflow),
    Fault(
        "firewall_reject_server", reject_on_server, talk, REFUSED, ("firewall-reject-tcp-reset",), SERVER, again=talk
    ),
    Fault(
        "firewall_reject_iptables",
        reject_by_iptables,
        talk,
        REFUSED,
        ("firewall-reject-tcp-reset",),
        ROUTER,
        again=talk,
    ),
    Fault(
        "idle_nat_expiry",
        idle_nat,
        idle(10),
        RESET,
        ("nat-or-firewall-idle-expiry", "keepalive-later-than-middlebox"),
        ROUTER,
        again=idle(8),
    ),
    Fault(
        "idle_haproxy",
        haproxy,
        through_haproxy,
        BROKEN,
        ("haproxy-timeout",),
        ROUTER,
        6000,
        ROUTER,
        again=through_haproxy,
    ),
    Fault(
        "idle_declared_box",
        sleeping_sockets,
        talk,
        {"ok"},
        ("keepalive-later-than-middlebox",),
        "nlb",
        variables=BOX,
    ),
    Fault(
        "unread_data",
        lambda stage: stage.serve("rude", PORT, unit="rude"),
        lambda stage: stage.talk(PORT, "--pauses 0,1"),
        RESET,
        ("close-with-unread-data",),
        SERVER,
        again=lambda stage: stage.talk(PORT, "--pauses 0,1"),
    ),
    Fault(
        "killed_process",
        lambda stage: stage.serve("deaf", PORT, unit="deaf", properties="-p Restart=always -p RestartSec=1"),
        killed,
        RESET,
        ("process-crash-or-kill",),
        SERVER,
    ),
    Fault("oom_killed", hungry, out_of_memory, RESET, ("oom-kill",), SERVER),
    Fault("half_open", enabled_echo, power_loss, RESET, ("half-open-after-reboot",), SERVER),
    Fault(
        "sshd_maxstartups",
        sshd("MaxStartups 2:100:2\n"),
        sshd_burst,
        RESET,
        ("sshd-maxstartups",),
        SERVER,
        22,
    ),
    Fault(
        "sshd_client_alive",
        sshd("ClientAliveInterval 2\nClientAliveCountMax 1\nLogLevel VERBOSE\n"),
        paused_session,
        BROKEN,
        ("sshd-client-alive",),
        SERVER,
        22,
    ),
    Fault(
        "sshd_down",
        broken_beside_another,
        lambda stage: stage.talk(22),
        REFUSED,
        ("sshd-not-starting",),
        SERVER,
        22,
        again=lambda stage: stage.talk(22),
    ),
    Fault(
        "rabbitmq_no_heartbeat",
        broker,
        amqp,
        RESET,
        ("rabbitmq-heartbeat-off-or-long",),
        SERVER,
        5672,
        again=amqp,
        layers=("h002=rabbitmq",),
    ),
    Fault("packet_loss", lossy, unlucky, SILENT, ("packet-loss",), ROUTER, again=unlucky),
    Fault("link_down", link_down(SERVER), talk, SILENT, ("link-flap", "route-unreachable"), SERVER, again=talk),
    Fault("link_down_client", link_down(CLIENT), talk, SILENT, ("link-flap", "route-unreachable"), CLIENT, again=talk),
    Fault("keepalive_kills", patient_client, keepalive_ends_it, {"ETIMEDOUT"}, ("keepalive-timeout",), ROUTER),
    Fault(
        "two_faults",
        two_faults,
        both_ends,
        {"both"},
        ("accept-queue-overflow",),
        SERVER,
        0,
        also={"firewall-reject-tcp-reset": SERVER},
        both=True,
        again=both_ends,
    ),
)
