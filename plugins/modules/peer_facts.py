#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All facts about connections of a peer in one module execution."""

from __future__ import annotations

DOCUMENTATION = r"""
module: peer_facts
short_description: Gather everything that bears on reset connections in one pass
version_added: 0.1.0
description:
  - Gathers all families of facts of this collection in one module execution, which costs a host little more than
    M(ansible.builtin.ping).
  - Each family is the same as what its own module returns. A family that cannot be read says so in its C(sources) and
    does not fail the others.
  - The facts of one host stay under 64 KiB whatever the host has.
extends_documentation_fragment:
  - netdoctor.connection_reset.attributes
options:
  gather_subset:
    description:
      - Families to gather.
      - V(all) means every family but V(trace); a name with V(!) in front leaves that family out.
      - The names are V(interface), V(route), V(sysctl), V(listening_port), V(connection),
        V(application_timeout), V(sshd_log), V(kernel_log),
        V(probe), V(tcp_counter), V(firewall), V(load) and V(trace).
    type: list
    elements: str
    default: [all]
  gather_timeout:
    description:
      - Seconds that one family may take. A family that takes longer is left out and says so.
      - V(0) means no limit.
    type: float
    default: 20.0
  window:
    description:
      - Seconds over which counters are compared. The other families are read meanwhile, so only the rest is waited for.
      - With V(0) the facts hold totals and no differences.
    type: float
    default: 0.0
  probes:
    description:
      - Connections to try from the host, within O(window), as M(netdoctor.connection_reset.reachability_info) does.
      - Counters of both ends that move meanwhile show who ended a connection.
    type: list
    elements: dict
    default: []
    suboptions:
      host:
        description: Name or address.
        type: str
        required: true
      port:
        description: TCP port; V(0) only sends echo requests.
        type: int
        default: 0
  probe_hold:
    description: Seconds to hold each of O(probes) idle.
    type: float
    default: 0.0
  since:
    description: How far back logs are read, as in M(netdoctor.connection_reset.sshd_log_facts).
    type: str
    default: 24h
  max_events:
    description: Newest log events to keep.
    type: int
    default: 20
  route_targets:
    description: >-
      Addresses or names toward which the route is looked up, as in M(netdoctor.connection_reset.route_facts).
    type: list
    elements: str
    default: []
  connection_targets:
    description: Other ends whose connections are told in detail, as in M(netdoctor.connection_reset.connection_facts).
    type: list
    elements: dict
    default: []
    suboptions:
      address:
        description: Address of the other end.
        type: str
      port:
        description: Port of the other end.
        type: int
  sysctls:
    description: Sysctls to read beside the default set, as in M(netdoctor.connection_reset.sysctl_facts).
    type: list
    elements: str
    default: []
  commands:
    description: Allow to ask programs themselves, as in M(netdoctor.connection_reset.application_timeout_facts).
    type: bool
    default: false
  sshd_match:
    description: >-
      The client for whom Match blocks of sshd are decided, as in
      M(netdoctor.connection_reset.application_timeout_facts).
    type: dict
    suboptions:
      user: {description: Name of the user who logs in., type: str, required: true}
      host: {description: Name of the client's host., type: str, required: true}
      addr: {description: Address of the client., type: str, required: true}
seealso:
  - module: netdoctor.connection_reset.interface_facts
  - module: netdoctor.connection_reset.route_facts
  - module: netdoctor.connection_reset.sysctl_facts
  - module: netdoctor.connection_reset.listening_port_facts
  - module: netdoctor.connection_reset.connection_facts
  - module: netdoctor.connection_reset.application_timeout_facts
  - module: netdoctor.connection_reset.sshd_log_facts
  - module: netdoctor.connection_reset.kernel_log_facts
  - module: netdoctor.connection_reset.tcp_counter_facts
  - module: netdoctor.connection_reset.firewall_facts
  - module: netdoctor.connection_reset.load_facts
"""

EXAMPLES = r"""
- name: Gather everything
  netdoctor.connection_reset.peer_facts:

- name: Gather all but the log of sshd
  netdoctor.connection_reset.peer_facts:
    gather_subset: ["!sshd_log"]

- name: Gather a week of logs and the route toward a database
  netdoctor.connection_reset.peer_facts:
    since: 7d
    route_targets: [192.0.2.10]
"""

