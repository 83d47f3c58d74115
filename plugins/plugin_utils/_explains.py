# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Causes that explain others: where the first is found, the others are what it looks like from elsewhere."""

from __future__ import annotations

# pylint: disable=arguments-out-of-order
import functools
import typing as t

ENDED_BY_DEATH = (
    "service-restart-or-crash",
    "close-with-unread-data",
    "listener-closed-with-pending",
    "nothing-listening",
)
ENDED_BY_SSHD = ("close-with-unread-data", "so-linger-zero", "data-after-close", "port-probe")
FORGOTTEN = (
    "keepalive-later-than-middlebox",
    "keepalive-not-enabled",
    "conntrack-invalid-nat",
    "half-open-after-reboot",
)
STARVED = ("accept-queue-overflow", "accept-queue-overflow-silent")
LOST = ("packet-loss", "retransmission-timeout", "keepalive-timeout")

SSHD_LIMITS = (
    *("sshd-maxstartups", "sshd-persource-maxstartups", "sshd-persource-penalties", "sshd-login-grace-time"),
    *("sshd-client-alive", "sshd-idle-limits", "tcp-wrappers-deny", "sshd-preauth-crash"),
)

EXPLAINS: dict[str, tuple[str, ...]] = {
    "oom-kill": ("process-crash-or-kill", "cpu-saturation", *ENDED_BY_DEATH),
    "process-crash-or-kill": (*ENDED_BY_DEATH, "data-after-close"),
    "service-restart-or-crash": ("listener-closed-with-pending", "close-with-unread-data"),
    "sshd-host-key-missing": ("sshd-not-starting", "nothing-listening", "service-restart-or-crash"),
    "sshd-not-starting": ("nothing-listening", "service-restart-or-crash", "listener-wrong-address"),
    "systemd-socket-limit": ("nothing-listening", "service-restart-or-crash"),
    "selinux-denial": ("nothing-listening", "service-restart-or-crash"),
    **dict.fromkeys(SSHD_LIMITS, ENDED_BY_SSHD),
    "sshd-persource-maxstartups": ("sshd-maxstartups", *ENDED_BY_SSHD),
    "fd-exhaustion": STARVED,
    "process-limit": STARVED,
    "accept-queue-overflow": (
        "accept-queue-overflow-silent",
        "syn-backlog-overflow",
        "fd-exhaustion",
        "cpu-saturation",
    ),
    "accept-queue-overflow-silent": (
        "syn-backlog-overflow",
        "fd-exhaustion",
        "cpu-saturation",
        "retransmission-timeout",
    ),
    "half-open-after-reboot": (
        "keepalive-not-enabled",
        "data-after-close",
        "tuple-reuse-collision",
        "close-with-unread-data",
    ),
    "rabbitmq-heartbeat-off-or-long": ("nat-or-firewall-idle-expiry", *FORGOTTEN),
    "haproxy-timeout": ("data-after-close", "keepalive-later-than-middlebox", "keepalive-not-enabled"),
    "nat-or-firewall-idle-expiry": ("firewall-reject-tcp-reset", "asymmetric-routing-conntrack", *FORGOTTEN),
    "ipvs-idle-timeout": FORGOTTEN,
    "firewall-reject-tcp-reset": ("ids-or-middlebox-rst", "nothing-listening", "firewall-change-mid-connection"),
    "fail2ban-ban": ("firewall-reject-icmp", "firewall-reject-tcp-reset"),
    "firewall-rate-limit": ("firewall-reject-icmp", "firewall-reject-tcp-reset"),
    "conntrack-table-full": ("packet-loss", "syn-backlog-overflow", "accept-queue-overflow-silent"),
    "link-flap": ("route-unreachable", "address-removed", "neighbor-table-overflow", "interface-errors", *LOST),
    "route-unreachable": ("address-removed", "neighbor-table-overflow", *LOST),
    "interface-errors": ("packet-loss", "retransmission-timeout"),
    "softnet-drops": ("packet-loss", "retransmission-timeout"),
    "packet-loss": ("retransmission-timeout", "user-timeout", "mtu-black-hole", "keepalive-timeout"),
    "mtu-black-hole": ("packet-loss", "retransmission-timeout"),
    "rp-filter-drop": ("asymmetric-routing-conntrack", "packet-loss"),
    "asymmetric-routing-conntrack": ("conntrack-invalid-nat",),
    "duplicate-ip": ("ids-or-middlebox-rst", "vip-failover", "arp-flux", "nothing-listening"),
    "keepalive-timeout": ("half-open-after-reboot", "user-timeout", "packet-loss"),
    "tcp-memory-exhausted": ("orphan-limit",),
    "orphan-limit": ("tcp-memory-exhausted",),
    "docker-proxy-backend-refused": ("close-with-unread-data", "so-linger-zero"),
    "application-protocol-mismatch": ("close-with-unread-data",),
    "tls-to-plain-port": ("application-protocol-mismatch", "close-with-unread-data"),
    "proxy-protocol-mismatch": ("application-protocol-mismatch", "close-with-unread-data"),
}
"""By cause; of two that explain each other the better proven one does."""

VICTIMS = frozenset(("keepalive-timeout", "retransmission-timeout", "user-timeout"))
"""Timers of an end that waited in vain: who is to blame stands in the evidence on the path."""


def explains(cause: str, other: str) -> bool:
    """Return whether `cause` makes what looks like `other`."""
    return other in EXPLAINS.get(cause, ())


@functools.lru_cache(maxsize=1024)
def explained_by(other: str) -> tuple[str, ...]:
    """Return the causes that make what looks like `other`."""
    return tuple(cause for cause, others in EXPLAINS.items() if other in others)


def mutual(cause: str, other: str) -> bool:
    """Return whether two causes explain each other."""
    return explains(cause, other) and explains(other, cause)


def known_causes() -> t.Iterator[str]:
    """Yield every cause that stands in the table, for the test that each is one of the taxonomy."""
    for cause, others in EXPLAINS.items():
        yield cause
        yield from others
