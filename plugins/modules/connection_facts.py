#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about TCP connections: states, keepalive, idle times, queues and trouble, by service and by destination."""

from __future__ import annotations

DOCUMENTATION = r"""
module: connection_facts
short_description: Gather TCP connections, summarised by service and by destination
version_added: 0.1.0
description:
  - Asks the kernel by netlink for all TCP sockets that do not listen and sums them up on the host, so that 100,000
    connections make a fact of less than 16 KiB. It runs no process and needs neither C(ss) nor C(netstat).
  - Shows what no sysctl can show, namely on how many sockets keepalive is armed at all, when their next probe is due
    and for how long they have been idle.
  - Idle times and what depends on them come from a sample of at most 3,000 sockets, taken evenly from each service and
    each destination; C(other_hosts.idle) says whether it holds all of them.
  - As root it also visits the other network namespaces of the host, at most 16 of them, because containers neither show
    their connections to the host nor inherit its keepalive. The module itself never leaves its own namespace.
  - Where netlink is refused it reads C(/proc/net/tcp) and C(/proc/net/tcp6), which tell no idle times.
  - As an ordinary user it sees all connections of its own network namespace, but only the processes of that user.
extends_documentation_fragment:
  - netdoctor.connection_reset.attributes
options:
  targets:
    description:
      - Connections to show one by one in C(details), at most 20, besides those that look bad.
      - At most 16 targets are looked for.
    type: list
    elements: dict
    default: []
    suboptions:
      address:
        description: Address of the other end; any, when it is left out.
        type: str
      port:
        description: Port of either end; any, when it is left out.
        type: int
seealso:
  - module: netdoctor.connection_reset.listening_port_facts
  - module: netdoctor.connection_reset.tcp_counter_facts
  - module: netdoctor.connection_reset.peer_facts
"""

EXAMPLES = r"""
- name: Gather all connections
  netdoctor.connection_reset.connection_facts:

- name: Gather them, and those with a broker one by one
  netdoctor.connection_reset.connection_facts:
    targets:
      - address: 192.0.2.10
        port: 5672

- name: Stop when a connection to another host has been idle for more than five minutes without keepalive
  ansible.builtin.assert:
    that: ansible_facts.peer_connections.other_hosts.idle.without_keepalive.sockets == 0
"""

