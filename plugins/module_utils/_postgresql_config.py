# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keepalive, idle timeouts and limits of PostgreSQL clusters."""

from __future__ import annotations

import re
import typing as t

from ._config_files import ConfigFiles
from ._durations import POSTGRESQL, parse_duration
from ._postgresql_files import Cluster, Setting, clusters
from ._software_versions import at_least
from ._timeout_rows import About, Row, row, timer

KEEPALIVE = About("keepalive", 4, "client")
IDLE = About("idle_timeout", 7, "client")
REPLICATION = About("idle_timeout", 7, "both")
SYSTEM_DEFAULT = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count")


class Parameter(t.NamedTuple):
    """A parameter: what it is, the seconds of its unit (None for a number), its default, the release it came with."""

    about: About
    unit_s: float | None
    default: str
    since: int = 0


PARAMETERS = {
    "tcp_keepalives_idle": Parameter(KEEPALIVE, 1.0, "0"),
    "tcp_keepalives_interval": Parameter(KEEPALIVE, 1.0, "0"),
    "tcp_keepalives_count": Parameter(KEEPALIVE, None, "0"),
    "tcp_user_timeout": Parameter(KEEPALIVE, 1e-3, "0", 12),
    "idle_session_timeout": Parameter(IDLE, 1e-3, "0", 14),
    "idle_in_transaction_session_timeout": Parameter(IDLE, 1e-3, "0"),
    "client_connection_check_interval": Parameter(KEEPALIVE, 1e-3, "0", 14),
    "authentication_timeout": Parameter(About("handshake_timeout", 7, "client"), 1.0, "60"),
    "wal_sender_timeout": Parameter(REPLICATION, 1e-3, "60000"),
    "wal_receiver_timeout": Parameter(REPLICATION, 1e-3, "60000"),
    "max_connections": Parameter(About("limit", 7, "client"), None, "100"),
}
"""Source: src/backend/utils/misc/guc_tables.c and the documents of 12 to 17."""


def collect(files: ConfigFiles, commands: t.Sequence[t.Sequence[str]]) -> tuple[list[Row], Row]:
    """Return the rows of all clusters, and their names with release and port."""
    found = clusters(files, commands)
    rows = [entry for cluster in found for entry in _cluster_rows(cluster, files)]
    told = [{"name": one.name, "version": one.version, "port": port_of(one)} for one in found[:8]]
    return rows, {"clusters": told, "version": found[0].version if found else None}


def port_of(cluster: Cluster) -> int:
    """Return the port of a cluster."""
    text = cluster.settings["port"].value if "port" in cluster.settings else ""
    return int(text) if re.match(r"\d{1,5}$", text) else 5432


def _cluster_rows(cluster: Cluster, files: ConfigFiles) -> list[Row]:
    rows = []
    for name, parameter in PARAMETERS.items():
        setting = cluster.settings.get(name)
        if setting is None and parameter.since and not at_least(cluster.version, parameter.since):
            continue
        try:
            reading = read_value(name, setting.value if setting else parameter.default)
        except ValueError as error:
            if setting and setting.place:
                files.problem(setting.place.file, setting.place.line, "%s: %s" % (name, error))
            continue
        rows.append(_row(name, parameter.about, setting, cluster, reading))
    return rows


def _row(name: str, about: About, setting: Setting | None, cluster: Cluster, reading: Row) -> Row:
    place = setting.place if setting else None
    origin = "runtime" if setting and place is None else None
    return row("postgresql", name, about, place, cluster.name, source=origin, ports=[port_of(cluster)], **reading)


def read_value(name: str, text: str) -> Row:
    """Return the value as a row shows it; 0 of the TCP parameters leaves the sysctl in force. Raises ValueError."""
    unit_s = PARAMETERS[name].unit_s
    if unit_s is None:
        if not re.match(r"\d{1,9}$", text):
            raise ValueError("no number: %.40r" % text)
        value: float | None = int(text)
    else:
        value = round(parse_duration(text, POSTGRESQL, unit_s) / unit_s)
    if not value and name in SYSTEM_DEFAULT:
        return {"value": 0, "unit": "system default"}
    if unit_s is None:
        return {"value": value, "unit": "probes" if name in SYSTEM_DEFAULT else "connections"}
    return timer(round((value or 0) * unit_s, 3))
