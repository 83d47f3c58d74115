# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The counters whose totals are kept, by the names of the kernel (Documentation/networking/snmp_counter.rst)."""

from __future__ import annotations

import typing as t

TOTALS: dict[str, str | dict[str, str]] = {
    "snmp": {
        "Ip": "InReceives InHdrErrors InAddrErrors ForwDatagrams InDiscards OutRequests OutDiscards OutNoRoutes "
        "FragFails",
        "Icmp": "InDestUnreachs OutDestUnreachs",
        "Tcp": "",
    },
    "netstat": {
        "TcpExt": "SyncookiesSent SyncookiesRecv SyncookiesFailed EmbryonicRsts PruneCalled RcvPruned OfoPruned TW "
        "TWRecycled PAWSActive PAWSEstab PAWSOldAck PAWSTimewait BeyondWindow ListenOverflows ListenDrops "
        "TCPSackRecovery TCPLostRetransmit TCPTimeouts TCPAbortOnData TCPAbortOnClose TCPAbortOnMemory "
        "TCPAbortOnTimeout TCPAbortOnLinger TCPAbortFailed TCPMemoryPressures TCPMemoryPressuresChrono TCPMD5NotFound "
        "TCPMD5Unexpected TCPMD5Failure TCPBacklogDrop TCPMinTTLDrop TCPDeferAcceptDrop IPReversePathFilter "
        "TCPTimeWaitOverflow TCPReqQFullDoCookies TCPReqQFullDrop TCPRetransFail TCPOFOQueue TCPChallengeACK "
        "TCPSYNChallenge TCPACKSkippedChallenge TCPFastOpenActiveFail TCPFastOpenBlackhole TCPSpuriousRtxHostQueues "
        "TCPToZeroWindowAdv TCPWantZeroWindowAdv TCPSynRetrans TCPWinProbe TCPKeepAlive TCPMTUPFail TCPMTUPSuccess "
        "TCPZeroWindowDrop TCPRcvQDrop TCPMigrateReqSuccess TCPMigrateReqFailure TCPAORequired TCPAOBad "
        "TCPAOKeyNotFound",
        "IpExt": "InNoRoutes InTruncatedPkts InCsumErrors",
        "MPTcpExt": "MPRstTx MPRstRx MPFastcloseTx MPFastcloseRx",
    },
    "snmp6": "Ip6InReceives Ip6InHdrErrors Ip6InTooBigErrors Ip6InNoRoutes Ip6InAddrErrors Ip6OutForwDatagrams "
    "Ip6InDiscards Ip6OutRequests Ip6OutDiscards Ip6OutNoRoutes Ip6FragFails Icmp6InDestUnreachs Icmp6InPktTooBigs "
    "Icmp6OutDestUnreachs Icmp6OutPktTooBigs",
    "sockstat": {"sockets": "", "TCP": ""},
    "sockstat6": {"TCP6": ""},
    "softnet": "cpus processed dropped time_squeeze received_rps flow_limit_count backlog_len",
    "arp_cache": "entries lookups res_failed unresolved_discards forced_gc_runs table_fulls",
    "ndisc_cache": "entries lookups res_failed unresolved_discards forced_gc_runs table_fulls",
}
"""Names by table, and by group where a table has groups; none (or a table that is not here) means all."""


def selected(groups: t.Mapping[str, dict[str, int]], names: t.Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Return the groups and counters of `names` that are there; what a kernel does not have stays absent."""
    return {group: picked(groups[group], names[group]) for group in names if group in groups}


def picked(counters: dict[str, int], names: str) -> dict[str, int]:
    """Return those of `counters` that the words of `names` name, all when there are none."""
    return {name: counters[name] for name in names.split() if name in counters} if names else counters
