# SPDX-License-Identifier: MIT
"""machine - a booted system with a systemd of its own and no network but loopback, in a container of systemd-nspawn.

    with Machine(place) as m:
        m.copy(path_of_a_file_or_folder)          into /root
        m.run("systemctl", "is-system-running")   its output; code=None takes any exit code
"""
import glob
import os
import shutil
import subprocess
import time

from place import Failed, Skip, needs, needs_root, run

BOOT_S = 120  # a guard


def child_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            found = f.read().split()
    except OSError:
        return None
    return int(found[0]) if found else None


class Machine:
    def __init__(self, place, packages=()):
        needs_root()
        needs("systemd-nspawn")
        self.place, self.root, self.process, self.leader = place, None, None, None
        self.tar = place.base("bookworm", place.machine_packages() | set(packages))

    def __enter__(self):
        self.root = self.place.root(f"machine{id(self):x}", self.tar)
        # Packages come from files; nobody is to be asked over a network that is not there.
        for name in glob.glob(f"{self.root}/var/lib/apt/lists/*_*"):
            os.unlink(name)
        self.log = open(f"{self.root}.log", "wb")
        self.process = subprocess.Popen(
            ["systemd-nspawn", "-q", "-D", self.root, "--register=no", "--keep-unit", "--private-network", "-M", f"cp{os.getpid()}",
             "-b", "--console=pipe"], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        try:
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait(self):
        end = time.monotonic() + BOOT_S
        while time.monotonic() < end and self.process.poll() is None:
            self.leader = child_of(self.process.pid)  # at first it is a helper's that ends soon
            if self.leader and self.run("systemctl", "is-system-running", code=None).strip() in ("running", "degraded"):
                return
            time.sleep(0.2)
        with open(f"{self.root}.log", encoding="utf-8", errors="replace") as f:
            raise Skip("no system can be booted in systemd-nspawn here: " + " / ".join(f.read().splitlines()[-3:]))

    def enter(self):
        return ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "-C"]

    def run(self, *command, code=0, seconds=600):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "HOME": "/root"}
        return run(*self.enter(), *command, code=code, seconds=seconds, env=env)

    def start(self, *command):
        """A process of its own in there; its output through pipes."""
        return subprocess.Popen([*self.enter(), *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def copy(self, path, name=None):
        target = f"{self.root}/root/{name or os.path.basename(path)}"
        if os.path.isdir(path):
            shutil.copytree(path, target)
        else:
            shutil.copy(path, target)

    def install(self, *debs):
        """As an administrator does: apt install /PATH/FILE.deb"""
        for deb in debs:
            self.copy(deb)
        return self.run("apt-get", "install", "-y", *[f"/root/{os.path.basename(d)}" for d in debs])

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        shutil.rmtree(self.root, ignore_errors=True)


def next_version(place, deb, version):
    """The same package as an update with another version: what apt and the maintainer's scripts see of an upgrade."""
    folder = f"{place.work}/next"
    shutil.rmtree(folder, ignore_errors=True)
    run("dpkg-deb", "-R", deb, folder)
    path = f"{folder}/DEBIAN/control"
    with open(path, encoding="utf-8") as f:
        text = f.read()
    old = next(line[9:] for line in text.splitlines() if line.startswith("Version: "))
    if old == version:
        raise Failed(f"{version} is no new version")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace(f"Version: {old}\n", f"Version: {version}\n").replace(f"(= {old})", f"(= {version})"))
    target = f"{place.work}/{os.path.basename(deb).replace(old, version)}"
    run("dpkg-deb", "--root-owner-group", "-b", folder, target)
    return target
