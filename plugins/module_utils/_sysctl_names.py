# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of sysctls: the default set, and the two ways to write a name."""

from __future__ import annotations

import typing as t

TCP = (
    *("tcp_keepalive_time", "tcp_keepalive_intvl", "tcp_keepalive_probes", "tcp_retries1", "tcp_retries2"),
    *("tcp_rto_max_ms", "tcp_rto_min_us", "tcp_syn_retries", "tcp_syn_linear_timeouts", "tcp_synack_retries"),
    *("tcp_orphan_retries", "tcp_fin_timeout", "tcp_max_orphans", "tcp_max_tw_buckets", "tcp_tw_reuse"),
    *("tcp_rfc1337", "tcp_timestamps", "tcp_sack", "tcp_window_scaling", "tcp_ecn", "tcp_max_syn_backlog"),
    *("tcp_syncookies", "tcp_abort_on_overflow", "tcp_migrate_req", "tcp_fastopen", "tcp_mtu_probing"),
    *("tcp_base_mss", "tcp_min_snd_mss", "tcp_challenge_ack_limit", "tcp_invalid_ratelimit", "tcp_mem"),
    *("tcp_rmem", "tcp_wmem", "tcp_congestion_control", "tcp_slow_start_after_idle"),
)
IPV4 = (
    *("ip_local_port_range", "ip_local_reserved_ports", "ip_no_pmtu_disc", "ip_forward", "icmp_echo_ignore_all"),
    *("conf.all.rp_filter", "conf.default.rp_filter", "conf.all.log_martians", "conf.all.arp_ignore"),
    *("conf.all.arp_announce", "neigh.default.gc_thresh1", "neigh.default.gc_thresh2", "neigh.default.gc_thresh3"),
)
CONNTRACK = (
    *("max", "count", "buckets", "log_invalid", "tcp_be_liberal", "tcp_loose", "tcp_max_retrans"),
    *("tcp_timeout_established", "tcp_timeout_max_retrans", "tcp_timeout_unacknowledged", "tcp_timeout_close_wait"),
    *("tcp_timeout_fin_wait", "tcp_timeout_last_ack", "tcp_timeout_time_wait", "tcp_timeout_close"),
)
OTHERS = (
    *("net.core.somaxconn", "net.core.netdev_max_backlog", "net.core.netdev_budget", "net.core.netdev_budget_usecs"),
    *("net.core.rmem_max", "net.core.wmem_max", "net.core.default_qdisc", "net.ipv6.bindv6only"),
    *("net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.all.forwarding", "net.ipv6.neigh.default.gc_thresh3"),
    *("net.mptcp.enabled", "fs.nr_open", "fs.file-max", "kernel.pid_max"),
)

DEFAULT_NAMES = (
    *("net.ipv4." + name for name in (*TCP, *IPV4)),
    *("net.netfilter.nf_conntrack_" + name for name in CONNTRACK),
    *OTHERS,
)
"""What decides when a connection is probed, given up, refused or forgotten."""

SECRET = ("tcp_fastopen_key", "stable_secret")
"""Last parts of names whose value lets a reader forge packets or guess addresses."""

ALIASES = {
    "net/netfilter/nf_conntrack_max": "net/nf_conntrack_max",
    "net/ipv4/ip_forward": "net/ipv4/conf/all/forwarding",
}
"""Second paths to the same variable of the kernel, under which files may set it."""

SWAP = str.maketrans("./", "/.")


def path_of(name: str) -> str:
    """Return a name as a path below /proc/sys, as systemd and procps read it.

    The first separator decides: a slash leaves the rest as it is, a dot makes dots and slashes change places, so
    `net.ipv4.conf.eth0/100.rp_filter` and `net/ipv4/conf/eth0.100/rp_filter` are one. Source: sysctl.d(5).
    """
    first = min((name.find(mark) for mark in "./" if mark in name), default=-1)
    path = name.translate(SWAP) if first >= 0 and name[first] == "." else name
    return "/".join(part for part in path.split("/") if part)


def name_of(path: str) -> str:
    """Return a path below /proc/sys as sysctl(8) shows it, with dots between the parts."""
    return path.translate(SWAP)


def is_safe(path: str) -> bool:
    """Return whether `path` stays below /proc/sys and its value may be shown."""
    parts = path.split("/")
    return bool(path) and not any(part in ("", ".", "..") for part in parts) and parts[-1] not in SECRET


def paths_of(names: t.Iterable[str]) -> list[str]:
    """Return the paths of `names` without doubles."""
    return list(dict.fromkeys(path_of(name.strip()) for name in names))
