# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of Ansible and OpenSSH, as they come, each with its class."""

from __future__ import annotations

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.plugin_utils._reach import (
    CLASSES,
    classify,
    classify_failure,
    reason,
)

SSH = "Failed to connect to the host via ssh: "

MESSAGES: list[tuple[str, str, str]] = [
    ("closed-port", "refused", SSH + "ssh: connect to host 10.0.0.1 port 22: Connection refused"),
    ("task-2.19", "refused", "Task failed: " + SSH + "ssh: connect to host 10.0.0.1 port 22: Connection refused"),
    (
        "transfer",
        "refused",
        'Data could not be sent to remote host "10.0.0.1". Make sure this host can be reached over ssh: '
        "ssh: connect to host 10.0.0.1 port 22: Connection refused\r\n",
    ),
    ("paramiko-refused", "refused", "paramiko: Unable to connect to port 22 on 10.0.0.1"),
    (
        "kex-reset",
        "reset",
        SSH + "kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by 10.0.0.1 port 22",
    ),
    (
        "kex-closed",
        "reset",
        SSH + "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by 10.0.0.1 port 22",
    ),
    ("old-client-reset", "reset", SSH + "ssh_exchange_identification: read: Connection reset by peer"),
    ("mid-session", "reset", SSH + "client_loop: send disconnect: Broken pipe"),
    ("closed-only", "reset", SSH + "Connection to 10.0.0.1 closed by remote host."),
    ("connect-timeout", "timed_out", SSH + "ssh: connect to host 10.0.0.1 port 22: Connection timed out"),
    ("connect-timeout-mac", "timed_out", SSH + "ssh: connect to host 10.0.0.1 port 22: Operation timed out"),
    (
        "banner-timeout",
        "timed_out",
        SSH + "Connection timed out during banner exchange\r\nConnection to 10.0.0.1 port 22 timed out",
    ),
    ("alive-timeout", "timed_out", SSH + "Timeout, server 10.0.0.1 not responding."),
    ("no-route", "host_unreachable", SSH + "ssh: connect to host 10.0.0.1 port 22: No route to host"),
    ("host-down", "host_unreachable", SSH + "ssh: connect to host 10.0.0.1 port 22: Host is down"),
    ("no-network", "net_unreachable", SSH + "ssh: connect to host 2001:db8::1 port 22: Network is unreachable"),
    ("name", "name_error", SSH + "ssh: Could not resolve hostname nosuch: Name or service not known"),
    ("name-later", "name_error", SSH + "ssh: Could not resolve hostname x: Temporary failure in name resolution"),
    (
        "name-mac",
        "name_error",
        SSH + "ssh: Could not resolve hostname x: nodename nor servname provided, or not known",
    ),
    ("key", "authentication", SSH + "root@10.0.0.1: Permission denied (publickey)."),
    ("key-or-password", "authentication", "root@10.0.0.1: Permission denied (publickey,password)."),
    (
        "password",
        "authentication",
        "Invalid/incorrect password: Permission denied, please try again.",
    ),
    (
        "too-many-keys",
        "authentication",
        SSH + "Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures\r\n"
        "Disconnected from 10.0.0.1 port 22",
    ),
    (
        "host-key",
        "host_key",
        SSH + "No ED25519 host key is known for 10.0.0.1 and you have requested strict checking.\r\n"
        "Host key verification failed.",
    ),
    (
        "host-key-changed",
        "host_key",
        SSH + "@@@@@@@@@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n"
        "Host key verification failed.",
    ),
    (
        "algorithms",
        "other",
        SSH + "Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa",
    ),
    ("no-sshpass", "other", "to use the 'ssh' connection type with passwords, you must install the sshpass program"),
    ("empty", "other", ""),
    (
        "jump-host",
        "host_unreachable",
        SSH + "channel 0: open failed: connect failed: No route to host\r\nstdio forwarding failed\r\n"
        "kex_exchange_identification: Connection closed by remote host\r\n"
        "Connection closed by UNKNOWN port 65535",
    ),
    (
        "proxy-command",
        "proxy",
        SSH + "kex_exchange_identification: Connection closed by remote host\r\n"
        "Connection closed by UNKNOWN port 65535",
    ),
    (
        "proxy-command-while-writing",
        "proxy",
        SSH + "kex_exchange_identification: write: Broken pipe\r\n"
        "banner exchange: Connection to UNKNOWN port 65535: Broken pipe",
    ),
    (
        "second-address-counts",
        "timed_out",
        SSH + "ssh: connect to host h port 22: Network is unreachable\r\n"
        "ssh: connect to host h port 22: Connection timed out",
    ),
    (
        "verbose",
        "authentication",
        SSH + "OpenSSH_9.2p1\r\ndebug1: connect to address 10.0.0.2 port 22: Connection refused\r\n"
        "root@10.0.0.1: Permission denied (publickey).",
    ),
    (
        "own-control-socket",
        "timed_out",
        SSH + "Control socket connect(/root/.ansible/cp/a1): Connection refused\r\n"
        "ssh: connect to host 10.0.0.1 port 22: Connection timed out",
    ),
    (
        "after-a-banner",
        "refused",
        SSH + "Warning: Permanently added '10.0.0.9' (ED25519) to the list of known hosts.\r\n"
        "Unauthorised access is forbidden; permission denied to everyone\r\n"
        "ssh: connect to host 10.0.0.1 port 22: Connection refused",
    ),
]


