#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about heartbeats, idle timeouts and limits of the servers on a host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: application_timeout_facts
short_description: Gather heartbeats, idle timeouts, keepalive and limits of servers, in seconds, with file and line
version_added: 0.1.0
description:
  - Reads the configuration of HAProxy, RabbitMQ, nginx, Apache, sshd, PostgreSQL, MySQL and MariaDB, Redis and Valkey,
    and of systemd's socket units, as far as they are installed or running.
  - Each format is read by its own grammar, with its units, its includes and its rules about which line counts. What
    nobody wrote is given with the default that the software documents, as C(source) V(default).
  - A broken file is reported with its line. Conditions in configuration files are not evaluated, except Match blocks of
    sshd with O(sshd_match); what stands under one is marked C(conditional).
  - As root it runs C(sshd -T), which only reads. Nothing else is run unless O(commands) allows it.
  - When a file is not for this user to read, the defaults of its program are left out, as it may say otherwise.
  - What was changed at run time only (C(CONFIG SET) of Redis, C(ALTER ROLE) of PostgreSQL, C(SET GLOBAL) of MySQL) is
    not seen.
  - Servers in containers of the host are counted but not read; run the module inside them.
  - The fact keeps below 16 KiB. Where many servers run, each has a fair share of it; O(software) gives one of them all.
extends_documentation_fragment:
  - netdoctor.connection_reset.attributes
