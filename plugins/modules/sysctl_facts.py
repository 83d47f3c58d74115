#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about sysctls: running, default and persisted values, and the drift between them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sysctl_facts
short_description: Gather sysctls with their defaults, what sets them at boot, and the drift
version_added: 0.1.0
description:
  - Reads kernel parameters that decide when a connection is probed, given up, refused or forgotten, and others if
    asked.
  - For each it says what is running, what the kernel has by default, and which line of which file sets it at the next
    boot, by the precedence that the host's own program (systemd-sysctl or procps) really uses.
  - Runs no process. It reads C(/proc/sys), C(/etc/sysctl.conf), the C(sysctl.d) directories and the kernel command
    line.
  - Values are those of the network namespace in which Ansible runs. A container has its own.
extends_documentation_fragment:
  - netdoctor.connection_reset.attributes
options:
  names:
    description:
      - Sysctls to read beside the default set, with dots or slashes.
      - The dot in the name of an interface is written V(net/ipv4/conf/eth0.100/rp_filter) or
        V(net.ipv4.conf.eth0/100.rp_filter).
    type: list
    elements: str
    default: []
  prefixes:
    description: Parts of the tree to read whole, such as V(net.ipv4.conf). What does not fit into 16 KiB is left out.
    type: list
    elements: str
    default: []
seealso:
  - module: netdoctor.connection_reset.peer_facts
  - name: sysctl.d(5)
    description: Syntax and precedence of the files.
    link: https://www.freedesktop.org/software/systemd/man/latest/sysctl.d.html
"""

EXAMPLES = r"""
- name: Read the default set
  netdoctor.connection_reset.sysctl_facts:

- name: Show how long a dead peer goes unnoticed
  ansible.builtin.debug:
    var: ansible_facts.peer_sysctls.keepalive.detection_s

- name: Read two more and all of net.core
  netdoctor.connection_reset.sysctl_facts:
    names: [net.ipv4.tcp_autocorking, net/ipv4/conf/eth0.100/rp_filter]
    prefixes: [net.core]

- name: Stop when a running value would not survive a reboot
  ansible.builtin.assert:
    that: ansible_facts.peer_sysctls.drifted == []
"""

RETURN = r"""
ansible_facts:
  description: The fact of this module.
  returned: always
  type: dict
  contains:
    peer_sysctls:
      description:
        - Kernel parameters of the host.
        - Its key C(values) holds each sysctl by its name with dots; each has C(running) and C(default) and C(persisted)
          and C(drift).
        - C(running) and C(default) are a number, a list of numbers or text. C(default) is null where the kernel has no
          constant or it is not known.
        - C(persisted) is null or what is set at boot (C(value), C(file), C(line)). C(drift) says whether C(running)
          differs from it; it is null when nothing is persisted, and when C(/proc/sys) is read-only as in containers.
      returned: always
      type: dict
      contains:
        sources:
          description: What was read, and what could not be
            (C(name), C(status) V(ok) V(absent) V(denied) V(failed), C(detail)).
          returned: always
          type: list
          elements: dict
          sample: [{name: sysctl.d, status: ok, detail: "systemd-sysctl reads the directories by name of file"}]
        applied_by:
          description: Whose rules decide what is set at boot, V(systemd-sysctl), V(procps) or V(openrc) (Alpine).
          returned: always
          type: str
          sample: systemd-sysctl
        files:
          description: Files that are read at boot, in the order in which they are applied; at most 20.
          returned: always
          type: list
          elements: str
          sample: [/usr/lib/sysctl.d/50-pid-max.conf, /etc/sysctl.d/99-sysctl.conf]
        not_read:
          description: Files that have no effect and why (C(file), C(why)); at most 10.
          returned: always
          type: list
          elements: dict
          sample: [{file: /usr/lib/sysctl.d/50-default.conf, why: hidden by /etc/sysctl.d/50-default.conf}]
        ignored:
          description: Lines without effect (C(file), C(line), C(text), C(why)), such as broken ones; at most 10.
          returned: always
          type: list
          elements: dict
          sample: [{file: /etc/sysctl.d/90-tcp.conf, line: 3, text: net.ipv4.tcp_fin_timeout 30, why: no assignment}]
        keepalive:
          description: The running keepalive sysctls, and how long a dead peer goes unnoticed; null where not read.
          returned: always
          type: dict
          contains:
            time_s: {description: Idle seconds before the first probe., type: int, returned: always, sample: 7200}
            intvl_s: {description: Seconds between unanswered probes., type: int, returned: always, sample: 75}
            probes: {description: Unanswered probes that end the connection., type: int, returned: always, sample: 9}
            detection_s: {description: Time + interval * probes in seconds., type: int, returned: always, sample: 7875}
        conntrack:
          description: Use of the connection tracking table; null when its module is not loaded.
          returned: always
          type: dict
          contains:
            count: {description: Entries of this network namespace., type: int, returned: always, sample: 1200}
            max: {description: Entries there can be., type: int, returned: always, sample: 262144}
            used_percent: {description: Entries in percent of the limit., type: float, returned: always, sample: 0.5}
        local_ports:
          description: Ports for outgoing connections; null when the range was not read.
          returned: always
          type: dict
          contains:
            low: {description: First port., type: int, returned: always, sample: 32768}
            high: {description: Last port., type: int, returned: always, sample: 60999}
            count: {description: Ports of the range that are not reserved., type: int, returned: always, sample: 28232}
        drifted:
          description: Names whose running value is not what the files set; at most 40.
          returned: always
          type: list
          elements: str
          sample: [net.ipv4.tcp_keepalive_time]
        missing:
          description: Names asked for (or of the default set) that this kernel or network namespace does not have.
          returned: always
          type: list
          elements: str
          sample: [net.ipv4.tcp_rto_max_ms]
        total:
          description: Number of sysctls found, shown or not.
          returned: always
          type: int
          sample: 78
        truncated:
          description: Whether values were left out to keep the fact small.
          returned: always
          type: bool
          sample: false
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._sysctls import collect

ARGUMENT_SPEC = {
    "names": {"type": "list", "elements": "str", "default": []},
    "prefixes": {"type": "list", "elements": "str", "default": []},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    fact = collect(names=module.params["names"], prefixes=module.params["prefixes"])
    module.exit_json(changed=False, ansible_facts={"peer_sysctls": fact})


if __name__ == "__main__":
    main()
