#!/bin/sh
# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Starts three hosts and a router, does to them what resets connections in real life, and diagnoses them.
#   tests/tools/with-venv tests/demo/demo.sh [--keep] [ARGUMENT-OF-ANSIBLE-PLAYBOOK...]
# The fleet "demo" is taken down at the end; with --keep it stays, to be looked at and repaired.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
fleet="$root/tests/fleet/fleet.py"
keep=false
if [ "${1:-}" = --keep ]; then
    keep=true
    shift
fi

python3 "$root/tests/tools/fleet_packages.py"
python3 "$fleet" down demo >/dev/null
folder=$(mktemp -d "${TMPDIR:-/tmp}/netdoctor-demo-XXXXXX")
inventory=$folder/inventory.yml
finish() {
    rm -rf "$folder"
    $keep || python3 "$fleet" down demo >/dev/null
}
trap finish EXIT
trap 'exit 130' INT TERM

echo "demo: starting three hosts and a router"
python3 "$fleet" up demo --hosts 3 --router >/dev/null
python3 "$fleet" inventory demo >"$inventory"

echo "demo: seeding faults: a reject rule, a full accept queue, too few logins, late keepalive, a blackhole route"
ansible-playbook -i "$inventory" "$root/tests/demo/faults.yml" >"$folder/log" || { cat "$folder/log" && exit 1; }

ansible-playbook -i "$inventory" netdoctor.connection_reset.diagnose \
    -e diagnose_probe=all -e diagnose_trace_seconds=5 "$@"
if $keep; then
    echo "demo: the fleet stays; enter a host with: python3 $fleet exec demo h001 bash"
    echo "demo: take it down with: make fleet-down NAME=demo"
fi
