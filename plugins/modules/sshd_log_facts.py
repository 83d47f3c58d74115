#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about the log of sshd: which connections were reset or dropped, by whom, and what else happened."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sshd_log_facts
short_description: Gather what the log of sshd says of resets, drops and failures
version_added: 0.1.0
description:
  - Counts the messages of sshd, sshd-session, internal-sftp and sftp-server by kind, and the connections that were
    reset or
    dropped by remote address.
  - Knows the wording of OpenSSH 3 to 10, and the lines of rsyslog, syslog-ng, sysklogd, busybox, RFC 5424, BSD,
    Solaris, AIX and
    macOS, and what C(journalctl) wrote into a file under another locale. Rotated and compressed files are read too.
  - A line that stands for several, such as C(message repeated 5 times) or C(17 connections dropped), counts as often
    as it
    happened. A connection that several lines tell of counts once.
  - Only as much of a file is read as belongs to the window; a file above 64 MiB is read by two processes.
extends_documentation_fragment:
  - netdoctor.connection_reset.attributes
options:
  source:
    description:
      - Where to read.
      - V(auto) takes the journal of systemd when it reaches back to O(since), or further than the files do, and
        otherwise the
        files. Both often hold the same lines, so never both are counted.
      - V(journal) and V(file) take nothing else.
    type: str
    choices: [auto, journal, file]
    default: auto
  paths:
    description:
      - Files to read with their rotated parts; then O(source=auto) means V(file). A directory stands for the usual
        names in it,
        and a pattern for what it matches.
      - Without it C(auth.log), C(secure), C(messages) and C(syslog) in C(/var/log) are read. Of what two of these
        hold, the one with more
        counts; files given here are added up.
    type: list
    elements: path
    default: []
  since:
    description:
      - How far back to read, V(all), a span such as V(90m), V(24h), V(7d) or V(2w), or a time such as
        V(2026-05-01T12:00:00Z).
      - A time without a zone is local time of the host.
    type: str
    default: 24h
  max_events:
    description: Most events to return. The facts stay under 16 KiB, so there may be fewer.
    type: int
    default: 50
notes:
  - Lines without a year get one from the last change of the file, going back over every turn of the year.
  - Before OpenSSH 9.8 a logged-in session that is reset leaves no line at C(LogLevel INFO). C(session_resets_logged)
    tells.
seealso:
  - module: netdoctor.connection_reset.peer_facts
"""

EXAMPLES = r"""
- name: Read the last 24 hours
  netdoctor.connection_reset.sshd_log_facts:

- name: Show who was reset most
  ansible.builtin.debug:
    var: ansible_facts.peer_sshd_log.resets.by_address

- name: Read all that is left of an exported log
  netdoctor.connection_reset.sshd_log_facts:
    paths: [/var/log/auth.log]
    since: all
    max_events: 20

- name: Stop when sshd turned connections away in the last hour
  netdoctor.connection_reset.sshd_log_facts:
    since: 1h
  register: log
  failed_when: log.ansible_facts.peer_sshd_log.drops.total | default(0, true) > 0
