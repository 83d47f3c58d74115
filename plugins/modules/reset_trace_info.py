#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Live resets of a host, and what its kernel says of each."""

from __future__ import annotations

DOCUMENTATION = r"""
module: reset_trace_info
short_description: Watch resets for a while and say who sent each and why
version_added: 0.1.0
description:
  - Watches the resets that the host sends, receives and forwards for some seconds.
  - The kernel's tracepoints C(tcp:tcp_send_reset) and C(tcp:tcp_receive_reset) give the socket's state and, since
    Linux 6.10,
    the reason. They are read from a tracing instance of its own, so other users of tracing notice nothing.
  - Captured segments give addresses, TTL, window and IP identification, and show resets that a firewall rule forges,
    which no tracepoint tells. The filter runs in the kernel; nothing but resets is captured.
  - Both need root. Without it the counters of TCP are compared instead, and C(sources) says so.
  - The instance is removed at the end, also when the module fails or is killed.
extends_documentation_fragment:
  - netdoctor.connection_reset.attributes
attributes:
  facts:
    support: none
    description: Tells what happened during a window of time, so what it returns is no fact.
options:
  seconds:
    description: How long to watch.
    type: float
    default: 10.0
  max_events:
    description: Most events to return; all are counted.
    type: int
    default: 100
seealso:
  - module: netdoctor.connection_reset.tcp_counter_facts
"""

EXAMPLES = r"""
- name: Watch resets for half a minute on all hosts
  netdoctor.connection_reset.reset_trace_info:
    seconds: 30
  become: true
  register: trace

- name: Show the reasons
  ansible.builtin.debug:
    var: trace.resets.counts
"""

RETURN = r"""
resets:
  description: The resets of the window.
  returned: success
  type: dict
  contains:
    sources:
      description: What was read, each with C(name), C(status) (V(ok), V(absent), V(denied), V(failed)) and C(detail).
      type: list
      elements: dict
      returned: always
    began_at: {description: When watching began (UTC)., type: str, returned: always}
    window_s: {description: How long it lasted in seconds., type: float, returned: always}
    total: {description: Number of resets., type: int, returned: always}
    truncated: {description: Whether C(events) holds fewer than that., type: bool, returned: always}
    lost: {description: Events dropped because there were too many., type: int, returned: always}
    elsewhere: {description: Tracepoint events of other network namespaces., type: int, returned: always}
    counts:
      description: How often each C(direction), C(state) and C(reason) occurred (C(count)).
      type: list
      elements: dict
      returned: always
    events:
      description: The first resets.
      type: list
      elements: dict
      returned: always
      contains:
        time: {description: When (UTC)., type: str, returned: always}
        direction:
          description:
            - V(sent) by this kernel, V(received) by it, or V(forwarded).
            - V(forged) means sent from here in the name of another host, as a firewall's reject rule does.
          type: str
          returned: always
        source: {description: Address of the sender; null when the kernel does not tell., type: str, returned: always}
        source_port: {description: Port of the sender., type: int, returned: always}
        destination: {description: Address of the receiver., type: str, returned: always}
        destination_port: {description: Port of the receiver., type: int, returned: always}
        state: {description: State of the socket., type: str, returned: always}
        reason: {description: The kernel's reason., type: str, returned: always, sample: NO_SOCKET}
        flags:
          description: V(RST) or V(RST,ACK).
          type: str
          returned: always
        ttl: {description: Time to live or hop limit., type: int, returned: always}
        window: {description: Window field; above 0 only from a live socket., type: int, returned: always}
        ip_id: {description: IPv4 identification., type: int, returned: always}
        interface: {description: Link on which it was captured., type: str, returned: always}
counters:
  description: What the counters of TCP did meanwhile, as C(deltas) of M(netdoctor.connection_reset.tcp_counter_facts).
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils import _reset_trace, _tcp_counters

ARGUMENT_SPEC = {
    "seconds": {"type": "float", "default": 10.0},
    "max_events": {"type": "int", "default": 100},
}


def main() -> None:
    """Watch for a while and return what was seen."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    first = _tcp_counters.sample()
    resets = _reset_trace.collect(module.params["seconds"], module.params["max_events"])
    counters = _tcp_counters.collect(module.params["seconds"], first)["deltas"]
    module.exit_json(changed=False, resets=resets, counters=counters)


if __name__ == "__main__":
    main()
