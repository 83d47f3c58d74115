# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fact on application timeouts, from trees of configuration files: what is in force, what is broken, how large."""

from __future__ import annotations

import json
import os
import pathlib
import sys
import time
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _application_timeouts, _bounds, _read

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from application_timeout_tree import plant

FIXTURES = pathlib.Path(__file__).resolve().parents[3] / "fixtures" / "application_timeout"
CASES = sorted(FIXTURES.glob("*.conf"))

Tree = t.Callable[[str], None]


@pytest.fixture(name="tree")
def planted_tree(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """A function that makes the files of a text the whole peer, beside the first process."""
    plant("##### /proc/1/stat\n1 (systemd) S", tmp_path)
    monkeypatch.setattr(_read, "ROOT", str(tmp_path))
    return lambda text: plant(text, tmp_path)


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_recorded_configuration(case: pathlib.Path, tree: Tree) -> None:
    tree(case.read_text(encoding="utf-8"))
    assert _application_timeouts.collect() == json.loads(case.with_suffix(".json").read_text(encoding="utf-8"))


def test_a_peer_without_servers_has_an_empty_fact(tree: Tree) -> None:
    tree("")
    empty = {"sources": [], "timeouts": [], "services": {}, "problems": [], "total": 0, "truncated": False}
    assert _application_timeouts.collect() == empty


def test_a_server_among_hidden_processes_may_run(tree: Tree, tmp_path: pathlib.Path) -> None:
    tree("##### /etc/haproxy/haproxy.cfg\ndefaults\n  timeout client 5s\n")
    (tmp_path / "proc" / "1" / "stat").unlink()
    fact = _application_timeouts.collect()
    assert fact["services"]["haproxy"]["running"] is None
    assert fact["sources"][-1]["status"] == "denied"


def test_a_folder_of_another_package_shows_no_server(tree: Tree) -> None:
    tree("##### /etc/apache2/conf-available/javascript-common.conf\nAlias /javascript /usr/share/javascript/\n")
    assert _application_timeouts.collect()["services"] == {}


def test_servers_in_containers_are_counted_and_not_read(tree: Tree) -> None:
    tree(
        "##### /proc/7/comm\nnginx\n##### /proc/7/cmdline\nnginx: master process /usr/sbin/nginx\n"
        "##### /proc/7/status\nName:\tnginx\nNSpid:\t7\t1\n"
    )
    fact = _application_timeouts.collect()
    assert fact["services"] == {}
    (source,) = fact["sources"]
    assert (source["name"], source["detail"][:9]) == ("containers", "nginx (1)")
    assert _application_timeouts.collect(only=["redis"])["sources"] == []


def many_proxies() -> str:
    """A configuration of HAProxy in which each of many proxies has timeouts of its own."""
    proxies = ("listen proxy-%d\n bind :%d\n timeout client %ds\n" % (n, 1024 + n, n + 1) for n in range(3000))
    return "##### /etc/haproxy/haproxy.cfg\n" + "".join(proxies)


def test_the_fact_keeps_its_bound_and_a_place_for_every_program(tree: Tree) -> None:
    tree(many_proxies() + "\n##### /etc/redis/redis.conf\ntimeout 30\n")
    fact = _application_timeouts.collect()
    assert _bounds.size_bytes(fact) <= _bounds.FAMILY_BYTES
    assert fact["truncated"] and fact["total"] > 3000
    assert {row["software"] for row in fact["timeouts"]} == {"haproxy", "redis"}
    assert all(row["source"] == "config" for row in fact["timeouts"][:10])


def test_one_program_has_all_the_room_when_only_it_is_read(tree: Tree) -> None:
    proxies = "".join("listen proxy-%d\n bind :%d\n timeout client %ds\n" % (n, 2000 + n, n + 1) for n in range(40))
    tree('##### /etc/haproxy/haproxy.cfg\n%s##### /etc/redis/redis.conf\ntimeout 30\n"' % proxies)
    fact = _application_timeouts.collect(only=["redis"])
    assert list(fact["services"]) == ["redis"] and fact["problems"][0]["file"] == "/etc/redis/redis.conf"
    assert len(fact["timeouts"]) == fact["total"] == 5 and not fact["truncated"]
    assert {row["software"] for row in _application_timeouts.collect(only=["haproxy"])["timeouts"]} == {"haproxy"}


def test_equal_values_of_many_sections_are_one_row(tree: Tree) -> None:
    proxies = "".join("listen proxy-%d\n bind :%d\n" % (number, 2000 + number) for number in range(100))
    tree("##### /etc/haproxy/haproxy.cfg\ndefaults\n timeout client 5m\n" + proxies)
    (row,) = [row for row in _application_timeouts.collect()["timeouts"] if row["name"] == "timeout client"]
    assert (row["seconds"], row["line"], row["applies_to_total"]) == (300.0, 2, 100)
    assert len(row["applies_to"]) < 10 and len(row["ports"]) < 10


HUGE = 1 << 17
PLACES = {
    "haproxy": "/etc/haproxy/haproxy.cfg",
    "nginx": "/etc/nginx/nginx.conf",
    "apache": "/etc/apache2/apache2.conf",
    "rabbitmq": "/etc/rabbitmq/rabbitmq.conf",
    "rabbitmq-terms": "/etc/rabbitmq/rabbitmq.config",
    "sshd": "/etc/ssh/sshd_config",
    "postgresql": "/etc/postgresql/15/main/postgresql.conf",
    "mysql": "/usr/sbin/mysqld\n##### /etc/my.cnf",
    "redis": "/etc/redis/redis.conf",
    "systemd": "/run/systemd/system/x\n##### /etc/systemd/system/a.wants/b.socket\n##### /etc/systemd/system/b.socket",
}
HOSTILE = {
    "one-huge-word": "x" * HUGE,
    "one-huge-number": "timeout client " + "9" * HUGE,
    "huge-assignment": "[Socket]\n[mysqld]\nx=" + "y" * HUGE,
    "blanks": "x " + " " * HUGE + "y",
    "blanks-after-equals": "x =" + " " * HUGE + "'",
    "double-quotes": '"' * HUGE,
    "escaped-quotes": 'x "' + '\\"' * (HUGE // 2),
    "backslashes": 'x "' + "\\" * (HUGE - 1),
    "single-quotes": "x = '" + "''" * (HUGE // 2) + "z",
    "open-braces": "{" * HUGE,
    "nested-blocks": "a {\n" * (HUGE // 8),
    "nested-sections": "<a>\n" * (HUGE // 8),
    "nested-terms": "[{<<#{" * (HUGE // 8),
    "open-variables": 'x "' + "${a-" * (HUGE // 8) + '"',
    "continued-lines": "x \\\n" * (HUGE // 8),
    "hashes": "#" * HUGE,
    "control-characters": "".join(map(chr, range(1, 32))) * 100 + "\n[x\x1b[31m\n\u202eevil = \x9b\n",
    "empty-lines": "\n" * HUGE,
    "binary": "\x00\ufffd\x7f" * 1000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize("place", PLACES.values(), ids=list(PLACES))
def test_hostile_text_is_read_quickly_and_stays_plain(place: str, text: str, tree: Tree) -> None:
    tree("##### %s\n%s" % (place, text))
    started = time.process_time()
    fact = _application_timeouts.collect()
    assert time.process_time() - started < 5
    assert [source for source in fact["sources"] if source["status"] == "failed"] == []
    encoded = json.dumps(fact, ensure_ascii=False)
    assert len(encoded) <= _bounds.FAMILY_BYTES
    assert not any(ord(character) < 32 or character in "\x7f\x9b\u202e" for character in encoded)


def loop(length: int) -> str:
    """Files that include each other in a ring."""
    parts = ("##### /etc/nginx/%d.conf\ninclude /etc/nginx/%d.conf;" % (n, (n + 1) % length) for n in range(length))
    return "##### /etc/nginx/nginx.conf\ninclude 0.conf;\n" + "\n".join(parts)


@pytest.mark.parametrize(("length", "error"), [(1, "includes itself"), (3, "includes itself"), (50, "16 deep")])
def test_a_ring_of_includes_ends(length: int, error: str, tree: Tree) -> None:
    tree(loop(length))
    (problem,) = _application_timeouts.collect()["problems"]
    assert error in problem["error"]


def test_includes_that_double_are_bounded(tree: Tree) -> None:
    files = (
        "##### /etc/redis/%d.conf\ninclude /etc/redis/%d.conf\ninclude /etc/redis/%d.conf" % (n, n + 1, n + 1)
        for n in range(14)
    )
    last = "\n##### /etc/redis/14.conf\ntimeout 5\n"
    tree("##### /etc/redis/redis.conf\ninclude /etc/redis/0.conf\n" + "\n".join(files) + last)
    started = time.process_time()
    fact = _application_timeouts.collect()
    assert time.process_time() - started < 5
    assert any("too much to read" in problem["error"] for problem in fact["problems"])


def test_a_pipe_in_place_of_a_file_is_not_waited_for(tree: Tree, tmp_path: pathlib.Path) -> None:
    tree("##### /etc/nginx/nginx.conf\ninclude pipe.conf;\n")
    os.mkfifo(str(tmp_path / "etc/nginx/pipe.conf"))
    (problem,) = _application_timeouts.collect()["problems"]
    assert (problem["line"], problem["error"]) == (1, "/etc/nginx/pipe.conf: not a regular file")


@pytest.mark.parametrize(
    ("match", "error"),
    [
        pytest.param({"user": "a", "host": "b", "addr": ""}, "addr", id="missing"),
        pytest.param({"user": "a,host=x", "host": "b", "addr": "192.0.2.1"}, "user", id="comma"),
        pytest.param({"user": "a", "host": "b\nc", "addr": "192.0.2.1"}, "host", id="line"),
        pytest.param({"user": "a", "host": "b c", "addr": "192.0.2.1"}, "host", id="blank"),
    ],
)
def test_a_client_that_sshd_would_misread_is_refused(match: dict[str, str], error: str, tree: Tree) -> None:
    tree("")
    with pytest.raises(ValueError, match="sshd_match: %s must be a plain name or address" % error):
        _application_timeouts.collect(sshd_match=match)


ANSWER = """#!/bin/sh
test "$*" = "-T -o MaxStartups=20:30:40 -C user=backup,host=client.example.com,addr=192.0.2.7" || exit 1
echo clientaliveinterval 900
echo clientalivecountmax 3
echo tcpkeepalive yes
echo maxstartups 20:30:40
echo logingracetime 60
echo persourcepenalties crash:90.000000 authfail:30.000000 noauth:1.000000 max:600.000000
echo loglevel VERBOSE
echo listenaddress '[::]:2222'
echo listenaddress 0.0.0.0:22
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root asks sshd")
def test_sshd_is_asked_for_one_client(tree: Tree, tmp_path: pathlib.Path) -> None:
    tree(
        "##### /usr/sbin/sshd\n%s##### /proc/9/comm\nsshd\n##### /proc/9/cmdline\n"
        "sshd: /usr/sbin/sshd -D -o MaxStartups=20:30:40 [listener] 0 of 10-100 startups\n"
        "##### /etc/ssh/sshd_config\nClientAliveInterval 5m\nMaxStartups 20:30:40\nLoginGraceTime 1m\n"
        "PerSourcePenalties authfail:30s\nMatch User backup\nClientAliveInterval 15m\n" % ANSWER
    )
    (tmp_path / "usr/sbin/sshd").chmod(0o755)
    client = {"user": "backup", "host": "client.example.com", "addr": "192.0.2.7"}
    fact = _application_timeouts.collect(sshd_match=client)
    rows = {row["name"]: row for row in fact["timeouts"]}
    said = {name: (row["seconds"], row["source"], row.get("line"), row.get("section")) for name, row in rows.items()}
    assert said == {
        "ClientAliveInterval": (900.0, "config", 6, "Match User backup"),
        "TCPKeepAlive": (None, "default", None, None),
        "ClientAliveCountMax": (None, "default", None, None),
        "MaxStartups": (None, "runtime", None, None),
        "PerSourcePenalties": (None, "config", 4, "global"),
        "LoginGraceTime": (60.0, "config", 3, "global"),
    }
    service = fact["services"]["sshd"]
    assert (service["ports"], service["client_alive_s"], service["logs_lost_sessions"]) == ([22, 2222], 2700.0, True)


SECRETS = {
    "haproxy": 'userlist x\n user admin insecure-password "hunter2\n',
    "nginx": 'proxy_set_header Authorization "hunter2;\n',
    "apache": "AuthLDAPBindPassword hunter2\n<Location hunter2\nSetEnv PASSWORD hunter2\n",
    "rabbitmq": "default_pass hunter2\n",
    "rabbitmq-terms": '[{rabbit, [{default_pass, <<"hunter2">> x}, {a "hunter2"}]}].\n',
    "sshd": 'Banner "hunter2\n=hunter2\n',
    "postgresql": "primary_conninfo = 'password=hunter2\nssl_passphrase_command = a hunter2\n",
    "mysql": "password=hunter2\n[mysqld\n[client]\npassword=hunter2\n!nonsense hunter2\n",
    "redis": 'requirepass "hunter2\nmasterauth hunter2\nuser default >hunter2 "\n',
    "systemd": "[Socket]\nhunter2\n",
}


@pytest.mark.parametrize("program", list(SECRETS))
def test_a_broken_line_is_named_without_what_may_be_a_password(program: str, tree: Tree) -> None:
    tree("##### %s\n%s" % (PLACES[program], SECRETS[program]))
    fact = _application_timeouts.collect()
    assert fact["problems"]
    assert "hunter2" not in json.dumps(fact)


def test_names_that_the_configuration_chooses_stay_short_and_plain(tree: Tree) -> None:
    kinds = " ".join("\x1b[31m%s=5m" % ("k" * 5000) for dummy in range(3))
    tree(
        "##### /var/lib/dpkg/status\nPackage: openssh-server\nStatus: install ok installed\nVersion: 1:9.9p1-1\n"
        "##### /etc/ssh/sshd_config\nChannelTimeout %s\n" % kinds
    )
    (row,) = [row for row in _application_timeouts.collect()["timeouts"] if row["name"] == "ChannelTimeout"]
    assert row["seconds"] == 300.0
    assert all(len(kind) <= 48 and "\x1b" not in kind for kind in row["parts"])


def test_two_processes_with_files_of_their_own_share_no_defaults(tree: Tree) -> None:
    def process(pid: int, letter: str) -> str:
        words = "/usr/sbin/haproxy\n-f\n/srv/%s.cfg\n" % letter
        return "##### /proc/%d/comm\nhaproxy\n##### /proc/%d/cmdline\n%s" % (pid, pid, words)

    tree(
        process(5, "a")
        + process(6, "a")
        + process(7, "b")
        + "##### /srv/a.cfg\ndefaults\n timeout client 5s\nlisten a\n bind :1\n"
        + "##### /srv/b.cfg\nlisten b\n bind :2\n"
    )
    rows = [row for row in _application_timeouts.collect()["timeouts"] if row["name"] == "timeout client"]
    assert [(row["seconds"], row["applies_to"]) for row in rows] == [(5.0, ["listen a"]), (None, ["listen b"])]
