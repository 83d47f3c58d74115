# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Debian image all hosts share, and layers of more packages on top of it.

An image is a folder named after the suite and a hash of everything that goes into it, so a changed package list
makes a new image. It is built under another name and renamed when complete: a folder with the final name is whole.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import _machine

SUITE = os.environ.get("NETDOCTOR_FLEET_SUITE", "bookworm")
SETUP = Path(__file__).with_name("image-setup.sh")
PACKAGES = (
    "ca-certificates conntrack curl dbus ethtool haproxy iproute2 iptables iputils-ping iputils-tracepath kmod "
    "logrotate ncat netbase nftables openssh-client openssh-server procps python3 python3-apt rsyslog sudo systemd "
    "systemd-sysv tcpdump xz-utils zstd"
).split()

LAYERS = {
    "nginx": ["nginx-light"],
    "postgresql": ["postgresql"],
    "rabbitmq": ["rabbitmq-server"],
    "redis": ["redis-server"],
}

INSTALL_LAYER = """
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
mount -t proc proc "$2/root/proc"
trap 'rm -f "$2/root/etc/resolv.conf" "$2/root/usr/sbin/policy-rc.d"' EXIT
cp -L /etc/resolv.conf "$2/root/etc/resolv.conf"
printf '#!/bin/sh\\nexit 101\\n' > "$2/root/usr/sbin/policy-rc.d"
chmod 755 "$2/root/usr/sbin/policy-rc.d"
export DEBIAN_FRONTEND=noninteractive
chroot "$2/root" apt-get -qq update
chroot "$2/root" apt-get -qq -y --no-install-recommends install $3
chroot "$2/root" apt-get clean
rm -rf "$2"/root/var/lib/apt/lists/* "$2"/root/var/cache/apt/*.bin
"""
# Runs a command with mounts and processes of its own, which the kernel removes when it or its caller dies.
ISOLATED = tuple(
    "setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child --mount-proc".split()
)


def base() -> Path:
    """Return the folder of the complete base image, building it first when it is not there."""
    fingerprint = _fingerprint(" ".join(PACKAGES), SETUP.read_text())
    return _once(_machine.IMAGES / f"{SUITE}-{fingerprint}", "base image, about two minutes", _debootstrap)


def layer(names: list[str]) -> Path:
    """Return the folder with what the packages of these layers add to the base image.

    Layers of one host are built together: two separate ones would hide each other's package and user databases.
    """
    packages = sorted({package for name in names for package in packages_of(name)})
    folder = base()
    target = folder.with_name(f"{folder.name}-{'+'.join(sorted(names))}-{_fingerprint(' '.join(packages))}")
    return _once(target, f"layer {'+'.join(sorted(names))}", lambda building: _install(folder, packages, building))


def lower(names: list[str]) -> str:
    """Return the read-only folders of a host with these layers, topmost first, as overlayfs wants them; builds them."""
    return f"{layer(names)}:{base()}" if names else str(base())


def packages_of(name: str) -> list[str]:
    """Return the Debian packages of a predefined layer; FleetError names the layers there are."""
    if name not in LAYERS:
        raise _machine.FleetError(f"no layer {name!r}: there are {', '.join(sorted(LAYERS))}")
    return LAYERS[name]


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _once(target: Path, what: str, build) -> Path:
    """Return `target` after `build(folder)` made it, once, however many processes ask at the same time."""
    if target.is_dir():
        return target
    _machine.require(_machine.IMAGE_PACKAGE_OF)
    with _machine.locked(f"image.{target.name}"):
        if not target.is_dir():
            print(f"fleet: building {what}", file=sys.stderr, flush=True)
            building = target.with_name(f".{target.name}.building")
            shutil.rmtree(building, ignore_errors=True)
            building.mkdir(parents=True)
            build(building).rename(target)
            shutil.rmtree(building, ignore_errors=True)
    return target


def _debootstrap(building: Path) -> Path:
    """Install and set up the base system. No mirror is named: debootstrap knows what this machine is set up for."""
    root, log = building / "root", building / "debootstrap.log"
    _logged(log, *ISOLATED, "debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, root)
    _logged(log, *ISOLATED, "chroot", root, "sh", "-eu", stdin=SETUP.read_text())
    return root


def _install(lower: Path, packages: list[str], building: Path) -> Path:
    for name in ("upper", "work", "root"):
        (building / name).mkdir()
    script = ("bash", "-euo", "pipefail", "-c", INSTALL_LAYER, "layer", lower, building, " ".join(packages))
    _logged(building / "install.log", *ISOLATED, *script)
    return building / "upper"


def _logged(log: Path, *words: object, stdin: str = "") -> None:
    """Run a long command with its output in a file; FleetError names that file when it fails."""
    with log.open("a") as output:
        command = [str(word) for word in words]
        done = subprocess.run(command, input=stdin, text=True, stdout=output, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        tail = " | ".join(log.read_text(errors="replace").strip().splitlines()[-3:])
        raise _machine.FleetError(f"building the image failed, see {log}: {tail}")
