#!/usr/bin/python
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How busy the peer is, as a fact."""

from __future__ import annotations

DOCUMENTATION = r"""
module: load_facts
short_description: Gather how busy a peer is
version_added: 0.1.0
description:
  - Reads CPU, pressure (PSI), memory, limits of the control group, open files, processes, services, clock and boot.
  - A peer that is too busy or out of a resource answers late, drops connections or loses processes, which its peers
    see as timeouts and resets.
  - Inside a container the load averages, the CPU times and the memory are those of the whole machine; pressure and
    the C(cgroup) part are those of the container.
extends_documentation_fragment:
  - netdoctor.connection_reset.attributes
options:
  window:
    description:
      - Seconds between two samples.
      - V(0) takes one sample; then CPU usage and all that is counted in the window is missing or null.
    type: float
    default: 0.0
  pids:
    description: Processes whose open files are looked at first, beside those of the largest processes.
    type: list
    elements: int
    default: []
seealso:
  - module: netdoctor.connection_reset.tcp_counter_facts
  - name: Pressure stall information
    description: What the percentages of C(pressure) mean.
    link: https://docs.kernel.org/accounting/psi.html
"""

EXAMPLES = r"""
- name: See how busy the host is during two seconds
  netdoctor.connection_reset.load_facts:
    window: 2

- name: Show the busiest processes
  ansible.builtin.debug:
    var: ansible_facts.peer_load.processes.by_cpu
