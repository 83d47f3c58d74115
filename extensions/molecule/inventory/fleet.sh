#!/bin/sh
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Dynamic inventory: the hosts of the running fleet, and none while there is no fleet.
file="${NETDOCTOR_FLEET_CACHE:-/var/cache/netdoctor-fleet}/fleets/${MOLECULE_FLEET:-mol}/inventory.json"
if [ "$1" = --list ] && [ -r "$file" ]; then
  cat "$file"
else
  echo '{"_meta": {"hostvars": {}}}'
fi
