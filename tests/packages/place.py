# SPDX-License-Identifier: MIT
"""place - what the tests of the packages share: the packages, root file systems to install them in, commands."""
import glob
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request

import build

BASE_DAYS = 3  # a base system is used again so long; then it is made anew, with what Debian has meanwhile
MACHINE = ["systemd", "systemd-sysv", "dbus", "python3", "ca-certificates", "procps"]
AUTHOR = {"build-essential", "debhelper", "pkgconf"}  # who writes a plugin and packages it
WORKSHOP = ["build-essential", "fakeroot", "debhelper", "dh-apparmor"]


# What a machine says that does not let us do what a test wants, or has no network; nothing of it can come from the packages.
DENIED = re.compile(r"(?m)^.*(?:(?:unshare|mount|umount|nsenter|mmdebstrap|chroot|systemd-nspawn|mknod)[:(].*(?:not permitted|[Pp]ermission denied)"
                    r"|Could not resolve|Temporary failure resolving|Unable to connect to|Failed to fetch http|Failed getting release file"
                    r"|Network is unreachable|Connection timed out|No space left on device).*$")


class Skip(Exception):
    """Raised by a test that cannot run here."""


class Failed(Exception):
    """A command ended otherwise than it should."""


def run(*command, code=0, seconds=1800, **more):
    """Its output; code: None takes any."""
    p = subprocess.run([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                       timeout=seconds, **more)
    said = p.stdout.decode("utf-8", "replace")
    if code is not None and p.returncode != code:
        raise Failed(f"{' '.join(map(str, command))}: exit code {p.returncode}\n" + "\n".join(said.splitlines()[-80:]))
    return said


def needs_root():
    if os.geteuid():
        raise Skip("wants root")


def needs(program):
    if not shutil.which(program):
        raise Skip(f"there is no {program}")


def needs_mounts():
    if subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode:
        raise Skip("mounts are not allowed here")


def needs_mirror():
    """Of Debian, by whatever way apt has to it."""
    url = (os.environ.get("DEBIAN_MIRROR") or "http://deb.debian.org/debian") + "/dists/bookworm/Release"
    try:
        with urllib.request.urlopen(url, timeout=60) as f:
            f.read(1)
    except OSError as e:
        raise Skip(f"{url} is out of reach: {e}") from e


class Place:
    def __init__(self, top, out=None):
        self.top = top
        self.out = out or f"{top}/build/packages"
        self.debs = sorted(glob.glob(f"{self.out}/*.deb"))
        self.dsc = next(iter(glob.glob(f"{self.out}/*.dsc")), None)
        self.work = tempfile.mkdtemp(prefix="claude-proxy-packages.", dir=os.environ.get("TMPDIR", "/tmp"))
        self.cache = f"{top}/build/package-bases"
        os.makedirs(self.cache, exist_ok=True)

    def deb(self, name):
        return one_of(self.debs, name)

    def next_deb(self, name):
        """The next version's, built when somebody asks for it first, and kept beside these."""
        if not glob.glob(f"{self.out}/next/*.deb"):
            build.next_version(self.dsc, f"{self.out}/next")
        return one_of(sorted(glob.glob(f"{self.out}/next/*.deb")), name)

    def runtime(self):
        """What the packages want, by name: with it in a base they install without a network."""
        names = set()
        for deb in self.debs:
            if "-dbgsym_" in deb:
                continue
            for field in ("Depends", "Pre-Depends"):
                for one in run("dpkg-deb", "-f", deb, field).split(","):
                    name = re.split(r"[ (:|]", one.strip())[0]
                    if name and not name.startswith("claude-proxy"):
                        names.add(name)
        return names

    def workshop(self):
        """What a build wants: debian/control's list."""
        with open(f"{self.top}/debian/control", encoding="utf-8") as f:
            wants = re.search(r"^Build-Depends:\n((?: .*\n)+)", f.read(), re.M).group(1)
        for line in wants.splitlines():
            name = re.split(r"[ (:|<,]", line.strip())[0]
            yield "debhelper" if name.startswith(("debhelper", "dh-sequence")) else name

    def base(self, suite, packages):
        """A tarball of a fresh system with these packages."""
        needs_root()
        needs_mounts()
        needs("mmdebstrap")
        tar = f"{self.cache}/{suite}-{hash_of(packages):08x}.tar"
        if os.path.exists(tar) and time.time() - os.path.getmtime(tar) < BASE_DAYS * 86400:
            return tar
        for old in glob.glob(f"{self.cache}/{suite}-*.tar"):
            if time.time() - os.path.getmtime(old) >= BASE_DAYS * 86400:
                os.unlink(old)
        needs_mirror()
        run("mmdebstrap", "--format=tar", "--variant=minbase", f"--include={','.join(sorted(packages))}", suite, tar + ".new",
            *filter(None, [os.environ.get("DEBIAN_MIRROR")]))
        os.rename(tar + ".new", tar)
        return tar

    def root(self, name, tar):
        """A folder with what is in the tarball; removed at the end."""
        path = f"{self.work}/{name}"
        os.mkdir(path, 0o755)
        run("tar", "-C", path, "-xf", tar, "--numeric-owner", "--xattrs", "--xattrs-include=*")
        return path

    def machine_packages(self):
        return set(MACHINE) | self.runtime()

    def close(self):
        shutil.rmtree(self.work, ignore_errors=True)


def one_of(debs, name):
    found = [d for d in debs if os.path.basename(d).startswith(name + "_")]
    assert len(found) == 1, (name, debs)
    return found[0]


def hash_of(words):
    """The same each time, which hash() is not."""
    n = 5381
    for c in "\n".join(sorted(words)).encode():
        n = (n * 33 + c) & 0xffffffff
    return n
