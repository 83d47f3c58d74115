# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sshd_log_facts on a real host, side by side with a plain count of the same journal and the same file."""

from __future__ import annotations

import json
import re
import time
from collections import Counter

import pytest
import running_fleet
from sshd_traffic import CLIENT, FORGED, NAMES, SERVER, Traffic

MODULE = "netdoctor.connection_reset.sshd_log_facts"
WORDS = {
    "server-listening": "Server listening on ",
    "maxstartups-begin": "beginning MaxStartups throttling$",
    "maxstartups-end": "exited MaxStartups throttling after ",
    "drop-connection": "drop connection #",
    "connection-from": r"Connection from \S+ port \d+ on ",
    "connection-reset-by": "Connection reset by ",
    "connection-closed-by": "Connection closed by ",
    "kexid-closed": "kex_exchange_identification: Connection closed by remote host",
    "kexid-read-error": "kex_exchange_identification: read: ",
    "kexid-invalid-identifier": "kex_exchange_identification: client sent invalid protocol identifier",
    "banner-exchange-fatal": "banner exchange: ",
    "unable-to-negotiate": "Unable to negotiate with ",
    "disconnected-from": "Disconnected from ",
    "received-disconnect": "Received disconnect from ",
    "invalid-user": "Invalid user ",
    "auth-result": "(Accepted (publickey|password)|Failed (publickey|password)|Postponed publickey) for ",
    "session-start": "Starting session: ",
    "session-close": "Close session: ",
    "transferred": "Transferred: sent|Closing connection to ",
    "session-read-error": "Read error from remote host ",
    "client-alive-timeout": "Timeout, client not responding from ",
    "pam-session-opened": r"pam_unix\(sshd:session\): session opened for user ",
    "pam-session-closed": r"pam_unix\(sshd:session\): session closed for user ",
    "pam-auth-fail": r"pam_unix\(sshd:auth\): authentication failure; ",
    "pam-other": r"pam_unix\(sshd:auth\): check pass; |pam_env\(sshd:session\): ",
    "none": "Accepted key ",
}
"""How a person would look for each kind in the log of OpenSSH 9.2, after `error: ` and `fatal: `."""

CLOSED, SESSION_CLOSED = "connection-closed-by", "session-connection-closed"
DRIVEN = {
    "maxstartups-begin": 2,
    "maxstartups-end": 2,
    "drop-connection": 2,
    "connection-reset-by": 2,
    "kexid-read-error": 2,
    "kexid-invalid-identifier": 2,
    "banner-exchange-fatal": 2,
    "unable-to-negotiate": 1,
    "invalid-user": len(NAMES),
    "pam-auth-fail": len(NAMES) + 1,
    "session-read-error": 1,
    "client-alive-timeout": 1,
    SESSION_CLOSED: 1,
}
"""What the traffic certainly led to, and nothing else on these hosts does."""


@pytest.fixture(scope="module")
def fleet(or_skip):
    """Two hosts whose logs are nobody else's, after all the traffic."""
    with or_skip(), running_fleet.running(hosts=2, router=False) as started:
        Traffic(started).everything()
        settle(started)
        yield started


def settle(fleet):
    """Wait until the file has what the journal has."""
    deadline = time.monotonic() + 20
    while in_journal(fleet) != in_file(fleet):
        assert time.monotonic() < deadline, set(in_journal(fleet)) ^ set(in_file(fleet))
        time.sleep(0.2)


def in_journal(fleet):
    """Return the messages of sshd as journalctl gives them."""
    shown = fleet.exec(SERVER, "journalctl", "--output=json", "--identifier=sshd").stdout
    texts = [json.loads(line)["MESSAGE"] for line in shown.splitlines()]
    return [bytes(text).decode("utf-8", "replace") if isinstance(text, list) else text for text in texts]


def in_file(fleet):
    """Return the messages of sshd as they stand in the file, without the blanks at their end that journald drops."""
    lines = fleet.exec(SERVER, "cat", "/var/log/auth.log").stdout.split("\n")
    return [line.split("]: ", 1)[1].rstrip() for line in lines if re.match(r"\S+ h002 sshd\[\d+\]: ", line)]


