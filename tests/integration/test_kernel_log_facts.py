# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of the kernel on real hosts, which share the buffer of the machine."""

from __future__ import annotations

import pytest

MODULE = "netdoctor.connection_reset.kernel_log_facts"
CRASH = "import resource, ctypes; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); ctypes.string_at(0)"


def kernel_log(run_module, host, user="root", **arguments):
    result = run_module(host, MODULE, arguments, user=user)
    assert result["changed"] is False
    return result["ansible_facts"]["peer_kernel_log"]


def test_as_many_messages_as_dmesg_shows(fleet, run_module):
    # Other fleets of the machine may write meanwhile, and the oldest message may go for the newest.
    before = len(fleet.exec("h001", "dmesg", "-k").stdout.splitlines())
    fact = kernel_log(run_module, "h001", source="ring", since="all")
    after = len(fleet.exec("h001", "dmesg", "-k").stdout.splitlines())
    assert min(before, after) * 0.95 <= fact["lines_scanned"] <= max(before, after) * 1.05
    assert fact["window"]["since"] < fact["window"]["until"]


def test_a_crash_somewhere_on_the_machine_is_not_laid_at_the_door_of_a_host(fleet, run_module):
    before = kernel_log(run_module, "h001")
    assert fleet.exec("h002", "python3", "-c", CRASH).returncode != 0
    after = kernel_log(run_module, "h001")
    assert after["counts"]["crash"] == before["counts"]["crash"] == 0
    assert after["others"]["crash"] > before["others"].get("crash", 0)
    assert after["container"] == "systemd-nspawn"


def test_an_ordinary_user_is_told_what_is_missing(run_module):
    fact = kernel_log(run_module, "h001", user="ansible")
    status = {entry["name"]: entry["status"] for entry in fact["sources"]}
    assert fact["counts"] == {}
    assert fact["window"]["since"] is None
    assert status["syslog(2)"] == "denied"
    assert status["journal"] == "denied"


def test_files_of_a_syslog_daemon(fleet, run_module):
    fleet.exec("h001", "logger", "--tag", "kernel", "eth7: NIC Link is Down").check_returncode()
    fact = kernel_log(run_module, "h001", source="file", paths=["/var/log/syslog"])
    assert {entry["status"] for entry in fact["sources"]} == {"ok"}
    assert fact["others"]["link-down"] == 1


@pytest.mark.parametrize("since", ["yesterday", "5 minutes"])
def test_a_span_that_is_none_is_refused(run_module, since):
    result = run_module("h001", MODULE, {"since": since})
    assert result["failed"] is True
    assert "neither a span" in result["msg"]
