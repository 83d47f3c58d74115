# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What clients of all manners do to the sshd of h002, from h001: each leaves known lines in its log."""

from __future__ import annotations

from running_fleet import RunningFleet

CLIENT, SERVER = "h001", "h002"
USUAL, STARTUPS, SOURCE, IMPATIENT = 22, 2201, 2202, 2203
OPTIONS = {
    STARTUPS: ["MaxStartups=2:100:2"],
    SOURCE: ["PerSourceMaxStartups=1"],
    IMPATIENT: ["ClientAliveInterval=1", "ClientAliveCountMax=1", "LogLevel=VERBOSE"],
}
FORGED = "Connection reset by 203.0.113.66 port 5"
NAMES = (
    "a b",
    "x from 203.0.113.66 port 5",
    "x from 203.0.113.66 port 5 ssh2",
    f"{FORGED} [preauth]",
    "message repeated 9 times",
    "invalid user é",
)
RAW = """
import socket, struct, sys, time
server, port, manner, count, text = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5]
connections = [socket.create_connection((server, port)) for _number in range(count)]
for entry in connections:
    entry.recv(255)
    if manner == "reset":
        entry.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if text:
        entry.sendall(text.encode("latin-1") + b"\\r\\n")
        while entry.recv(255):
            pass
    if manner != "hold":
        entry.close()
time.sleep(1 if manner == "hold" else 0)
"""
PASSWORDS = """
printf '#!/bin/sh\\necho wrong\\n' > /run/askpass; chmod 755 /run/askpass
export SSH_ASKPASS=/run/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=none
server=$1; shift
for name; do
  ssh -o StrictHostKeyChecking=accept-new -o PreferredAuthentications=password -o NumberOfPasswordPrompts=1 \
    -l "$name" "$server" true &
done
wait
"""
SESSIONS = """
login="ssh -i /run/key -o StrictHostKeyChecking=accept-new -o BatchMode=yes -p $2 root@$1"
begin() { $login 'touch /run/logged-in; sleep 60' & session=$!; until $login 'rm /run/logged-in'; do sleep 0.1; done; }
begin; kill -STOP $session; sleep 4; kill -KILL $session                            # does not answer
begin; kill -KILL $session; wait $session; sleep 0.5                                # leaves
begin; ss -K state established dst "$1" dport = "$2" > /dev/null; wait $session    # resets
"""


class Traffic:
    """Clients on h001 for the servers on h002."""

    def __init__(self, fleet: RunningFleet) -> None:
        """Start the servers and let root of h001 log in to them."""
        self.fleet = fleet
        self.address = fleet.address(CLIENT)
        self._server = fleet.address(SERVER)
        key = self._run(CLIENT, "ssh-keygen -q -t ed25519 -N '' -f /run/key && cat /run/key.pub")
        self._run(SERVER, 'echo "$1" >> /root/.ssh/authorized_keys', key.strip())
        for port, options in OPTIONS.items():
            words = [f"-o{option}" for option in [*options, "PidFile=none", f"Port={port}"]]
            self._run(SERVER, 'systemd-run --quiet /usr/sbin/sshd -D "$@"', *words)
            self._run(SERVER, f"until ss -Hltn | grep -q :{port}; do sleep 0.1; done")

    def _run(self, host: str, script: str, *words: str) -> str:
        done = self.fleet.exec(host, "sh", "-c", script, "sh", *words)
        done.check_returncode()
        return done.stdout

    def raw(self, port: int, manner: str, count: int, text: str = "") -> None:
        """Connect `count` times and leave, reset or hold the connections, or send a text that is no banner."""
        done = self.fleet.exec(CLIENT, "python3", "-c", RAW, self._server, str(port), manner, str(count), text)
        done.check_returncode()

    def mismatch(self) -> None:
        """Offer a key exchange that the server does not have."""
        words = ["-o", "BatchMode=yes", "-o", "KexAlgorithms=diffie-hellman-group1-sha1", self._server]
        assert "no matching key exchange" in self.fleet.exec(CLIENT, "ssh", *words).stderr

    def passwords(self, *names: str) -> None:
        """Log in with wrong passwords."""
        self._run(CLIENT, PASSWORDS, self._server, *names)

    def sessions(self) -> None:
        """Log in to the impatient server and stop answering, leave, and reset."""
        self.fleet.exec(CLIENT, "sh", "-c", SESSIONS, "sh", self._server, str(IMPATIENT))

    def everything(self) -> None:
        """Do all of it, each as often as the tests say."""
        self.raw(USUAL, "leave", 3)
        self.raw(USUAL, "reset", 2)
        self.raw(STARTUPS, "hold", 6)
        self.raw(STARTUPS, "leave", 1)
        self.raw(SOURCE, "hold", 4)
        self.raw(SOURCE, "leave", 1)
        self.mismatch()
        self.sessions()
        self.raw(USUAL, "garbage", 1, "GET / HTTP/1.0")
        self.raw(USUAL, "garbage", 1, f"\x1b[31m sshd[1]: {FORGED}")
        self.passwords("ansible", *NAMES)
