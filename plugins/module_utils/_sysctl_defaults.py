# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Defaults of the kernel, where the kernel has one that depends on neither memory nor configuration."""

from __future__ import annotations

import re
import typing as t

Value = t.Union[int, str, t.List[int]]

CONSTANT: dict[str, Value] = {
    "net/ipv4/tcp_keepalive_time": 7200,
    "net/ipv4/tcp_keepalive_intvl": 75,
    "net/ipv4/tcp_keepalive_probes": 9,
    "net/ipv4/tcp_retries1": 3,
    "net/ipv4/tcp_retries2": 15,
    "net/ipv4/tcp_rto_max_ms": 120000,
    "net/ipv4/tcp_rto_min_us": 200000,
    "net/ipv4/tcp_syn_retries": 6,
    "net/ipv4/tcp_syn_linear_timeouts": 4,
    "net/ipv4/tcp_synack_retries": 5,
    "net/ipv4/tcp_orphan_retries": 0,
    "net/ipv4/tcp_fin_timeout": 60,
    "net/ipv4/tcp_rfc1337": 0,
    "net/ipv4/tcp_timestamps": 1,
    "net/ipv4/tcp_sack": 1,
    "net/ipv4/tcp_window_scaling": 1,
    "net/ipv4/tcp_ecn": 2,
    "net/ipv4/tcp_syncookies": 1,
    "net/ipv4/tcp_abort_on_overflow": 0,
    "net/ipv4/tcp_migrate_req": 0,
    "net/ipv4/tcp_mtu_probing": 0,
    "net/ipv4/tcp_min_snd_mss": 48,
    "net/ipv4/tcp_invalid_ratelimit": 500,
    "net/ipv4/tcp_slow_start_after_idle": 1,
    "net/ipv4/ip_local_reserved_ports": "",
    "net/ipv4/ip_no_pmtu_disc": 0,
    "net/ipv4/ip_forward": 0,
    "net/ipv4/icmp_echo_ignore_all": 0,
    "net/ipv4/conf/all/rp_filter": 0,
    "net/ipv4/conf/default/rp_filter": 0,
    "net/ipv4/conf/all/log_martians": 0,
    "net/ipv4/conf/all/arp_ignore": 0,
    "net/ipv4/conf/all/arp_announce": 0,
    "net/ipv4/neigh/default/gc_thresh1": 128,
    "net/ipv4/neigh/default/gc_thresh2": 512,
    "net/ipv4/neigh/default/gc_thresh3": 1024,
    "net/netfilter/nf_conntrack_log_invalid": 0,
    "net/netfilter/nf_conntrack_tcp_be_liberal": 0,
    "net/netfilter/nf_conntrack_tcp_loose": 1,
    "net/netfilter/nf_conntrack_tcp_max_retrans": 3,
    "net/netfilter/nf_conntrack_tcp_timeout_established": 432000,
    "net/netfilter/nf_conntrack_tcp_timeout_max_retrans": 300,
    "net/netfilter/nf_conntrack_tcp_timeout_unacknowledged": 300,
    "net/netfilter/nf_conntrack_tcp_timeout_close_wait": 60,
    "net/netfilter/nf_conntrack_tcp_timeout_fin_wait": 120,
    "net/netfilter/nf_conntrack_tcp_timeout_last_ack": 30,
    "net/netfilter/nf_conntrack_tcp_timeout_time_wait": 120,
    "net/netfilter/nf_conntrack_tcp_timeout_close": 10,
    "net/core/netdev_max_backlog": 1000,
    "net/core/netdev_budget": 300,
    "net/ipv6/bindv6only": 0,
    "net/ipv6/conf/all/disable_ipv6": 0,
    "net/ipv6/conf/all/forwarding": 0,
    "net/ipv6/neigh/default/gc_thresh3": 1024,
    "net/mptcp/enabled": 1,
    "fs/nr_open": 1048576,
}
"""Source: net/ipv4/tcp_ipv4.c, include/net/tcp.h, net/netfilter/nf_conntrack_proto_tcp.c, Documentation/networking."""

CHANGED: dict[str, list[tuple[tuple[int, int], Value]]] = {
    "net/ipv4/ip_local_port_range": [((4, 2), [32768, 60999]), ((0, 0), [32768, 61000])],
    "net/ipv4/tcp_base_mss": [((4, 1), 1024), ((0, 0), 512)],
    "net/ipv4/tcp_fastopen": [((3, 13), 1), ((0, 0), 0)],
    "net/core/somaxconn": [((5, 4), 4096), ((0, 0), 128)],
    "net/ipv4/tcp_tw_reuse": [((4, 19), 2), ((0, 0), 0)],
    "net/ipv4/tcp_challenge_ack_limit": [((6, 1), 2147483647), ((0, 0), 1000)],
}
"""Values with the first release of the kernel that has them, newest first."""

OTHERS_ON_RHEL = frozenset({"net/mptcp/enabled"})
"""What RHEL and its kin build with another value: 0 where the kernel itself has 1."""

RELEASE = re.compile(r"(\d+)\.(\d+)")


def kernel_default(path: str, release: str) -> Value | None:
    """Return the default of a sysctl (path below /proc/sys) in the kernel `release`, or None where it is no constant.

    Kernels of RHEL and its kin (`.el8`) take changes from later releases, so what changed since is None there.
    """
    from_rhel = ".el" in release
    if path in CONSTANT:
        return None if from_rhel and path in OTHERS_ON_RHEL else CONSTANT[path]
    found = RELEASE.match(release)
    if path not in CHANGED or not found:
        return None
    running = (int(found.group(1)), int(found.group(2)))
    if from_rhel and running < CHANGED[path][0][0]:
        return None
    return next(value for since, value in CHANGED[path] if running >= since)
