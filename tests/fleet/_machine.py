# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fleet needs from the machine it runs on: commands, rights, places, locks."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

CACHE = Path(os.environ.get("NETDOCTOR_FLEET_CACHE", "/var/cache/netdoctor-fleet")).resolve()
IMAGES = CACHE / "images"
FLEETS = CACHE / "fleets"
LOCKS = Path("/run/lock/netdoctor-fleet")  # names and addresses are the machine's, whatever the cache directory

PACKAGE_OF = {
    "ip": "iproute2",
    "nft": "nftables",
    "nsenter": "util-linux",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "systemd-nspawn": "systemd-container",
    "unshare": "util-linux",
}
IMAGE_PACKAGE_OF = {"debootstrap": "debootstrap", "setpriv": "util-linux", "unshare": "util-linux"}

# Ceilings shared by all network namespaces that a large fleet runs into; they are raised, never lowered.
INOTIFY_INSTANCES = "fs/inotify/max_user_instances"
NEIGHBOUR_LIMITS = {
    f"net/{family}/neigh/default/gc_thresh{step}": limit
    for family in ("ipv4", "ipv6")
    for step, limit in ((1, 4096), (2, 8192), (3, 16384))
}


class FleetError(Exception):
    """Something went wrong that the caller can act on; the text says how."""

    exit_code = 1


class CannotRunHere(FleetError):
    """The machine lacks something; callers may skip, and should say so."""

    exit_code = 3


def require(package_of: dict[str, str]) -> None:
    """Raise CannotRunHere unless this is root and every command of the table is installed."""
    if os.geteuid() != 0:
        raise CannotRunHere("the fleet needs root (namespaces, mounts, cgroups): run it with sudo")
    os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    missing = sorted(command for command in package_of if shutil.which(command) is None)
    if missing:
        packages = " ".join(sorted({package_of[command] for command in missing}))
        raise CannotRunHere(f"missing {', '.join(missing)}: apt-get install --no-install-recommends {packages}")


def try_out() -> None:
    """Raise CannotRunHere unless namespaces can be made and an overlay mounted in the cache directory.

    A container may lack the rights although its user is called root, and its own disk is often an overlay already.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=".try-") as folder:
        for name in ("lower", "upper", "work", "root"):
            Path(folder, name).mkdir()
        options = f"lowerdir={folder}/lower,upperdir={folder}/upper,workdir={folder}/work,volatile"
        mount = ["mount", "-t", "overlay", "overlay", "-o", options, f"{folder}/root"]
        for words, remedy in (
            (["true"], "this root may not create namespaces: run on a real machine or in a privileged container"),
            (mount, f"no overlay in {CACHE}: set NETDOCTOR_FLEET_CACHE to a folder on a disk file system such as ext4"),
        ):
            done = subprocess.run(
                ["unshare", "--mount", "--net", "--pid", "--fork", *words], capture_output=True, check=False
            )
            if done.returncode:
                raise CannotRunHere(remedy)


def run(*words: object, stdin: str | None = None) -> str:
    """Run a command and return its output; FleetError with the last lines of stderr when it fails."""
    command = [str(word) for word in words]
    done = subprocess.run(command, input=stdin, text=True, capture_output=True, check=False)
    if done.returncode:
        tail = " | ".join((done.stderr or done.stdout).strip().splitlines()[-5:])
        raise FleetError(f"{' '.join(command)[:200]} failed ({done.returncode}): {tail}")
    return done.stdout


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the machine-wide lock `name`, waiting for it. It goes with its process, so none is ever stale."""
    path = LOCKS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with path.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not _is_file(path, file.fileno()):
                continue  # the holder before removed the file: this lock excludes nobody
            try:
                yield
            finally:
                path.unlink()
            return


def _is_file(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def raise_limits(hosts: int) -> None:
    """Raise the kernel-wide ceilings for `hosts` running systemd instances, as far as this machine allows it."""
    for name, wanted in {INOTIFY_INSTANCES: 128 + 16 * hosts, **NEIGHBOUR_LIMITS}.items():
        path = Path("/proc/sys", name)
        with contextlib.suppress(OSError):
            if int(path.read_text()) < wanted:
                path.write_text(str(wanted))
