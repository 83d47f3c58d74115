#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name; it runs on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: evaluate
short_description: Compare gathered facts with recommended values
version_added: 0.1.0
description:
  - Compares what M(netdoctor.connection_reset.peer_facts) gathered from all hosts of the play with a catalogue of
    rules,
    and returns the report document of the fleet.
  - Runs on the controller, once for all hosts; no host is connected to. The role
    P(netdoctor.connection_reset.diagnose#role)
    uses it with the catalogue that it ships.
extends_documentation_fragment:
  - netdoctor.connection_reset.controller
options:
  rules:
    description: The rules, as dictionaries by id. A later dictionary replaces rules of an earlier one.
    type: list
    elements: dict
    required: true
  fixes:
    description: The remediations that rules name, as dictionaries by id.
    type: list
    elements: dict
    default: []
  causes:
    description: The causes that rules support, as dictionaries by id.
    type: list
    elements: dict
    default: []
  overrides:
    description: Fields to change in rules, by the rule's id; an id that is new adds a rule.
    type: dict
    default: {}
  waivers:
    description: Accepted findings, each with C(rule), C(host), C(reason) and C(until).
    type: list
    elements: dict
    default: []
  path:
    description: Boxes between client and server, each with C(name), C(kind), C(idle_timeout) in seconds and C(layer).
    type: list
    elements: dict
    default: []
  path_kinds:
    description: What is known of each kind of box, by kind.
    type: dict
    default: {}
  client:
    description: Client of the suspected connection.
    type: str
    default: ""
  server:
    description: Server of the suspected connection.
    type: str
    default: ""
  server_address:
    description: Address of the server that the client uses.
    type: str
    default: ""
  port:
    description: TCP port of the suspected connection; V(0) means any.
    type: int
    default: 0
  since:
    description: How far back logs were read, for the report.
    type: str
    default: 24h
  window:
    description: Seconds over which counters were compared, for the report.
    type: float
    default: 0.0
  probed:
    description:
      - Name of the variable that registered the result of M(netdoctor.connection_reset.peer_facts) for a second time,
        while
        connections were tried. What it holds is newer than O(gathered).
    type: str
    default: diagnose_probed
  reached:
    description: Name of the variable that registered the result of M(netdoctor.connection_reset.reach_peers).
    type: str
    default: diagnose_reached
  gathered:
    description: Name of the variable that registered the result of M(netdoctor.connection_reset.peer_facts).
    type: str
    default: diagnose_gathered
seealso:
  - module: netdoctor.connection_reset.report
"""

EXAMPLES = r"""
- name: Gather
  netdoctor.connection_reset.peer_facts:
  register: gathered

- name: Compare with one rule of your own
  netdoctor.connection_reset.evaluate:
    gathered: gathered
    rules:
      - our-keepalive:
          title: Keepalive is later than our balancer
          scope: peer
          fact: peer_sysctls.values."net.ipv4.tcp_keepalive_time".running
          op: le
          want: 120
          severity: warning
          supports: {}
          why: The balancer forgets an idle connection after 240 seconds.
          source: The platform handbook.
  register: evaluated
  run_once: true

- name: Show the deviations
  ansible.builtin.debug:
    msg: "{{ evaluated.document.findings | map(attribute='title') }}"
  run_once: true
"""

RETURN = r"""
document:
  description:
    - The report document.
    - Its JSON Schema is C(roles/diagnose/files/report.schema.json) in the collection.
  returned: success
  type: dict
  contains:
    schema_version: {description: Version of the document's form., type: str, returned: always}
    generated_at: {description: When the document was made (UTC)., type: str, returned: always}
    collection_version: {description: Version of this collection., type: str, returned: always}
    invocation: {description: What was asked for., type: dict, returned: always}
    summary:
      description: Numbers of hosts; of diagnoses by verdict; of findings by severity.
      type: dict
      returned: always
    hosts: {description: Status and digest of each host by name., type: dict, returned: always}
    findings: {description: Outcomes of rules that are not ok., type: list, elements: dict, returned: always}
    diagnoses:
      description: Causes with a verdict, the best first.
      type: list
      elements: dict
      returned: always
"""