def counted(messages):
    """Return the number of messages of each kind; one that would be of two kinds or of none is a mistake of WORDS."""
    found, logins = Counter(), set()
    for message in messages:
        body = re.sub(r"^(error|fatal): ", "", message)
        kinds = [kind for kind, words in WORDS.items() if re.match(words, body)]
        assert len(kinds) == 1, (kinds, message)
        peer = re.search(r"(\S+ port \d+)(?: ssh2.*)?$", body)
        if body.startswith("Accepted publickey for"):
            logins.add(peer[1])
        if kinds == [CLOSED] and "preauth" not in body and body.split("by ")[1] in logins:
            kinds = [SESSION_CLOSED]
        found[kinds[0]] += 1
    return found


def fact_of(run_module, host=SERVER, user="root", **arguments):
    """Return the fact of a host, of all of its log."""
    result = run_module(host, MODULE, {"since": "all", **arguments}, user=user)
    assert result["changed"] is False
    return result["ansible_facts"]["peer_sshd_log"]


@pytest.fixture(scope="module", params=["journal", "file"])
def source(request):
    """Where the log is read."""
    return request.param


@pytest.fixture
def fact(run_module, fleet, source):
    """The fact of the server from one source."""
    return fact_of(run_module, source=source, max_events=500)


def test_each_kind_is_counted_as_often_as_it_was_written(run_module, fleet, source):
    messages = {"journal": in_journal, "file": in_file}[source]
    before = counted(messages(fleet))
    fact = fact_of(run_module, source=source)
    after = counted(messages(fleet))
    found = {**fact["counts"], **fact["other_counts"], "none": fact["unmatched"]["count"]}
    assert found.keys() == after.keys()
    for kind, count in found.items():  # the login for the module itself is written meanwhile
        assert before[kind] <= count <= after[kind], kind
    assert {kind: found[kind] for kind in DRIVEN} == DRIVEN


def test_no_name_and_no_banner_becomes_an_address_or_a_reset(fact):
    shown = json.dumps([fact[name]["by_address"] + fact[name]["newest"] for name in ("resets", "drops")])
    assert "203.0.113.66" not in shown
    assert all(event["address"] != "203.0.113.66" for event in fact["events"])
    assert any(FORGED in event["message"] for event in fact["events"])


def test_resets_and_drops_are_those_of_the_client(fleet, fact):
    client = fleet.address(CLIENT)
    assert [(row["address"], row["count"]) for row in fact["resets"]["by_address"]] == [(client, 3)]
    assert (fact["resets"]["preauth"], fact["resets"]["after_login"]) == (2, 1)
    # Of each flood the first drop has a line, and the number of all of them follows when it ends.
    assert fact["drops"]["by_reason"] == {"maxstartups": 4 + 3}
    assert [(row["address"], row["count"]) for row in fact["drops"]["by_address"]] == [(client, 2)]


def test_users_are_told_as_the_client_sent_them(fact):
    users = {event["user"] for event in fact["events"] if event["kind"] == "invalid-user"}
    assert users == {name.replace("é", r"\303\251") for name in NAMES}


def test_an_ordinary_user_is_told_who_may_read(run_module):
    fact = fact_of(run_module, user="ansible")
    said = {entry["name"]: entry for entry in fact["sources"]}
    assert said["journal"]["status"] == said["/var/log/auth.log"]["status"] == "denied"
    assert "root or the group systemd-journal" in said["journal"]["detail"]
    assert "root or the group adm" in said["/var/log/auth.log"]["detail"]
    assert fact["counts"] is fact["resets"]["total"] is fact["drops"]["total"] is None


def test_a_member_of_the_group_reads_as_much_as_root(fleet, run_module, source):
    fleet.exec(CLIENT, "usermod", "-G", "adm", "ansible").check_returncode()
    ordinary, root = (fact_of(run_module, CLIENT, user, source=source) for user in ("ansible", "root"))
    assert ordinary["counts"]["server-listening"] == root["counts"]["server-listening"] == 2


def test_what_an_ordinary_user_writes_under_the_name_of_sshd_counts_nothing_in_the_journal(fleet, run_module):
    before = fact_of(run_module, CLIENT, source="journal")["resets"]["total"]
    # The programs stay for journald to look at them.
    forged = (
        f"cp /usr/bin/logger /tmp/sshd; for by in logger /tmp/sshd; do (echo '{FORGED}'; sleep 1) | $by -t sshd; done"
    )
    fleet.exec(CLIENT, "su", "ansible", "-c", forged).check_returncode()
    assert fleet.exec(CLIENT, "journalctl", "--identifier=sshd").stdout.count(FORGED) == 2
    assert fact_of(run_module, CLIENT, source="journal")["resets"]["total"] == before
