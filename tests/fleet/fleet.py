# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of real hosts on one machine: own network, processes, systemd, journal and sshd each, reached over SSH.

Exit codes: 0 done, 1 failed, 2 wrong use, 3 this machine cannot run a fleet (the text says what to install).
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import _cgroups
import _hosts
import _image
import _inventory
import _machine
import _network
import _topology

PROGRAM = f"python3 {Path(sys.argv[0])}"


def up(arguments: argparse.Namespace) -> None:
    """Start a fleet and print its summary as JSON; a fleet that does not come up is taken down again."""
    _machine.require(_machine.PACKAGE_OF)
    _machine.try_out()
    name, started = arguments.name, time.monotonic()
    layers = _layers(arguments.layer)
    with _machine.locked(f"fleet.{name}"):
        _refuse_existing(name)
        try:
            plan = _start(arguments, layers)
        except BaseException:
            _remove(name)
            raise
    state = _hosts.folder(name)
    summary = {"name": name, "hosts": list(plan["hosts"]), "net": plan["number"], "state": str(state)}
    print(json.dumps({**summary, "inventory": str(state / "inventory.yml"), "seconds": _since(started)}))


def _start(arguments: argparse.Namespace, layers: dict[str, list[str]]) -> dict[str, Any]:
    name = arguments.name
    with _machine.locked("numbers"):
        number = _network.free_number(arguments.net)
        _network.reserve(name, number)
    plan = _topology.plan(name, number, arguments.hosts, arguments.router, layers, Path("/proc/net/if_inet6").exists())
    unknown = sorted(set(layers) - {"", *plan["hosts"]})
    if unknown:
        raise _machine.FleetError(f"--layer for {', '.join(unknown)}: no such host in this fleet")
    for member in plan["hosts"].values():  # before the first boot: building takes longer than a host may
        _image.lower(member["layers"])
    state = _hosts.folder(name)
    (state / "ssh").mkdir(parents=True)
    (state / "fleet.json").write_text(json.dumps(plan, indent=1))
    _hosts.key_pair(state / "id", f"fleet-{name}")
    _machine.raise_limits(sum(len(other["hosts"]) for other in _plans()))
    _network.connect(plan)
    _hosts.boot(plan, arguments.jobs)
    _write_inventory(plan, state)
    return plan


def _write_inventory(plan: dict[str, Any], state: Path) -> None:
    """Write known_hosts and the inventory; the inventory comes last and says that the fleet is complete."""
    known = []
    for host, member in plan["hosts"].items():
        kind, key = (state / host / "upper/etc/ssh/ssh_host_ed25519_key.pub").read_text().split()[:2]
        names = [member["management"], *(link["address"] for link in member["links"])]
        known.append(f"{','.join(names)} {kind} {key}\n")
    (state / "known_hosts").write_text("".join(known))
    (state / "inventory.json").write_text(json.dumps(_inventory.as_script(plan, state), indent=1) + "\n")
    (state / "inventory.yml").write_text(_inventory.as_yaml(plan, state))


def _layers(options: list[str]) -> dict[str, list[str]]:
    """Sort --layer options by host: "nginx" is for all ("") and "h002=nginx" for one; FleetError on unknown ones."""
    layers: dict[str, list[str]] = {}
    for option in options:
        host, dummy, layer = option.rpartition("=")
        _image.packages_of(layer)
        layers.setdefault(host, []).append(layer)
    return layers


def _refuse_existing(name: str) -> None:
    """FleetError when there is a fleet of that name, or what is left of one."""
    remedy = f"take it down first: {PROGRAM} down {name}"
    if (_hosts.folder(name) / "inventory.yml").exists():
        raise _machine.FleetError(f"fleet {name} exists: use it, or {remedy}")
    rests = [*_network.left(name), *(str(path) for path in _cgroups.of_fleet(name) if path.exists())]
    if rests or _hosts.folder(name).exists():
        what = ", ".join(rests[:3]) or _hosts.folder(name)
        raise _machine.FleetError(f"fleet {name} is broken or of another cache directory ({what}): {remedy}")


def down(arguments: argparse.Namespace) -> None:
    """Stop a fleet and remove all of it, whole or broken; a fleet that is not there is fine."""
    _machine.require(_machine.PACKAGE_OF)
    started = time.monotonic()
    with _machine.locked(f"fleet.{arguments.name}"):
        found = _remove(arguments.name)
    print(json.dumps({"name": arguments.name, "removed": found, "seconds": _since(started)}))


def _remove(name: str) -> bool:
    """Remove everything that carries the fleet's name, going by what exists rather than by what was written down."""
    state = _hosts.folder(name)
    found = state.exists() or bool(_network.left(name))
    for socket in state.glob("ssh/*"):
        subprocess.run(["ssh", "-o", f"ControlPath={socket}", "-O", "exit", "fleet"], capture_output=True, check=False)
    _cgroups.stop(name)
    _network.remove(name)
    if state.exists():
        shutil.rmtree(state)
    return found