"""

RETURN = r"""
ansible_facts:
  description: The fact of this module.
  returned: always
  type: dict
  contains:
    peer_sshd_log:
      description: What the log of sshd says. Numbers are null when no log could be read.
      returned: always
      type: dict
      contains:
        sources:
          description:
            - What was read with C(name), C(status) (V(ok), V(absent), V(denied), V(failed)) and C(detail).
            - The detail of a log that was read says what could not be.
          type: list
          elements: dict
          returned: always
        window:
          description: First and last second asked for (UTC), C(since) being null for all of the log.
          type: dict
          returned: always
          sample: {since: "2026-11-19T12:00:00Z", until: "2026-11-20T12:00:00Z"}
        coverage:
          description: Where the log really begins (UTC), and whether that is all that was asked for.
          type: dict
          returned: always
          sample: {from: "2026-11-19T11:59:58Z", complete: true}
        lines_scanned:
          description: >-
            Lines looked at: all lines of files, sshd's entries of the journal.
          type: int
          returned: always
        bytes_scanned: {description: Bytes looked at after decompression., type: int, returned: always}
        lines_matched: {description: Messages that have a kind., type: int, returned: always}
        counts:
          description:
            - Messages by kind, a kind for each message of OpenSSH 7 to 10 and of what surrounds it (PAM, tcp
              wrappers, systemd).
            - Older wordings of the same message have the same kind.
          type: dict
          returned: always
          sample: {auth-result: 21, connection-reset-by: 3, kexid-read-error: 1}
        other_counts:
          description: Messages by kind that only versions before OpenSSH 7, PAM or tcp wrappers write.
          type: dict
          returned: always
          sample: {write-failed: 1}
        resets:
          description:
            - Connections that ended because a reset arrived, each once.
            - These are the messages C(Connection reset by), and those that give C(Connection reset by peer) as the
              error of the
              connection. A line without an address and the following one of the same process that has it are one reset.
          type: dict
          returned: always
          contains:
            total: {description: All of them., type: int, returned: always}
            preauth: {description: Those that came before a login., type: int, returned: always}
            after_login: {description: Those of which no line says so., type: int, returned: always}
            without_address: {description: Those of which no line tells the address., type: int, returned: always}
            by_reason: {description: By kind of message., type: dict, returned: always}
            by_address:
              description: By remote address, those with most first, with C(count), and C(first) and C(last) time (UTC).
              type: list
              elements: dict
              returned: always
              sample: [{address: 192.0.2.7, count: 3, first: "2026-11-20T09:00:00Z", last: "2026-11-20T09:30:00Z"}]
            addresses: {description: How many addresses were counted., type: int, returned: always}
            truncated: {description: Whether addresses are left out of C(by_address)., type: bool, returned: always}
            newest:
              description: The newest, each with C(time) (UTC), C(address), C(remote_port) and C(reason).
              type: list
              elements: dict
              returned: always
        drops:
          description:
            - Connections that sshd itself turned away before a login, in the same form.
            - The reasons are C(maxstartups) (MaxStartups and PerSourceMaxStartups, which share their words),
              C(penalties) and
              C(libwrap).
            - Where sshd gives a number of connections instead of a line for each, those that had a line are taken off.
            - C(fewest_startups) is how many connections were before their login at the least when one was turned away.
              Below the start of MaxStartups it was PerSourceMaxStartups that did it. Null when no line tells.
          type: dict
          returned: always
        broken_pipes:
          description: Connections whose peer had closed before, and then answered with a reset (C(Broken pipe)).
          type: int
          returned: always
        programs: {description: Programs of which lines were found., type: list, elements: str, returned: always}
        log_level:
          description: >-
            Lowest C(LogLevel) that explains the lines found, V(INFO), V(VERBOSE) or V(DEBUG); null without lines.
          type: str
          returned: always
        session_resets_logged:
          description: Whether a reset of a logged-in session would have left a line; null without lines.
          type: bool
          returned: always
        unmatched:
          description: How many lines of sshd have no kind (C(count)), and some of them (C(samples)).
          type: dict
          returned: always
        latest:
          description: >-
            The newest message of each kind that is not commonplace, with C(kind), C(time) (UTC) and C(message).
          type: list
          elements: dict
          returned: always
        events:
          description:
            - The newest messages that have a kind, newest first, with C(time) (UTC), C(pid), C(ident) (the program),
              C(kind), C(address)
              and C(port) of the peer, C(user), C(preauth) (whether it was before a login) and C(message).
            - Control characters in texts that others chose are escaped.
          type: list
          elements: dict
          returned: always
        cut:
          description: >-
            Lengths of lists that had to be cut to keep the facts small.
          type: dict
          returned: when lists were cut
        truncated: {description: Whether lists had to be cut., type: bool, returned: when lists were cut}
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._sshd_log import SOURCES, collect


def main() -> None:
    """Return what the log says."""
    module = AnsibleModule(
        argument_spec={
            "source": {"type": "str", "choices": list(SOURCES), "default": "auto"},
            "paths": {"type": "list", "elements": "path", "default": []},
            "since": {"type": "str", "default": "24h"},
            "max_events": {"type": "int", "default": 50},
        },
        supports_check_mode=True,
    )
    try:
        fact = collect(**{name: module.params[name] for name in ("source", "paths", "since", "max_events")})
    except ValueError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, ansible_facts={"peer_sshd_log": fact})


if __name__ == "__main__":
    main()
