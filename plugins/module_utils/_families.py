# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The families of facts by name, each with its collector; a collector is imported when its family is wanted."""

from __future__ import annotations

import typing as t

Options = t.Mapping[str, t.Any]


def _interface(dummy: Options) -> dict[str, t.Any]:
    from ._interfaces import collect

    return collect()


def _route(options: Options) -> dict[str, t.Any]:
    from ._routes import collect

    return collect(targets=options["route_targets"])


def _sysctl(options: Options) -> dict[str, t.Any]:
    from ._sysctls import collect

    return collect(names=options["sysctls"])


def _listening_port(dummy: Options) -> dict[str, t.Any]:
    from ._listeners import collect

    return collect()


def _sshd_log(options: Options) -> dict[str, t.Any]:
    from ._sshd_log import collect

    return collect(since=options["since"], max_events=options["max_events"])


def _kernel_log(options: Options) -> dict[str, t.Any]:
    from ._kernel_log import collect

    return collect(since=options["since"], max_events=options["max_events"])


def _connection(options: Options) -> dict[str, t.Any]:
    from ._connections import collect

    return collect(targets=options["connection_targets"])


def _application_timeout(options: Options) -> dict[str, t.Any]:
    from ._application_timeouts import collect

    return collect(commands=options["commands"], sshd_match=options["sshd_match"])


def _trace_sample() -> t.Any:
    from ._reset_trace import sample

    return sample()


def _trace(options: Options) -> dict[str, t.Any]:
    from ._reset_trace import collect

    return collect(options["window"], first=options["first"])


def _probe(options: Options) -> dict[str, t.Any]:
    from ._probes import collect

    return collect(options["probes"], window_s=options["window"], hold_s=options["probe_hold"])


def _tcp_counter_sample() -> t.Any:
    from ._tcp_counters import sample

    return sample()


def _tcp_counter(options: Options) -> dict[str, t.Any]:
    from ._tcp_counters import collect

    return collect(window_s=options["window"], first=options["first"])


def _firewall_sample() -> t.Any:
    from ._firewall import sample

    return sample()


def _firewall(options: Options) -> dict[str, t.Any]:
    from ._firewall import collect

    return collect(first=options["first"])


def _load_sample() -> t.Any:
    from ._load import sample

    return sample()


def _load(options: Options) -> dict[str, t.Any]:
    from ._load import collect

    return collect(window_s=options["window"], first=options["first"])


class Family(t.NamedTuple):
    """A family: the key of its fact, what collects it, and what reads its counters for the first time of two.

    One that is not for every day is read only when it is named.
    """

    fact: str
    collect: t.Callable[[Options], dict[str, t.Any]]
    sample: t.Callable[[], t.Any] | None = None
    everyday: bool = True


FAMILIES: dict[str, Family] = {
    "interface": Family("peer_interfaces", _interface),
    "route": Family("peer_routes", _route),
    "sysctl": Family("peer_sysctls", _sysctl),
    "listening_port": Family("peer_listening_ports", _listening_port),
    "sshd_log": Family("peer_sshd_log", _sshd_log),
    "connection": Family("peer_connections", _connection),
    "application_timeout": Family("peer_application_timeouts", _application_timeout),
    "kernel_log": Family("peer_kernel_log", _kernel_log),
    "probe": Family("peer_probes", _probe),
    "tcp_counter": Family("peer_tcp_counters", _tcp_counter, _tcp_counter_sample),
    "firewall": Family("peer_firewall", _firewall, _firewall_sample),
    "load": Family("peer_load", _load, _load_sample),
    "trace": Family("peer_reset_trace", _trace, _trace_sample, everyday=False),
}
"""In the order in which they are read: those with a window come last, so that the others are read within it."""


def chosen(subset: t.Sequence[str]) -> list[str]:
    """Return the names of the families that `subset` asks for, in the order of `FAMILIES`.

    `all` means every family of everyday use, `!name` leaves one out; a list of exclusions alone starts from all.
    Raises ValueError for a name that is no family.
    """
    unknown = {name.lstrip("!") for name in subset} - set(FAMILIES) - {"all"}
    if unknown:
        raise ValueError(
            "gather_subset: no family is called %s; there are all, %s"
            % (", ".join(sorted(unknown)), ", ".join(FAMILIES))
        )
    left_out = {name[1:] for name in subset if name.startswith("!")}
    wanted = {name for name in subset if not name.startswith("!")}
    if not wanted or "all" in wanted:
        everyday = {name for name, family in FAMILIES.items() if family.everyday}
        wanted |= set() if "all" in left_out else everyday
    return [name for name in FAMILIES if name in wanted and name not in left_out]
