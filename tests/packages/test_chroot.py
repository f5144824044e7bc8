# SPDX-License-Identifier: MIT
"""autopkgtest and piuparts in fresh systems of Debian 12, and a build on Debian 13."""
import glob
import os
import shutil

from place import AUTHOR, WORKSHOP, Skip, needs, needs_root, run

ARCHIVE = os.environ.get("DEBIAN_MIRROR") or "http://deb.debian.org/debian"


def test_autopkgtest(place):
    needs("autopkgtest")
    root = place.root("autopkgtest", place.base("bookworm", place.machine_packages() | AUTHOR))
    out = f"{place.work}/autopkgtest.out"
    # 2: a test was skipped, the one that wants a booted machine; test_machine.py runs it
    said = run("autopkgtest", f"--output-dir={out}", "-U", *[d for d in place.debs if "-dbgsym_" not in d], place.dsc, "--", "chroot", root, code=None,
               seconds=3600)
    with open(f"{out}/summary", encoding="utf-8") as f:
        summary = f.read()
    print("   ", " / ".join(summary.splitlines()))
    assert all(f"{name:20} PASS" in summary or f"{name} PASS" in " ".join(summary.split()) for name in ("smoke", "plugin", "packaged-plugin")), said[-6000:]
    assert "FAIL" not in summary, said[-6000:]


def test_piuparts(place):
    """Install, remove, purge and upgrade in a fresh system: nothing stays behind."""
    needs_root()
    needs("piuparts")
    base = f"{place.cache}/piuparts.tgz"
    options = ["--basetgz", base] if os.path.exists(base) else ["--save", base]
    scripts = ["--scriptsdir", "/etc/piuparts/scripts"] if os.path.isdir("/etc/piuparts/scripts") else []
    run("piuparts", "-d", "bookworm", "-m", f"{ARCHIVE} main", "--no-eatmydata", "--fake-essential-packages=systemd", *scripts, *options,
        *[d for d in place.debs if "-dbgsym_" not in d], seconds=3600)


def test_debian_13(place):
    """The same source, the next release: it builds there, without a network, and what it built installs and starts."""
    tar = place.base("trixie", set(WORKSHOP) | set(place.workshop()) | {"python3", "libjs-chart.js", "libjs-sortable", "ca-certificates",
                                                                          "systemd-standalone-sysusers"})
    root = place.root("trixie", tar)
    os.makedirs(f"{root}/src")
    for name in [place.dsc, *glob.glob(f"{place.out}/*.tar.xz")]:
        shutil.copy(name, f"{root}/src")
    if os.system("unshare -n true 2>/dev/null"):
        raise Skip("namespaces are not allowed here")
    jobs = os.environ.get("PACKAGE_JOBS") or os.cpu_count()
    run("unshare", "-n", "chroot", root, "/bin/sh", "-ec", "cd /src && dpkg-source --no-check -x *.dsc tree && cd tree && "
        f"DEB_BUILD_OPTIONS='nocheck terse parallel={jobs}' dpkg-buildpackage -us -uc -b && cd .. && "
        "dpkg -i claude-proxy_*.deb claude-proxy-panel_*.deb && claude-proxy --check-plugins && claude-proxy -t",
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive"}, seconds=3600)
