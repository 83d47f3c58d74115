# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts of a fleet: what each has of its own on disk, how it is started, when it is ready."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import _cgroups
import _image
import _machine
import _network

BOOT = Path(__file__).with_name("boot-host.sh")
BOOT_LIMIT_S = 180.0
SSH_LISTENS = ":0016"  # port 22 in /proc/net/tcp
LISTEN = "0A"
ANSIBLE_USER_ID = 1000


def folder(fleet: str, host: str = "") -> Path:
    """Return where the state of a fleet, or of one of its hosts, is kept."""
    return _machine.FLEETS / fleet / host


def prepare(plan: dict[str, Any], host: str) -> None:
    """Write what distinguishes the host from the image: names, keys, logins."""
    upper = folder(plan["name"], host) / "upper"
    for name in ("root", "work", "upper/etc/ssh", "upper/etc/sysctl.d"):
        (upper.parent / name).mkdir(parents=True)
    (upper / "etc/hostname").write_text(f"{host}\n")
    (upper / "etc/machine-id").write_text(os.urandom(16).hex() + "\n")
    (upper / "etc/hosts").write_text(_names(plan))
    key_pair(upper / "etc/ssh/ssh_host_ed25519_key", f"root@{host}")
    for home, owner in (("root", 0), ("home/ansible", ANSIBLE_USER_ID)):
        _authorize(upper / home, owner, (folder(plan["name"]) / "id.pub").read_text())
    if plan["hosts"][host]["group"] == "routers":
        forwarding = "net.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 1\n"
        (upper / "etc/sysctl.d/60-router.conf").write_text(forwarding)


def _names(plan: dict[str, Any]) -> str:
    """The hosts file: names lead to the data addresses, never to the management network."""
    lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost"]
    for host, member in plan["hosts"].items():
        link = member["links"][0]
        lines += [f"{link['address']} {host}"] + ([f"{link['address6']} {host}"] if plan["ipv6"] else [])
    return "\n".join(lines) + "\n"


def key_pair(path: Path, comment: str) -> None:
    """Create an Ed25519 key without a passphrase at `path` and `path`.pub."""
    _machine.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path)


def _authorize(home: Path, owner: int, public_key: str) -> None:
    keys = home / ".ssh/authorized_keys"
    keys.parent.mkdir(parents=True)
    keys.write_text(public_key)
    for path, mode in ((home, 0o700), (keys.parent, 0o700), (keys, 0o600)):
        path.chmod(mode)
        os.chown(path, owner, owner)


def start(plan: dict[str, Any], host: str) -> subprocess.Popen[bytes]:
    """Start the prepared host in a session and cgroups of its own and return the process that keeps it running."""
    fleet, home = plan["name"], folder(plan["name"], host)
    _cgroups.create(fleet, host)
    lower = _image.lower(plan["hosts"][host]["layers"])
    environment = {
        **os.environ,
        "FLEET_CGROUPS": " ".join(str(path) for path in _cgroups.of_host(fleet, host)),
        "FLEET_HOST": host,
        "FLEET_NAMESPACE": _network.namespace(fleet, host),
        # volatile: a fleet's disks are thrown away, so they are never synced
        "FLEET_OVERLAY": f"lowerdir={lower},upperdir={home}/upper,workdir={home}/work,volatile",
        "FLEET_ROOT": str(home / "root"),
    }
    with (home / "console.log").open("wb") as console:
        return subprocess.Popen(
            [str(BOOT)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def boot(plan: dict[str, Any], jobs: int) -> None:
    """Boot all hosts, at most `jobs` at a time, and return when all are ready; FleetError tells why one is not."""
    waiting = list(plan["hosts"])
    booting: dict[str, tuple[subprocess.Popen[bytes], float]] = {}
    while waiting or booting:
        while waiting and len(booting) < jobs:
            host = waiting.pop(0)
            prepare(plan, host)
            booting[host] = (start(plan, host), time.monotonic() + BOOT_LIMIT_S)
        for host, (process, deadline) in list(booting.items()):
            if is_ready(plan["name"], host):
                del booting[host]
            elif process.poll() is not None or time.monotonic() > deadline:
                raise _machine.FleetError(f"{host} did not come up: {_last_words(plan['name'], host)}")
        time.sleep(0.05)


def _last_words(fleet: str, host: str) -> str:
    lines = (folder(fleet, host) / "console.log").read_text(errors="replace").strip().splitlines()
    return " | ".join(lines[-5:]) or "nothing on its console"


def first_process(fleet: str, host: str) -> int | None:
    """Return the process id, as the machine counts, of the host's systemd; None while there is none."""
    for process in _cgroups.processes(_cgroups.of_host(fleet, host)[0] / "boot"):
        with contextlib.suppress(OSError, StopIteration):
            status = Path(f"/proc/{process}/status").read_text()
            ids = next(line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:"))
            if len(ids) > 1 and ids[-1] == "1":
                return process
    return None


def is_ready(fleet: str, host: str) -> bool:
    """Whether sshd listens and lets every user in.

    Read from outside: a connection to try it would leave its own lines in the logs that tests look at.
    pam_nologin turns ordinary users away as long as /run/nologin exists.
    """
    process = first_process(fleet, host)
    if process is None or Path(f"/proc/{process}/root/run/nologin").exists():
        return False
    with contextlib.suppress(OSError):
        rows = [line.split() for line in Path(f"/proc/{process}/net/tcp").read_text().splitlines()[1:]]
        return any(row[1].endswith(SSH_LISTENS) and row[3] == LISTEN for row in rows)
    return False


def enter(fleet: str, host: str, command: list[str]) -> None:
    """Become a command (a shell by default) inside the host, without SSH; does not return."""
    process = first_process(fleet, host)
    if process is None:
        raise _machine.FleetError(f"{host} of fleet {fleet} is not running")
    for cgroup in _cgroups.of_host(fleet, host):
        (cgroup / "loop/cgroup.procs").write_text(str(os.getpid()))
    kept = {name: os.environ[name] for name in ("TERM",) if name in os.environ}
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    environment = {"PATH": path, "HOME": "/root", "LANG": "C.UTF-8", **kept}
    nsenter = shutil.which("nsenter") or "nsenter"
    words = [nsenter, "--all", f"--target={process}", "--wd", "--", *(command or ["bash"])]
    os.execve(nsenter, words, environment)
