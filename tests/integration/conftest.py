# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for tests on real hosts: `fleet` (three hosts and a router) and `run_module`. See README.md."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "fleet"))

import running_fleet

UNAVAILABLE = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def or_skip(request: pytest.FixtureRequest) -> Callable[[], contextlib.AbstractContextManager[None]]:
    """A context in which a fleet that cannot run on this machine is a skip that says what the machine lacks."""

    @contextlib.contextmanager
    def context() -> Iterator[None]:
        try:
            yield
        except running_fleet.FleetUnavailable as reason:
            if os.environ.get("NETDOCTOR_FLEET_REQUIRED"):
                raise
            request.config.stash[UNAVAILABLE] = str(reason)
            pytest.skip(str(reason))

    return context


@pytest.fixture(scope="session")
def fleet(or_skip: Callable[[], contextlib.AbstractContextManager[None]]) -> Iterator[running_fleet.RunningFleet]:
    """A fleet of h001, h002, h003 and router for the whole session."""
    with or_skip(), running_fleet.running(hosts=3, router=True) as started:
        yield started


def pytest_configure(config: pytest.Config) -> None:
    """Keep the summary for what this project can change: pytest-ansible says about itself that its fixtures will go."""
    config.addinivalue_line("filterwarnings", "ignore:Host management is deprecated:DeprecationWarning")
    config.addinivalue_line("filterwarnings", "ignore:AnsibleCollectionFinder has already been configured:UserWarning")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say it in the last lines when the tests that need hosts did not run: a line of s is easily overlooked."""
    if UNAVAILABLE in config.stash:
        terminalreporter.section("NOT TESTED ON REAL HOSTS", red=True, bold=True)
        terminalreporter.line(config.stash[UNAVAILABLE])


@pytest.fixture
def run_module(
    fleet: running_fleet.RunningFleet, ansible_adhoc: Callable[..., Any], tmp_path: Path
) -> Callable[..., Any]:
    """A function that runs one module on one host over SSH and returns its result as plain data."""

    def run(host: str, module: str, arguments: dict[str, Any] | None = None, user: str = "root") -> dict[str, Any]:
        # A second inventory: a variable of the first one would win over pytest-ansible's own `user`.
        login = tmp_path / f"login-as-{user}.ini"
        login.write_text(f"[all:vars]\nansible_user={user}\n")
        hosts = ansible_adhoc(inventory=[str(fleet.inventory), str(login)], host_pattern=host)
        result = getattr(hosts[host], module)(**(arguments or {})).contacted[host]
        return json.loads(json.dumps(dict(result)))

    return run
