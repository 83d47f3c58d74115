#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name; it runs on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: plan_probes
short_description: Say which connections each host is to try
version_added: 0.1.0
description:
  - Says from which host to which address and port connections are to be tried, so that a fault shows while counters are
    watched.
  - Runs on the controller, once for all hosts; no host is connected to.
extends_documentation_fragment:
  - netdoctor.connection_reset.controller
options:
  mode:
    description:
      - V(auto) tries the connection named by O(client) and O(server).
      - V(all) tries every pair of a fleet of up to 12 hosts when no connection is named.
      - V(never) tries nothing.
    type: str
    choices: [auto, all, never]
    default: auto
  client:
    description: Client of the suspected connection, an inventory name.
    type: str
    default: ""
  server:
    description: Server of the suspected connection, an inventory name or an address.
    type: str
    default: ""
  server_address:
    description: Address of the server that the client uses. Empty means every address of the server.
    type: str
    default: ""
  port:
    description: TCP port; V(0) means every port that listens beyond loopback, eight at most.
    type: int
    default: 0
  gathered:
    description: Name of the variable that registered the result of M(netdoctor.connection_reset.peer_facts).
    type: str
    default: diagnose_gathered
seealso:
  - module: netdoctor.connection_reset.peer_facts
"""

EXAMPLES = r"""
- name: Gather
  netdoctor.connection_reset.peer_facts:
  register: diagnose_gathered

- name: Plan
  netdoctor.connection_reset.plan_probes:
    client: web1
    server: db1
    port: 5432
  register: plan
  run_once: true

- name: Try the connection while both ends are watched
  netdoctor.connection_reset.peer_facts:
    gather_subset: [tcp_counter, firewall, probe]
    window: 5
    probes: "{{ plan.targets[inventory_hostname] | default([]) }}"
"""

RETURN = r"""
targets:
  description: Lists of C(host) and C(port) by the name of the host that is to try them.
  returned: success
  type: dict
  sample: {web1: [{host: 192.0.2.10, port: 5432}]}
"""
