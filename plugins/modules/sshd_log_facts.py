#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sshd logged about connections that ended."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sshd_log_facts
short_description: Gather what sshd logged, counted by kind and by remote address
version_added: 0.1.0
description:
  - Counts the messages of sshd, sshd-session, internal-sftp and sftp-server by kind, from OpenSSH 3 to 10, and tells
    which
    connections were reset and which were turned away.
  - Reads the journal, or the log files with those that were rotated and compressed, whichever reaches back further; a
    line
    that both hold is counted once. Lines that syslog folded together count as often as they happened.
  - Reads the newest lines first and stops at the begin of the window. Times without a year or a zone get those of the
    host.
  - Names and messages that strangers choose are matched as data and kept escaped and bounded.
extends_documentation_fragment:
  - netdoctor.connection_reset.attributes
options:
  source:
    description: Where to read. V(auto) takes the journal when it reaches back far enough, or further than the files.
    type: str
    choices: [auto, journal, file]
    default: auto
  paths:
    description: Log files, patterns allowed, instead of the usual ones. Their rotated files are read too.
    type: list
    elements: str
    default: []
  since:
    description:
      - How far back to read.
      - A number with a unit, such as V(90m), V(24h) or V(7d), an ISO time, or V(all).
    type: str
    default: 24h
  max_events:
    description: Newest events to keep.
    type: int
    default: 50
seealso:
  - module: netdoctor.connection_reset.peer_facts
"""

EXAMPLES = r"""
- name: Gather the last day
  netdoctor.connection_reset.sshd_log_facts:

- name: Gather everything that a copied log holds
  netdoctor.connection_reset.sshd_log_facts:
    source: file
    paths: [/srv/logs/auth.log]
    since: all

- name: Show who was reset most
  ansible.builtin.debug:
    var: ansible_facts.peer_sshd_log.resets.by_address
"""

RETURN = r"""
ansible_facts:
  description: The fact.
  returned: always
  type: dict
  contains:
    peer_sshd_log:
      description: The log of sshd in the window. Counts are null when no log could be read.
      returned: always
      type: dict
      contains:
        sources:
          description: >-
            What was read, each with C(name), C(status) (V(ok), V(absent), V(denied), V(failed)) and C(detail).
          type: list
          elements: dict
          returned: always
        window:
          description: Begin (C(since), null for all) and end (C(until)) of the window (UTC).
          type: dict
          returned: always
        coverage:
          description: Since when the log tells (C(from)) and whether that is all of the window (C(complete)).
          type: dict
          returned: always
        lines_scanned: {description: Lines looked at., type: int, returned: always}
        lines_matched: {description: Lines that are of a known kind., type: int, returned: always}
        bytes_scanned: {description: Bytes looked at., type: int, returned: always}
        counts: {description: Messages by kind., type: dict, returned: always}
        other_counts: {description: Messages of PAM and systemd about logins by kind., type: dict, returned: always}
        resets:
          description: Connections that ended with a reset.
          type: dict
          returned: always
          contains:
            total: {description: Number of connections., type: int, returned: always}
            preauth: {description: How many of them before the login., type: int, returned: always}
            without_address: {description: How many of them the log names no address for., type: int, returned: always}
            by_reason: {description: Numbers by reason., type: dict, returned: always}
            by_address:
              description: >-
                C(address) and C(count) and times of the C(first) and C(last) of each, the most frequent first.
              type: list
              elements: dict
              returned: always
            addresses: {description: Number of addresses., type: int, returned: always}
            truncated: {description: Whether C(by_address) holds fewer., type: bool, returned: always}
            newest: {description: The newest of them., type: list, elements: dict, returned: always}
        drops:
          description: Connections that sshd turned away.
          type: dict
          returned: always
          contains:
            total: {description: Number of connections., type: int, returned: always}
            preauth: {description: How many of them before the login., type: int, returned: always}
            without_address: {description: How many of them the log names no address for., type: int, returned: always}
            by_reason: {description: Numbers by reason., type: dict, returned: always}
            by_address:
              description: >-
                C(address) and C(count) and times of the C(first) and C(last) of each, the most frequent first.
              type: list
              elements: dict
              returned: always
            addresses: {description: Number of addresses., type: int, returned: always}
            truncated: {description: Whether C(by_address) holds fewer., type: bool, returned: always}
            newest: {description: The newest of them., type: list, elements: dict, returned: always}
        broken_pipes: {description: Writes to connections that were gone., type: int, returned: always}
        programs: {description: Programs that logged., type: list, elements: str, returned: always}
        log_level: {description: LogLevel as the messages show it., type: str, returned: always}
        session_resets_logged:
          description: Whether a reset of a logged-in session would have left a line; null when unknown.
          type: bool
          returned: always
        unmatched:
          description: Lines of sshd of no known kind (C(count)) and some of them (C(samples)).
          type: dict
          returned: always
        latest:
          description: The newest message of each kind (C(kind) and C(time) and C(message)).
          type: list
          elements: dict
          returned: always
        events:
          description: The newest events, newest first.
          type: list
          elements: dict
          returned: always
          contains:
            time: {description: When (UTC)., type: str, returned: always}
            pid: {description: Process., type: int, returned: always}
            ident: {description: Program., type: str, returned: always}
            kind: {description: Kind of the message., type: str, returned: always}
            address: {description: Remote address; null when the message has none., type: str, returned: always}
            port: {description: Remote port., type: int, returned: always}
            user: {description: User name as the client gave it., type: str, returned: always}
            preauth: {description: Whether it was before the login., type: bool, returned: always}
            message: {description: The message., type: str, returned: always}
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._sshd_log import SOURCES, collect


def main() -> None:
    """Gather the log of sshd and return it."""
    module = AnsibleModule(
        argument_spec={
            "source": {"type": "str", "choices": list(SOURCES), "default": "auto"},
            "paths": {"type": "list", "elements": "str", "default": []},
            "since": {"type": "str", "default": "24h"},
            "max_events": {"type": "int", "default": 50},
        },
        supports_check_mode=True,
    )
    try:
        fact = collect(**module.params)
    except ValueError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, ansible_facts={"peer_sshd_log": fact})


if __name__ == "__main__":
    main()
