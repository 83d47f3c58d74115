# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A private instance of the kernel's tracing, gone when its owner is gone.

Source: Linux Documentation/trace/ftrace.rst (instances), Documentation/trace/events.rst.
"""

from __future__ import annotations

import os
import time

from ._read import read_text

ROOTS = ("/sys/kernel/tracing", "/sys/kernel/debug/tracing")
PREFIX = "netdoctor-reset"
EVENTS = ("tcp_send_reset", "tcp_receive_reset")
BUFFER_KIB = 256
PATIENCE = 100
"""How often, ten times a second, removing is tried."""
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000


def find_root() -> str:
    """Return the directory of tracefs; mounts it for this process alone when nobody has.

    Raises OSError when tracing is not built in or not allowed.
    """
    for root in ROOTS:
        if os.access(root + "/instances", os.W_OK) and os.path.isdir(root + "/events/tcp"):
            return root
    _mount_privately(ROOTS[0])
    return ROOTS[0]


def _mount_privately(target: str) -> None:
    """Mount tracefs in a mount namespace of our own, which ends with this process."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    steps = (
        lambda: library.unshare(CLONE_NEWNS),
        lambda: library.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None),
        lambda: library.mount(b"tracefs", target.encode(), b"tracefs", 0, None),
    )
    for step in steps:
        if step() != 0:
            code = ctypes.get_errno()
            raise OSError(code, "tracefs: %s" % os.strerror(code))


def own_name(pid: int) -> str:
    """Return the name of the instance of a process: its PID namespace, PID and start tell it from any other."""
    return "%s-%d-%d-%s" % (PREFIX, os.stat("/proc/self/ns/pid").st_ino, pid, _start(pid))


def _start(pid: int) -> str:
    """Return when a process began (clock ticks since boot), or an empty text when it is gone."""
    text = read_text("/proc/%d/stat" % pid).text or ""
    return text.rpartition(")")[2].split()[19] if text else ""


def remove_stale(root: str) -> list[str]:
    """Remove instances that processes of this PID namespace left when they were killed; return their names."""
    removed = []
    beginning = "%s-%d-" % (PREFIX, os.stat("/proc/self/ns/pid").st_ino)
    for name in os.listdir(root + "/instances"):
        if name.startswith(beginning) and name != own_name(int(name.split("-")[3])):
            remove(root + "/instances/" + name)
            removed.append(name)
    return removed


def remove(path: str) -> None:
    """Remove an instance; one that is gone already, or still in use, is left."""
    try:
        os.rmdir(path)
    except OSError:
        pass


def _remove_patiently(path: str) -> None:
    """Remove an instance whose owner may be dying: it is in use until the owner's last descriptor is closed."""
    for dummy in range(PATIENCE):
        remove(path)
        if not os.path.isdir(path):
            return
        time.sleep(0.1)


class Instance:
    """An instance with the reset events switched on. Use it as a context manager."""

    def __init__(self) -> None:
        root = find_root()
        remove_stale(root)
        self.path = "%s/instances/%s" % (root, own_name(os.getpid()))
        self.missing: list[str] = []
        self.descriptor = -1
        self.lifeline, self.guardian = guard(self.path)
        os.mkdir(self.path)

    def __enter__(self) -> Instance:
        try:
            self._write("trace_clock", "mono")
            self._write("buffer_size_kb", str(BUFFER_KIB))
            for event in EVENTS:
                try:
                    self._write("events/tcp/%s/enable" % event, "1")
                except FileNotFoundError:
                    self.missing.append(event)
            self.descriptor = os.open(self.path + "/trace_pipe", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *dummy: object) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
        remove(self.path)
        os.close(self.lifeline)
        os.waitpid(self.guardian, 0)

    def _write(self, name: str, text: str) -> None:
        with open("%s/%s" % (self.path, name), "w", encoding="ascii") as stream:
            stream.write(text)

    def read(self) -> str:
        """Return what the kernel has written since the last call, empty when nothing."""
        try:
            return os.read(self.descriptor, 1 << 16).decode("utf-8", "backslashreplace")
        except BlockingIOError:
            return ""

    def overrun(self) -> int:
        """Return how many events the kernel has dropped because they were not read in time."""
        lost = 0
        for name in os.listdir(self.path + "/per_cpu"):
            for line in (read_text("%s/per_cpu/%s/stats" % (self.path, name)).text or "").splitlines():
                if line.startswith("overrun:"):
                    lost += int(line.split()[1])
        return lost


def guard(path: str) -> tuple[int, int]:
    """Start a child that removes `path` as soon as this process is gone, even if it was killed.

    Returns the descriptor whose closing tells the child to end, and the child's PID.
    """
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid:
        os.close(ours)
        return theirs, pid
    try:
        os.setsid()
        _keep_only(ours)
        while os.read(ours, 1):
            pass
        _remove_patiently(path)
    finally:
        os._exit(0)


def _keep_only(descriptor: int) -> None:
    """Let go of everything else, so that nobody waits for output of this process."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in (0, 1, 2, descriptor):
            try:
                os.close(int(name))
            except OSError:
                pass
