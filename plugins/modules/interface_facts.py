#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about network interfaces: state, addresses, losses, settings, and the neighbour tables."""

from __future__ import annotations

DOCUMENTATION = r"""
module: interface_facts
short_description: Gather network interfaces with their losses, and the health of the neighbour tables
version_added: 0.1.0
description:
  - Asks the kernel by rtnetlink for all links, addresses, queues and neighbours in one pass. It runs no process, so
    1,000 interfaces cost milliseconds.
  - Counts every interface and shows those that matter most in full. Interfaces with an address and hardware come first,
    those with losses before others.
  - Where netlink is refused, as in some sandboxes, it reads C(/proc) and C(/sys), which tell less.
extends_documentation_fragment:
  - netdoctor.connection_reset.attributes
seealso:
  - module: netdoctor.connection_reset.peer_facts
  - module: netdoctor.connection_reset.route_facts
  - name: Interface statistics
    description: What the kernel says about its counters.
    link: https://docs.kernel.org/networking/statistics.html
"""

EXAMPLES = r"""
- name: Gather the interfaces
  netdoctor.connection_reset.interface_facts:

- name: Show what is lost on the way in and out
  ansible.builtin.debug:
    var: ansible_facts.peer_interfaces.worst

- name: Stop when another host has one of our IPv6 addresses
  ansible.builtin.assert:
    that: ansible_facts.peer_interfaces.unusable_addresses | selectattr('dad_failed') | length == 0
"""