"""

RETURN = r"""
ansible_facts:
  description: The facts that this module adds.
  returned: always
  type: dict
  contains:
    peer_load:
      description: How busy the peer is.
      returned: always
      type: dict
      contains:
        sources:
          description:
            - What was read, with C(name), C(status) (V(ok), V(absent), V(denied) or V(failed)) and C(detail).
          type: list
          elements: dict
          returned: always
        window_s:
          description: Seconds between the samples as measured; 0 for one sample.
          type: float
          returned: always
        container:
          description: Kind of container (V(docker), V(systemd-nspawn), V(unknown) ...); null on a machine.
          type: str
          returned: always
        cpu:
          description: Use of all CPUs together in the window; the percentages are absent without a window.
          type: dict
          returned: always
          contains:
            cpus: {description: Number of CPUs online., type: int, returned: always}
            busy_percent:
              description: Time neither idle nor waiting for a disk.
              type: float
              returned: with a window
            user_percent: {description: Time in programs., type: float, returned: with a window}
            nice_percent: {description: Time in programs of low priority., type: float, returned: with a window}
            system_percent: {description: Time in the kernel., type: float, returned: with a window}
            idle_percent: {description: Idle time., type: float, returned: with a window}
            iowait_percent:
              description: Idle time while a disk was waited for.
              type: float
              returned: with a window
            irq_percent: {description: Time in interrupts., type: float, returned: with a window}
            softirq_percent:
              description: Time in soft interrupts such as packet processing.
              type: float
              returned: with a window
            steal_percent:
              description: Time that the hypervisor gave to others.
              type: float
              returned: with a window
            busiest:
              description: The busiest CPU with C(cpu), C(busy_percent) and C(softirq_percent); null without a window.
              type: dict
              returned: always
        run_queue:
          description: Load averages C(load1), C(load5), C(load15), and C(load1_per_cpu).
          type: dict
          returned: always
        pressure:
          description:
            - Share of time (percent) in which C(some) or all (C(full)) tasks waited for C(cpu), C(memory) or C(io),
              averaged over 10, 60 and 300 seconds (C(avg10), C(avg60), C(avg300)).
            - C(scope) is V(cgroup) for the container's own, V(machine) for all, null when the kernel does not tell.
          type: dict
          returned: always
        memory:
          description: Memory of the machine.
          type: dict
          returned: always
          contains:
            total_bytes: {description: Memory in all., type: int, returned: always}
            available_bytes:
              description: Memory that programs can get without swapping.
              type: int
              returned: always
            available_percent: {description: The same in percent of all., type: float, returned: always}
            swap_total_bytes: {description: Swap in all., type: int, returned: always}
            swap_used_bytes: {description: Swap in use., type: int, returned: always}
            swap_used_percent:
              description: Swap in use in percent; null without swap.
              type: float
              returned: always
            commit_limit_bytes:
              description: What may be promised under strict overcommit.
              type: int
              returned: always
            committed_bytes: {description: What is promised., type: int, returned: always}
            overcommit_memory: {description: The sysctl vm.overcommit_memory., type: int, returned: always}
            swapped_in_pages_per_s:
              description: Pages read from swap per second; null without a window.
              type: float
              returned: always
            swapped_out_pages_per_s:
              description: Pages written to swap per second; null without a window.
              type: float
              returned: always
            oom_kills: {description: Processes killed for lack of memory since boot., type: int, returned: always}
            oom_kills_in_window: {description: The same in the window; null without one., type: int, returned: always}
        cgroup:
          description: Limits of the control group that holds the whole system; null where there is none.
          type: dict
          returned: always
          contains:
            memory_limit_bytes: {description: Limit of memory., type: int, returned: always}
            memory_used_bytes: {description: Memory in use without reclaimable cache., type: int, returned: always}
            memory_used_percent: {description: The same in percent of the limit., type: float, returned: always}
            cpu_quota_cpus: {description: How many CPUs the group may use., type: float, returned: always}
            throttled_percent:
              description: Periods of the window in which the quota ran out.
              type: float
              returned: always
            oom_kills:
              description: Processes killed at the limit since the group was made.
              type: int
              returned: always
            oom_kills_in_window: {description: The same in the window., type: int, returned: always}
            pids_limit: {description: Limit of tasks., type: int, returned: always}
            pids_used: {description: Tasks., type: int, returned: always}
            pids_used_percent: {description: Tasks in percent of the limit., type: float, returned: always}
            forks_refused:
              description: Forks refused at the limit since the group was made.
              type: int
              returned: always
            forks_refused_in_window: {description: The same in the window., type: int, returned: always}
        descriptors:
          description: Open files.
          type: dict
          returned: always
          contains:
            system:
              description: C(used), C(limit) and C(used_percent) of the machine.
              type: dict
              returned: always
            examined: {description: Number of processes looked at., type: int, returned: always}
            unknown: {description: Number of processes that needed other rights., type: int, returned: always}
            processes:
              description:
                - Processes nearest to their soft limit with C(pid), C(name), C(used), C(limit) and C(used_percent).
                - Those that gave up opening files by a limit below 3, such as sshd before a login, are left out.
              type: list
              elements: dict
              returned: always
        processes:
          description: Processes of the peer.
          type: dict
          returned: always
          contains:
            total: {description: Number of processes., type: int, returned: always}
            threads: {description: Number of threads., type: int, returned: always}
            zombies: {description: Processes that ended and are not waited for., type: int, returned: always}
            uninterruptible: {description: Processes that wait for a device., type: int, returned: always}
            thread_limit: {description: Threads that the machine may have., type: int, returned: always}
            thread_percent: {description: Threads of the machine in percent of that., type: float, returned: always}
            by_cpu:
              description:
                - Busiest processes with C(pid), C(name), C(user) and C(cpu_percent) (100 is one CPU) in the window,
                  over their life without one.
              type: list
              elements: dict
              returned: always
            by_memory:
              description: Largest processes with C(pid), C(name), C(user), C(resident_bytes) and C(memory_percent).
              type: list
              elements: dict
              returned: always
        services:
          description: Services of systemd; the lists are null without systemd.
          type: dict
          returned: always
          contains:
            failed:
              description:
                - Failed or failing services and sockets with C(unit), C(state), C(result) and C(exit_status), a socket
                  also with its C(port).
              type: list
              elements: dict
              returned: always
            ended:
              description:
                - Main processes of services that ended badly within the last hour, with C(unit), C(code) (V(killed),
                  V(dumped) or V(exited)), C(status) (a signal or an exit code) and C(time) (UTC). The newest 20; null
                  when the journal could not be asked.
              type: list
              elements: dict
              returned: always
            started_recently:
              description:
                - Services that started within the last hour, but not with the system, with C(unit), C(pid), C(age_s)
                  and C(restarts) (automatic ones; null when unknown).
              type: list
              elements: dict
              returned: always
        boot:
          description: When the system began; that of a container is not that of its machine.
          type: dict
          returned: always
          contains:
            time:
              description: When the system began (UTC).
              type: str
              returned: always
              sample: "2026-11-20T12:00:00Z"
            uptime_s: {description: Seconds since., type: int, returned: always}
            kernel_uptime_s: {description: Seconds since the kernel began., type: int, returned: always}
            previous_end:
              description:
                - When the journal was last written to before this boot (UTC). Null when it knows no earlier boot, could
                  not be asked, or this boot is older than a day.
              type: str
              returned: always
              sample: "2026-11-20T11:58:31Z"
            boot_id: {description: Random identifier of this boot., type: str, returned: always}
        clock:
          description: The clock of the machine.
          type: dict
          returned: always
          contains:
            source: {description: Clock source of the kernel., type: str, returned: always, sample: tsc}
            synchronised:
              description: Whether something keeps it right; null when unknown.
              type: bool
              returned: always
            offset_ms: {description: Offset still to be corrected., type: float, returned: when the kernel tells}
            estimated_error_ms: {description: Estimated error., type: float, returned: when the kernel tells}
            maximum_error_ms: {description: Largest possible error., type: float, returned: when the kernel tells}
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._load import collect

ARGUMENT_SPEC = {
    "window": {"type": "float", "default": 0.0},
    "pids": {"type": "list", "elements": "int", "default": []},
}


def main() -> None:
    """Return how busy the peer is."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    facts = collect(window_s=module.params["window"], pids=module.params["pids"])
    module.exit_json(changed=False, ansible_facts={"peer_load": facts})


if __name__ == "__main__":
    main()
