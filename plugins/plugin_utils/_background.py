# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence that healthy hosts show too: it backs other evidence, and alone it is worth no more than a setting."""

from __future__ import annotations

COUNTERS = frozenset(
    # Clients that leave early, health checks, scanners and intended resets move these on every busy host.
    "tcp-abort-on-close tcp-abort-on-data tcp-abort-on-timeout tcp-unexplained-resets tcp-resets-sent "
    "tcp-syn-cookies-failed tcp-conntrack-invalid tcp-conntrack-insert-failed tcp-challenge-acks "
    "tcp-zero-window-probes tcp-receive-queue-drops tcp-no-route tcp-address-errors tcp-packets-too-big "
    "tcp-unreachables tcp-softnet-squeezed tcp-fast-open-failures tcp-migrate-failures tcp-time-wait-many "
    "tcp-conntrack-early-dropped tcp-syn-challenges".split()
)
RULES_THAT_HIT = frozenset(
    # What a firewall keeps out is mostly what it is meant to keep out.
    "firewall-reset-rule-hit firewall-icmp-reject-hit firewall-invalid-drop-hit firewall-limit-hit "
    "fail2ban-bans".split()
)
STATES = frozenset(
    # A unit that nobody misses has failed on many hosts, and totals since boot include every maintenance.
    "load-services-failed load-services-restarted accept-queue-nearly-full interface-carrier-losses "
    "interface-address-expires interface-receive-errors interface-transmit-errors interface-buffer-misses "
    "interface-transmit-drops interface-queue-drops interface-collisions neighbour-table-overflowed "
    "neighbour-own-mac route-gateway-silent route-target-silent kernel-clock-jumps kernel-hung-tasks kernel-martians "
    "kernel-link-down kernel-crash duplicate-address connection-idle-unprotected connection-idle-unprotected-hour "
    "connection-close-wait connection-half-open connection-time-wait sshd-connection-timeouts".split()
)
AMBIGUOUS = frozenset(
    # What is tried and fails in these ways can have many causes, so alone it is a sign of none.
    "flow-unanswered flow-cut-after-accept flow-linger flow-left-half-closed flow-neighbour-silent".split()
)
BACKGROUND = COUNTERS | RULES_THAT_HIT | STATES | AMBIGUOUS

INTENDED = frozenset(("port-probe", "transfer-interrupted", "rabbitmq-linger-zero", "client-gave-up"))
"""Causes that are no fault of anybody, or the symptom of another one; they stay possible."""

BY_STRANGERS = frozenset(
    # Scanners speak the wrong protocol, guess names, leave and are locked out; it is a fault when a peer is treated so.
    (
        *("application-protocol-mismatch", "tls-to-plain-port", "proxy-protocol-mismatch", "sshd-auth-limits"),
        *("sshd-account-policy", "sshd-negotiation-failure", "sshd-login-grace-time", "sshd-persource-penalties"),
        "tcp-wrappers-deny",
    )
)