RETURN = r"""
ansible_facts:
  description: The fact of this module.
  returned: always
  type: dict
  contains:
    peer_interfaces:
      description: Interfaces of the network namespace in which Ansible runs. Counters add up since an interface exists.
      returned: always
      type: dict
      contains:
        sources:
          description: What was read, and what could not be
            (C(name), C(status) V(ok) V(absent) V(denied) V(failed), C(detail)).
          returned: always
          type: list
          elements: dict
          sample: [{name: "RTM_GETLINK, RTM_GETADDR", status: ok, detail: ""}]
        total: {description: Number of interfaces., returned: always, type: int, sample: 3}
        truncated:
          description: Whether there are more interfaces than C(interfaces) has rows.
          returned: always
          type: bool
          sample: false
        interfaces:
          description: The interfaces that matter most, in full.
          returned: always
          type: list
          elements: dict
          contains:
            name: {description: Name., returned: always, type: str, sample: eth0}
            index: {description: Number by which the kernel knows it., returned: always, type: int, sample: 2}
            type:
              description: Kind of hardware address as C(ip link) prints it, or its ARPHRD number.
              returned: always
              type: str
              sample: ether
            kind:
              description: What made it (V(veth), V(vlan), V(bond), V(bridge) ...). Null for hardware and loopback.
                V(virtual) where only C(/sys) could be read.
              returned: always
              type: str
              sample: veth
            physical: {description: Whether it is hardware., returned: always, type: bool, sample: true}
            wire:
              description: Whether it leads to other hosts by Ethernet or InfiniBand, which tunnels and dummies do not.
              returned: always
              type: bool
              sample: true
            mac: {description: Link-layer address., returned: always, type: str, sample: "02:fc:00:00:00:01"}
            mtu: {description: Largest packet in bytes., returned: always, type: int, sample: 1500}
            flags:
              description: Flags as C(ip link) prints them.
              returned: always
              type: list
              elements: str
              sample: [UP, BROADCAST, RUNNING, MULTICAST, LOWER_UP]
            admin_up: {description: Whether it is set up., returned: always, type: bool, sample: true}
            operstate:
              description: State of RFC 2863 (V(up), V(down), V(lowerlayerdown), V(dormant), V(unknown) ...).
              returned: always
              type: str
              sample: up
            carrier: {description: Whether there is a carrier., returned: always, type: bool, sample: true}
            carrier_changes: {description: How often the carrier came or went., returned: always, type: int, sample: 2}
            carrier_up_count: {description: How often it came., returned: always, type: int, sample: 1}
            carrier_down_count: {description: How often it went., returned: always, type: int, sample: 1}
            carrier_losses_per_day:
              description: How often it went, for each day since the boot, the first day taken as whole.
              returned: always
              type: float
              sample: 0.2
            master: {description: Bond or bridge or VRF it belongs to., returned: always, type: str, sample: br0}
            members:
              description: First twelve interfaces that belong to this one.
              returned: always
              type: list
              elements: str
              sample: []
            parent:
              description: Interface below it (VLAN) or at its other end (veth), when it is in this namespace.
              returned: always
              type: str
              sample: eth0
            parent_index: {description: Number of that interface., returned: always, type: int, sample: 5}
            parent_in_other_namespace:
              description: Whether that interface is in another network namespace.
              returned: always
              type: bool
              sample: false
            txqueuelen:
              description: Length of the transmit queue in packets.
              returned: always
              type: int
              sample: 1000
            qdisc: {description: Queueing discipline at the root., returned: always, type: str, sample: fq_codel}
            promiscuous: {description: Whether it takes all frames., returned: always, type: bool, sample: false}
            alias: {description: Text that was set for it., returned: always, type: str, sample: uplink}
            device: {description: Device it stands for., returned: always, type: str, sample: "0000:00:03.0"}
            xdp:
              description: Whether an XDP program sees its packets first.
              returned: always
              type: bool
              sample: false
            ipv4:
              description: Settings that apply to it (C(rp_filter), C(arp_ignore), C(arp_announce), C(arp_filter),
                C(accept_local), C(forwarding), C(accept_redirects)). Of the first five the larger of C(all) and the
                interface counts, and that is what is shown.
              returned: always
              type: dict
              sample: {forwarding: 0, rp_filter: 2, arp_ignore: 0}
            ipv6:
              description: Settings that apply to it (C(accept_ra), C(accept_dad), C(disable_ipv6), C(forwarding),
                C(accept_redirects), C(mtu)).
              returned: always
              type: dict
              sample: {forwarding: 0, mtu: 1500, accept_ra: 1, disable_ipv6: 0}
            bond:
              description: C(mode), C(active_member), C(primary), C(miimon_ms) and C(lacp_rate) of a bond.
              returned: for a bond
              type: dict
              sample: {mode: active-backup, active_member: eth0, primary: null, miimon_ms: 100, lacp_rate: slow}
            bond_member:
              description: C(state), C(mii_status) and C(link_failures) of a member of a bond.
              returned: for a member of a bond
              type: dict
              sample: {state: active, mii_status: up, link_failures: 0}
            bridge:
              description: Whether a bridge runs C(stp), and C(vlan_filtering).
              returned: for a bridge
              type: dict
              sample: {stp: false, vlan_filtering: false}
            bridge_port_state:
              description: State of a port of a bridge (V(forwarding), V(blocking), V(disabled) ...).
              returned: for a port of a bridge
              type: str
              sample: forwarding
            vlan_id: {description: Number of the VLAN., returned: for a VLAN, type: int, sample: 5}
            vrf_table: {description: Number of the routing table., returned: for a VRF, type: int, sample: 900}
            speed_mbps:
              description: Speed in Mbit/s. Null when the driver does not know.
              returned: always
              type: int
              sample: 10000
            duplex: {description: V(full) or V(half)., returned: always, type: str, sample: full}
            driver:
              description: Name of the driver.
              returned: when sockets are allowed
              type: str
              sample: virtio_net
            bus_info:
              description: Where the hardware is.
              returned: when sockets are allowed
              type: str
              sample: "0000:00:03.0"
            ring:
              description: Size of the rings in packets and how far they can be raised.
              returned: when sockets are allowed
              type: dict
              sample: {rx: 256, rx_max: 4096, tx: 256, tx_max: 4096}
            offloads:
              description: Offloads that are on, by the names that C(ethtool -K) takes.
              returned: when sockets are allowed
              type: list
              elements: str
              sample: [gro, gso, rx, sg, tso, tx]
            addresses:
              description: First eight addresses.
              returned: always
              type: list
              elements: dict
              contains:
                address: {description: Address without a zone., returned: always, type: str, sample: 192.0.2.2}
                family: {description: V(ipv4) or V(ipv6)., returned: always, type: str, sample: ipv4}
                prefixlen: {description: Length of the prefix in bits., returned: always, type: int, sample: 24}
                scope: {description: V(global) V(link) V(host) or V(site)., returned: always, type: str, sample: global}
                flags:
                  description: Flags such as V(permanent), V(secondary), V(temporary), V(tentative), V(dadfailed),
                    V(deprecated).
                  returned: always
                  type: list
                  elements: str
                  sample: [permanent]
                label: {description: Label of an IPv4 address., returned: always, type: str, sample: "eth0:web"}
                broadcast: {description: Broadcast address., returned: always, type: str, sample: 192.0.2.255}
                peer:
                  description: Far end of a point-to-point link.
                  returned: always
                  type: str
                  sample: 198.51.100.2
                valid_s: {description: Seconds until it goes. Null for never., returned: always, type: int, sample: 600}
                preferred_s:
                  description: Seconds until it is not used for new connections. Null for never.
                  returned: always
                  type: int
                  sample: 300
            addresses_total: {description: Number of addresses., returned: always, type: int, sample: 2}
            rx_bytes: {description: Bytes received., returned: always, type: int, sample: 203654266}
            rx_packets: {description: Packets received., returned: always, type: int, sample: 4555}
            rx_errors: {description: Bad packets received., returned: always, type: int, sample: 0}
            rx_dropped: {description: Packets received and dropped., returned: always, type: int, sample: 0}
            tx_bytes: {description: Bytes sent., returned: always, type: int, sample: 287505}
            tx_packets: {description: Packets sent., returned: always, type: int, sample: 2625}
            tx_errors: {description: Packets that could not be sent., returned: always, type: int, sample: 0}
            tx_dropped: {description: Packets dropped on the way out., returned: always, type: int, sample: 0}
            multicast: {description: Multicast packets received., returned: always, type: int, sample: 0}
            collisions: {description: Collisions., returned: always, type: int, sample: 0}
            errors:
              description: Kinds of errors by the kernel's name. Only those that are not 0; the others are 0.
              returned: always
              type: dict
              sample: {rx_crc_errors: 3, rx_missed_errors: 12}
            rx_error_percent:
              description: Share of bad packets. This and the following shares are null below 1,000 packets.
              returned: always
              type: float
              sample: 0.0
            rx_missed_percent:
              description: Share of packets for which the hardware had no buffer.
              returned: always
              type: float
              sample: 0.0
            rx_drop_percent:
              description: Share of packets dropped after they were received. Unknown protocols count as dropped too.
              returned: always
              type: float
              sample: 0.0
            tx_error_percent: {description: Share not sent by an error., returned: always, type: float, sample: 0.0}
            tx_drop_percent: {description: Share dropped on the way out., returned: always, type: float, sample: 0.0}
            collision_percent: {description: Share with a collision., returned: always, type: float, sample: 0.0}
            qdisc_drop_percent:
              description: Share dropped by the queueing discipline.
              returned: always
              type: float
              sample: 0.0
            qdisc_packets: {description: Packets queued., returned: when any was queued, type: int, sample: 2625}
            qdisc_drops:
              description: Packets dropped in the queue.
              returned: when any was queued
              type: int
              sample: 0
            qdisc_requeues: {description: Packets put back., returned: when any was queued, type: int, sample: 1}
            qdisc_overlimits: {description: Times at a limit., returned: when any was queued, type: int, sample: 0}
            qdisc_backlog_bytes: {description: Bytes waiting., returned: when any was queued, type: int, sample: 0}
            ingress_drops:
              description: Packets dropped by an ingress discipline.
              returned: when it dropped any
              type: int
              sample: 7
        others:
          description: The interfaces that follow in importance, in brief, with their global addresses.
          returned: always
          type: list
          elements: dict
          sample: [{name: veth1a2b, kind: veth, operstate: up, mtu: 1500, addresses: []}]
        summary:
          description: How many interfaces are C(admin_up) and C(running) (up with carrier), how many there are
            C(by_kind) and C(by_operstate), and how many C(addresses) of each family.
          returned: always
          type: dict
          sample: {admin_up: 2, running: 2, by_kind: {none: 2}, by_operstate: {up: 1, unknown: 1}}
        worst:
          description: For each share, and for C(carrier_losses_per_day), the interface with the highest value. Only
            interfaces that are a wire take part; null when none has enough traffic.
          returned: always
          type: dict
          sample: {rx_error_percent: {interface: eth0, value: 0.0}}
        addressed_but_down:
          description: Interfaces with a global address which are down or have no carrier. Bridges and tunnels, of which
            that is expected, are left out.
          returned: always
          type: list
          elements: dict
          sample: [{interface: eth1, admin_up: true, carrier: false, operstate: down}]
        unusable_addresses:
          description: IPv6 addresses that cannot be used yet, or never, because another host has them (C(dad_failed)).
          returned: always
          type: list
          elements: dict
          sample: [{interface: eth0, address: "2001:db8::3", prefixlen: 64, scope: global, flags: [dadfailed],
            dad_failed: true}]
        bridge_mtu_mismatches:
          description: Ports of bridges with another MTU than their bridge.
          returned: always
          type: list
          elements: dict
          sample: [{bridge: br0, bridge_mtu: 1500, interface: eth1, mtu: 1400}]
        shared_subnets:
          description: IPv4 networks that stand on several interfaces, with the weakest of their ARP settings.
          returned: always
          type: list
          elements: dict
          sample: [{network: 192.0.2.0/24, interfaces: [eth0, eth1], arp_ignore: 0, arp_announce: 0, arp_filter: 0}]
        strict_uplinks:
          description: Uplinks with a strict reverse path filter, when there is more than one uplink.
          returned: always
          type: list
          elements: str
          sample: []
        soonest_expiry:
          description: Global address that goes first (C(interface), C(address), C(valid_s)). Null when none ever goes.
            Temporary addresses are left out.
          returned: always
          type: dict
          sample: {interface: eth0, address: 192.0.2.7, valid_s: 41000}
        neighbours:
          description: Health of the neighbour table for C(ipv4) (ARP) and C(ipv6) (neighbour discovery). The table is
            one for all network namespaces of a machine, and so are its limits and counters.
          returned: always
          type: dict
          contains:
            ipv4: &neighbours
              description: One table.
              returned: always
              type: dict
              contains:
                entries: {description: Entries of this namespace., returned: always, type: int, sample: 3}
                by_state:
                  description: Entries by state.
                  returned: always
                  type: dict
                  sample: {reachable: 2, stale: 1}
                unresolved:
                  description: First eight that do not answer (C(address), C(state), C(mac), C(interface)).
                  returned: always
                  type: list
                  elements: dict
                  sample: [{address: 192.0.2.14, state: failed, mac: null, interface: eth0}]
                own_mac:
                  description: First eight that answer with a link-layer address of this host.
                  returned: always
                  type: list
                  elements: dict
                  sample: []
                table_entries: {description: Entries of all namespaces., returned: always, type: int, sample: 4}
                occupancy_percent:
                  description: How full the table is, in percent of C(gc_thresh3). Entries that the limit does not count
                    are taken off.
                  returned: always
                  type: float
                  sample: 0.39
                gc_thresh1:
                  description: Entries below which none is removed.
                  returned: always
                  type: int
                  sample: 128
                gc_thresh2: {description: Entries above which they live 5 s., returned: always, type: int, sample: 512}
                gc_thresh3: {description: Entries at most., returned: always, type: int, sample: 1024}
                res_failed: {description: Resolutions without an answer., returned: always, type: int, sample: 1}
                forced_gc_runs:
                  description: Times the table was cleared to make room.
                  returned: always
                  type: int
                  sample: 0
                table_fulls: {description: Times an entry found no room., returned: always, type: int, sample: 0}
                unresolved_discards:
                  description: Packets dropped while waiting for an answer. Null where C(/proc/net/stat) is not there.
                  returned: always
                  type: int
                  sample: 0
            ipv6: *neighbours
        neighbour_table_fulls:
          description: Times an entry found no room in either table since the boot. Null when the kernel does not say.
          returned: always
          type: int
          sample: 0
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._interfaces import collect

ARGUMENT_SPEC: dict[str, t.Any] = {}


def main() -> None:
    """Gather and return the fact."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    module.exit_json(changed=False, ansible_facts={"peer_interfaces": collect()})


if __name__ == "__main__":
    main()
