# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the counters of one window say about resets. Pure arithmetic; None means that it cannot be known."""

from __future__ import annotations

import typing as t

from ._ratio import per_second, percent

Grown = t.Callable[[str], t.Optional[int]]
"""Returns how far a counter (`TcpExt.ListenDrops`) grew in the window: 0 when not at all, None when unknown."""

SUMS: dict[str, str] = {
    "accept_queue_overflows": "TcpExt.ListenOverflows",
    "listen_drops": "TcpExt.ListenDrops",
    "syn_queue_full": "TcpExt.TCPReqQFullDrop TcpExt.TCPReqQFullDoCookies",
    "syn_cookies_failed": "TcpExt.SyncookiesFailed",
    "aborts_on_close": "TcpExt.TCPAbortOnClose",
    "aborts_on_data": "TcpExt.TCPAbortOnData",
    "aborts_on_timeout": "TcpExt.TCPAbortOnTimeout",
    "aborts_on_memory": "TcpExt.TCPAbortOnMemory",
    "aborts_failed": "TcpExt.TCPAbortFailed",
    "memory_pressures": "TcpExt.TCPMemoryPressures",
    "receive_queue_pruned": "TcpExt.PruneCalled TcpExt.RcvPruned TcpExt.OfoPruned",
    "receive_queue_drops": "TcpExt.TCPRcvQDrop TcpExt.TCPBacklogDrop",
    "zero_windows": "TcpExt.TCPToZeroWindowAdv TcpExt.TCPWantZeroWindowAdv",
    "zero_window_probes": "TcpExt.TCPWinProbe",
    "challenge_acks": "TcpExt.TCPChallengeACK",
    "syn_challenges": "TcpExt.TCPSYNChallenge",
    "checksum_errors": "Tcp.InCsumErrors",
    "signature_failures": "TcpExt.TCPMD5NotFound TcpExt.TCPMD5Unexpected TcpExt.TCPMD5Failure TcpExt.TCPAORequired "
    "TcpExt.TCPAOBad TcpExt.TCPAOKeyNotFound",
    "time_wait_overflows": "TcpExt.TCPTimeWaitOverflow",
    "reverse_path_drops": "TcpExt.IPReversePathFilter",
    "fast_open_failures": "TcpExt.TCPFastOpenBlackhole TcpExt.TCPFastOpenActiveFail",
    "mptcp_resets": "MPTcpExt.MPRstTx MPTcpExt.MPRstRx MPTcpExt.MPFastcloseTx MPTcpExt.MPFastcloseRx",
    "migrate_failures": "TcpExt.TCPMigrateReqFailure",
    "address_errors": "Ip.InAddrErrors snmp6.Ip6InAddrErrors",
    "no_route": "Ip.OutNoRoutes",
    "packets_too_big": "Ip.FragFails snmp6.Ip6InTooBigErrors",
    "unreachables_received": "Icmp.InDestUnreachs snmp6.Icmp6InDestUnreachs",
    "softnet_dropped": "softnet.dropped",
    "softnet_squeezed": "softnet.time_squeeze",
    "softnet_flow_limited": "softnet.flow_limit_count",
    "conntrack_dropped": "conntrack.drop",
    "conntrack_early_dropped": "conntrack.early_drop",
    "conntrack_insert_failed": "conntrack.insert_failed",
    "conntrack_invalid": "conntrack.invalid",
    "neighbour_overflows": "arp_cache.table_fulls ndisc_cache.table_fulls",
}

FEWEST_SEGMENTS = 100
"""Below so many segments sent, one retransmission is a percent or more and says nothing."""


def sums(grown: Grown) -> dict[str, int | None]:
    """Return each of `SUMS` over the counters that the kernel has; None when it has none of them."""
    signs: dict[str, int | None] = {}
    for name, counters in SUMS.items():
        known = [value for value in map(grown, counters.split()) if value is not None]
        signs[name] = sum(known) if known else None
    return signs


def resets(grown: Grown, abort_on_overflow: int | None, probes: int | None) -> dict[str, int | None]:
    """Return who is behind the resets that this kernel sent in the window (numbers of resets or of connections).

    `probes` is how many keepalive probes it ever sent (TCPKeepAlive).

    - `overflow_resets`: handshakes refused by tcp_abort_on_overflow=1, which ListenOverflows, EmbryonicRsts and
      OutRsts count together; `silent_overflows`: the other overflows, which send nothing.
    - `keepalive_timeouts`: at least so many connections that keepalive ended. It sends a reset and no retransmission
      timer fires, so TCPAbortOnTimeout less TCPTimeouts, those of connects (TCPSynRetrans) apart, and no more than
      OutRsts leaves over; none when there never was a probe.
    - `retransmission_timeouts`: at least so many that retransmission gave up: TCPAbortOnTimeout less the resets left
      over and less the connects that failed (AttemptFails).
    - `unexplained_resets`: OutRsts less all of the above and the TCPAbortOn* counters: closed ports, half-open
      connections, data to a listener or to TIME-WAIT, a listener closed with connections waiting, `ss -K`.

    net/ipv4/tcp.c, tcp_timer.c, tcp_minisocks.c of Linux 6.1.
    """
    sent, overflows, embryonic = grown("Tcp.OutRsts"), grown("TcpExt.ListenOverflows"), grown("TcpExt.EmbryonicRsts")
    if sent is None or overflows is None or embryonic is None:
        return dict.fromkeys(
            "overflow_resets silent_overflows keepalive_timeouts retransmission_timeouts unexplained_resets".split()
        )
    overflow_resets = 0 if abort_on_overflow == 0 else min(overflows, embryonic, sent)
    aborts = sum(grown("TcpExt.TCPAbortOn" + kind) or 0 for kind in ("Close", "Data", "Memory", "Linger"))
    left = max(0, sent - aborts - overflow_resets)
    ended = grown("TcpExt.TCPAbortOnTimeout") or 0
    expired = max(0, (grown("TcpExt.TCPTimeouts") or 0) - (grown("TcpExt.TCPSynRetrans") or 0))
    keepalive = max(0, min(ended - expired, left)) if probes != 0 else 0
    return {
        "overflow_resets": overflow_resets,
        "silent_overflows": overflows - overflow_resets,
        "keepalive_timeouts": keepalive,
        "retransmission_timeouts": max(0, ended - left - (grown("Tcp.AttemptFails") or 0)),
        "unexplained_resets": left - keepalive,
    }


def rates(grown: Grown, window_s: float) -> dict[str, float | None]:
    """Return retransmissions in percent of the segments sent, and events per second in the window.

    Tcp:OutSegs does not count pure retransmissions, so the percentage can pass 100.
    """
    sent, again = grown("Tcp.OutSegs"), grown("Tcp.RetransSegs")
    return {
        "retransmit_percent": None if sent is None or sent < FEWEST_SEGMENTS else percent(again, sent),
        "listen_drops_per_s": per_second(grown("TcpExt.ListenDrops"), window_s),
        "resets_sent_per_s": per_second(grown("Tcp.OutRsts"), window_s),
        "softnet_squeezed_per_s": per_second(grown("softnet.time_squeeze"), window_s),
    }


def paws_rejected(grown: Grown) -> int | None:
    """Return the segments refused for their timestamp.

    Kernels without PAWSOldAck count late pure acknowledgements, which are harmless, in PAWSEstab too: None there.
    """
    return None if grown("TcpExt.PAWSOldAck") is None else grown("TcpExt.PAWSEstab")
