#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about routes: all tables, policy rules, and the way to given targets."""

from __future__ import annotations

DOCUMENTATION = r"""
module: route_facts
short_description: Gather routes of all tables, policy rules, and the way to given targets
version_added: 0.1.0
description:
  - Counts the routes of all tables and both address families while the kernel sends them, so a full Internet table
    costs neither memory nor much time. Shows default routes, routes that reject, and some of the others.
  - Asks the kernel which way packets to each target go. Nothing is sent; only names are resolved.
  - Where netlink is refused, as in some sandboxes, it reads C(/proc/net/route) and C(/proc/net/ipv6_route), which know
    neither rules nor, for IPv4, tables other than V(main). Lookups are then made with a socket.
extends_documentation_fragment:
  - netdoctor.connection_reset.attributes
options:
  targets:
    description:
      - Addresses or host names to look up the way to, at most 32. A name is looked up with at most four addresses.
      - Lookups are those of the user the module runs as; rules for other users (C(uidrange)) do not apply to them.
    type: list
    elements: str
    default: []
  max_routes:
    description: Routes of each family to show besides default and rejecting ones. The fact stays below 16 KiB whatever
      is asked for.
    type: int
    default: 40
seealso:
  - module: netdoctor.connection_reset.peer_facts
  - module: netdoctor.connection_reset.interface_facts
"""

EXAMPLES = r"""
- name: Gather the routes
  netdoctor.connection_reset.route_facts:

- name: Gather the way to two hosts
  netdoctor.connection_reset.route_facts:
    targets: [192.0.2.10, localhost]

- name: Stop when the host itself has no way to one of them
  ansible.builtin.assert:
    that: ansible_facts.peer_routes.unreachable_targets | length == 0
"""