RETURN = r"""
ansible_facts:
  description: The fact of this module.
  returned: always
  type: dict
  contains:
    peer_connections:
      description: TCP sockets of the network namespace in which Ansible runs, listeners left out.
      returned: always
      type: dict
      contains:
        sources:
          description: What was read, and what could not be
            (C(name), C(status) V(ok) V(absent) V(denied) V(failed), C(detail)).
          returned: always
          type: list
          elements: dict
          sample: [{name: sock_diag tcp, status: ok, detail: ""}]
        net_namespace:
          description: Inode of the network namespace, as C(lsns) shows it; null when it is not known.
          returned: always
          type: int
          sample: 4026531840
        states:
          description: Number of sockets in each state, by the name of the kernel.
          returned: always
          type: dict
          sample: {ESTABLISHED: 412, SYN_SENT: 0, SYN_RECV: 0, FIN_WAIT1: 0, FIN_WAIT2: 3, TIME_WAIT: 25,
            CLOSE_WAIT: 1, LAST_ACK: 0, CLOSING: 0}
        totals:
          description: What all connections amount to. Both ends of a connection inside the host count.
          returned: always
          type: dict
          contains:
            sockets: {description: Number of sockets in any state., type: int, returned: always, sample: 441}
            established: {description: Number of established sockets., type: int, returned: always, sample: 412}
            incoming: {description: Those of them that came to a service., type: int, returned: always, sample: 380}
            outgoing: {description: Those of them that go elsewhere., type: int, returned: always, sample: 32}
            loopback:
              description: Those of them with the host itself at the other end.
              type: int
              returned: always
              sample: 12
            receive_queue:
              description: Sockets with bytes that the application has not read (C(sockets), C(bytes_max),
                C(bytes_total)); the end of a connection counts as one byte.
              type: dict
              returned: always
              sample: {sockets: 1, bytes_max: 1000, bytes_total: 1000}
            send_queue:
              description: Sockets with bytes that the other end has not acknowledged; as C(receive_queue).
              type: dict
              returned: always
              sample: {sockets: 0, bytes_max: 0, bytes_total: 0}
            zero_window:
              description: Number of sockets that probe because the other end takes no more data.
              type: int
              returned: always
              sample: 0
            unread:
              description: Sampled sockets with input that has waited for 10 s or more (C(sockets), C(age_max_s)).
              type: dict
              returned: always
              sample: {sockets: 0, age_max_s: null}
            close_wait:
              description: Sockets that the other end has closed and the application has not (C(sockets)), those of the
                sample for which this is so for more than 60 s (C(stale)), and the longest time (C(age_max_s)).
              type: dict
              returned: always
              sample: {sockets: 1, stale: 0, age_max_s: 4}
        keepalive:
          description: Keepalive of all established sockets.
          returned: always
          type: dict
          contains:
            armed: {description: Number of sockets with a running timer., type: int, returned: always, sample: 380}
            "off": {description: Number of sockets without keepalive., type: int, returned: always, sample: 30}
            unknown:
              description: Number of sockets where another timer hides it.
              type: int
              returned: always
              sample: 2
            remaining_s:
              description: What the running timers have left, in seconds (C(min), C(max)); null when there are none.
              type: dict
              returned: always
              sample: {min: 3.2, max: 7180.0}
            time_s:
              description: The longest keepalive time that shows in the sample, in seconds. A value above the sysctl
                was set by the application (TCP_KEEPIDLE). Null when the sample has no armed socket.
              type: int
              returned: always
              sample: 7200
            unanswered:
              description: Number of sockets with two or more probes that were not answered.
              type: int
              returned: always
              sample: 0
            sysctls:
              description: What the kernel uses for sockets that do not say otherwise (C(time_s), C(intvl_s),
                C(probes)). Only in C(keepalive) of the fact itself.
              type: dict
              returned: in the fact itself
              sample: {time_s: 7200, intvl_s: 75, probes: 9}
        other_hosts:
          description: What concerns the path. Connections inside the host are left out.
          returned: always
          type: dict
          contains:
            established: {description: Number of established sockets., type: int, returned: always, sample: 400}
            keepalive: {description: As C(keepalive)., type: dict, returned: always}
            probes_unanswered_max:
              description: The most keepalive probes that one socket sent without an answer.
              type: int
              returned: always
              sample: 0
            retransmitting:
              description: >-
                Sockets that repeat a segment (C(sockets)), those held by an application that have repeated it
                three times or more (C(stalled)), and the most repeats (C(retransmits_max)).
              type: dict
              returned: always
              sample: {sockets: 0, stalled: 0, retransmits_max: 0}
            stalled_percent:
              description: Stalled sockets in percent of the established ones; null without any.
              type: float
              returned: always
              sample: 0.0
            connecting:
              description: Sockets in SYN_SENT (C(sockets)), and those of them whose first SYN was not answered
                (C(unanswered)).
              type: dict
              returned: always
              sample: {sockets: 0, unanswered: 0}
            half_open:
              description: Sockets in SYN_RECV (C(sockets)), and those of them with two or more unanswered replies
                (C(unanswered)).
              type: dict
              returned: always
              sample: {sockets: 0, unanswered: 0}
            idle:
              description: Idle times of the established sockets in the sample. Data counts, keepalive does not.
              type: dict
              returned: always
              contains:
                sampled: {description: Number of sockets looked at., type: int, returned: always, sample: 400}
                complete: {description: Whether these are all of them., type: bool, returned: always, sample: true}
                idle_s:
                  description: Number of sockets that have been idle for up to so many seconds and longer than the step
                    before. Steps are V(1), V(10), V(30), V(60), V(120), V(240), V(350), V(600), V(900), V(3600),
                    V(7200) and V(more); empty ones are left out.
                  type: dict
                  returned: always
                  sample: {"1": 310, "60": 80, "900": 10}
                idle_max_s:
                  description: The longest time; null when nothing was looked at.
                  type: int
                  returned: always
                  sample: 812
                without_keepalive:
                  description: Sockets that have been idle for more than 300 s and have no keepalive (C(sockets),
                    C(idle_max_s)).
                  type: dict
                  returned: always
                  sample: {sockets: 0, idle_max_s: null}
                before_first_probe:
                  description: Sockets whose keepalive is armed but has let the connection be silent for more than 350 s
                    (C(sockets), C(idle_max_s)).
                  type: dict
                  returned: always
                  sample: {sockets: 0, idle_max_s: null}
        idle_without_keepalive:
          description: Services and destinations with most sampled sockets to other hosts that have been idle for more
            than 300 s without keepalive, at most 8.
          returned: always
          type: list
          elements: dict
          contains:
            direction: {description: V(in) or V(out)., type: str, returned: always, sample: out}
            port: {description: Port of the service., type: int, returned: always, sample: 5432}
            address: {description: The other end; null for V(in)., type: str, returned: always, sample: 192.0.2.7}
            sockets: {description: Number of sockets., type: int, returned: always, sample: 3}
            idle_max_s: {description: The longest time in seconds., type: int, returned: always, sample: 1740}
        time_wait:
          description: Sockets in TIME_WAIT, their limit C(net.ipv4.tcp_max_tw_buckets), and the share of it in use.
          returned: always
          type: dict
          sample: {sockets: 25, limit: 131072, used_percent: 0.0}
        orphans:
          description: Sockets of the whole machine that no process holds while they still end, their limit
            C(net.ipv4.tcp_max_orphans), which is null inside containers, and the share of it in use.
          returned: always
          type: dict
          sample: {sockets: 0, limit: 131072, used_percent: 0.0}
        ephemeral_ports:
          description: Local ports for outgoing connections.
          returned: always
          type: dict
          contains:
            first: {description: First port of the range., type: int, returned: always, sample: 32768}
            last: {description: Last port of the range., type: int, returned: always, sample: 60999}
            usable: {description: Number of ports that are not reserved., type: int, returned: always, sample: 28232}
            used_percent_max:
              description: The share in use toward the busiest destination.
              type: float
              returned: always
              sample: 1.1
            busiest:
              description: At most three destinations, each from one local address (C(source), C(address), C(port),
                C(used), C(time_wait), C(used_percent)).
              type: list
              elements: dict
              returned: always
              sample: [{source: 192.0.2.1, address: 192.0.2.7, port: 5432, used: 310, time_wait: 290,
                used_percent: 1.1}]
        net_namespaces:
          description: Other network namespaces of the host.
          returned: always
          type: dict
          contains:
            found: {description: Number of namespaces found., type: int, returned: always, sample: 2}
            read: {description: Number of namespaces that could be entered., type: int, returned: always, sample: 2}
            truncated: {description: Whether rows are missing., type: bool, returned: always, sample: false}
            rows:
              description: The namespaces, those with trouble and with most connections first.
              type: list
              elements: dict
              returned: always
              contains:
                inode: {description: Its inode., type: int, returned: always, sample: 4026532450}
                name: {description: Name below C(/run/netns)., type: str, returned: always, sample: blue}
                pid: {description: Its first process., type: int, returned: always, sample: 4242}
                process: {description: Name of that process., type: str, returned: always, sample: nginx}
                container: {description: ID of its container., type: str, returned: always, sample: 3f5a8c1d9b7e}
                unit: {description: Unit of that process., type: str, returned: always, sample: docker.service}
                keepalive_sysctls:
                  description: Keepalive inside (C(time_s), C(intvl_s), C(probes)).
                  type: dict
                  returned: always
                  sample: {time_s: 7200, intvl_s: 75, probes: 9}
                keepalive_differs:
                  description: Whether it differs from that of the host.
                  type: bool
                  returned: always
                  sample: true
                listening_ports: {description: TCP ports as ranges., type: str, returned: always, sample: "80,443"}
                sockets: {description: Number of sockets and listening ports., type: int, returned: always, sample: 9}
                established: {description: Number of established sockets., type: int, returned: always, sample: 7}
                loopback: {description: Those of them inside the namespace., type: int, returned: always, sample: 0}
                states: {description: As C(states) without zeros., type: dict, returned: always}
                keepalive: {description: As C(keepalive)., type: dict, returned: always}
                troubled:
                  description: Number of sockets that stall, probe without answer, or are not read.
                  type: int
                  returned: always
                  sample: 0
                idle_without_keepalive:
                  description: As C(other_hosts.idle.without_keepalive), from a sample of 500.
                  type: dict
                  returned: always
                  sample: {sockets: 0, idle_max_s: null}
        services_total: {description: Number of services with connections., type: int, returned: always, sample: 4}
        remotes_total: {description: Number of destinations., type: int, returned: always, sample: 6}
        details_total: {description: Number of single connections found., type: int, returned: always, sample: 0}
        counted_completely:
          description: Whether all services, destinations and remote addresses were told apart. Beyond 20,000 groups and
            50,000 addresses the rest counts only in the sums.
          returned: always
          type: bool
          sample: true
        truncated:
          description: Whether rows of services, destinations or single connections were left out.
          returned: always
          type: bool
          sample: false
        services:
          description: Own ports with connections, those with trouble first, then those with most. Connections inside
            the host make a row of their own.
          returned: always
          type: list
          elements: dict
          contains:
            port: {description: Own port., type: int, returned: always, sample: 443}
            address:
              description: Own address of the connections; null when they have several.
              type: str
              returned: always
              sample: 192.0.2.1
            loopback: {description: Whether the host itself is at both ends., type: bool, returned: always}
            unit: {description: Unit of systemd that holds them., type: str, returned: always, sample: nginx.service}
            listening: {description: Whether somebody listens there now., type: bool, returned: always, sample: true}
            remotes: {description: Number of remote addresses., type: int, returned: always, sample: 57}
            top_remotes:
              description: At most three remote addresses with most connections (C(address), C(count)).
              type: list
              elements: dict
              returned: always
              sample: [{address: 198.51.100.4, count: 31}]
            sockets: {description: Number of sockets in any state., type: int, returned: always, sample: 380}
            established: {description: Number of established ones., type: int, returned: always, sample: 371}
            states: {description: As C(states) without zeros., type: dict, returned: always}
            keepalive: {description: As C(keepalive)., type: dict, returned: always}
            receive_queue: {description: As in C(totals)., type: dict, returned: always}
            send_queue: {description: As in C(totals)., type: dict, returned: always}
            retransmitting: {description: As in C(other_hosts)., type: dict, returned: always}
            zero_window: {description: As in C(totals)., type: int, returned: always, sample: 0}
            idle_s: {description: As in C(other_hosts.idle)., type: dict, returned: always}
            idle_max_s: {description: As in C(other_hosts.idle)., type: int, returned: always, sample: 12}
        remotes:
          description: Destinations of outgoing connections. C(address) and C(port) are those of the other end; the
            rest is as in C(services), without C(listening), C(remotes) and C(top_remotes).
          returned: always
          type: list
          elements: dict
        details:
          description: Single connections, those asked for first, then the worst.
          returned: always
          type: list
          elements: dict
          contains:
            reason:
              description: Why it is shown, V(target), V(retransmitting), V(keepalive_unanswered), V(zero_window),
                V(connecting), V(unread), V(close_wait) or V(half_open).
              type: str
              returned: always
              sample: retransmitting
            direction: {description: V(in) or V(out)., type: str, returned: always, sample: out}
            local_address: {description: Own address., type: str, returned: always, sample: 192.0.2.1}
            local_port: {description: Own port., type: int, returned: always, sample: 40112}
            remote_address: {description: Address of the other end., type: str, returned: always, sample: 192.0.2.7}
            remote_port: {description: Port of the other end., type: int, returned: always, sample: 5432}
            state: {description: State., type: str, returned: always, sample: ESTABLISHED}
            timer:
              description: The timer that runs, V(off), V(retransmit), V(keepalive), V(time_wait) or
                V(zero_window_probe).
              type: str
              returned: always
              sample: retransmit
            expires_ms: {description: What the timer has left., type: int, returned: always, sample: 2580}
            retransmits:
              description: Retransmits, or probes without an answer, depending on the timer.
              type: int
              returned: always
              sample: 4
            receive_queue_bytes: {description: Bytes not read., type: int, returned: always, sample: 0}
            send_queue_bytes: {description: Bytes not acknowledged., type: int, returned: always, sample: 1448}
            uid: {description: User ID that opened it., type: int, returned: always, sample: 33}
            inode: {description: Inode., type: int, returned: always, sample: 24680}
            pid: {description: Process that holds it., type: int, returned: always, sample: 812}
            name: {description: Name of that process., type: str, returned: always, sample: nginx}
            unit: {description: Unit of systemd that holds it., type: str, returned: always, sample: nginx.service}
            rtt_ms: {description: Round-trip time., type: float, returned: with tcp_info, sample: 0.412}
            rto_ms: {description: Retransmission timeout., type: int, returned: with tcp_info, sample: 3264}
            cwnd: {description: Congestion window in segments., type: int, returned: with tcp_info, sample: 1}
            backoff: {description: Doublings of the timeout., type: int, returned: with tcp_info, sample: 4}
            unacked: {description: Segments not acknowledged., type: int, returned: with tcp_info, sample: 1}
            lost: {description: Segments taken for lost., type: int, returned: with tcp_info, sample: 1}
            retransmits_total: {description: Segments ever sent again., type: int, returned: with tcp_info, sample: 5}
            pmtu_bytes: {description: MTU of the path., type: int, returned: with tcp_info, sample: 1500}
            idle_ms: {description: Since the last data either way., type: int, returned: with tcp_info, sample: 701}
            last_data_sent_ms: {description: Since data was sent., type: int, returned: with tcp_info, sample: 701}
            last_data_recv_ms: {description: Since data came., type: int, returned: with tcp_info, sample: 4312}
            last_ack_recv_ms: {description: Since an ACK came., type: int, returned: with tcp_info, sample: 4312}
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._connections import collect

ARGUMENT_SPEC = {
    "targets": {
        "type": "list",
        "elements": "dict",
        "options": {"address": {"type": "str"}, "port": {"type": "int"}},
        "default": [],
    },
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    try:
        fact = collect(module.params["targets"])
    except ValueError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, ansible_facts={"peer_connections": fact})


if __name__ == "__main__":
    main()
