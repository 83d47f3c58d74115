# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines of servers, and the options in them."""

from __future__ import annotations

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils._application_processes import (
    option_values,
    parse_command_line,
    parse_is_contained,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/usr/sbin/haproxy\0-Ws\0-f\0/etc/x.cfg\0", ["/usr/sbin/haproxy", "-Ws", "-f", "/etc/x.cfg"]),
        ("nginx: master process /usr/sbin/nginx -c /srv/n.conf", ["/usr/sbin/nginx", "-c", "/srv/n.conf"]),
        ("nginx: worker process", ["nginx: worker process"]),
        ("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", ["/usr/sbin/sshd", "-D"]),
        ("sshd: ansible@pts/0", ["ansible@pts/0"]),
        ("", [""]),
    ],
    ids=["words", "nginx-master", "nginx-worker", "sshd-listener", "sshd-session", "ended-meanwhile"],
)
def test_command_line(text: str, words: list[str]) -> None:
    assert parse_command_line(text) == words


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["x", "-f", "a", "-f", "b"], ["a", "b"]),
        (["x", "-fa"], ["a"]),
        (["x", "--file=a", "--file", "b"], ["a", "b"]),
        (["x", "-f"], []),
        (["-f", "x"], []),
        (["x", "-D", "--other=f"], []),
    ],
)
def test_option_values(words: list[str], values: list[str]) -> None:
    assert option_values(words, "-f", "--file") == values


@pytest.mark.parametrize(
    ("text", "contained"),
    [("Name:\tx\nNSpid:\t812\n", False), ("NSpid:\t812\t1\n", True), ("Name:\tx\n", False), ("", False)],
)
def test_process_in_a_container(text: str, contained: bool) -> None:
    assert parse_is_contained(text) is contained
