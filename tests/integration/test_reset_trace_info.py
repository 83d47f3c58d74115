# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Live resets on real hosts: who sent them, why, and that nothing is left behind."""

from __future__ import annotations

import contextlib
import threading
import time
import typing as t

import pytest

RunModule = t.Callable[..., dict[str, t.Any]]

TRY = "import socket; s = socket.socket(); s.settimeout(3); s.connect_ex(('%s', %d))"


@contextlib.contextmanager
def repeated(work: t.Callable[[], object]) -> t.Iterator[None]:
    """Do `work` again and again in the background: when a module begins to watch depends on the machine."""
    ending = threading.Event()

    def loop() -> None:
        while not ending.wait(0.5):
            work()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def data_address(fleet: t.Any, host: str) -> str:
    found = fleet.exec(host, "ip", "-4", "-br", "address", "show", "eth1").stdout
    return t.cast(str, found.split()[2].split("/")[0])


def test_a_closed_port_is_answered_by_the_servers_kernel(fleet: t.Any, run_module: RunModule) -> None:
    address = data_address(fleet, "h002")
    with repeated(lambda: fleet.exec("h001", "python3", "-c", TRY % (address, 4441))):
        resets = run_module("h002", "netdoctor.connection_reset.reset_trace_info", {"seconds": 3})["resets"]
    event = next(event for event in resets["events"] if event["source_port"] == 4441)
    assert (event["direction"], event["source"], event["window"]) == ("sent", address, 0)
    assert event["reason"] in ("NO_SOCKET", None)
    assert {entry["status"] for entry in resets["sources"]} == {"ok"}


def test_a_reject_rule_of_the_router_forges_the_reset(fleet: t.Any, run_module: RunModule) -> None:
    address = data_address(fleet, "h002")
    rules = (
        "table inet trace { chain f { type filter hook forward priority 0; tcp dport 4442 reject with tcp reset; }; }"
    )
    fleet.exec("router", "nft", rules)
    try:
        with repeated(lambda: fleet.exec("h001", "python3", "-c", TRY % (address, 4442))):
            resets = run_module("router", "netdoctor.connection_reset.reset_trace_info", {"seconds": 3})["resets"]
    finally:
        fleet.exec("router", "nft", "delete", "table", "inet", "trace")
    event = next(event for event in resets["events"] if event["source_port"] == 4442)
    assert (event["direction"], event["source"], event["reason"]) == ("forged", address, None)


def test_an_ordinary_user_is_told_what_root_would_add(run_module: RunModule) -> None:
    result = run_module("h001", "netdoctor.connection_reset.reset_trace_info", {"seconds": 0.5}, user="ansible")
    assert result["resets"]["events"] == []
    assert all("as root" in entry["detail"] for entry in result["resets"]["sources"])
    assert isinstance(result["counters"], dict)


LEAK = """
import os, sys, time
sys.path.insert(0, "/tmp/collection")
from ansible_collections.netdoctor.connection_reset.plugins.module_utils._tracefs import Instance
with Instance() as instance:
    print(instance.path, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("signal", ["KILL", "TERM"])
def test_nothing_is_left_when_it_is_killed(fleet: t.Any, signal: str) -> None:
    from pathlib import Path

    utils = Path(__file__).resolve().parents[2] / "plugins" / "module_utils"
    place = "/tmp/collection/ansible_collections/netdoctor/connection_reset/plugins/module_utils"
    fleet.exec("h001", "mkdir", "-p", place)
    for name in ("_tracefs.py", "_read.py"):
        fleet.exec("h001", "sh", "-c", "cat > %s/%s" % (place, name), input=(utils / name).read_text(encoding="utf-8"))
    fleet.exec("h001", "sh", "-c", "cat > /tmp/leak.py", input=LEAK)
    start = "python3 /tmp/leak.py > /tmp/leak.out 2>&1 & echo $! > /tmp/leak.pid; sleep 1; cat /tmp/leak.out"
    path = fleet.exec("h001", "sh", "-c", start).stdout.strip()
    listing = "mount -t tracefs tracefs /mnt && ls /mnt/instances; umount /mnt"
    name = path.rpartition("/")[2]
    assert name and name in fleet.exec("h001", "sh", "-c", listing).stdout
    fleet.exec("h001", "sh", "-c", "kill -%s $(cat /tmp/leak.pid)" % signal)
    time.sleep(1)
    assert name not in fleet.exec("h001", "sh", "-c", listing).stdout
