#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters of TCP and IP as a fact."""

from __future__ import annotations

DOCUMENTATION = r"""
module: tcp_counter_facts
short_description: Gather the counters of TCP and IP, and how far they move in a window
version_added: 0.1.0
description:
  - Reads the counters of TCP, IP, the receive path, connection tracking and the neighbour tables.
  - The counters are those of the network namespace in which the module runs. They add up since that namespace was
    made, so only what moves in a window belongs to what happens now. Set O(window) for that.
  - Resets that netfilter sends (C(reject with tcp reset)) raise no counter of TCP.
extends_documentation_fragment:
  - netdoctor.connection_reset.attributes
options:
  window:
    description:
      - Seconds between two samples.
      - V(0) takes one sample; then nothing is known about movement.
    type: float
    default: 0.0
seealso:
  - module: netdoctor.connection_reset.load_facts
  - name: SNMP counters
    description: What the kernel says about its counters.
    link: https://docs.kernel.org/networking/snmp_counter.html
"""

EXAMPLES = r"""
- name: Watch the counters for ten seconds
  netdoctor.connection_reset.tcp_counter_facts:
    window: 10

- name: Show who sends resets
  ansible.builtin.debug:
    msg: >-
      {{ ansible_facts.peer_tcp_counters.derived.unexplained_resets }} resets without an abort of an application,
      {{ ansible_facts.peer_tcp_counters.derived.aborts_on_close }} closes with unread input
"""

