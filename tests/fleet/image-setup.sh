#!/bin/sh
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs inside the new image (chroot), once. Makes of a fresh Debian a host that can be copied a hundred times.

# Nothing of one host may stay in the image: keys and identifiers are made per host.
rm -f /etc/ssh/ssh_host_* /etc/hostname /etc/resolv.conf /var/lib/dbus/machine-id
: > /etc/machine-id

# Timers and devices of a real machine. A hundred copies of apt-daily would hide what a test looks for, and udev cannot
# work without the machine's devices.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
    fstrim.timer logrotate.timer man-db.timer systemd-tmpfiles-clean.timer \
    console-getty.service getty.target getty@.service \
    systemd-udevd.service systemd-udev-trigger.service systemd-udevd-control.socket systemd-udevd-kernel.socket \
    systemd-timesyncd.service modprobe@.service dev-hugepages.mount sys-fs-fuse-connections.mount \
    systemd-update-utmp.service systemd-update-utmp-runlevel.service; do
  ln -sf /dev/null "/etc/systemd/system/$unit"
done

# Installed for tests to start, off until they do.
for unit in haproxy nftables cron; do
  systemctl disable --quiet "$unit" 2>/dev/null || :
done

# The kernel's ring buffer is one for the whole machine: each host would log the messages of all.
sed -i 's/^module(load="imklog")/#&/' /etc/rsyslog.conf

# The ordinary user of most inventories: a login with sudo and without a password.
useradd --create-home --shell /bin/bash ansible
echo 'ansible ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/ansible
chmod 440 /etc/sudoers.d/ansible

# PAM complains in the log of every login when it is missing.
: > /etc/default/locale

# Journals that survive a reboot of the host.
mkdir -p /var/log/journal

apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
find /var/log -type f -delete
