# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _earlier_boot, _service_ends, _services
from ansible_collections.netdoctor.connection_reset.plugins.module_utils._read import Read

KILLED = {
    **{"__REALTIME_TIMESTAMP": "1795938650679924", "UNIT": "deaf.service"},
    **{"EXIT_CODE": "killed", "EXIT_STATUS": "9"},
}


def test_the_end_of_a_main_process_is_told() -> None:
    row = {"unit": "deaf.service", "code": "killed", "status": "9", "time": "2026-11-29T07:50:50Z"}
    assert _service_ends.parse_ends(json.dumps(KILLED)) == [row]
    assert _service_ends.parse_ends(json.dumps({**KILLED, "UNIT": None})) == []


@pytest.mark.parametrize("name", ["a\x1b[31m\n.service", "\u202ea.service", "a" * 10000])
def test_the_name_of_a_unit_stays_one_short_line(name: str) -> None:
    (row,) = _service_ends.parse_ends(json.dumps({**KILLED, "UNIT": name}))
    assert row["unit"].isprintable()
    assert len(row["unit"]) <= 128


@pytest.mark.parametrize(
    ("read", "rows", "status"),
    [
        (Read("", "ok", ""), [], "ok"),
        (Read(None, "denied", "no rights"), None, "denied"),
        (Read("{", "ok", ""), None, "failed"),
        (Read('{"UNIT": "a.service"}', "ok", ""), None, "failed"),
    ],
)
def test_a_journal_that_cannot_be_used_is_not_an_empty_one(
    read: Read, rows: object, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_service_ends, "read_ends", lambda since_s: read)
    sources: list[dict[str, str]] = []
    assert _service_ends.collect(3600, sources) == rows
    assert [source["status"] for source in sources] == [status]


@pytest.mark.parametrize(
    ("read", "told", "status"),
    [
        (Read(json.dumps(KILLED), "ok", ""), "2026-11-29T07:50:50Z", "ok"),
        (Read(None, "failed", "Data from the specified boot (-1) is not available: No such boot ID"), None, "absent"),
        (Read(None, "denied", "no rights"), None, "denied"),
        (Read("", "ok", ""), None, "ok"),
    ],
)
def test_the_boot_before(read: Read, told: str | None, status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_earlier_boot, "run", lambda arguments: read)
    sources: list[dict[str, str]] = []
    assert _earlier_boot.last_life(60, sources) == told
    assert [source["status"] for source in sources] == [status]


def test_a_long_boot_is_not_asked_what_was_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(_earlier_boot, "run")
    assert _earlier_boot.last_life(_earlier_boot.DAY_S + 1, []) is None


@pytest.mark.parametrize(
    ("listen", "port"),
    [("[::]:5000 (Stream)", 5000), ("0.0.0.0:53 (Datagram)", None), ("/run/x.sock (Stream)", None), ("", None)],
)
def test_a_failed_socket_has_its_port(listen: str, port: int | None) -> None:
    found = _services.failure({"Id": "echo.socket", "Result": "trigger-limit-hit", "Listen": listen})
    assert found.get("port") == port
    assert found["result"] == "trigger-limit-hit"