RETURN = r"""
ansible_facts:
  description: The facts, each as its own module returns it.
  returned: always
  type: dict
  contains:
    peer_gathering:
      description: How reading the facts went.
      returned: always
      type: dict
      contains:
        collected_at:
          description: When reading began (UTC).
          type: str
          returned: always
          sample: "2026-11-20T12:00:00Z"
        hostname: {description: Host name as the kernel knows it., type: str, returned: always}
        kernel: {description: Release of the kernel., type: str, returned: always, sample: 6.1.0-28-amd64}
        machine: {description: Hardware name., type: str, returned: always, sample: x86_64}
        distribution: {description: Name from os-release; null when there is none., type: str, returned: always}
        python: {description: Version of Python on the host., type: str, returned: always, sample: 3.11.2}
        uid: {description: Effective user ID., type: int, returned: always}
        privileged: {description: Whether the facts were read as root., type: bool, returned: always}
        families:
          description: For each family its C(status) (V(ok) or V(failed)) and C(elapsed_ms), the milliseconds it took.
          type: dict
          returned: always
    peer_interfaces:
      description: As returned by M(netdoctor.connection_reset.interface_facts).
      returned: when the family is chosen
      type: dict
    peer_routes:
      description: As returned by M(netdoctor.connection_reset.route_facts).
      returned: when the family is chosen
      type: dict
    peer_sysctls:
      description: As returned by M(netdoctor.connection_reset.sysctl_facts).
      returned: when the family is chosen
      type: dict
    peer_listening_ports:
      description: As returned by M(netdoctor.connection_reset.listening_port_facts).
      returned: when the family is chosen
      type: dict
    peer_connections:
      description: As returned by M(netdoctor.connection_reset.connection_facts).
      returned: when the family is chosen
      type: dict
    peer_application_timeouts:
      description: As returned by M(netdoctor.connection_reset.application_timeout_facts).
      returned: when the family is chosen
      type: dict
    peer_sshd_log:
      description: As returned by M(netdoctor.connection_reset.sshd_log_facts).
      returned: when the family is chosen
      type: dict
    peer_kernel_log:
      description: As returned by M(netdoctor.connection_reset.kernel_log_facts).
      returned: when the family is chosen
      type: dict
    peer_probes:
      description: How the connections of O(probes) ended.
      returned: when the family is chosen
      type: dict
      contains:
        sources: {description: Empty., type: list, elements: dict, returned: always}
        probes:
          description: One entry for each target, as returned by M(netdoctor.connection_reset.reachability_info).
          type: list
          elements: dict
          returned: always
        total: {description: Number of targets., type: int, returned: always}
        truncated:
          description: Whether entries were left out to stay in the size of a fact.
          type: bool
          returned: always
    peer_tcp_counters:
      description: As returned by M(netdoctor.connection_reset.tcp_counter_facts).
      returned: when the family is chosen
      type: dict
    peer_firewall:
      description: As returned by M(netdoctor.connection_reset.firewall_facts).
      returned: when the family is chosen
      type: dict
    peer_reset_trace:
      description: >-
        As C(resets) returned by M(netdoctor.connection_reset.reset_trace_info), for the seconds of O(window).
      returned: when the family is named
      type: dict
    peer_load:
      description: As returned by M(netdoctor.connection_reset.load_facts).
      returned: when the family is chosen
      type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._bundle import collect

ARGUMENT_SPEC = {
    "gather_subset": {"type": "list", "elements": "str", "default": ["all"]},
    "gather_timeout": {"type": "float", "default": 20.0},
    "probes": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"host": {"type": "str", "required": True}, "port": {"type": "int", "default": 0}},
    },
    "probe_hold": {"type": "float", "default": 0.0},
    "window": {"type": "float", "default": 0.0},
    "since": {"type": "str", "default": "24h"},
    "max_events": {"type": "int", "default": 20},
    "route_targets": {"type": "list", "elements": "str", "default": []},
    "sysctls": {"type": "list", "elements": "str", "default": []},
    "connection_targets": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"address": {"type": "str"}, "port": {"type": "int"}},
    },
    "commands": {"type": "bool", "default": False},
    "sshd_match": {
        "type": "dict",
        "options": {
            "user": {"type": "str", "required": True},
            "host": {"type": "str", "required": True},
            "addr": {"type": "str", "required": True},
        },
    },
}


def main() -> None:
    """Gather the chosen families and return their facts."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    try:
        facts = collect(module.params["gather_subset"], module.params["gather_timeout"], module.params)
    except ValueError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, ansible_facts=facts)


if __name__ == "__main__":
    main()
