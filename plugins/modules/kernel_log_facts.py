#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the log of the kernel says about connections, as a fact."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kernel_log_facts
short_description: Gather messages of the kernel that bear on connections
version_added: 0.1.0
description:
  - Counts messages of the kernel about killed and crashed processes, full tables and queues, links that went down,
    exhausted memory of TCP, stalled CPUs and disks, and packets that firewall rules wrote into the log.
  - Reads the buffer of the kernel, the journal of systemd, or the files of a syslog daemon.
  - The buffer of the kernel and the journal need root or the groups C(adm) or C(systemd-journal), unless the sysctl
    C(kernel.dmesg_restrict) is 0.
  - In a container the buffer is that of the whole machine. Then only messages count that concern the whole machine or
    that name this container by its network namespace or its control group; C(others) counts the rest.
extends_documentation_fragment:
  - netdoctor.connection_reset.attributes
options:
  source:
    description:
      - V(ring) is the buffer of the kernel, V(journal) the journal of systemd, V(file) the files of a syslog daemon.
      - V(auto) takes the first that reaches back far enough.
    type: str
    choices: [auto, ring, journal, file]
    default: auto
  paths:
    description: Files to look into, the first readable one is read. Without it the usual ones are tried.
    type: list
    elements: str
    default: []
  since:
    description:
      - How far back to look, a span such as V(24h) or V(7d), a time such as V(2026-11-20T12:00:00Z), or V(all).
    type: str
    default: 24h
  max_events:
    description: Newest events to keep.
    type: int
    default: 30
seealso:
  - module: netdoctor.connection_reset.sshd_log_facts
  - module: netdoctor.connection_reset.load_facts
"""

EXAMPLES = r"""
- name: Read the last day
  netdoctor.connection_reset.kernel_log_facts:

- name: Read a week from the journal
  netdoctor.connection_reset.kernel_log_facts:
    source: journal
    since: 7d

- name: Stop when a process was killed for lack of memory
  ansible.builtin.assert:
    that: ansible_facts.peer_kernel_log.counts['oom-kill'] | default(0) == 0
"""

RETURN = r"""
ansible_facts:
  description: The facts that this module adds.
  returned: always
  type: dict
  contains:
    peer_kernel_log:
      description: What the log of the kernel says.
      returned: always
      type: dict
      contains:
        sources:
          description:
            - What was read, with C(name), C(status) (V(ok), V(absent), V(denied) or V(failed)) and C(detail).
          type: list
          elements: dict
          returned: always
        window:
          description:
            - Between which times (UTC) nothing is missing, C(since) and C(until). C(since) is null without a source.
          type: dict
          returned: always
        container:
          description: Kind of container, null on a machine.
          type: str
          returned: always
        lines_scanned: {description: Messages of the kernel looked at., type: int, returned: always}
        held_back:
          description:
            - Messages that the kernel says it did not write because there were too many; counts are too low by them.
          type: int
          returned: always
        counts:
          description:
            - Number of messages by kind, 0 for kinds that did not occur, empty when no source could be read.
            - The kinds are C(oom-kill), C(conntrack-table-full), C(conntrack-invalid), C(conntrack-helper-drop),
              C(syn-flood), C(tcp-out-of-memory), C(too-many-orphans), C(time-wait-overflow), C(neighbour-overflow),
              C(link-down), C(link-up), C(netdev-watchdog), C(duplicate-address), C(martian-source), C(crash),
              C(seccomp-kill), C(access-denied), C(file-limit), C(fork-refused), C(hung-task), C(cpu-stall),
              C(clock-jump), C(suspended) and C(io-error).
            - Links that change within two minutes of a boot are not counted.
          type: dict
          returned: always
        seen:
          description: When the kinds that did occur were seen C(first) and C(last) (UTC).
          type: dict
          returned: always
        events:
          description:
            - Newest events first, with C(time) (UTC), C(kind), C(message) and how many C(times) in a row it came.
            - Some have C(process), C(pid), C(cgroup), C(scope) (V(cgroup) or V(machine)), C(interface), C(address),
              C(port), C(destination), C(action), C(reason), C(signal), C(device), C(helper), C(clock) or C(netns).
          type: list
          elements: dict
          returned: always
        total: {description: Number of messages that counted., type: int, returned: always}
        truncated: {description: Whether C(events) holds fewer than that., type: bool, returned: always}
        netfilter:
          description: Packets that firewall rules wrote into the log.
          type: dict
          returned: always
          contains:
            total: {description: Number of packets., type: int, returned: always}
            by_prefix:
              description:
                - For each C(prefix) of a rule, at most ten, C(count), C(resets) (packets with RST), C(first), C(last)
                  and the last packet as C(example) (C(source), C(destination), C(protocol), C(port)).
              type: list
              elements: dict
              returned: always
        others:
          description: In a container, number of messages by kind that are not known to be about it.
          type: dict
          returned: always
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._kernel_log import collect

ARGUMENT_SPEC = {
    "source": {"type": "str", "choices": ["auto", "ring", "journal", "file"], "default": "auto"},
    "paths": {"type": "list", "elements": "str", "default": []},
    "since": {"type": "str", "default": "24h"},
    "max_events": {"type": "int", "default": 30},
}


def main() -> None:
    """Return what the log of the kernel says."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    try:
        facts = collect(**module.params)
    except ValueError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, ansible_facts={"peer_kernel_log": facts})


if __name__ == "__main__":
    main()
