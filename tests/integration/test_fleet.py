# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test fleet keeps its promises: separate hosts, real logins, real logs, and nothing left behind."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(("user", "identity"), [("root", "0"), ("ansible", "1000")])
def test_module_runs_as(run_module, user, identity):
    assert run_module("h001", "ansible.builtin.command", {"argv": ["id", "-u"]}, user=user)["stdout"] == identity


def test_failed_module_is_a_result(run_module):
    assert run_module("h001", "ansible.builtin.command", {"argv": ["false"]})["failed"] is True


def test_collection_module(run_module):
    assert (
        run_module("h002", "netdoctor.connection_reset.peer_facts", {"gather_subset": ["all"]}, user="ansible")[
            "changed"
        ]
        is False
    )