def _plans() -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(_machine.FLEETS.glob("*/fleet.json"))]


def _plan(name: str) -> dict[str, Any]:
    for plan in _plans():
        if plan["name"] == name:
            return plan
    raise _machine.FleetError(f"no fleet {name}: there are {', '.join(p['name'] for p in _plans()) or 'none'}")


def show(arguments: argparse.Namespace) -> None:
    """Print the fleets, or the hosts of one with their first process, processes and memory."""
    if not arguments.name:
        for plan in _plans():
            complete = (_hosts.folder(plan["name"]) / "inventory.yml").exists()
            state = "ready" if complete else "not complete"
            print(f"{plan['name']:8} {len(plan['hosts']):4} hosts  10.{plan['number']}.0.0/16  {state}")
        return
    for host, member in _plan(arguments.name)["hosts"].items():
        processes = _cgroups.processes(_cgroups.of_host(arguments.name, host)[0])
        first = _hosts.first_process(arguments.name, host)
        memory = sum(_proportional_kib(process) for process in processes) / 1024
        addresses = " ".join([member["management"], *(link["address"] for link in member["links"])])
        print(f"{host:8} pid {first or '-':<8} {len(processes):3} processes {memory:6.1f} MiB  {addresses}")


def _proportional_kib(process: int) -> int:
    """Memory of a process with shared pages divided among those who share them (PSS, proc(5))."""
    try:
        match = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{process}/smaps_rollup").read_text(), re.M)
    except OSError:
        return 0
    return int(match.group(1)) if match else 0


def inventory(arguments: argparse.Namespace) -> None:
    """Print the inventory of a running fleet."""
    plan, state = _plan(arguments.name), _hosts.folder(arguments.name)
    if arguments.format == "json":
        print(json.dumps(_inventory.as_script(plan, state), indent=1))
    else:
        print(_inventory.as_yaml(plan, state), end="")


def enter(arguments: argparse.Namespace) -> None:
    """Run a command inside a host without SSH."""
    _machine.require(_machine.PACKAGE_OF)
    if arguments.host not in _plan(arguments.name)["hosts"]:
        raise _machine.FleetError(f"no host {arguments.host} in fleet {arguments.name}")
    _hosts.enter(arguments.name, arguments.host, arguments.command)


def image(arguments: argparse.Namespace) -> None:
    """Build the base image, and a layer when asked for, and print its folder."""
    if arguments.layer and len(arguments.layer) > 1:
        _image.LAYERS[arguments.layer[0]] = arguments.layer[1:]
    print(_image.layer(arguments.layer[:1]) if arguments.layer else _image.base())


def layers(_arguments: argparse.Namespace) -> None:
    """Print the predefined layers."""
    for name, packages in sorted(_image.LAYERS.items()):
        print(f"{name:12} {' '.join(packages)}")


def _since(started: float) -> float:
    return round(time.monotonic() - started, 2)


def _fleet_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]{1,6}", text):
        raise argparse.ArgumentTypeError("one to six letters and digits")
    return text


def _fleet_number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 253:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 253; a fleet uses 10.N to 10.N+2")
    return int(text)


def _host_count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError("a number from 1 to 100")
    return int(text)


def parse(words: list[str] | None = None) -> argparse.Namespace:
    """Return the parsed command line, with the function to call in `run`."""
    parser = argparse.ArgumentParser(
        prog="fleet.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: Any, named: bool = True) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=function.__doc__.split(";")[0].rstrip("."), description=function.__doc__)
        sub.set_defaults(run=function)
        if named:
            sub.add_argument("name", type=_fleet_name)
        return sub

    start = command("up", up)
    start.add_argument("--hosts", type=_host_count, default=3, help="besides the router (default 3)")
    start.add_argument("--router", action=argparse.BooleanOptionalAction, default=True)
    start.add_argument("--layer", action="append", default=[], metavar="[HOST=]LAYER", help="see: fleet.py layers")
    start.add_argument("--jobs", type=int, default=8, help="hosts that boot at the same time (default 8)")
    start.add_argument(
        "--net", type=_fleet_number, metavar="N", help="use 10.N to 10.N+2, N from 1 to 253 (default: free ones)"
    )
    start.add_argument("--kind", choices=("nspawn",), default="nspawn")
    command("down", down)
    command("list", show, named=False).add_argument("name", nargs="?", type=_fleet_name)
    command("inventory", inventory).add_argument("--format", choices=("yaml", "json"), default="yaml")
    inside = command("exec", enter)
    inside.add_argument("host")
    inside.add_argument("command", nargs=argparse.REMAINDER)
    build = command("image", image, named=False)
    build.add_argument("--layer", nargs="+", metavar=("NAME", "PACKAGE"))
    command("layers", layers, named=False)
    return parser.parse_args(words)


def main() -> int:
    """Run the command line; a signal to end it undoes what was started, like an error."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    arguments = parse()
    try:
        arguments.run(arguments)
    except _machine.FleetError as error:
        print(f"fleet: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
