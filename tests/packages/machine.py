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
REPOSITORY = "/srv/repository"


def child_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            found = f.read().split()
    except OSError:
        return None
    return int(found[0]) if found else None


def enter(leader):
    """What goes before a command that is to run in there."""
    return ["nsenter", "-t", str(leader), "-m", "-u", "-i", "-n", "-p", "-C"]


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

    def run(self, *command, code=0, seconds=600):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "HOME": "/root"}
        return run(*enter(self.leader), *command, code=code, seconds=seconds, env=env)

    def beside(self, *command, seconds=1800):
        """A program of this host in the machine's network.  It may say that it cannot do it here: exit code 77."""
        p = subprocess.run(["nsenter", "-t", str(self.leader), "-n", *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, check=False, timeout=seconds)
        said = p.stdout.decode("utf-8", "replace").strip()
        if p.returncode == 77:
            raise Skip(said.splitlines()[-1])
        if p.returncode:
            raise Failed(f"{' '.join(command)}: exit code {p.returncode}\n{said[-6000:]}")
        return said

    def offer(self, *debs):
        """A repository in there that has these packages, and apt knows of nothing else."""
        place = f"{self.root}{REPOSITORY}"
        os.makedirs(place, exist_ok=True)
        for deb in debs:
            shutil.copy(deb, place)
        with open(f"{place}/Packages", "w", encoding="utf-8") as f:
            subprocess.run(["dpkg-scanpackages", "--multiversion", "."], cwd=place, stdin=subprocess.DEVNULL, stdout=f, stderr=subprocess.DEVNULL, check=True)
        for name in glob.glob(f"{self.root}/etc/apt/sources.list*"):
            shutil.rmtree(name) if os.path.isdir(name) else os.unlink(name)
        with open(f"{self.root}/etc/apt/sources.list", "w", encoding="utf-8") as f:
            f.write(f"deb [trusted=yes] file:{REPOSITORY} ./\n")
        self.run("apt-get", "update")

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

