#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about listening sockets: address, port, process, unit, and how full the accept queue is."""

from __future__ import annotations

DOCUMENTATION = r"""
module: listening_port_facts
short_description: Gather listening TCP and UDP ports with their processes, units and queues
version_added: 0.1.0
description:
  - Asks the kernel by netlink for the sockets that wait for others, so its cost grows with the listeners and not with
    the connections of the host. It runs no process and needs neither C(ss) nor C(netstat).
  - Shows the length of each accept queue and its limit. A full queue is what resets or stalls new connections.
  - Where netlink is refused it reads C(/proc/net), which does not tell the limit of an accept queue.
  - As an ordinary user it sees all listeners and their systemd units, but only the processes of that user.
extends_documentation_fragment:
  - netdoctor.connection_reset.attributes
options:
  ports:
    description: Ports to show; an empty list means all.
    type: list
    elements: int
    default: []
  protocols:
    description: Protocols to look at.
    type: list
    elements: str
    choices: [tcp, udp]
    default: [tcp, udp]
  max_listeners:
    description:
      - Rows to return at most. Rows with trouble come first, then low ports.
      - The fact stays below 16 KiB, which is about 30 rows, whatever is asked for. C(ports) and C(summary) count all.
    type: int
    default: 100
seealso:
  - module: netdoctor.connection_reset.peer_facts
  - module: community.general.listen_ports_facts
"""

EXAMPLES = r"""
- name: Gather all listeners
  netdoctor.connection_reset.listening_port_facts:

- name: Gather what listens on two ports
  netdoctor.connection_reset.listening_port_facts:
    ports: [22, 5672]
    protocols: [tcp]

- name: Stop when an accept queue is full
  ansible.builtin.assert:
    that: ansible_facts.peer_listening_ports.summary.accept_queues_full == 0
"""

