#!/usr/bin/env bash
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Boots one host and boots it again when it asks for that. Started by _hosts.py with
# FLEET_CGROUPS, FLEET_OVERLAY, FLEET_ROOT, FLEET_NAMESPACE and FLEET_HOST in its environment.
set -eu

if [ "${1:-}" != mounted ]; then
  # First of all, so that nothing of a fleet ever runs where "down" would not find it.
  for cgroup in $FLEET_CGROUPS; do
    echo $$ > "$cgroup/loop/cgroup.procs"
  done
  # As many descriptors as the machine gives: the host's systemd cannot raise its own limit.
  ulimit -n "$(ulimit -Hn)"
  # The overlay is seen by this host only and ends with it. Slave, not private: a private copy would keep the
  # network namespaces of other fleets alive after they were removed.
  exec unshare --mount --propagation slave "$0" mounted
fi

mount -t overlay overlay -o "$FLEET_OVERLAY" "$FLEET_ROOT"

# systemd of the host makes groups below the one it starts in; they are cleared for its next boot.
# /proc/sys is read-only but for net, which is the host's own: everything else belongs to the machine.
boot() {
  for cgroup in $FLEET_CGROUPS; do
    find "$cgroup/boot" -depth -type d -exec rmdir {} + 2> /dev/null || :
    mkdir -p "$cgroup/boot" || exit 1
    echo "$BASHPID" > "$cgroup/boot/cgroup.procs" || exit 1
  done
  export SYSTEMD_NSPAWN_API_VFS_WRITABLE=network SYSTEMD_NSPAWN_TMPFS_TMP=0
  exec systemd-nspawn --quiet --boot --register=no --keep-unit --settings=no --console=read-only \
    --directory="$FLEET_ROOT" --machine="$FLEET_NAMESPACE" --hostname="$FLEET_HOST" \
    --network-namespace-path="/run/netns/$FLEET_NAMESPACE" \
    --resolv-conf=off --timezone=off --link-journal=no \
    --capability=CAP_NET_ADMIN,CAP_NET_RAW,CAP_BPF,CAP_PERFMON,CAP_SYSLOG \
    --system-call-filter="bpf perf_event_open"
}

# 133 is how nspawn says that the host wants a reboot.
while :; do
  code=0
  (boot) || code=$?
  [ "$code" = 133 ] || exit "$code"
done