RETURN = r"""
ansible_facts:
  description: The fact of this module.
  returned: always
  type: dict
  contains:
    peer_routes:
      description: Routes of the network namespace in which Ansible runs.
      returned: always
      type: dict
      contains:
        sources:
          description: What was read, and what could not be
            (C(name), C(status) V(ok) V(absent) V(denied) V(failed), C(detail)).
          returned: always
          type: list
          elements: dict
          sample: [{name: RTM_GETROUTE ipv4, status: ok, detail: ""}]
        ipv4: &counts
          description: Counts of one address family.
          returned: always
          type: dict
          contains:
            total: {description: Routes in all tables., returned: always, type: int, sample: 12}
            defaults: {description: Default routes that lead somewhere., returned: always, type: int, sample: 1}
            ordinary:
              description: Routes that lead somewhere, without default routes and the local table.
              returned: always
              type: int
              sample: 3
            by_table:
              description: Routes by table, the sixteen largest and V(other).
              returned: always
              type: dict
              sample: {main: 4, local: 8}
            by_protocol: {description: Routes by origin., returned: always, type: dict, sample: {kernel: 11, dhcp: 1}}
            by_type: {description: Routes by type., returned: always, type: dict, sample: {unicast: 4, local: 8}}
            forwarding: {description: Whether the host forwards packets., returned: always, type: bool, sample: false}
        ipv6: *counts
        default_routes: &routes
          description: Default routes of all tables, rejecting ones included, at most 16 of each family.
          returned: always
          type: list
          elements: dict
          contains:
            family: {description: V(ipv4) or V(ipv6)., returned: always, type: str, sample: ipv4}
            table: {description: Name or number of the table., returned: always, type: str, sample: main}
            destination: {description: Network., returned: always, type: str, sample: 0.0.0.0/0}
            type:
              description: V(unicast), or V(blackhole), V(unreachable), V(prohibit), V(throw).
              returned: always
              type: str
              sample: unicast
            gateway: {description: Next hop., returned: always, type: str, sample: 192.0.2.1}
            interface: {description: Interface., returned: always, type: str, sample: eth0}
            flags:
              description: Flags such as V(onlink), V(linkdown), V(dead).
              returned: always
              type: list
              elements: str
              sample: []
            source: {description: Source address that is preferred., returned: always, type: str, sample: 192.0.2.2}
            metric: {description: The lowest wins., returned: always, type: int, sample: 100}
            protocol: {description: What put it in., returned: always, type: str, sample: dhcp}
            scope: {description: Scope of the destination., returned: always, type: str, sample: global}
            tos: {description: Type of service., returned: when set, type: int, sample: 16}
            from: {description: Network of the source., returned: when set, type: str, sample: "2001:db8:1::/64"}
            mtu_bytes: {description: MTU of the route., returned: when set, type: int, sample: 1400}
            mtu_locked:
              description: Whether path MTU discovery is off for it.
              returned: when set
              type: bool
              sample: true
            advmss_bytes: {description: Largest segment to announce., returned: when set, type: int, sample: 1360}
            nexthops:
              description: Next hops of a multipath route (C(gateway), C(interface), C(flags), C(weight)).
              returned: when set
              type: list
              elements: dict
              sample: [{gateway: 192.0.2.252, interface: eth0, flags: [], weight: 3}]
            nexthop_id: {description: Number of a next hop object., returned: when set, type: int, sample: 77}
            encapsulation: {description: Kind of encapsulation., returned: when set, type: str, sample: mpls}
            preference: {description: V(high) or V(low) (RFC 4191)., returned: when set, type: str, sample: high}
            expires_s: {description: Seconds until it goes., returned: when set, type: int, sample: 1700}
        rejecting_routes:
          description: Other routes that reject, with the keys of C(default_routes), at most 12 of each family.
          returned: always
          type: list
          elements: dict
          sample: [{family: ipv4, table: main, destination: 10.66.0.0/16, type: blackhole, gateway: null,
            interface: null, flags: [], source: null, metric: 0, protocol: boot, scope: global}]
        routes:
          description: Other routes, in the order of the kernel, with the keys of C(default_routes).
          returned: always
          type: list
          elements: dict
          sample: [{family: ipv4, table: main, destination: 192.0.2.0/24, type: unicast, gateway: null,
            interface: eth0, flags: [], source: 192.0.2.2, metric: 0, protocol: kernel, scope: link}]
        routes_total: {description: Number of these., returned: always, type: int, sample: 3}
        rules:
          description: Policy rules in the order in which they are asked. Besides C(family), C(priority), C(action)
            (V(table), V(goto), V(nop), V(blackhole), V(unreachable), V(prohibit)) and C(protocol) only what is set, of
            C(not), C(from), C(to), C(iif), C(oif), C(tos), C(fwmark), C(uids), C(ip_protocol), C(source_ports),
            C(destination_ports), C(table), C(goto), C(suppress_prefixlength), C(l3mdev).
          returned: always
          type: list
          elements: dict
          sample: [{family: ipv4, priority: 32766, action: table, protocol: kernel, table: main}]
        rules_total: {description: Number of rules., returned: always, type: int, sample: 5}
        truncated:
          description: Whether C(routes), C(rules) or C(lookups) have fewer rows than their totals.
          returned: always
          type: bool
          sample: false
        lookups:
          description: The way to each address of each target.
          returned: always
          type: list
          elements: dict
          contains:
            target: {description: What was asked for., returned: always, type: str, sample: broker.example}
            address: {description: Address without a zone., returned: always, type: str, sample: 198.51.100.7}
            family: {description: V(ipv4) or V(ipv6)., returned: always, type: str, sample: ipv4}
            asked: {description: V(netlink) or V(socket)., returned: always, type: str, sample: netlink}
            ok: {description: Whether there is a way., returned: always, type: bool, sample: true}
            error:
              description: What a connect would fail with (V(ENETUNREACH), V(EHOSTUNREACH), V(EACCES), V(EINVAL)).
              returned: always
              type: str
              sample: ENETUNREACH
            type:
              description: Type of the route. V(local) when the address is one of the host itself.
              returned: always
              type: str
              sample: unicast
            table: {description: Table the route is in., returned: always, type: str, sample: main}
            interface: {description: Interface packets leave by., returned: always, type: str, sample: eth0}
            gateway:
              description: Next hop; null when the target is on the link.
              returned: always
              type: str
              sample: 192.0.2.1
            source: {description: Source address the kernel chooses., returned: always, type: str, sample: 192.0.2.2}
            matched: {description: Route that matched., returned: always, type: str, sample: 0.0.0.0/0}
            mtu_bytes:
              description: MTU in force, the learned one, else that of the route, else that of the interface.
              returned: always
              type: int
              sample: 1500
            link_mtu_bytes: {description: MTU of the interface., returned: always, type: int, sample: 1500}
            pmtu_bytes: {description: Path MTU that was learned., returned: always, type: int, sample: 1300}
            pmtu_expires_s: {description: Seconds until it is forgotten., returned: always, type: int, sample: 590}
            neighbour_state:
              description: State of the next hop (V(reachable), V(stale), V(failed), V(incomplete) ...). Null when
                nothing was sent to it lately.
              returned: always
              type: str
              sample: reachable
            neighbour_mac:
              description: Its link-layer address.
              returned: always
              type: str
              sample: "02:fc:00:00:00:05"
        lookups_total: {description: Number of lookups., returned: always, type: int, sample: 1}
        looked_up_as_uid: {description: User for whom lookups hold., returned: always, type: int, sample: 0}
        unresolved_targets:
          description: Names without an address, and why.
          returned: always
          type: list
          elements: dict
          sample: [{target: brocker.example, error: Name or service not known}]
        unreachable_targets:
          description: Targets of which no address can be reached by any route.
          returned: always
          type: list
          elements: str
          sample: []
        partly_unreachable:
          description: First twelve addresses without a way to them, of targets that another address reaches.
          returned: always
          type: list
          elements: dict
          sample: [{target: broker.example, address: "2001:db8::7", error: ENETUNREACH, type: null}]
        unanswered_targets:
          description: Lookups with a next hop that does not answer ARP or neighbour discovery.
          returned: always
          type: list
          elements: dict
          sample: [{target: 192.0.2.14, address: 192.0.2.14, gateway: null, interface: eth0, neighbour_state: failed}]
        default_families:
          description: Address families with a default route that can be used.
          returned: always
          type: list
          elements: str
          sample: [ipv4, ipv6]
        rejecting_defaults:
          description: Default routes of the main table that reject and win.
          returned: always
          type: list
          elements: dict
          sample: []
        equal_metric_defaults:
          description: Default routes of equal metric over different interfaces.
          returned: always
          type: list
          elements: dict
          sample: [{family: ipv4, table: main, metric: 100, interfaces: [eth0, eth1]}]
        dead_defaults:
          description: Default routes over interfaces without carrier.
          returned: always
          type: list
          elements: dict
          sample: []
        rejecting_rules:
          description: First six policy rules that reject packets.
          returned: always
          type: list
          elements: dict
          sample: [{family: ipv4, priority: 120, action: prohibit, protocol: boot, to: 10.68.0.0/16}]
        gateways:
          description: Gateways of default routes as neighbours. C(answers) is null when nothing was sent to it lately.
          returned: always
          type: list
          elements: dict
          sample: [{address: 192.0.2.1, interface: eth0, state: reachable, mac: "02:fc:00:00:00:05", answers: true}]
        path_mtus:
          description: Path MTUs that were learned, at most 16 of each family. Not read with more than 20,000 routes.
          returned: always
          type: list
          elements: dict
          sample: [{address: 192.0.4.3, pmtu_bytes: 1300, expires_s: 590, gateway: 192.0.3.2, interface: eth0}]
        smallest_path_mtu:
          description: Smallest path MTU that was learned. Null when none was.
          returned: always
          type: dict
          sample: {address: 192.0.4.3, bytes: 1300}
        asymmetric_sources:
          description: Addresses on an interface with a default route, answers from which leave by another interface.
          returned: always
          type: list
          elements: dict
          sample: [{source: 198.51.100.4, interface: eth1, leaves_by: eth0}]
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._routes import collect

ARGUMENT_SPEC = {
    "targets": {"type": "list", "elements": "str", "default": []},
    "max_routes": {"type": "int", "default": 40},
}


def main() -> None:
    """Gather and return the fact."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    module.exit_json(changed=False, ansible_facts={"peer_routes": collect(**module.params)})


if __name__ == "__main__":
    main()