RETURN = r"""
ansible_facts:
  description: The facts that this module adds.
  returned: always
  type: dict
  contains:
    peer_tcp_counters:
      description: Counters by the names of the kernel. A counter that the kernel does not have is absent, never 0.
      returned: always
      type: dict
      contains:
        sources:
          description:
            - What was read, with C(name), C(status) (V(ok), V(absent), V(denied) or V(failed)) and C(detail).
          type: list
          elements: dict
          returned: always
        window_s:
          description: Seconds between the samples as measured; 0 for one sample.
          type: float
          returned: always
        totals:
          description:
            - Totals of the counters that bear on resets (packets or events since the namespace was made), by table.
            - C(snmp) and C(netstat) hold groups such as C(Tcp) and C(TcpExt); C(snmp6), C(sockstat), C(sockstat6),
              C(softnet) (with the number of C(cpus)), C(conntrack), C(arp_cache) and C(ndisc_cache) are sums over all
              CPUs.
            - C(nf_conntrack_count) and C(nf_conntrack_max) are the entries in use and allowed. C(mem) of C(sockstat)
              is in pages.
          type: dict
          returned: always
        deltas:
          description: How far each counter moved in the window, the same names; what did not move is absent.
          type: dict
          returned: always
        truncated:
          description: Whether so much moved that C(deltas) holds only the counters that C(totals) holds.
          type: bool
          returned: always
        limits:
          description: The settings against which some of the totals are held, by their sysctl names.
          type: dict
          returned: always
        derived:
          description:
            - What follows from the counters; null when it cannot be known, as all about the window without one.
          type: dict
          returned: always
          contains:
            accept_queue_overflows:
              description: Handshakes or SYNs that met a full accept queue.
              type: int
              returned: always
            listen_drops:
              description: SYNs and handshakes that a listener dropped for any reason.
              type: int
              returned: always
            listen_drops_per_s: {description: The same per second., type: float, returned: always}
            syn_queue_full: {description: SYNs that met a full SYN queue., type: int, returned: always}
            syn_cookies_failed:
              description: Packets to a listener without a valid SYN cookie.
              type: int
              returned: always
            aborts_on_close:
              description: Connections closed with unread input; each sends a reset.
              type: int
              returned: always
            aborts_on_data:
              description:
                - Connections closed with SO_LINGER 0, or that got data after a full close; each sends a reset.
              type: int
              returned: always
            aborts_on_timeout: {description: Connections that a timer of TCP ended., type: int, returned: always}
            aborts_on_memory:
              description: Connections reset for lack of memory or by tcp_max_orphans.
              type: int
              returned: always
            aborts_failed:
              description: Resets that could not be sent for lack of memory.
              type: int
              returned: always
            memory_pressures: {description: Times that TCP entered memory pressure., type: int, returned: always}
            receive_queue_pruned: {description: Times that a receive queue was cut back., type: int, returned: always}
            receive_queue_drops:
              description: Segments that met a full receive queue or backlog.
              type: int
              returned: always
            zero_windows:
              description: Times that an application let its receive window close.
              type: int
              returned: always
            zero_window_probes:
              description: Probes sent to peers whose window is closed.
              type: int
              returned: always
            challenge_acks: {description: Challenge ACKs sent (RFC 5961)., type: int, returned: always}
            syn_challenges:
              description: Challenge ACKs that a SYN inside a connection caused.
              type: int
              returned: always
            checksum_errors: {description: Segments received with a wrong checksum., type: int, returned: always}
            signature_failures: {description: Segments refused by TCP-MD5 or TCP-AO., type: int, returned: always}
            time_wait_overflows: {description: TIME-WAIT sockets that found no room., type: int, returned: always}
            reverse_path_drops: {description: Packets that rp_filter dropped., type: int, returned: always}
            fast_open_failures: {description: TCP Fast Open attempts that failed., type: int, returned: always}
            mptcp_resets: {description: MPTCP resets and fast closes sent and received., type: int, returned: always}
            migrate_failures: {description: Requests lost when a listener closed., type: int, returned: always}
            address_errors:
              description: Packets to an address that this host does not have.
              type: int
              returned: always
            no_route: {description: IPv4 packets of this host without a route., type: int, returned: always}
            packets_too_big:
              description: Packets too big for the next link that must not be fragmented.
              type: int
              returned: always
            unreachables_received: {description: ICMP unreachable messages received., type: int, returned: always}
            softnet_dropped:
              description: Packets that met a full receive queue of a CPU.
              type: int
              returned: always
            softnet_squeezed: {description: Times that receiving ran out of its budget., type: int, returned: always}
            softnet_squeezed_per_s: {description: The same per second., type: float, returned: always}
            softnet_flow_limited: {description: Packets dropped by the flow limit., type: int, returned: always}
            conntrack_dropped:
              description: Packets dropped because they could not be tracked.
              type: int
              returned: always
            conntrack_early_dropped: {description: Entries removed to make room., type: int, returned: always}
            conntrack_insert_failed: {description: Entries that clashed with another., type: int, returned: always}
            conntrack_invalid: {description: Packets that tracking called INVALID., type: int, returned: always}
            neighbour_overflows: {description: Times that a neighbour table was full., type: int, returned: always}
            overflow_resets: {description: Handshakes that tcp_abort_on_overflow reset., type: int, returned: always}
            silent_overflows: {description: Accept queue overflows that sent nothing., type: int, returned: always}
            keepalive_timeouts:
              description: Connections at least that keepalive ended with a reset.
              type: int
              returned: always
            retransmission_timeouts:
              description: Connections at least that ended silently because nothing was acknowledged.
              type: int
              returned: always
            unexplained_resets:
              description:
                - Resets sent less those that an abort counter, a keepalive timeout or an overflow explains.
                - That leaves closed ports, half-open connections, data to a listener or to TIME-WAIT, a listener
                  closed with connections waiting, and C(ss -K).
              type: int
              returned: always
            resets_sent_per_s: {description: All resets that TCP sent per second., type: float, returned: always}
            retransmit_percent:
              description: Segments retransmitted per hundred sent (RetransSegs / OutSegs); null below 100 segments.
              type: float
              returned: always
            paws_rejected:
              description: Segments refused for their timestamp; null on kernels that count harmless ones too.
              type: int
              returned: always
            orphans_percent:
              description: Orphaned sockets in percent of tcp_max_orphans.
              type: float
              returned: always
            tcp_memory_percent:
              description: Buffers of TCP in percent of the pressure mark, the second value of tcp_mem.
              type: float
              returned: always
            time_wait_percent:
              description: TIME-WAIT sockets in percent of the local port range.
              type: float
              returned: always
            conntrack_percent:
              description: Tracked connections in percent of nf_conntrack_max.
              type: float
              returned: always
            retransmit_percent_since_boot:
              description: The same as C(retransmit_percent) since the namespace was made.
              type: float
              returned: always
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._tcp_counters import collect

ARGUMENT_SPEC = {"window": {"type": "float", "default": 0.0}}


def main() -> None:
    """Return the counters."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    module.exit_json(changed=False, ansible_facts={"peer_tcp_counters": collect(window_s=module.params["window"])})


if __name__ == "__main__":
    main()
