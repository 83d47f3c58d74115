#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name; it runs on the controller."""

from __future__ import annotations

DOCUMENTATION = r"""
module: reach_peers
short_description: Say how far a connection from the controller to hosts it could not read comes
version_added: 0.1.0
description:
  - Sends echo requests and connects by TCP to the port where Ansible logs in to each host of the play that was
    unreachable or failed, and waits for the banner of SSH, so that a host that is down, a closed port, a silent server
    and a failed login are told apart.
  - Runs on the controller, once for all hosts, side by side. Nobody logs in.
  - The address and port are those that Ansible and ssh_config(5) use. Of hosts behind a jump host the first jump host
    is tried. Hosts behind a C(ProxyCommand), and those that are not reached over SSH, are not tried.
  - Of a play with more than 500 such hosts the first 500 are looked at. A host that an earlier batch of the play tried
    (keyword C(serial)) is not tried again.
extends_documentation_fragment:
  - netdoctor.connection_reset.controller
options:
  gathered:
    description: Name of the variable that registered the result of M(netdoctor.connection_reset.peer_facts).
    type: str
    default: diagnose_gathered
  reached:
    description: Name of the variable that registers the result of this module.
    type: str
    default: diagnose_reached
  limit:
    description: Seconds that all connections together may take. A host that had no turn by then is not tried.
    type: float
    default: 15.0
seealso:
  - module: netdoctor.connection_reset.reachability_info
"""

EXAMPLES = r"""
- name: Gather
  netdoctor.connection_reset.peer_facts:
  register: gathered
  ignore_unreachable: true

- name: See how far the others are away
  netdoctor.connection_reset.reach_peers:
    gathered: gathered
    reached: reached
  register: reached
  run_once: true

- name: Show it
  ansible.builtin.debug:
    msg: "{{ item.key }}: {{ item.value.class }} in phase {{ item.value.phase }}"
  loop: "{{ reached.peers | dict2items }}"
  run_once: true
"""

RETURN = r"""
peers:
  description: One entry for each host that was unreachable or failed, by its name.
  returned: success
  type: dict
  contains:
    host: {description: Name or address that was connected to; null when not tried., type: str, returned: always}
    port: {description: TCP port; null when not tried., type: int, returned: always}
    jump: {description: Whether this is a jump host before the host., type: bool, returned: always}
    class:
      description: >-
        V(ok), V(refused), V(reset), V(timed_out), V(host_unreachable), V(net_unreachable), V(name_error), V(closed)
        (accepted, and closed before a banner), V(other) or V(not_tried).
      type: str
      returned: always
    phase: {description: 'V(resolve), V(connect) or V(banner); null when not tried.', type: str, returned: always}
    error: {description: Text of the error or why it was not tried; null without one., type: str, returned: always}
    banner: {description: First bytes that the server said; null when it was silent., type: str, returned: always}
    ping:
      description: Whether the host answers echo requests; null when not known, as where ICMP sockets are not allowed.
      type: bool
      returned: always
    lost_here:
      description: How many of these hosts log in at this place, such as a jump host.
      type: int
      returned: always
  sample:
    web1: {host: 192.0.2.10, port: 22, jump: false, class: refused, phase: connect, error: Connection refused,
           banner: null, ping: true, lost_here: 1}
"""
