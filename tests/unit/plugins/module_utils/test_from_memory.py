# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that was sent runs without a file on the host, as it would with what Ansible sends."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t

import pytest

from ansible_collections.netdoctor.connection_reset.plugins.module_utils import _from_memory

MAIN = "sent_for_test.modules.greet"
SOURCES = {
    MAIN: """
from ansible.module_utils.basic import AnsibleModule
from ..module_utils._words import greeting

def main():
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    if not module.params["whom"]:
        module.fail_json(msg="whom: nobody")
    module.exit_json(changed=False, greeting=greeting(module.params["whom"]), file=str(globals().get("__file__")))
""",
    "sent_for_test.module_utils._words": "def greeting(whom):\n    return 'hello, ' + whom\n",
    "sent_for_test.module_utils._broken": "def = 1\n",
}
START = """
import sys, types, zlib
runner = sys.modules["runner"] = types.ModuleType("runner")
exec(compile(open(%r).read(), "runner", "exec", dont_inherit=True), runner.__dict__)
runner.run(%r, %r, "", {name: zlib.compress(source.encode()) for name, source in %r.items()})
"""


def ran(main: str, whom: str) -> subprocess.CompletedProcess[str]:
    """Return how a Python without Ansible's module_utils ended that ran the sources."""
    code = START % (_from_memory.__file__, main, {"whom": whom}, SOURCES)
    return subprocess.run(
        [sys.executable, "-"],
        input=code,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_result_is_one_line_of_json() -> None:
    done = ran(MAIN, "w\u00f6rld\udcff")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    assert json.loads(done.stdout) == {
        "changed": False,
        "greeting": "hello, w\u00f6rld\udcff",
        "file": "None",
        "invocation": {"module_args": {"whom": "w\u00f6rld\udcff"}},
    }


def test_a_failure_is_a_result_too() -> None:
    done = ran(MAIN, "")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {
        "failed": True,
        "msg": "whom: nobody",
        "invocation": {"module_args": {"whom": ""}},
    }


@pytest.mark.parametrize(
    ("main", "error"),
    [
        ("sent_for_test.modules.absent", "ModuleNotFoundError: No module named 'sent_for_test.modules.absent'"),
        ("sent_for_test.module_utils._broken", 'File "sent_for_test.module_utils._broken", line 1'),
    ],
)
def test_what_cannot_be_run_is_told_on_the_error_output(main: str, error: str) -> None:
    done = ran(main, "world")
    assert (done.returncode, done.stdout) == (1, "")
    assert error in done.stderr


def test_what_was_not_sent_is_left_to_python() -> None:
    importer = _from_memory.Sent({"one.two.three": b""})
    assert importer.find_spec("json") is None
    assert importer.find_spec("one.two.four") is None
    assert [t.cast(t.Any, importer.find_spec(name)).submodule_search_locations for name in ("one", "one.two")] == [
        [],
        [],
    ]
    assert t.cast(t.Any, importer.find_spec("one.two.three")).submodule_search_locations is None
