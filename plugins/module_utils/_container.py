# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the peer is a container: then part of what /proc says is about the whole machine."""

from __future__ import annotations

import os

from ._process_stat import parse_process_stat
from ._read import read_text
from ._text import clean

MARKERS = {"/.dockerenv": "docker", "/run/.containerenv": "podman"}
LATE_S = 30
"""On a machine the first process begins with the kernel, whatever the boot takes."""


def container() -> str | None:
    """Return the kind of container (`systemd-nspawn`, `docker`, `podman`, `lxc`, else `unknown`), None for a machine.

    https://systemd.io/CONTAINER_INTERFACE says where systemd notes it.
    """
    noted = read_text("/run/systemd/container")
    if noted.text:
        return clean(noted.text.strip(), 32)
    for path, kind in MARKERS.items():
        if read_text(path).status == "ok":
            return kind
    return "unknown" if first_start_s() > LATE_S else None


def first_start_s() -> float:
    """Return how many seconds after the kernel the first process began, 0 when that cannot be read."""
    try:
        process = parse_process_stat(read_text("/proc/1/stat").text or "")
    except ValueError:
        return 0.0
    return process.started_ticks / os.sysconf("SC_CLK_TCK")
