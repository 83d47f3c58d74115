# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage of a scenario: a client, a router and a server, with what scenarios do to them."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import time
import typing as t

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fleet"))

import running_fleet  # noqa: E402

WORST_FIRST = ("ECONNRESET", "EPIPE", "ECONNREFUSED", "ETIMEDOUT", "EOF")
CLIENT, SERVER, ROUTER, OTHER = "h001", "h002", "router", "h003"


class Stage:
    """Two hosts with a router between them."""

    def __init__(self, fleet: running_fleet.RunningFleet) -> None:
        self.fleet = fleet
        self.ports: dict[str, int] = {}
        self.gateway = ""
        self.addresses = {host: self.address(host, "eth1") for host in fleet.hosts}
        self.client_address, self.server_address = self.addresses[CLIENT], self.addresses[SERVER]
        self.gateway = self.sh(SERVER, "ip -4 route show default").split()[2]
        for host in set(fleet.hosts) - {ROUTER}:
            for name in ("talk.py", "burst.py", "serve.py", "amqp.py"):
                self.write(host, "/root/" + name, (HERE / name).read_text(encoding="utf-8"))

    def address(self, host: str, link: str) -> str:
        """Return the IPv4 address of a link."""
        return self.sh(host, "ip -4 -br address show %s" % link).split()[2].split("/")[0]

    def sh(self, host: str, script: str, check: bool = True, timeout_s: float = 60) -> str:
        """Run a shell script as root; raises RuntimeError when it fails and `check` is set."""
        done = self.fleet.exec(host, "sh", "-c", script, timeout_s=timeout_s)
        if check and done.returncode:
            raise RuntimeError("%s: %s\n%s" % (host, script, done.stderr or done.stdout))
        return done.stdout

    def write(self, host: str, path: str, text: str) -> None:
        """Put a file on a host."""
        self.fleet.exec(host, "sh", "-c", "cat > " + path, input=text)

    def serve(self, habit: str, port: int, unit: str = "echo", properties: str = "", address: str = "") -> None:
        """Start a server as a systemd service and wait until it listens."""
        words = (unit, properties, habit, port, address)
        self.sh(SERVER, "systemd-run --quiet --unit=%s %s python3 /root/serve.py %s %d %s" % words)
        self.wait_for(SERVER, "ss -Hltn 'sport = :%d' | grep -q ." % port)

    def wait_for(self, host: str, script: str, limit_s: float = 10) -> None:
        """Wait until a script succeeds; raises RuntimeError when it never does."""
        deadline = time.monotonic() + limit_s
        while self.fleet.exec(host, "sh", "-c", script).returncode:
            if time.monotonic() > deadline:
                raise RuntimeError("%s: never true: %s" % (host, script))
            time.sleep(0.2)

    def sysctl(self, host: str, **values: int) -> None:
        """Set sysctls below net; double underscores stand for dots."""
        for name, value in values.items():
            self.sh(host, "sysctl -qw net.%s=%d" % (name.replace("__", "."), value))

    def rules(self, host: str, text: str) -> None:
        """Load a ruleset of nftables, and send neighbours on their way."""
        done = self.fleet.exec(host, "nft", "-f", "-", input=text)
        if done.returncode:
            raise RuntimeError(done.stderr)

    def talk(self, port: int, options: str = "", address: str = "", client: str = CLIENT) -> str:
        """Let a client talk to the server (or to `address`) and return how it ended."""
        command = "python3 /root/talk.py %s %d %s" % (address or self.server_address, port, options)
        return self.sh(client, command, timeout_s=120).strip()

    def hold(self, port: int, count: int) -> None:
        """Let the client hold so many idle connections; those that it holds already count."""
        words = (
            "systemctl is-active -q hold%d || systemd-run --quiet --collect --unit=hold%d python3 /root/talk.py %s %d"
        )
        for number in range(count):
            held = words % (number, number, self.server_address, port)
            self.sh(CLIENT, held + " --pauses 0,3000 --timeout 3000")

    def talk_aside(self, port: int, options: str) -> subprocess.Popen[str]:
        """Let the client talk while something else happens; `ended` gives its word."""
        words = [sys.executable, str(running_fleet.FLEET), "exec", self.fleet.name, CLIENT, "python3", "/root/talk.py"]
        words += [self.server_address, str(port), *options.split()]
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def burst(self, port: int, count: int) -> str:
        """Let many clients connect at once; return the worst end that any of them saw."""
        ends = json.loads(self.sh(CLIENT, "python3 /root/burst.py %s %d %d" % (self.server_address, port, count)))
        return next((end for end in WORST_FIRST if ends.get(end)), "ok")

    def limit_memory(self, host: str, limit_bytes: int) -> None:
        """Limit the memory of a whole host from outside, as a small machine would be limited."""
        for root in (pathlib.Path("/sys/fs/cgroup/memory"), pathlib.Path("/sys/fs/cgroup")):
            for name in ("memory.limit_in_bytes", "memory.max"):
                for path in root.glob("*/%s/%s" % (host, name)):
                    if self.fleet.name in path.parts[-3]:
                        path.write_text(str(limit_bytes), encoding="ascii")
                        return
        raise RuntimeError("no memory control group of %s" % host)

    def reboot(self, host: str) -> None:
        """Take a host from the data network, start it anew, and bring it back, as a loss of power would."""
        self.sh(host, "ip link set eth1 down; systemctl --force --force reboot", check=False)
        time.sleep(5)
        self.wait_for(host, "systemctl is-active -q ssh", 30)
        self.sh(host, "ss -K state connected 'sport = :5000'; ip link set eth1 up", check=False)
        self.sh(host, "ip route replace default via %s" % self.gateway, check=False)

    def lend_key(self, host: str) -> None:
        """Let root of a host log in to the others."""
        key = (self.fleet.state / "id").read_text(encoding="ascii")
        self.write(host, "/root/.ssh/id_ed25519", key)
        self.sh(host, "chmod 600 /root/.ssh/id_ed25519")

    def second_sshd(self, host: str, port: int) -> None:
        """Start another sshd with a configuration of its own, and let Ansible use it.

        Both need /run/sshd, which systemd would remove together with the first.
        """
        self.sh(host, "mkdir -p /etc/systemd/system/ssh.service.d")
        self.write(host, "/etc/systemd/system/ssh.service.d/keep.conf", "[Service]\nRuntimeDirectoryPreserve=yes\n")
        self.sh(host, "systemctl daemon-reload")
        self.sh(host, "mkdir -p /root/keys; cp /etc/ssh/ssh_host_*_key /root/keys")
        keys = self.sh(host, "printf 'HostKey %s\\n' /root/keys/*")
        self.write(host, "/root/second.conf", "Port %d\nPidFile none\nSubsystem sftp internal-sftp\n%s" % (port, keys))
        self.sh(host, "systemd-run --quiet --unit=second /usr/sbin/sshd -D -f /root/second.conf")
        self.wait_for(host, "ss -Hltn 'sport = :%d' | grep -q ." % port)
        self.ports[host] = port


def ended(talking: subprocess.Popen[str]) -> str:
    """Return how a client that talked aside ended."""
    return t.cast(str, talking.communicate(timeout=120)[0]).strip()
