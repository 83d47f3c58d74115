#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether hosts and ports can be reached from here."""

from __future__ import annotations

DOCUMENTATION = r"""
module: reachability_info
short_description: Say how connections from this host end, and in which phase
version_added: 0.1.0
description:
  - Tries each target from the host and says how it ended, where M(ansible.builtin.wait_for) only says that time is up.
  - The steps are name resolution, ICMP echo with loss and round-trip times, the path MTU, a TCP connection, the first
    bytes of the service, and an idle phase.
  - Targets are tried side by side and within a time limit.
  - The TCP part needs no privilege. Echo uses datagram sockets where the kernel allows them to the user
    (C(net.ipv4.ping_group_range)), raw sockets as root, and no C(ping) program.
extends_documentation_fragment:
  - netdoctor.connection_reset.attributes
attributes:
  facts:
    support: none
    description: Looks at other hosts, so what it returns is no fact of this one.
options:
  targets:
    description: What to reach.
    type: list
    elements: dict
    required: true
    suboptions:
      host:
        description: Name or address.
        type: str
        required: true
      port:
        description: TCP port; V(0) only sends echo requests.
        type: int
        default: 0
  timeout:
    description: Seconds to wait for a connection.
    type: float
    default: 3.0
  banner:
    description: Seconds to wait for the first bytes of the service. V(0) does not wait; silence is no error.
    type: float
    default: 1.0
  hold:
    description: Seconds to hold the connection idle. V(0) closes it at once.
    type: float
    default: 0.0
  hold_send:
    description:
      - Text to send after the idle phase, followed by carriage return and line feed.
      - A box on the path that forgot the connection shows itself only when somebody speaks.
    type: str
    default: ""
  ping:
    description: Echo requests to send to each address.
    type: int
    default: 3
  ping_timeout:
    description: Seconds to wait for each reply.
    type: float
    default: 1.0
  path_mtu:
    description: Whether to find the largest packet that reaches the address unfragmented.
    type: bool
    default: true
  workers:
    description: Targets tried at the same time.
    type: int
    default: 16
  limit:
    description: Seconds after which targets that are not finished are given up.
    type: float
    default: 60.0
seealso:
  - module: netdoctor.connection_reset.peer_facts
"""

EXAMPLES = r"""
- name: Ask the server's port from every client
  netdoctor.connection_reset.reachability_info:
    targets:
      - {host: 192.0.2.10, port: 5672}
  register: reach

- name: Stop when the port resets or refuses
  ansible.builtin.assert:
    that: reach.reachability | map(attribute='class') | difference(['ok']) | length == 0

- name: Hold a session idle for six minutes behind a balancer
  netdoctor.connection_reset.reachability_info:
    targets:
      - {host: broker.example.com, port: 22}
    hold: 360
    hold_send: SSH-2.0-probe
    limit: 400
"""

RETURN = r"""
reachability:
  description: One entry for each target, in their order.
  returned: success
  type: list
  elements: dict
  contains:
    host: {description: The host as asked for., type: str, returned: always}
    port: {description: The port as asked for; null for none., type: int, returned: always}
    class:
      description:
        - How it ended for the address that could be connected to, or for the first.
        - C(closed) means an orderly end by the other side after the connection stood.
      type: str
      returned: always
      sample: one of ok, refused, reset, closed, timed_out, host_unreachable, net_unreachable, name_error, other
    phase:
      description: The phase in which it ended - C(resolve), C(ping), C(connect), C(banner), C(hold) or C(queued).
      type: str
      returned: always
    error: {description: Text of the error; null without one., type: str, returned: always}
    resolve_ms: {description: Milliseconds that name resolution took., type: float, returned: always}
    addresses:
      description: One row for each address of the name, four at most.
      type: list
      elements: dict
      returned: always
      contains:
        address: {description: The address., type: str, returned: always}
        family: {description: C(ipv4) or C(ipv6)., type: str, returned: always}
        class: {description: As above., type: str, returned: always}
        phase: {description: As above., type: str, returned: always}
        error: {description: As above., type: str, returned: always}
        connect_ms: {description: Milliseconds until the connection stood., type: float, returned: with a port}
        source: {description: Own address of the connection., type: str, returned: with a port}
        banner:
          description: First bytes of the service, escaped, 256 at most; null when it was silent.
          type: str
          returned: with a port
        held_s:
          description: Seconds that the connection stood idle; null when not asked for.
          type: float
          returned: with a port
        ping:
          description: Echo requests and replies; null when not asked for.
          type: dict
          returned: always
          contains:
            sent_packets: {description: Requests; 0 when ICMP sockets are not allowed., type: int, returned: always}
            received_packets: {description: Replies., type: int, returned: always}
            loss_percent: {description: Requests without a reply., type: float, returned: when any was sent}
            rtt_min_ms:
              description: Shortest round trip in milliseconds; null without a reply.
              type: float
              returned: when any was sent
            rtt_avg_ms: {description: Mean round trip in milliseconds., type: float, returned: when any was sent}
            rtt_max_ms: {description: Longest round trip in milliseconds., type: float, returned: when any was sent}
            error: {description: Last error; null without one., type: str, returned: always}
        path_mtu:
          description: Largest packet that arrives unfragmented; null when not asked for or without replies.
          type: dict
          returned: always
          contains:
            mtu_bytes:
              description: The path MTU in bytes; null when too much is lost to tell.
              type: int
              returned: always
            link_mtu_bytes: {description: MTU that the kernel believed in before., type: int, returned: always}
            black_hole:
              description: Whether larger packets vanish without an ICMP error, while small ones arrive.
              type: bool
              returned: always
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._connect import Wishes
from ..module_utils._reachability import Probe, examine_all

ARGUMENT_SPEC = {
    "targets": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {"host": {"type": "str", "required": True}, "port": {"type": "int", "default": 0}},
    },
    "timeout": {"type": "float", "default": 3.0},
    "banner": {"type": "float", "default": 1.0},
    "hold": {"type": "float", "default": 0.0},
    "hold_send": {"type": "str", "default": ""},
    "ping": {"type": "int", "default": 3},
    "ping_timeout": {"type": "float", "default": 1.0},
    "path_mtu": {"type": "bool", "default": True},
    "workers": {"type": "int", "default": 16},
    "limit": {"type": "float", "default": 60.0},
}


def main() -> None:
    """Try all targets and return how each ended."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    given = module.params
    speech = (given["hold_send"] + "\r\n").encode() if given["hold_send"] else b""
    wishes = Wishes(given["timeout"], given["banner"], given["hold"], speech)
    probe = Probe(wishes, given["ping"], given["ping_timeout"], given["path_mtu"])
    targets = [(target["host"], target["port"]) for target in given["targets"]]
    module.exit_json(changed=False, reachability=examine_all(targets, probe, given["workers"], given["limit"]))


if __name__ == "__main__":
    main()
