# Copyright: (c) 2026, The netdoctor authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes .venv with pinned packages and the collection in it: python3 tests/tools/venv.py run|dev.

Quick when nothing changed: a stamp holds a digest of the requirements, the interpreter and the checkout's place.
Runs on the machine's own Python, before anything is installed, so it uses only old and plain Python.
"""

import glob
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VENV = os.path.join(ROOT, ".venv")
REQUIREMENTS = {"run": ["run.in"], "dev": ["run.in", "dev.in"]}
OLDEST = (3, 10)


def fail(message):
    """End with a message for the person at the keyboard."""
    sys.exit("make venv: " + message)


def use_newer_python():
    """Start again on a newer interpreter of this machine when this one is too old for ansible-core."""
    if sys.version_info >= OLDEST:
        return
    for minor in range(13, OLDEST[1] - 1, -1):
        newer = shutil.which("python3.%d" % minor)
        if newer and subprocess.call([newer, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execv(newer, [newer] + sys.argv)
    fail("Python 3.10 or later is needed, this is %s; name one with PYTHON=/path/to/python3" % sys.version.split()[0])


def need_ensurepip():
    """Install Debian's package that makes `python3 -m venv` work, or say which it is."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
    package = "python3.%d-venv" % sys.version_info[1]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        fail("this Python cannot make virtual environments; on Debian: apt-get install " + package)
    print("make venv: installing", package, flush=True)
    subprocess.call(["apt-get", "update", "-qq"])
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    if subprocess.call(["apt-get", "install", "-qq", "-y", "--no-install-recommends", package], env=environment):
        fail("apt-get install %s failed" % package)


def digest(kind):
    """Return what the environment depends on: packages, interpreter, and the path that its scripts name."""
    content = hashlib.sha256()
    for name in REQUIREMENTS[kind] + ["constraints.txt"]:
        with open(os.path.join(ROOT, "requirements", name), "rb") as stream:
            content.update(stream.read())
    content.update(base().encode())
    return content.hexdigest()


def base():
    """Return the interpreter and the place; when either changes the environment is made anew."""
    return "%s %s %s" % (os.path.realpath(sys.executable), sys.version, VENV)


def stamp(name):
    """Return the text of a stamp, or nothing."""
    try:
        with open(os.path.join(VENV, "." + name)) as stream:
            return stream.read()
    except OSError:
        return ""


def write_stamp(name, content):
    """Note that a step is done."""
    with open(os.path.join(VENV, "." + name), "w") as stream:
        stream.write(content)


def create():
    """Make an empty environment unless the one that is there fits."""
    if stamp("base") == base() and os.path.exists(os.path.join(VENV, "bin", "python")):
        return
    need_ensurepip()
    subprocess.check_call([sys.executable, "-m", "venv", "--clear", VENV])
    write_stamp("base", base())


def install(kind):
    """Install the pinned packages."""
    python = os.path.join(VENV, "bin", "python")
    directory = os.path.join(ROOT, "requirements")
    arguments = ["-r", os.path.join(directory, kind + ".in"), "-c", os.path.join(directory, "constraints.txt")]
    pip = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]
    if subprocess.call(pip + arguments):
        fail("pip could not install requirements/%s.in (its message is above)" % kind)


def link():
    """Put the checkout into site-packages under its collection's name."""
    for site in glob.glob(os.path.join(VENV, "lib", "python3.*", "site-packages")):
        place = os.path.join(site, "ansible_collections", "netdoctor", "connection_reset")
        if os.path.islink(place) and os.readlink(place) == ROOT:
            continue
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if os.path.islink(place):
            os.unlink(place)
        os.symlink(ROOT, place)


def main(kind):
    """Bring .venv up to date for `kind`."""
    use_newer_python()
    if stamp(kind) == digest(kind):
        return
    print("make venv: installing requirements/%s.in into .venv" % kind, flush=True)
    create()
    install(kind)
    link()
    write_stamp(kind, digest(kind))


if __name__ == "__main__":
    main(sys.argv[1])