options:
  software:
    description: The programs to read; without it, all of them.
    type: list
    elements: str
    choices: [haproxy, rabbitmq, nginx, apache, sshd, postgresql, mysql, redis, systemd]
  commands:
    description:
      - Allow to ask C(rabbitmqctl environment) what the running node uses. It takes about two seconds of CPU time.
      - Values that differ from the files then have C(source) V(runtime).
    type: bool
    default: false
  sshd_match:
    description:
      - The client for whom Match blocks of sshd are decided, by C(sshd -T -C). It needs root.
      - Without it, the values outside of Match blocks are given, and those in Match blocks as C(conditional).
    type: dict
    suboptions:
      user: {description: Name of the user who logs in., type: str, required: true}
      host: {description: Name of the client's host., type: str, required: true}
      addr: {description: Address of the client., type: str, required: true}
seealso:
  - module: netdoctor.connection_reset.sysctl_facts
  - module: netdoctor.connection_reset.listening_port_facts
"""

EXAMPLES = r"""
- name: Read what the servers of this host do with idle connections
  netdoctor.connection_reset.application_timeout_facts:

- name: Show the idle timeouts of HAProxy
  ansible.builtin.debug:
    msg: "{{ item.section }}: {{ item.name }} is {{ item.seconds }} s ({{ item.file }} line {{ item.line }})"
  loop: >-
    {{ ansible_facts.peer_application_timeouts.timeouts
       | selectattr('software', 'equalto', 'haproxy') | selectattr('kind', 'equalto', 'idle_timeout') }}

- name: Ask the broker itself, and sshd for one user
  netdoctor.connection_reset.application_timeout_facts:
    commands: true
    sshd_match: {user: backup, host: backup.example.com, addr: 192.0.2.10}
  become: true

- name: Read everything about one server, where a host has so many that not all values fit
  netdoctor.connection_reset.application_timeout_facts:
    software: [postgresql]

- name: Stop when a configuration file is broken
  ansible.builtin.assert:
    that: ansible_facts.peer_application_timeouts.problems == []
"""

RETURN = r"""
ansible_facts:
  description: The fact of this module.
  returned: always
  type: dict
  contains:
    peer_application_timeouts:
      description: Timers and limits of the servers of the host.
      returned: always
      type: dict
      contains:
        sources:
          description: >-
            What was read, and what could not be (C(name), C(status) V(ok) V(absent) V(denied) V(failed), C(detail)).
          returned: always
          type: list
          elements: dict
          sample: [{name: haproxy, status: ok, detail: 1 file read}]
        timeouts:
          description:
            - One entry for each value in force; those that matter most to idle connections come first.
            - A value that many sections take over from one line is one entry with all of them in C(applies_to).
          returned: always
          type: list
          elements: dict
          contains:
            software:
              description: V(haproxy) V(rabbitmq) V(nginx) V(apache) V(sshd) V(postgresql) V(mysql) V(redis) V(systemd).
              type: str
              returned: always
              sample: haproxy
            kind:
              description: >-
                V(heartbeat), V(idle_timeout), V(keepalive), V(handshake_timeout), V(connect_timeout), V(limit),
                V(linger) or V(backlog).
              type: str
              returned: always
              sample: idle_timeout
            name:
              description: The setting as the software calls it.
              type: str
              returned: always
              sample: timeout client
            seconds:
              description: Its time in seconds; null where it is no time, has none, or is off.
              type: float
              returned: always
              sample: 50.0
            "off":
              description: True when the timer never fires, the limit does not exist or the switch is off.
              type: bool
              returned: when it is off
              sample: true
            value: {description: The value of what is no time., type: raw, returned: when it is no time, sample: 511}
            unit:
              description: >-
                Unit of C(value), such as V(connections), V(probes), V(flag); V(variable) when the value is the text of
                an unknown variable, V(system default) when the sysctl counts.
              type: str
              returned: when there is a value
              sample: connections
            parts:
              description: Parts of a compound value as numbers, such as V(start), V(rate) and V(full) of MaxStartups.
              type: dict
              returned: when the value has parts
              sample: {start: 10, rate: 30, full: 100}
            layer:
              description: 4 when TCP itself counts (probes refresh or end it), 7 when only data counts.
              type: int
              returned: always
              sample: 7
            side:
              description: Whose connections are meant, those of V(client)s, those to V(server)s behind, or V(both).
              type: str
              returned: always
              sample: client
            source:
              description: >-
                V(config) when it is written in a file, V(default) when nobody wrote it, V(runtime) when the program or
                its command line says otherwise.
              type: str
              returned: always
              sample: config
            file:
              description: File in which it is written.
              type: str
              returned: when it is written in a file
              sample: /etc/haproxy/haproxy.cfg
            line: {description: Line of the file., type: int, returned: when it is written in a file, sample: 23}
            section:
              description: Section in which it is written, or the instance that it belongs to.
              type: str
              returned: when there is one
              sample: defaults
            ports:
              description: TCP ports that it applies to; at most 8.
              type: list
              elements: int
              returned: when known
              sample: [443]
            applies_to:
              description: Sections in which it is in force; at most 4.
              type: list
              elements: str
              returned: when they are not the section itself
              sample: [frontend www]
            applies_to_total: {description: How many sections there are., type: int, returned: when cut, sample: 40}
            mode:
              description: V(tcp) or V(http) of a proxy; V(accept) or V(one service) of a socket unit.
              type: str
              returned: when there are such modes
              sample: tcp
            conditional:
              description: True when a condition that was not evaluated decides about it.
              type: bool
              returned: when there is one
              sample: true
            superseded_by:
              description: What counts in place of it, such as C(timeout tunnel) of HAProxy for TCP connections.
              type: str
              returned: when something does
              sample: timeout tunnel
            note: {description: What else is to be known., type: str, returned: sometimes}
        services:
          description:
            - What is installed of what O(software) asks for. C(running) says whether a process was found (null when it
              was not and processes are hidden), C(version) is null when no file tells it, C(files) are the first that
              were read (C(files_total) when there are more).
            - C(ports), C(clusters) (PostgreSQL) and C(sockets) (systemd) say where it listens.
            - Of sshd, C(client_alive_s) is when a silent client is given up (null for never), C(finds_dead_clients)
              whether anything probes clients, C(logs_lost_sessions) whether a session that was reset leaves a line in
              the log (null when not known), C(settings) holds LogLevel, UseDNS and from 9.8 PerSourcePenaltyExemptList.
            - Of MySQL, C(resolves_names) says whether names of clients are looked up.
          returned: always
          type: dict
          sample:
            haproxy: {present: true, running: true, version: 2.6.12-1+deb12u3, files: [/etc/haproxy/haproxy.cfg]}
        problems:
          description: Broken lines and files (C(software), C(file), C(line), C(error)); at most 10.
          returned: always
          type: list
          elements: dict
          sample: [{software: nginx, file: /etc/nginx/nginx.conf, line: 12, error: 'unexpected "}"'}]
        total: {description: Number of entries found., type: int, returned: always, sample: 34}
        truncated:
          description: Whether entries were left out to keep the fact small; O(software) makes room for them.
          type: bool
          returned: always
          sample: false
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._application_timeouts import collect

ARGUMENT_SPEC = {
    "software": {
        "type": "list",
        "elements": "str",
        "choices": ["haproxy", "rabbitmq", "nginx", "apache", "sshd", "postgresql", "mysql", "redis", "systemd"],
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
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    given = module.params
    try:
        fact = collect(given["commands"], given["sshd_match"], given["software"])
    except ValueError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, ansible_facts={"peer_application_timeouts": fact})


if __name__ == "__main__":
    main()
