#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the firewall can refuse or swallow TCP."""

from __future__ import annotations

DOCUMENTATION = r"""
module: firewall_facts
short_description: Gather the firewall rules that can reject or drop TCP, and connection tracking
version_added: 0.1.0
description:
  - Gathers every rule of nftables, iptables and ip6tables that can reject or drop TCP, with its packet counter, because
    a refusal by a rule shows in no counter of TCP.
  - Tells how full connection tracking is and when it forgets connections.
  - Reads the rules of nftables out of the kernel, and those of iptables with C(iptables-save -c) where the kernel holds
    any; both need root. A table of iptables that nftables holds is told once. No process is started on a host without
    rules of iptables.
extends_documentation_fragment:
  - netdoctor.connection_reset.attributes
seealso:
  - module: netdoctor.connection_reset.peer_facts
"""

EXAMPLES = r"""
- name: Gather the firewall
  netdoctor.connection_reset.firewall_facts:
  become: true

- name: Show the rules that refuse or drop
  ansible.builtin.debug:
    var: ansible_facts.peer_firewall.rules
"""

RETURN = r"""
ansible_facts:
  description: The fact.
  returned: always
  type: dict
  contains:
    peer_firewall:
      description: What of the firewall can hit TCP.
      returned: always
      type: dict
      contains:
        sources:
          description: >-
            What was read, each with C(name), C(status) (V(ok), V(absent), V(denied), V(failed)) and C(detail).
          type: list
          elements: dict
          returned: always
        owners:
          description: Who writes rules here, by the names of tables and chains.
          type: list
          elements: str
          returned: always
          sample: [docker, fail2ban]
        fail2ban:
          description: Chains of fail2ban and the number of its bans; null without any.
          type: dict
          returned: always
        conntrack:
          description: Connection tracking of this network namespace; null when it is not loaded.
          type: dict
          returned: always
          contains:
            count: {description: Entries now., type: int, returned: always}
            max: {description: Most entries., type: int, returned: always}
            buckets: {description: Size of the hash table., type: int, returned: always}
            occupancy_percent: {description: Entries in percent of the most., type: float, returned: always}
            timeouts_s:
              description: Seconds until a TCP entry is forgotten, by state.
              type: dict
              returned: always
            tcp:
              description: Switches of TCP tracking such as C(be_liberal) and C(loose).
              type: dict
              returned: always
            log_invalid: {description: Protocol whose invalid packets are logged., type: int, returned: always}
        nat:
          description: >-
            Whether addresses are translated (C(present), null when unknown), C(total) and the first C(rules).
          type: dict
          returned: always
        summary:
          description: >-
            Numbers of rules by kind, and of packets that hit those with a counter; null when no rules could be read.
          type: dict
          returned: always
        rules:
          description: >-
            The rules, those first that hit packets or do not count them, of these those that reset, then the busiest;
            null when none could be read.
          type: list
          elements: dict
          returned: always
          contains:
            tool: {description: C(nftables) or C(iptables) or C(ip6tables)., type: str, returned: always}
            family: {description: Family of the table as nftables names it., type: str, returned: always}
            table: {description: Table., type: str, returned: always}
            chain: {description: Chain., type: str, returned: always}
            hooks:
              description: Hooks from which packets come to the chain.
              type: list
              elements: str
              returned: always
            handle: {description: Handle (nftables) or number in the chain (iptables)., type: int, returned: always}
            action: {description: C(reject) or C(drop) or C(policy-drop)., type: str, returned: always}
            reject_type: {description: C(tcp-reset) or the ICMP answer., type: str, returned: for reject}
            packets: {description: Packets that hit the rule; null without a counter., type: int, returned: always}
            packets_delta:
              description: Packets that hit the rule between two samples.
              type: int
              returned: in a window of M(netdoctor.connection_reset.peer_facts)
            bytes: {description: Bytes that hit the rule., type: int, returned: with a counter}
            ports:
              description: Destination ports, as in V(22, 1024-2000) or V(not 22), or V(@) and the name of a set.
              type: str
              returned: when matched
            source_ports: {description: Source ports., type: str, returned: when matched}
            source: {description: Source addresses., type: str, returned: when matched}
            destination: {description: Destination addresses., type: str, returned: when matched}
            in_interface: {description: Incoming interface., type: str, returned: when matched}
            out_interface: {description: Outgoing interface., type: str, returned: when matched}
            ct_state: {description: States of connection tracking., type: str, returned: when matched}
            tcp_flags: {description: TCP flags., type: str, returned: when matched}
            limit: {description: Rate or connection limit., type: str, returned: when limited}
            comment: {description: Comment of the rule., type: str, returned: when there is one}
            xtables: {description: Whether parts of the rule are known to iptables only., type: bool, returned: when so}
            match:
              description: V(verdict map) when a map decides; the ports or addresses told are those that it drops.
              type: str
              returned: when so
            source_set: {description: Set that the source is looked up in., type: str, returned: when matched}
        total: {description: Number of rules; null when none could be read., type: int, returned: always}
        truncated:
          description: Whether rules were left out to stay in the size of a fact.
          type: bool
          returned: always
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._firewall import collect

ARGUMENT_SPEC: dict[str, t.Any] = {}


def main() -> None:
    """Gather the firewall and return it."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    module.exit_json(changed=False, ansible_facts={"peer_firewall": collect()})


if __name__ == "__main__":
    main()