@pytest.mark.parametrize(("expected", "message"), [case[1:] for case in MESSAGES], ids=[case[0] for case in MESSAGES])
def test_classify(expected: str, message: str) -> None:
    assert classify(message) == expected


def test_every_class_is_met() -> None:
    assert {expected for _name, expected, _message in MESSAGES} == set(CLASSES)


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        pytest.param("interpreter", "/bin/sh: 1: /usr/bin/python3: not found", id="no-python"),
        pytest.param(
            "interpreter",
            "The module interpreter '/usr/bin/python3.9' was not found.\nModule result deserialization failed.",
            id="no-python-2.19",
        ),
        pytest.param(
            "interpreter", "ansible-core requires a minimum of Python version 3.8. Current version: 3.6", id="old"
        ),
        pytest.param("interpreter", "SyntaxError: future feature annotations is not defined", id="old-syntax"),
        pytest.param("privilege", "Missing sudo password", id="no-password"),
        pytest.param("privilege", "Incorrect sudo password", id="wrong-password"),
        pytest.param("privilege", "deploy is not in the sudoers file.", id="sudoers"),
        pytest.param("privilege", "Timeout (12s) waiting for privilege escalation prompt: ", id="prompt"),
        pytest.param("storage", "OSError: [Errno 28] No space left on device", id="full"),
        pytest.param("storage", "Failed to create temporary directory. In some cases ...", id="no-temporary"),
        pytest.param("timeout", "Timed out after 5 second(s).", id="task-timeout"),
        pytest.param(
            "timeout",
            "The command action failed to execute in the expected time frame (5) and was terminated",
            id="task",
        ),
        pytest.param("module", "MODULE FAILURE\nTraceback (most recent call last):\nKeyError: 'x'", id="traceback"),
    ],
)
def test_classify_failure(expected: str, message: str) -> None:
    assert classify_failure(message) == expected


def test_reason_is_one_line_without_what_ansible_adds() -> None:
    message = (
        "Task failed: " + SSH + "debug1: Reading configuration data\r\n"
        "kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by 10.0.0.1 port 22\r\n"
    )
    assert reason(message) == (
        "kex_exchange_identification: read: Connection reset by peer; Connection reset by 10.0.0.1 port 22"
    )


def test_reason_is_safe_and_short() -> None:
    assert reason("\x1b[31m" + "x" * 1000).startswith("\\x1b[31mxx")
    assert len(reason("x" * 1000)) == 300