RETURN = r"""
ansible_facts:
  description: The fact of this module.
  returned: always
  type: dict
  contains:
    peer_listening_ports:
      description: Listening sockets of the network namespace in which Ansible runs.
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
        summary:
          description: What all listeners amount to, shown or not. Lists of ports hold at most 20.
          returned: always
          type: dict
          contains:
            tcp: {description: Number of TCP endpoints., type: int, returned: always, sample: 12}
            udp: {description: Number of UDP endpoints., type: int, returned: always, sample: 4}
            wildcard:
              description: Number of endpoints on all addresses of a family.
              type: int
              returned: always
              sample: 9
            loopback:
              description: Number of endpoints that only the host can reach.
              type: int
              returned: always
              sample: 3
            accept_queues_full:
              description: Number of TCP endpoints with a queue that takes no further connection.
              type: int
              returned: always
              sample: 0
            accept_queues_nearly_full:
              description: Number of TCP endpoints with a queue that is at least half full.
              type: int
              returned: always
              sample: 0
            fullest_accept_queue_percent:
              description: The fullest one, in percent.
              type: float
              returned: always
              sample: 0.8
            ssh_listeners:
              description: Number of TCP endpoints on port 22 or of sshd that others can reach.
              type: int
              returned: always
              sample: 2
            loopback_only_ports:
              description: TCP ports that only the host itself can reach.
              type: list
              elements: int
              returned: always
              sample: [25]
            ipv6_only_ports:
              description: TCP ports that listen on all IPv6 addresses and refuse IPv4.
              type: list
              elements: int
              returned: always
              sample: []
            ephemeral_ports:
              description: TCP ports of listeners that lie in the range for outgoing connections and are not reserved.
              type: list
              elements: int
              returned: always
              sample: []
        ports:
          description:
            - All ports as ranges, also of rows that were left out. A text of more than 1,000 characters ends in C(...).
            - Keys are C(tcp) and C(udp) for ports that others can reach, C(tcp_loopback) and C(udp_loopback) for the
              rest.
          returned: always
          type: dict
          sample: {tcp: "22,80,8000-8010", udp: "68", tcp_loopback: "25", udp_loopback: "323"}
        total:
          description: Number of endpoints found, shown or not.
          returned: always
          type: int
          sample: 16
        truncated:
          description: Whether rows were left out.
          returned: always
          type: bool
          sample: false
        listeners:
          description: One row for each protocol, address, interface and port.
          returned: always
          type: list
          elements: dict
          contains:
            protocol: {description: V(tcp) or V(udp)., type: str, returned: always, sample: tcp}
            family: {description: V(ipv4) or V(ipv6)., type: str, returned: always, sample: ipv4}
            address: {description: Local address without a zone., type: str, returned: always, sample: 0.0.0.0}
            interface:
              description: Link the socket is bound to, or the zone of its address; null for none.
              type: str
              returned: always
              sample: eth0
            port: {description: Local port., type: int, returned: always, sample: 22}
            wildcard:
              description: Whether it listens on all addresses of the family.
              type: bool
              returned: always
              sample: true
            loopback:
              description: Whether only the host itself can reach it.
              type: bool
              returned: always
              sample: false
            v6only:
              description: Whether an IPv6 listener refuses IPv4; null for IPv4 and where it is not known.
              type: bool
              returned: always
            state: {description: V(LISTEN) for TCP and V(UNCONN) for UDP., type: str, returned: always, sample: LISTEN}
            foreign_address:
              description: V(*) always, because any partner may call.
              type: str
              returned: always
              sample: "*"
            sockets:
              description: Number of sockets (SO_REUSEPORT) behind the row.
              type: int
              returned: always
              sample: 1
            inode: {description: Inode of the first socket., type: int, returned: always, sample: 24680}
            uid: {description: User ID that opened the first socket., type: int, returned: always, sample: 0}
            pid:
              description: First process that holds it; null when not known.
              type: int
              returned: always
              sample: 812
            name: {description: Name of that process., type: str, returned: always, sample: sshd}
            user:
              description: User of that process; of the socket without one.
              type: str
              returned: always
              sample: root
            stime:
              description: When that process began (UTC).
              type: str
              returned: always
              sample: "2026-11-20T12:00:00Z"
            unit:
              description: Unit of systemd of that process, or of the control group that opened the socket.
              type: str
              returned: always
              sample: ssh.service
            accept_queue:
              description: Queue of connections that the program has not accepted yet; null for UDP.
              type: dict
              returned: always
              contains:
                length: {description: Connections waiting., type: int, returned: always, sample: 0}
                limit:
                  description: The backlog of listen(), cut by somaxconn (connections); null when it is not known.
                  type: int
                  returned: always
                  sample: 128
                saturation_percent:
                  description: Length in percent of the limit plus one. At 100 the kernel drops what comes next.
                  type: float
                  returned: always
                  sample: 0.0
            receive_queue_bytes: {description: Bytes waiting; null for TCP., type: int, returned: always, sample: 0}
            drops_packets:
              description: Packets dropped since the socket was opened, of TCP requests for a connection; null if not
                known.
              type: int
              returned: always
              sample: 0
            processes:
              description: Processes that hold it (C(pid), C(fd), C(name), C(user)); at most 8, systemd itself last.
              type: list
              elements: dict
              returned: always
              sample: [{pid: 812, fd: 3, name: sshd, user: root}]
            processes_total:
              description: Number of processes found to hold it.
              type: int
              returned: always
              sample: 1
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._listeners import collect

ARGUMENT_SPEC = {
    "ports": {"type": "list", "elements": "int", "default": []},
    "protocols": {"type": "list", "elements": "str", "choices": ["tcp", "udp"], "default": ["tcp", "udp"]},
    "max_listeners": {"type": "int", "default": 100},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    fact = collect(module.params["ports"], module.params["protocols"], module.params["max_listeners"])
    module.exit_json(changed=False, ansible_facts={"peer_listening_ports": fact})


if __name__ == "__main__":
    main()
